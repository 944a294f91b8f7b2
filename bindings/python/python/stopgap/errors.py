"""What Stopgap raises: a verdict is an exception.

```
StopgapError
├── Invalid (also a ValueError)      what was asked for makes no sense: mend it
├── Refused                          the system works, and says no
│   ├── Malformed (also a ValueError)    not a code at all
│   ├── Unknown, Revoked, WrongPurpose, NotYetValid, Expired, UsedUp, Throttled,
│   │   ClockRolledBack, TimeOutOfRange, KeyMissing, Tampered
│   ├── NotEnrolled, ClockSkew, Unrecognised             request codes
│   ├── NotFound, AlreadyActive, ExpiryNotInFuture, NotConfirmed  security codes
│   └── NoCode, NoPreset, NoMachine, GenerationsExhausted,
│       KeyExists, KeyIssues, KeyInUse                    registry
├── Forbidden                        the actor's role does not suffice
├── StateError                       an agent's sealed state does not open
└── StoreError                       the store, its key or the machine is in trouble
```

``str(error)`` and ``error.reason`` are for the log of whoever asked; ``public_message``
is for the person at the screen. None holds a character of a code. All can be pickled
and copied.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any, Optional

from stopgap.words import Action, Role

__all__ = [
    "AlreadyActive",
    "ClockRolledBack",
    "ClockSkew",
    "Expired",
    "ExpiryNotInFuture",
    "Forbidden",
    "GenerationsExhausted",
    "Invalid",
    "KeyExists",
    "KeyInUse",
    "KeyIssues",
    "KeyMissing",
    "Malformed",
    "NoCode",
    "NoMachine",
    "NoPreset",
    "NotConfirmed",
    "NotEnrolled",
    "NotFound",
    "NotYetValid",
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
    """The base of all that Stopgap raises.

    Every detail is an attribute; a class lists its own.
    """

    #: One word for the log, which never changes.
    reason: str = ""
    #: Which one of many it was, from 0, where many were asked for at once.
    index: Optional[int] = None

    def __init__(self, message: str = "", /, **details: Any) -> None:
        super().__init__(message)
        self.__dict__.update(details)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_again, (type(self), str(self), self.__dict__.copy()))


def _again(kind: type[StopgapError], message: str, details: dict[str, Any]) -> StopgapError:
    return kind(message, **details)


class Invalid(StopgapError, ValueError):
    """What was asked for makes no sense as it stands: mend the request."""


class Refused(StopgapError):
    """The system works, and says no. There is a subclass for every reason."""

    #: When to try again, where that is known.
    retry_at: Optional[datetime] = None
    #: The sentence for the person at the screen, times in UTC. It does not tell a
    #: guesser which part of a guess was wrong.
    public_message: str = "That code is not valid."

    def public_message_in(self, zone: tzinfo) -> str:
        """The sentence for the person at the screen, times on the clock of ``zone``."""
        return self.public_message


class Malformed(Refused, ValueError):
    """What was typed is not a code at all. Nothing was counted."""

    #: Which way: ``too_long``, ``unexpected_symbol``, ``wrong_length`` or
    #: ``check_failed``.
    kind: str
    #: Where the first unexpected symbol is, in characters from 0.
    position: Optional[int] = None
    #: How many symbols the code has, where there were others.
    expected: Optional[int] = None
    #: How many symbols were typed, where that is wrong.
    found: Optional[int] = None


class Unknown(Refused):
    """No such code. The only refusal that counts as a failure."""


class Revoked(Refused):
    """The right code, but it was revoked."""

    revoked_at: datetime


class WrongPurpose(Refused):
    """The code is not for this, or this needs the server."""


class NotYetValid(Refused):
    """The right code, too early. ``retry_at`` is ``not_before``."""

    not_before: datetime


class Expired(Refused):
    """The right code, too late."""

    #: The first instant at which it was no longer good.
    expired_at: datetime


class UsedUp(Refused):
    """The right code, but it has been used as often as it may be."""


class Throttled(Refused):
    """Too many failures in a row; the code was not read.

    ``retry_at`` is when the door opens; ``None`` where an administrator must open it.
    """

    def public_message_in(self, zone: tzinfo) -> str:
        """The sentence for the person at the screen, times on the clock of ``zone``."""
        from stopgap import _native

        return _native._throttled_message(self.retry_at, zone)


class ClockRolledBack(Refused):
    """The clock is behind what it has shown before."""

    #: The latest time that was seen.
    seen: datetime


class TimeOutOfRange(Refused):
    """The clock, or an expiry counted from it, is outside the years 1 to 9999."""


class KeyMissing(Refused):
    """The record was made with a key that the ring does not hold."""

    key_id: int


class Tampered(Refused):
    """The record was changed from outside."""


class NotEnrolled(Refused):
    """The user has no enrolled machine."""


class ClockSkew(Refused):
    """A machine of the user showed the request code, but not in these minutes."""

    #: Which machine; from ``locate``, which knows keys alone, ``index`` tells which.
    machine: Optional[str] = None
    #: By how many minutes; positive where the machine is ahead.
    minutes: int


class Unrecognised(Refused):
    """No machine of the user shows this request code: most likely it was mistyped."""


class NotFound(Refused):
    """There is no such security code, or it is gone."""


class AlreadyActive(Refused):
    """A security code that lives cannot be reactivated."""


class ExpiryNotInFuture(Refused):
    """A security code cannot be given an expiry that is over."""


class NotConfirmed(Refused):
    """The security code has changed since it was shown; look again before deleting it."""


class NoCode(Refused):
    """The user has no code that could be revoked."""


class NoPreset(Refused):
    """There is no preset of that name."""


class NoMachine(Refused):
    """The user is not enrolled on that machine."""


class GenerationsExhausted(Refused):
    """The machine was enrolled too often."""


class KeyExists(Refused):
    """The key ring holds a key of that id."""


class KeyIssues(Refused):
    """The newest key, which issues, cannot be retired."""


class KeyInUse(Refused):
    """Something that still lives was made with that key."""

    key_id: int


class Forbidden(StopgapError):
    """The actor's role does not suffice."""

    role: Role
    action: Action


class StateError(StopgapError):
    """An agent's sealed state does not open: enrol the machine again.

    An agent that starts afresh instead would redeem its last codes again.
    """


class StoreError(StopgapError):
    """The store, its key or the machine is in trouble: mend that, then try again.

    Nothing was done, unless :attr:`outcome_is_known` is false.
    """

    @property
    def outcome_is_known(self) -> bool:
        """Whether it is known that nothing was done.

        False where a server was lost between a commit and its answer (the reason
        ``store_unknown``): it was done, or it was not. A verification gets its answer
        by the same attempt id; otherwise, look.
        """
        return self.reason != "store_unknown"


_BY_REASON: dict[str, type[Refused]] = {
    "already_active": AlreadyActive,
    "clock_rolled_back": ClockRolledBack,
    "clock_skew": ClockSkew,
    "expired": Expired,
    "expiry_not_in_future": ExpiryNotInFuture,
    "generations_exhausted": GenerationsExhausted,
    "key_exists": KeyExists,
    "key_in_use": KeyInUse,
    "key_issues": KeyIssues,
    "key_missing": KeyMissing,
    "malformed": Malformed,
    "no_code": NoCode,
    "no_machine": NoMachine,
    "no_preset": NoPreset,
    "not_confirmed": NotConfirmed,
    "not_enrolled": NotEnrolled,
    "not_found": NotFound,
    "not_yet_valid": NotYetValid,
    "revoked": Revoked,
    "tampered": Tampered,
    "throttled": Throttled,
    "time_out_of_range": TimeOutOfRange,
    "unknown": Unknown,
    "unrecognised": Unrecognised,
    "used_up": UsedUp,
    "wrong_purpose": WrongPurpose,
}

# For one that a caller raises, such as Unknown() for a user without any code.
for _reason, _kind in _BY_REASON.items():
    _kind.reason = _reason
del _reason, _kind


def _refused(reason: str, message: str, details: dict[str, Any]) -> Refused:
    """The one place where the extension module makes a refusal."""
    kind = _BY_REASON.get(reason, Refused)
    details.setdefault("public_message", message)
    return kind(message, reason=reason, **details)
