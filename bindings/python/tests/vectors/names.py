"""Names, in every function that takes one."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Callable, Optional

from stopgap import (
    Access,
    Actor,
    Attempt,
    Code,
    Enrolment,
    InvalidName,
    KeyRing,
    MasterKey,
    OfflinePolicy,
    OnlineGrant,
    OnlinePolicy,
    Purpose,
    Refused,
    Role,
)
from vectors.file import Object

_NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
_MASTER = MasterKey(bytes(range(32)))
_KEYS = KeyRing(1, _MASTER)
_CODE = Code.from_canonical("0123456789AB")
_GRANT = OnlinePolicy().issue(_KEYS, "alice", now=_NOW)[1]


def _attempt(id: str, user: str) -> Attempt:
    return Attempt(
        key_id=1, id=id, user=user, purpose=Purpose.RESET, code=_CODE, answer=b""
    )


def _of_grant(name: str) -> OnlineGrant:
    return OnlineGrant(
        key_id=1, digest=bytes(32), user=name, issued_at=_NOW, expires_at=_NOW
    )


def _answered(name: str) -> object:
    policy = OfflinePolicy()
    return policy.answer(_KEYS, name, [], "ZZZZ-ZZZZ", Purpose.RESET, now=_NOW)


def _any(name: str) -> object:
    return OnlineGrant.verify_any([], _KEYS, name, "0", Purpose.RESET, now=_NOW)


#: A function of the first group accepts a name; those of the second refuse something else.
_ACCEPTING: list[Callable[[str], object]] = [
    _MASTER.tenant,
    _KEYS.tenant,
    Access.same_as,
    _of_grant,
    lambda name: Actor(name, Role.USER),
    lambda name: _KEYS.online_digests(name, _CODE),
    lambda name: _attempt(name, "alice"),
    lambda name: _attempt("1", name),
    lambda name: Enrolment.first(_KEYS, name, "LAPTOP-17"),
    lambda name: Enrolment.first(_KEYS, "alice", name),
    lambda name: Enrolment(key_id=1, user=name, machine="LAPTOP-17", generation=0),
    lambda name: Enrolment(key_id=1, user="alice", machine=name, generation=0),
    lambda name: OnlinePolicy().issue(_KEYS, name, now=_NOW),
    lambda name: OnlinePolicy().issue_many(_KEYS, [name], now=_NOW),
]
_REFUSING: list[Callable[[str], object]] = [
    lambda name: _GRANT.verify(_KEYS, name, "0", Purpose.RESET, now=_NOW),
    _any,
    _answered,
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
    (verdict,) = OnlineGrant.verify_many(
        [(_GRANT, name, "0")], _KEYS, Purpose.RESET, now=_NOW
    )
    assert isinstance(verdict, InvalidName) is not valid


def _position(error: InvalidName, name: str) -> None:
    """The file has no positions, so only what follows from the text is checked."""
    found = len(name.encode()) if error.kind == "too_long" else None
    assert error.found == found
    placed = error.kind in ("control_character", "invisible_character")
    assert (error.position is not None) is placed
    if error.position is not None:
        assert 0 <= error.position < len(name)
