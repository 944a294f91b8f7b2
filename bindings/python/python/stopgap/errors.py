"""The exceptions of Stopgap. A refusal is an exception too.

```
StopgapError
├── Invalid (also a ValueError)      the arguments make no sense: correct them
├── Refused                          the system works, and refuses
│   ├── Malformed (also a ValueError)    the text is no code
│   ├── InvalidName (also an Invalid)    the text is no name
│   ├── Unknown, Revoked, WrongPurpose, NotYetValid, Expired, UsedUp, Throttled,
│   │   ClockRolledBack, TimeOutOfRange, KeyMissing, Tampered
│   ├── InvalidIdempotencyKey (also an Invalid),
│   │   IdempotencyKeyExpired, IdempotencyKeyReused
│   ├── NotEnrolled, ClockSkew, Unrecognised             request codes
│   ├── NotFound, AlreadyActive, ExpiryNotInFuture, NotConfirmed  security codes
│   ├── KeyExists, PrimaryKey, KeyInUse                  keys
│   └── NoCode, NoPreset, NoMachine                      registry
├── Forbidden                        the actor's role does not suffice
├── StateError                       an agent's sealed state does not open
└── StoreError                       a fault of the store, its key or the machine
```

``str(error)`` and ``error.reason`` are for the caller's log; ``public_message`` is for the
person at the screen. None holds a character of a code. Exceptions can be pickled and
copied.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone, tzinfo
from typing import Any, Optional

from stopgap.words import Action, Role

__all__ = [
    "AlreadyActive",
    "ClockRolledBack",
    "ClockSkew",
    "Expired",
    "ExpiryNotInFuture",
    "Forbidden",
    "IdempotencyKeyExpired",
    "IdempotencyKeyReused",
    "Invalid",
    "InvalidIdempotencyKey",
    "InvalidName",
    "KeyExists",
    "KeyInUse",
    "KeyMissing",
    "Malformed",
    "NoCode",
    "NoMachine",
    "NoPreset",
    "NotConfirmed",
    "NotEnrolled",
    "NotFound",
    "NotYetValid",
    "PrimaryKey",
    "Refused",
    "Revoked",
    "StateError",
    "StopgapError",
    "StoreError",
    "Tampered",
    "Throttled",
    "TimeOutOfRange",
    "Unknown",
    "Unrecognised",
    "UsedUp",
    "WrongPurpose",
]


class StopgapError(Exception):
    """The base class of Stopgap's exceptions.

    Details are attributes; each class documents its own.
    """

    #: One word for the log, which never changes.
    reason: str = ""
    #: The place in a list, from 0, if the exception is about one item of many.
    index: Optional[int] = None

    def __init__(self, message: str = "", /, **details: Any) -> None:
        super().__init__(message)
        self.__dict__.update(details)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_again, (type(self), str(self), self.__dict__.copy()))


def _again(kind: type[StopgapError], message: str, details: dict[str, Any]) -> StopgapError:
    return kind(message, **details)


class Invalid(StopgapError, ValueError):
    """A value that you gave makes no sense: correct it.

    ``reason`` names the value: ``wrong_count``, ``lower_case``, ``not_a_symbol``,
    ``repeated`` and ``ambiguous`` for alphabets; ``length``, ``checked_length``, ``bytes``,
    ``no_purpose``, ``no_uses``, ``offline_validity`` and ``never_valid`` for policies;
    ``days``, ``months``, ``minutes`` and ``validity`` for validities; ``prefix``,
    ``no_scope``, ``too_many_scopes``, ``scope``, ``description_too_long`` and
    ``description_control`` for security codes; ``log_retention`` for a purge, with the
    least number of days as ``expected``; ``clock_tolerance``, ``no_generation``,
    ``invalid_key``, ``record_id``, ``record`` for a dict, ``language``, ``number``, and
    ``pair`` for an item of a list that has not two parts.
    """

    #: The position of the wrong character, from 0.
    position: Optional[int] = None
    #: The right number.
    expected: Optional[int] = None
    #: The wrong number.
    found: Optional[int] = None
    #: The name of the argument, if the value is one.
    argument: Optional[str] = None

    def add_note(self, note: str, /) -> None:
        """Adds a note as :meth:`BaseException.add_note`, which Python has since 3.11. The
        note of the extension module that names an argument becomes :attr:`argument`, and
        the beginning of the message."""
        named = _ARGUMENT.fullmatch(note)
        if named is None:
            self.__dict__.setdefault("__notes__", []).append(note)
        elif self.argument is None:
            self.argument = named["name"]
            self.args = (f"{self.argument}: {self}",)


#: The note of the extension module about an argument that it could not read.
_ARGUMENT = re.compile(r"while processing '(?P<name>\w+)'")


class Refused(StopgapError):
    """The system works, and refuses. There is a subclass for each reason."""

    #: The time of the next attempt, if known.
    retry_at: Optional[datetime] = None
    #: The sentence for the person at the screen, in English, times in UTC. It does not
    #: tell a guesser which part of a guess was wrong.
    public_message: str = "That code is not valid."

    def public_message_in(self, zone: tzinfo = timezone.utc, language: str = "en") -> str:
        """Returns the sentence for the person at the screen, times in ``zone``.

        ``language`` is ``"en"``, ``"de"``, ``"fr"`` or ``"es"``, or the name of a locale,
        ``"de_AT.UTF-8"``. A ``public_message`` that you gave yourself stays as it is.

        Raises:
            Invalid: there is no sentence in this language.
        """
        from stopgap import _native

        return _native._public_message(self, zone, language)


class Malformed(Refused, ValueError):
    """The text is no code. Nothing was counted."""

    #: The kind of error: ``too_long``, ``unexpected_symbol``, ``wrong_length`` or
    #: ``check_failed``.
    kind: str
    #: The position of the first unexpected symbol, in characters from 0.
    position: Optional[int] = None
    #: The number of symbols of a code, if the text has another number.
    expected: Optional[int] = None
    #: The number of symbols of the text, if it is wrong.
    found: Optional[int] = None


class InvalidName(Refused, Invalid):
    """The name of a user, a machine, a tenant or a preset is none.

    A name has 1 to 255 bytes of UTF-8, no control characters, no invisible characters,
    and at least one character that is not white space.
    """

    #: The kind of error: ``invalid_unicode``, ``empty``, ``too_long``,
    #: ``control_character``, ``invisible_character`` or ``blank``.
    kind: str = ""


class InvalidIdempotencyKey(Refused, Invalid):
    """An idempotency key has 1 to 255 bytes of UTF-8. ``found`` is another number."""


class IdempotencyKeyExpired(Refused):
    """The answer under this idempotency key is no longer replayed: use a new key."""


class IdempotencyKeyReused(Refused):
    """The idempotency key was used for another code or purpose: use a new key."""


class Unknown(Refused):
    """There is no such code. Only this refusal counts as a failure."""


class Revoked(Refused):
    """It is the right code, but it was revoked."""

    #: The instant of revocation.
    revoked_at: datetime


class WrongPurpose(Refused):
    """The code is for another purpose, or the purpose needs the server."""


class NotYetValid(Refused):
    """It is the right code, but it is not valid yet. ``retry_at`` is ``not_before``."""

    #: The instant from which the code is valid.
    not_before: datetime


class Expired(Refused):
    """It is the right code, but it has expired."""

    #: The expiry.
    expired_at: datetime


class UsedUp(Refused):
    """It is the right code, but it has no use left."""


class Throttled(Refused):
    """The user is locked out after too many failures; the code was not read.

    ``retry_at`` is the end of the lockout; ``None`` if an administrator must unlock.
    """


class ClockRolledBack(Refused):
    """The clock is behind a time that it has shown before."""

    #: The latest time that the clock has shown.
    seen: datetime


class TimeOutOfRange(Refused):
    """The clock, or an expiry counted from it, is outside the years 1 to 9999."""


class KeyMissing(Refused):
    """The record was made with a key that the ring does not hold."""

    #: The id of the key.
    key_id: int


class Tampered(Refused):
    """The record does not fit its tag: it was changed outside Stopgap."""


class NotEnrolled(Refused):
    """The user has no enrolled machine."""


class ClockSkew(Refused):
    """A machine of the user showed the request code, but not in these minutes."""

    #: The machine; ``None`` from :meth:`OfflinePolicy.locate`. ``index`` is its place.
    machine: Optional[str] = None
    #: The difference in minutes; positive if the machine is ahead.
    minutes: int


class Unrecognised(Refused):
    """No machine of the user shows this request code: most likely it was mistyped."""


class NotFound(Refused):
    """There is no such security code, or it is gone."""


class AlreadyActive(Refused):
    """An active security code cannot be reactivated."""


class ExpiryNotInFuture(Refused):
    """The new expiry of a security code must be after now."""


class NotConfirmed(Refused):
    """The security code has changed since it was shown; look again before deleting it."""


class NoCode(Refused):
    """The user has no code that can be revoked."""


class NoPreset(Refused):
    """There is no preset of this name."""


class NoMachine(Refused):
    """The user is not enrolled on that machine."""


class KeyExists(Refused):
    """The key ring has a key with this id."""


class PrimaryKey(Refused):
    """The primary key issues, and cannot be retired: add another key first."""


class KeyInUse(Refused):
    """Something that can still be used was made with this key."""

    #: The id of the key.
    key_id: int


class Forbidden(StopgapError):
    """The actor's role does not suffice."""

    #: The actor's role.
    role: Role
    #: The action that needs another role.
    action: Action


class StateError(StopgapError):
    """An agent's sealed state does not open: enrol the machine again.

    A new agent for the old enrolment would redeem its last codes again.
    """


class StoreError(StopgapError):
    """A fault of the store, its key or the machine: repair it, then try again.

    Nothing was done, unless :attr:`outcome_is_known` is false.
    """

    #: For the reason ``clock_differs``, the seconds by which the clock is ahead of the
    #: store's; negative if it is behind.
    seconds: Optional[int] = None

    @property
    def outcome_is_known(self) -> bool:
        """``True`` if nothing was done.

        ``False`` if the connection to a server was lost during a commit (the reason
        ``store_unknown``), or if the file was replaced meanwhile (``store_replaced``): the
        change was made, or it was not. Repeat a verification with the same idempotency key;
        otherwise, look.
        """
        return self.reason not in ("store_unknown", "store_replaced")


_BY_REASON: dict[str, type[Refused]] = {
    "already_active": AlreadyActive,
    "clock_rolled_back": ClockRolledBack,
    "clock_skew": ClockSkew,
    "expired": Expired,
    "expiry_not_in_future": ExpiryNotInFuture,
    "idempotency_key_expired": IdempotencyKeyExpired,
    "idempotency_key_reused": IdempotencyKeyReused,
    "invalid_idempotency_key": InvalidIdempotencyKey,
    "invalid_name": InvalidName,
    "key_exists": KeyExists,
    "key_in_use": KeyInUse,
    "key_missing": KeyMissing,
    "malformed": Malformed,
    "no_code": NoCode,
    "no_machine": NoMachine,
    "no_preset": NoPreset,
    "not_confirmed": NotConfirmed,
    "not_enrolled": NotEnrolled,
    "not_found": NotFound,
    "not_yet_valid": NotYetValid,
    "primary_key": PrimaryKey,
    "revoked": Revoked,
    "tampered": Tampered,
    "throttled": Throttled,
    "time_out_of_range": TimeOutOfRange,
    "unknown": Unknown,
    "unrecognised": Unrecognised,
    "used_up": UsedUp,
    "wrong_purpose": WrongPurpose,
}

# For exceptions that a caller raises, such as Unknown() for a user without any code.
for _reason, _kind in _BY_REASON.items():
    _kind.reason = _reason
del _reason, _kind


def _refused(reason: str, message: str, details: dict[str, Any]) -> Refused:
    """Makes a refusal, for the extension module."""
    kind = _BY_REASON.get(reason, Refused)
    details.setdefault("public_message", message)
    return kind(message, reason=reason, **details)
