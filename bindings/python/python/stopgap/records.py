"""The immutable records that a registry returns.

All times are aware datetimes in UTC. ``to_dict`` returns plain values for JSON, in the same
form as the command line, and ``from_dict`` reads them. Records that hold a code or a key
have neither, and cannot be pickled.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Callable, Optional, TypeVar

from stopgap import _native
from stopgap._native import (
    Access,
    Code,
    Context,
    EnrolmentKey,
    PasswordOnlyLock,
    Scopes,
    SecurityText,
    Validity,
)
from stopgap.errors import Invalid, WrongPurpose
from stopgap.words import CodeState, EventKind, LifecycleState, Purpose, Role

__all__ = [
    "Answered",
    "Authenticated",
    "CodeRecord",
    "Compromised",
    "CreatedSecurityCode",
    "Deletion",
    "Enrolled",
    "EnrolmentRecord",
    "Event",
    "Issued",
    "KeyRecord",
    "Purged",
    "RotatedSecurityCode",
    "SecurityRecord",
    "Verified",
]

_T = TypeVar("_T")


# Fields in dicts of plain values.


def _to_rfc3339(instant: Optional[datetime]) -> Optional[str]:
    return None if instant is None else _native._to_rfc3339(instant)


def _instant(value: object) -> datetime:
    return _native._of_rfc3339(_text(value))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text is expected, not {type(value).__name__}")
    return value


def _id(value: object) -> str:
    text = _text(value)
    _native._created_at(text)
    return text


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a whole number is expected, not {type(value).__name__}")
    if value < 0:
        raise ValueError("the number is negative")
    return value


def _yes(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"true or false is expected, not {type(value).__name__}")
    return value


def _purposes(value: object) -> frozenset[Purpose]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"a list of purposes is expected, not {type(value).__name__}")
    return frozenset(Purpose(purpose) for purpose in value)


def _access_to(access: Access) -> Any:
    user = access.user
    return "super_administrator" if user is None else {"same_as": user}


def _access(value: object) -> Access:
    if value == "super_administrator":
        return _native.Access.SUPER_ADMINISTRATOR
    if isinstance(value, dict) and list(value) == ["same_as"]:
        return _native.Access.same_as(_text(value["same_as"]))
    raise ValueError("that is no access")


def _scopes_to(scopes: Scopes) -> Any:
    return "unlimited" if scopes.is_unlimited else list(scopes)


def _scopes(value: object) -> Scopes:
    if value == "unlimited":
        return _native.Scopes.UNLIMITED
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"a list of scopes is expected, not {type(value).__name__}")
    return _native.Scopes([_text(scope) for scope in value])


#: The fields of a context, in their order.
_CONTEXT = ("source_address", "request_id", "reason", "ticket")


def _context_to(context: Optional[Context]) -> Optional[dict[str, str]]:
    if context is None:
        return None
    fields = {name: getattr(context, name) for name in _CONTEXT}
    return {name: value for name, value in fields.items() if value is not None}


def _context(value: object) -> Context:
    if not isinstance(value, dict):
        raise TypeError(f"a dict is expected, not {type(value).__name__}")
    if not set(value) <= set(_CONTEXT):
        raise ValueError("that is no context")
    return _native.Context(**{name: _text(value[name]) for name in value})


def _or_none(read: Callable[[object], _T]) -> Callable[[object], Optional[_T]]:
    return lambda value: None if value is None else read(value)


def _dict_of(read: Callable[[Mapping[str, Any]], _T]) -> Callable[[object], _T]:
    def checked(value: object) -> _T:
        if not isinstance(value, Mapping):
            raise TypeError(f"a dict is expected, not {type(value).__name__}")
        return read(value)

    return checked


def _tuple_of(read: Callable[[object], _T]) -> Callable[[object], tuple[_T, ...]]:
    def checked(value: object) -> tuple[_T, ...]:
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"a list is expected, not {type(value).__name__}")
        return tuple(read(item) for item in value)

    return checked


def _read(
    kind: type[_T], record: Mapping[str, Any], /, **fields: Callable[[Any], Any]
) -> _T:
    """Makes a record of a dict, which may hold anything."""
    name = ""
    try:
        values = {}
        for name, read in fields.items():
            values[name] = read(record.get(name))
    except (TypeError, ValueError, AttributeError) as error:
        message = f"that is no {kind.__name__}: {name}: {error}"
        raise Invalid(message, reason="record") from error
    return kind(**values)


# Online codes


@dataclass(frozen=True)
class CodeRecord:
    """An online code, to be shown: without the code and its digest."""

    #: The id, a UUID that contains the instant of issue.
    id: str
    #: The user.
    user: str
    #: The place among the user's codes: a later code has a higher number, whatever the
    #: clocks of the servers were.
    number: int
    #: The id of the key that made the digest.
    key_id: int
    #: The purposes.
    purposes: frozenset[Purpose]
    #: The instant from which the code is valid; ``None`` if from issue.
    not_before: Optional[datetime]
    #: The expiry. At this instant the code has expired.
    expires_at: datetime
    #: The number of uses; ``None`` for any number.
    max_uses: Optional[int]
    #: The uses so far; 0 if they are not limited.
    uses: int
    #: The instant of revocation; ``None`` if the code was not revoked.
    revoked_at: Optional[datetime]

    @property
    def issued_at(self) -> datetime:
        """The instant of issue."""
        return _native._created_at(self.id)

    def state(self, *, now: datetime) -> CodeState:
        """Returns the state at an instant.

        Raises:
            TypeError: a naive datetime.
        """
        return _native._code_state(self, now)

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, times as RFC 3339 text."""
        return {
            "id": self.id,
            "user": self.user,
            "number": self.number,
            "key_id": self.key_id,
            "purposes": [purpose.value for purpose in Purpose if purpose in self.purposes],
            "not_before": _to_rfc3339(self.not_before),
            "expires_at": _to_rfc3339(self.expires_at),
            "max_uses": self.max_uses,
            "uses": self.uses,
            "revoked_at": _to_rfc3339(self.revoked_at),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> CodeRecord:
        """Returns the record of such a dict.

        Raises:
            Invalid: the dict describes no record.
        """
        return _read(
            cls,
            record,
            id=_id,
            user=_text,
            number=_whole,
            key_id=_whole,
            purposes=_purposes,
            not_before=_or_none(_instant),
            expires_at=_instant,
            max_uses=_or_none(_whole),
            uses=_whole,
            revoked_at=_or_none(_instant),
        )


@dataclass(frozen=True, eq=False)
class Issued:
    """A new online code."""

    #: The code, to be shown once and not stored.
    code: Code
    #: The record.
    record: CodeRecord


@dataclass(frozen=True)
class Verified:
    """The grant of a verified code. The use is counted and stored."""

    #: The id of the record.
    id: str
    #: The user.
    user: str
    #: The purpose.
    purpose: Purpose
    #: The code's expiry.
    expires_at: datetime
    #: The number of uses after this one; ``None`` for any number.
    uses_left: Optional[int]
    #: ``True`` if this is the answer to an earlier request with the same idempotency key.
    replayed: bool

    def password_only_lock(self) -> PasswordOnlyLock:
        """Returns the password-only lock that a code for ``Purpose.BYPASS`` activates,
        until the code's expiry. Pass it to :meth:`Agent.activate`.

        Raises:
            WrongPurpose: the code was used for another purpose.
        """
        if self.purpose is not Purpose.BYPASS:
            raise WrongPurpose("the code is for another purpose")
        return _native.PasswordOnlyLock(self.expires_at)

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, times as RFC 3339 text."""
        return {
            "id": self.id,
            "user": self.user,
            "purpose": self.purpose.value,
            "expires_at": _to_rfc3339(self.expires_at),
            "uses_left": self.uses_left,
            "replayed": self.replayed,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Verified:
        """Returns the grant of such a dict.

        Raises:
            Invalid: the dict describes no grant.
        """
        return _read(
            cls,
            record,
            id=_id,
            user=_text,
            purpose=Purpose,
            expires_at=_instant,
            uses_left=_or_none(_whole),
            replayed=_yes,
        )


# Machines and offline codes


@dataclass(frozen=True)
class EnrolmentRecord:
    """The last enrolment of a user on a machine, to be shown. It holds no secret."""

    #: The id of the master key.
    key_id: int
    #: The user.
    user: str
    #: The machine.
    machine: str
    #: The number of the enrolment, among those of this user on this machine.
    generation: int
    #: The time of the enrolment.
    enrolled_at: datetime
    #: The time from which its requests are no longer answered; ``None`` if they are.
    retired_at: Optional[datetime]

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, times as RFC 3339 text."""
        return {
            "key_id": self.key_id,
            "user": self.user,
            "machine": self.machine,
            "generation": self.generation,
            "enrolled_at": _to_rfc3339(self.enrolled_at),
            "retired_at": _to_rfc3339(self.retired_at),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> EnrolmentRecord:
        """Returns the record of such a dict.

        Raises:
            Invalid: the dict describes no record.
        """
        return _read(
            cls,
            record,
            key_id=_whole,
            user=_text,
            machine=_text,
            generation=_whole,
            enrolled_at=_instant,
            retired_at=_or_none(_instant),
        )


@dataclass(frozen=True, eq=False)
class Enrolled:
    """A user's new enrolment on a machine."""

    #: The enrolment.
    enrolment: EnrolmentRecord
    #: The secret for the machine, and for nothing else.
    key: EnrolmentKey


@dataclass(frozen=True, eq=False)
class Answered:
    """The answer to a request code."""

    #: The offline code, to be read to the person at the machine.
    code: Code
    #: The machine that showed the request code.
    machine: str
    #: The purpose.
    purpose: Purpose
    #: The validity that the code carries.
    validity: Validity
    #: The minute at which the machine showed the request code, by its own clock: minutes
    #: since 1970, UTC.
    minute: int
    #: The end of the password-only lock; ``None`` for ``Purpose.RESET``, which activates
    #: no lock.
    expires_at: Optional[datetime]
    #: ``True`` if the request is older than the window of the agents: the machine may
    #: refuse the code.
    late: bool


# Security codes


@dataclass(frozen=True)
class SecurityRecord:
    """A security code, to be shown: without the code and its digest."""

    #: The id, a UUID.
    id: str
    #: The id of the key that made the digest.
    key_id: int
    #: The access level.
    access: Access
    #: The scopes.
    scopes: Scopes
    #: The description.
    description: str
    #: The instant of creation.
    created_at: datetime
    #: The state, at the time of the call.
    state: LifecycleState
    #: The expiry; ``None`` if the code is permanent.
    expires_at: Optional[datetime]
    #: The instant of the last use, to the minute.
    last_used_at: Optional[datetime]
    #: The id of the code that it replaces, which may be gone; ``None`` if it replaces none.
    #: The tag does not cover it.
    replaces: Optional[str]

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, times as RFC 3339 text."""
        return {
            "id": self.id,
            "key_id": self.key_id,
            "access": _access_to(self.access),
            "scopes": _scopes_to(self.scopes),
            "description": self.description,
            "created_at": _to_rfc3339(self.created_at),
            "state": self.state.value,
            "expires_at": _to_rfc3339(self.expires_at),
            "last_used_at": _to_rfc3339(self.last_used_at),
            "replaces": self.replaces,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> SecurityRecord:
        """Returns the record of such a dict.

        Raises:
            Invalid: the dict describes no record.
        """
        return _read(
            cls,
            record,
            id=_id,
            key_id=_whole,
            access=_access,
            scopes=_scopes,
            description=_text,
            created_at=_instant,
            state=LifecycleState,
            expires_at=_or_none(_instant),
            last_used_at=_or_none(_instant),
            replaces=_or_none(_id),
        )


@dataclass(frozen=True, eq=False)
class CreatedSecurityCode:
    """A new security code."""

    #: The code, to be shown once and not stored.
    code: SecurityText
    #: The record.
    record: SecurityRecord


@dataclass(frozen=True, eq=False)
class RotatedSecurityCode:
    """A security code that was replaced by a new one."""

    #: The new code, to be shown once and not stored.
    code: SecurityText
    #: The record of the new code.
    record: SecurityRecord
    #: The record of the old code, with its earlier expiry.
    replaced: SecurityRecord


@dataclass(frozen=True)
class Deletion:
    """A security code to be deleted, and the confirmation that deletes it."""

    #: The record, to be shown to the person who confirms.
    record: SecurityRecord
    #: The confirmation for :meth:`Registry.confirm_deletion`. It is valid for this code
    #: only, and only until the record changes.
    confirmation: str

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, times as RFC 3339 text."""
        return {"record": self.record.to_dict(), "confirmation": self.confirmation}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Deletion:
        """Returns the deletion of such a dict.

        Raises:
            Invalid: the dict describes no deletion.
        """
        return _read(
            cls, record, record=_dict_of(SecurityRecord.from_dict), confirmation=_text
        )


@dataclass(frozen=True)
class Authenticated:
    """The rights and the scopes of an authenticated security code."""

    #: The id of the record.
    id: str
    #: The role.
    role: Role
    #: The user; ``None`` for a super administrator's own code.
    user: Optional[str]
    #: ``True`` if the user is a super administrator, and the code has a plain user's
    #: rights.
    limited: bool
    #: The scopes.
    scopes: Scopes

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values."""
        return {
            "id": self.id,
            "role": self.role.value,
            "user": self.user,
            "limited": self.limited,
            "scopes": _scopes_to(self.scopes),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Authenticated:
        """Returns the rights of such a dict.

        Raises:
            Invalid: the dict describes no rights.
        """
        return _read(
            cls,
            record,
            id=_id,
            role=Role,
            user=_or_none(_text),
            limited=_yes,
            scopes=_scopes,
        )


# Upkeep


@dataclass(frozen=True)
class KeyRecord:
    """A master key in a store. It holds nothing of the key."""

    #: The id.
    id: int
    #: ``True`` if it is the primary key, which issues.
    primary: bool
    #: ``True`` if the registry has it.
    present: bool
    #: ``True`` if something that can still be used, of any tenant, was made with it.
    needed: bool
    #: ``True`` if it was retired because another party may know it.
    compromised: bool
    #: The instant at which it was added.
    added_at: datetime
    #: The instant at which it was retired; ``None`` if it was not.
    retired_at: Optional[datetime]

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, times as RFC 3339 text."""
        return {
            "id": self.id,
            "primary": self.primary,
            "present": self.present,
            "needed": self.needed,
            "compromised": self.compromised,
            "added_at": _to_rfc3339(self.added_at),
            "retired_at": _to_rfc3339(self.retired_at),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> KeyRecord:
        """Returns the record of such a dict.

        Raises:
            Invalid: the dict describes no record.
        """
        return _read(
            cls,
            record,
            id=_whole,
            primary=_yes,
            present=_yes,
            needed=_yes,
            compromised=_yes,
            added_at=_instant,
            retired_at=_or_none(_instant),
        )


@dataclass(frozen=True)
class Compromised:
    """The records of a tenant that a compromised key had made, and that were ended."""

    #: Online codes, which were revoked.
    codes: tuple[CodeRecord, ...]
    #: Security codes, which were deleted.
    security_codes: tuple[SecurityRecord, ...]
    #: Enrolments, which were retired: enrol the machines again.
    machines: tuple[EnrolmentRecord, ...]
    #: The names of presets, which were removed: set them again.
    presets: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, times as RFC 3339 text."""
        return {
            "codes": [code.to_dict() for code in self.codes],
            "security_codes": [code.to_dict() for code in self.security_codes],
            "machines": [machine.to_dict() for machine in self.machines],
            "presets": list(self.presets),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Compromised:
        """Returns the records of such a dict.

        Raises:
            Invalid: the dict does not describe them.
        """
        return _read(
            cls,
            record,
            codes=_tuple_of(_dict_of(CodeRecord.from_dict)),
            security_codes=_tuple_of(_dict_of(SecurityRecord.from_dict)),
            machines=_tuple_of(_dict_of(EnrolmentRecord.from_dict)),
            presets=_tuple_of(_text),
        )


@dataclass(frozen=True)
class Event:
    """An event of the audit log. It never holds a code, a digest or a key."""

    #: The id, a UUID.
    id: str
    #: The instant.
    at: datetime
    #: The actor; for a presented code, its user.
    actor: str
    #: The actor's role.
    role: Role
    #: The person for whom the actor acted, as the actor said; ``None`` if for nobody else.
    on_behalf_of: Optional[str]
    #: The kind.
    kind: EventKind
    #: The number of times that it was done: 1, or the number of a minute for frequent
    #: events. It is a lower bound, because a process that ends suddenly forgets those of
    #: its last minute.
    count: int
    #: The user.
    user: Optional[str]
    #: The machine, code, security code, preset or key.
    subject: Optional[str]
    #: Details for people: a purpose, an expiry, a count.
    detail: Optional[str]
    #: The reason of a refusal; ``None`` if the call succeeded.
    reason: Optional[str]
    #: The circumstances; ``None`` if the caller gave none.
    context: Optional[Context]

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, times as RFC 3339 text."""
        return {
            "id": self.id,
            "at": _to_rfc3339(self.at),
            "actor": self.actor,
            "role": self.role.value,
            "on_behalf_of": self.on_behalf_of,
            "kind": self.kind.value,
            "count": self.count,
            "user": self.user,
            "subject": self.subject,
            "detail": self.detail,
            "reason": self.reason,
            "context": _context_to(self.context),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Event:
        """Returns the event of such a dict.

        Raises:
            Invalid: the dict describes no event.
        """
        return _read(
            cls,
            record,
            id=_id,
            at=_instant,
            actor=_text,
            role=Role,
            on_behalf_of=_or_none(_text),
            kind=EventKind,
            count=_whole,
            user=_or_none(_text),
            subject=_or_none(_text),
            detail=_or_none(_text),
            reason=_or_none(_text),
            context=_or_none(_context),
        )


@dataclass(frozen=True)
class Purged:
    """The numbers of records that a purge deleted."""

    #: Online codes.
    codes: int
    #: Security codes.
    security_codes: int
    #: Answers under idempotency keys.
    verifications: int
    #: Events.
    events: int

    def to_dict(self) -> dict[str, int]:
        """Returns plain values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Purged:
        """Returns the numbers of such a dict.

        Raises:
            Invalid: the dict does not describe them.
        """
        return _read(
            cls,
            record,
            codes=_whole,
            security_codes=_whole,
            verifications=_whole,
            events=_whole,
        )


#: Each class by its name, with the names of its fields, for the extension module.
_CLASSES: dict[str, tuple[type, tuple[str, ...]]] = {
    kind.__name__: (kind, tuple(field.name for field in dataclasses.fields(kind)))
    for kind in (
        Answered,
        Authenticated,
        CodeRecord,
        Compromised,
        CreatedSecurityCode,
        Deletion,
        Enrolled,
        EnrolmentRecord,
        Event,
        Issued,
        KeyRecord,
        Purged,
        RotatedSecurityCode,
        SecurityRecord,
        Verified,
    )
}
