"""What a registry gives back: immutable records.

All times are aware datetimes in UTC. ``to_dict`` gives plain values for JSON, in the form
that the command line has too, and ``from_dict`` reads them again; what holds a code or a
key has neither, is not pickled, and shows it by ``reveal`` alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Callable, Optional, TypeVar

from stopgap import _native
from stopgap._native import Access, Code, Enrolment, EnrolmentKey, Lock, Validity
from stopgap.errors import Invalid
from stopgap.words import CodeState, EventKind, LifeState, Purpose, Role

__all__ = [
    "Answered",
    "Authenticated",
    "CodeRecord",
    "CreatedSecurityCode",
    "Deletion",
    "Enrolled",
    "Event",
    "Issued",
    "KeyRecord",
    "Machine",
    "Purged",
    "SecurityRecord",
    "Verified",
]

_T = TypeVar("_T")


# What a field is in a dict of plain values.


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
    _native._made_at(text)
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


def _or_none(read: Callable[[object], _T]) -> Callable[[object], Optional[_T]]:
    return lambda value: None if value is None else read(value)


def _read(
    kind: type[_T], record: Mapping[str, Any], /, **fields: Callable[[Any], Any]
) -> _T:
    """The record of a dict, which came from anywhere."""
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
    """An online code as it may be shown: neither the code nor its digest."""

    #: Its name, a UUID that knows when it was issued.
    id: str
    #: Whose code it is.
    user: str
    #: The key that made its digest.
    key_id: int
    #: What it may be used for.
    purposes: frozenset[Purpose]
    #: The first instant at which it is valid, where that is not at once.
    not_before: Optional[datetime]
    #: The first instant at which it is not valid any more.
    expires_at: datetime
    #: How often it may be used, where that is limited.
    max_uses: Optional[int]
    #: How often it has been used, where that is limited.
    uses: int
    #: When it was revoked.
    revoked_at: Optional[datetime]

    @property
    def issued_at(self) -> datetime:
        """When it was issued."""
        return _native._made_at(self.id)

    def state(self, *, now: datetime) -> CodeState:
        """Where it stands at an instant.

        Raises:
            TypeError: a naive datetime.
        """
        return _native._code_state(self, now)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, times as RFC 3339 text."""
        return {
            "id": self.id,
            "user": self.user,
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
        """The record of such a dict.

        Raises:
            Invalid: it describes none.
        """
        return _read(
            cls,
            record,
            id=_id,
            user=_text,
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
    """A code that was issued: to be told once, and not kept."""

    #: The code.
    code: Code
    #: What is kept of it, and may be shown.
    record: CodeRecord


@dataclass(frozen=True)
class Verified:
    """What a verified code grants."""

    #: To whom.
    user: str
    #: What for.
    purpose: Purpose
    #: Until when the code is good.
    expires_at: datetime
    #: How often it may still be used, where that is limited.
    uses_left: Optional[int]

    def lock(self) -> Lock:
        """The temporary password-only lock, which ends as the code does."""
        return _native.Lock(self.expires_at)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, times as RFC 3339 text."""
        return {
            "user": self.user,
            "purpose": self.purpose.value,
            "expires_at": _to_rfc3339(self.expires_at),
            "uses_left": self.uses_left,
        }


# Machines and offline codes


@dataclass(frozen=True, eq=False)
class Enrolled:
    """A user's new enrolment on a machine."""

    #: User, machine, key and generation.
    enrolment: Enrolment
    #: The secret that the machine is to have: give it to nobody else.
    key: EnrolmentKey


@dataclass(frozen=True)
class Machine:
    """A user's enrolment on a machine, and since when. It holds no secret."""

    #: User, machine, key and generation.
    enrolment: Enrolment
    #: When the user was enrolled there last.
    enrolled_at: datetime
    #: When that enrolment was retired: its requests are not answered any more.
    retired_at: Optional[datetime]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, times as RFC 3339 text; the enrolment's are among them."""
        return {
            **self.enrolment.to_dict(),
            "enrolled_at": _to_rfc3339(self.enrolled_at),
            "retired_at": _to_rfc3339(self.retired_at),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Machine:
        """The record of such a dict.

        Raises:
            Invalid: it describes none.
        """

        def enrolment(_: object) -> Enrolment:
            names = ("key_id", "user", "machine", "generation")
            return _native.Enrolment.from_dict({name: record.get(name) for name in names})

        return _read(
            cls,
            record,
            enrolment=enrolment,
            enrolled_at=_instant,
            retired_at=_or_none(_instant),
        )


@dataclass(frozen=True, eq=False)
class Answered:
    """The answer to a request code: to be read to the person at the machine."""

    #: The offline code.
    code: Code
    #: Which machine showed the request code.
    machine: str
    #: What for.
    purpose: Purpose
    #: How long the lock is to last.
    validity: Validity
    #: The minute at which the machine showed the request code, by its own clock: minutes
    #: since 1970, UTC.
    minute: int
    #: When the lock will end.
    expires_at: datetime


# Security codes


@dataclass(frozen=True)
class SecurityRecord:
    """A security code as it may be shown: neither the code nor its digest."""

    #: Its name, a UUID.
    id: str
    #: The key that made its digest.
    key_id: int
    #: With whose rights it acts.
    access: Access
    #: What it is for, in somebody's words.
    description: str
    #: When it was created.
    created_at: datetime
    #: Where its life stood when the registry was asked.
    state: LifeState
    #: When it expires, or expired; ``None`` where it is permanent.
    expires_at: Optional[datetime]
    #: When it was last used, to the minute.
    last_used_at: Optional[datetime]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, times as RFC 3339 text."""
        return {
            "id": self.id,
            "key_id": self.key_id,
            "access": _access_to(self.access),
            "description": self.description,
            "created_at": _to_rfc3339(self.created_at),
            "state": self.state.value,
            "expires_at": _to_rfc3339(self.expires_at),
            "last_used_at": _to_rfc3339(self.last_used_at),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> SecurityRecord:
        """The record of such a dict.

        Raises:
            Invalid: it describes none.
        """
        return _read(
            cls,
            record,
            id=_id,
            key_id=_whole,
            access=_access,
            description=_text,
            created_at=_instant,
            state=LifeState,
            expires_at=_or_none(_instant),
            last_used_at=_or_none(_instant),
        )


@dataclass(frozen=True, eq=False)
class CreatedSecurityCode:
    """A security code that was created: to be told once, and not kept."""

    #: The code.
    code: Code
    #: What is kept of it, and may be shown.
    record: SecurityRecord


@dataclass(frozen=True)
class Deletion:
    """The security code that is to be deleted, and what confirms it."""

    #: The code, as it is to be shown to whoever confirms.
    record: SecurityRecord
    #: For :meth:`Registry.confirm_deletion`; it fits no other code, and this one only as
    #: long as it does not change.
    confirmation: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values, times as RFC 3339 text."""
        return {"record": self.record.to_dict(), "confirmation": self.confirmation}


@dataclass(frozen=True)
class Authenticated:
    """What an authenticated security code may do."""

    #: The name of its record.
    id: str
    #: With which role's rights it acts.
    role: Role
    #: As which user; ``None`` for a super administrator of its own.
    user: Optional[str]
    #: Whether it has less than its user has: the user is a super administrator, the code
    #: has a plain user's rights.
    limited: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "id": self.id,
            "role": self.role.value,
            "user": self.user,
            "limited": self.limited,
        }


# Upkeep


@dataclass(frozen=True)
class KeyRecord:
    """A master key as a store knows it. It holds nothing of the key."""

    #: Its number.
    id: int
    #: Whether new codes are made with it.
    issues: bool
    #: Whether the registry holds it.
    present: bool
    #: Whether anything that still lives, of any tenant, was made with it.
    needed: bool
    #: When the store first saw it.
    added_at: datetime
    #: When it was retired.
    retired_at: Optional[datetime]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, times as RFC 3339 text."""
        return {
            "id": self.id,
            "issues": self.issues,
            "present": self.present,
            "needed": self.needed,
            "added_at": _to_rfc3339(self.added_at),
            "retired_at": _to_rfc3339(self.retired_at),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> KeyRecord:
        """The record of such a dict.

        Raises:
            Invalid: it describes none.
        """
        return _read(
            cls,
            record,
            id=_whole,
            issues=_yes,
            present=_yes,
            needed=_yes,
            added_at=_instant,
            retired_at=_or_none(_instant),
        )


@dataclass(frozen=True)
class Event:
    """One line of the log. It never holds a code, a digest or a key."""

    #: Its name, a UUID.
    id: str
    #: When it was.
    at: datetime
    #: Who acted. Whoever presents a code acts in the name of its user.
    actor: str
    #: As what.
    role: Role
    #: What was done, or refused.
    kind: EventKind
    #: To which user.
    user: Optional[str]
    #: To which machine, code, security code, preset or key.
    subject: Optional[str]
    #: More about it, for people: a purpose, an expiry, a count.
    detail: Optional[str]
    #: Why it was refused; ``None`` where it was done.
    reason: Optional[str]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, times as RFC 3339 text."""
        return {
            "id": self.id,
            "at": _to_rfc3339(self.at),
            "actor": self.actor,
            "role": self.role.value,
            "kind": self.kind.value,
            "user": self.user,
            "subject": self.subject,
            "detail": self.detail,
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Event:
        """The event of such a dict.

        Raises:
            Invalid: it describes none.
        """
        return _read(
            cls,
            record,
            id=_id,
            at=_instant,
            actor=_text,
            role=Role,
            kind=EventKind,
            user=_or_none(_text),
            subject=_or_none(_text),
            detail=_or_none(_text),
            reason=_or_none(_text),
        )


@dataclass(frozen=True)
class Purged:
    """How many records a purge deleted."""

    #: Online codes.
    codes: int
    #: Security codes.
    security_codes: int
    #: Answers to attempts.
    attempts: int
    #: Events.
    events: int

    def to_dict(self) -> dict[str, int]:
        """Plain values."""
        return dataclasses.asdict(self)


#: Each class by its name, and its fields' names: the extension module makes them so.
_CLASSES: dict[str, tuple[type, tuple[str, ...]]] = {
    kind.__name__: (kind, tuple(field.name for field in dataclasses.fields(kind)))
    for kind in (
        Answered,
        Authenticated,
        CodeRecord,
        CreatedSecurityCode,
        Deletion,
        Enrolled,
        Event,
        Issued,
        KeyRecord,
        Machine,
        Purged,
        SecurityRecord,
        Verified,
    )
}
