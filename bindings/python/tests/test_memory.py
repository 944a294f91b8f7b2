"""A call that has ended holds no memory."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from datetime import datetime, timezone
from typing import Callable

import pytest

from stopgap import (
    Access,
    Actor,
    Agent,
    EnrolmentKey,
    KeyRing,
    MasterKey,
    OnlineGrant,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    SecurityCode,
    SecurityFormat,
    SecurityRequest,
    Unknown,
    Validity,
    VerifyRequest,
    minute_of,
)

_CALLS = 10_000
_NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
_RING = KeyRing(1, MasterKey(bytes(range(32))))
_POLICY = OnlinePolicy(max_uses=1_000_000)
_CODE, _RECORD = _POLICY.issue(_RING, "alice", now=_NOW)
_TYPED, _WRONG = _CODE.reveal(), "0000-0000-0000"
_KEY = EnrolmentKey(bytes(range(32)))
_RIGHT = _KEY.offline_code(minute_of(_NOW), Purpose.BYPASS, Validity.DAY).reveal()
_ROOT = Actor("root", Role.SUPER_ADMINISTRATOR)
_TEXT, _SECURITY = SecurityCode.create(
    _RING, _ROOT, SecurityRequest(Access.same_as("alice"), ["a", "b"]), now=_NOW
)
_SECRET = SecurityFormat().read(_TEXT.reveal())
_SHARED = [
    _RING,
    _RECORD,
    _NOW,
    _TYPED,
    _WRONG,
    Purpose.RESET,
    _POLICY,
    _KEY,
    _ROOT,
    _SECRET,
]


def _refused() -> None:
    try:
        _RECORD.verify(_RING, VerifyRequest("alice", _WRONG, Purpose.RESET), now=_NOW)
    except Unknown as error:
        assert error.reason == "unknown"


class _Server:
    """A registry that is sometimes opened again, because its log grows with every call."""

    def __init__(self) -> None:
        self._calls = 0

    def verify(self) -> None:
        if self._calls % _CALLS == 0:
            self._registry = Registry.open("memory:", _RING)
            self._typed = self._registry.issue_code(_ROOT, "alice").code.reveal()
        self._calls += 1
        self._registry.verify_code(VerifyRequest("alice", self._typed, Purpose.RESET))


def _role_of(user: str) -> Role:
    return Role.HELP_DESK


CALLS: dict[str, Callable[[], object]] = {
    "issue": lambda: _POLICY.issue(_RING, "alice", now=_NOW),
    "verify": lambda: (
        _RECORD.verify(
            _RING, VerifyRequest("alice", _TYPED, Purpose.RESET), now=_NOW
        ).record
    ),
    "refused": _refused,
    "records": lambda: OnlineGrant.from_dict(_RECORD.to_dict()),
    "redeem": lambda: Agent(_KEY).redeem(_RIGHT, Purpose.BYPASS, now=_NOW, keep=len),
    "authenticate": lambda: _SECURITY.authenticate(_RING, _SECRET, _role_of, now=_NOW),
    "registry": _Server().verify,
}


@pytest.mark.parametrize("call", CALLS)
def test_memory_is_given_back(call: str) -> None:
    work = CALLS[call]
    for _ in range(100):
        work()
    gc.collect()
    before = [sys.getrefcount(one) for one in _SHARED]
    tracemalloc.start()
    try:
        work()
        least = tracemalloc.get_traced_memory()[0]
        for _ in range(_CALLS):
            work()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - least
    finally:
        tracemalloc.stop()
    assert [sys.getrefcount(one) for one in _SHARED] == before
    # One object for each call would be half a megabyte.
    assert grown < 20_000
