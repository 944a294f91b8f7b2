"""Names, in every function that takes one."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Callable, Optional

from stopgap import (
    Access,
    Actor,
    Code,
    Enrolment,
    InvalidName,
    IssueRequest,
    KeyRing,
    MasterKey,
    OfflinePolicy,
    OnlineGrant,
    OnlinePolicy,
    Preset,
    Purpose,
    Refused,
    Role,
    Throttle,
    UserThrottle,
    Verification,
    VerifyRequest,
)
from vectors.file import Object

_NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
_MASTER = MasterKey(bytes(range(32)))
_KEYS = KeyRing(1, _MASTER)
_CODE = Code.from_canonical("0123456789AB")
_RECORD = OnlinePolicy().issue(_KEYS, "alice", now=_NOW)[1]


def _request(name: str) -> VerifyRequest:
    return VerifyRequest(name, "ZZZZ-ZZZZ", Purpose.RESET, idempotency_key="k")


def _enrolment(user: str, machine: str) -> object:
    return Enrolment.migrate(
        _KEYS, user=user, machine=machine, generation=0, enrolled_at=_NOW
    )


#: A function of the first group accepts a name; those of the second refuse something else.
_ACCEPTING: list[Callable[[str], object]] = [
    _MASTER.tenant,
    _KEYS.tenant,
    Access.same_as,
    lambda name: Actor(name, Role.USER),
    lambda name: _KEYS.online_digests(name, _CODE),
    lambda name: Enrolment.first(_KEYS, name, "LAPTOP-17", now=_NOW),
    lambda name: Enrolment.first(_KEYS, "alice", name, now=_NOW),
    lambda name: _enrolment(name, "LAPTOP-17"),
    lambda name: _enrolment("alice", name),
    lambda name: OnlinePolicy().issue(_KEYS, name, now=_NOW),
    lambda name: OnlinePolicy().issue(_KEYS, IssueRequest(name), now=_NOW),
    lambda name: Preset.seal(_KEYS, name, OnlinePolicy()),
    lambda name: UserThrottle.seal(_KEYS, name, Throttle()),
    lambda name: Verification.seal(_KEYS, _request(name), _CODE, b"", now=_NOW),
    lambda name: OnlinePolicy().issue_many(_KEYS, [name], now=_NOW),
]
_REFUSING: list[Callable[[str], object]] = [
    lambda name: _RECORD.verify(_KEYS, _request(name), now=_NOW),
    lambda name: _RECORD.check_code(_KEYS, _request(name), _CODE, now=_NOW),
    lambda name: OnlineGrant.verify_any([], _KEYS, _request(name), now=_NOW),
    lambda name: OfflinePolicy().answer(_KEYS, [], _request(name), now=_NOW),
]


def _error(call: Callable[[str], object], name: str) -> Optional[InvalidName]:
    try:
        call(name)
    except InvalidName as error:
        return error
    except Refused:
        assert call in _REFUSING
    else:
        assert call in _ACCEPTING
    return None


def names(_: Object, test: Object) -> None:
    name = test["input"]
    valid = {"valid": True, "invalid": False}[test["result"]]
    for call in (*_ACCEPTING, *_REFUSING):
        error = _error(call, name)
        assert (error is None) is valid, call
        if error is not None:
            assert (error.reason, error.kind) == ("invalid_name", test["error"])
            _position(error, name)
    (verdict,) = OnlineGrant.verify_many([(_RECORD, _request(name))], _KEYS, now=_NOW)
    assert isinstance(verdict, InvalidName) is not valid


def _position(error: InvalidName, name: str) -> None:
    """The file has no positions, so only what follows from the text is checked."""
    found = len(name.encode()) if error.kind == "too_long" else None
    assert error.found == found
    placed = error.kind in ("control_character", "invisible_character")
    assert (error.position is not None) is placed
    if error.position is not None:
        assert 0 <= error.position < len(name)
