"""The clock of a registry."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from callers import Boom, Waiting
from stopgap import (
    Access,
    Invalid,
    KeyInUse,
    MasterKey,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    Scopes,
    SecurityRequest,
    TimeOutOfRange,
    VerifyRequest,
)
from world import ADMIN, DAY, DESK, NOW, ROOT, Clock, key_ring

pytestmark = pytest.mark.usefixtures("ends")


def test_the_clock_is_read_once_a_call() -> None:
    clock = Clock()
    with Registry.open("memory:", key_ring(), clock=clock) as registry:
        assert clock.asked == 1
        registry.purge(ROOT)
        assert clock.asked == 2
        registry.verify_many([VerifyRequest("alice", "x", Purpose.RESET)] * 10)
        assert clock.asked == 3
        registry.issue_many(DESK, [("alice", OnlinePolicy())] * 3)
        assert clock.asked == 4
        registry.issue_many(DESK, [("alice", OnlinePolicy())] * 3, keep=len)
        assert clock.asked == 6


def test_an_exception_of_the_clock_is_raised(url: str) -> None:
    answers: list[Any] = [NOW]

    def clock() -> datetime:
        answer: datetime = answers[-1]
        if isinstance(answer, type):
            raise answer("boom")
        return answer

    with Registry.open(url, key_ring(), clock=clock) as registry:
        for wrong, expected in [
            (Boom, Boom),
            (KeyboardInterrupt, KeyboardInterrupt),
            (datetime(2026, 11, 21), TypeError),
            (1_763_766_000, TypeError),
            (None, TypeError),
            (datetime(1969, 12, 31, tzinfo=timezone.utc), TimeOutOfRange),
        ]:
            answers.append(wrong)
            with pytest.raises(expected):
                registry.issue_code(DESK, "alice")
        answers.append(NOW)
        assert registry.codes(DESK, "alice") == []
    answers.append(Boom)
    with pytest.raises(Boom):
        Registry.open(url, key_ring(), clock=clock)
    with pytest.raises(TypeError):
        Registry.open(url, key_ring(), clock=NOW)  # type: ignore[arg-type]


def test_a_clock_may_call_a_registry() -> None:
    clock = Clock()
    with Registry.open("memory:", key_ring(), clock=clock) as other:
        typed = other.issue_code(DESK, "alice").code.reveal()

        def asking() -> datetime:
            other.verify_code(VerifyRequest("alice", typed, Purpose.RESET))
            return NOW + DAY

        with Registry.open("memory:", key_ring(), clock=asking) as registry:
            assert registry.issue_code(DESK, "alice").record.issued_at == NOW + DAY


class Slow:
    """A clock that is slow in the threads that ask for it."""

    def __init__(self) -> None:
        self.waits, self.local = Waiting(), threading.local()

    def __call__(self) -> datetime:
        if getattr(self.local, "is_slow", False):
            self.waits()
        return NOW

    def slowly(self, call: Callable[[], object]) -> object:
        """Makes a call with a slow clock."""
        self.local.is_slow = True
        try:
            return call()
        finally:
            self.local.is_slow = False


@pytest.mark.parametrize(
    "name", ["issue_code", "issue_many", "verify_code", "authenticate", "add_key", "flush"]
)
def test_a_slow_clock_holds_up_no_other_thread(url: str, name: str) -> None:
    clock = Slow()
    with Registry.open(url, key_ring(), clock=clock) as registry:
        code = registry.issue_code(DESK, "alice").code.reveal()
        request = VerifyRequest("alice", code, Purpose.RESET)
        secret = registry.create_security_code(
            ROOT, SecurityRequest(Access.same_as("bob"), Scopes.UNLIMITED)
        ).code.reveal()
        key = MasterKey(bytes(32))
        slow: dict[str, Callable[[], object]] = {
            "issue_code": lambda: registry.issue_code(DESK, "alice"),
            "issue_many": lambda: registry.issue_many(DESK, [("alice", OnlinePolicy())]),
            "verify_code": lambda: registry.verify_code(request),
            "authenticate": lambda: registry.authenticate(secret, lambda user: Role.USER),
            "add_key": lambda: registry.add_key(ROOT, 2, key),
            "flush": registry.flush,
        }

        def retire() -> None:
            with pytest.raises(KeyInUse):
                registry.retire_key(ROOT, 1)

        def open_another() -> None:
            with Registry.open(url, key_ring(), clock=Clock()) as other:
                other.issue_code(DESK, "bob")

        quick: list[Callable[[], object]] = [
            lambda: registry.issue_code(DESK, "bob"),
            lambda: registry.verify_code(request),
            lambda: registry.authenticate(secret, lambda user: Role.USER),
            lambda: registry.events(ADMIN),
            # These wait for each call that uses the keys.
            lambda: registry.add_key(ROOT, 3, key),
            retire,
            registry.flush,
            open_another,
        ]
        with ThreadPoolExecutor(2) as pool:
            held = pool.submit(clock.slowly, slow[name])
            try:
                assert clock.waits.inside.wait(30)
                for call in quick:
                    pool.submit(call).result(20)
                assert not held.done()
            finally:
                clock.waits.go_on.set()
            held.result(30)


@pytest.mark.parametrize(
    "tolerance", [None, timedelta(0), timedelta(seconds=120), DAY / 7, timedelta.max]
)
def test_a_store_without_a_clock_takes_any_tolerance(tolerance: timedelta) -> None:
    with Registry.open(
        "memory:", key_ring(), clock=Clock(), clock_tolerance=tolerance
    ) as registry:
        assert registry.issue_code(DESK, "alice").record.issued_at == NOW


@pytest.mark.parametrize(
    "tolerance", [timedelta.min, timedelta(microseconds=-1), timedelta(days=-1, hours=23)]
)
def test_a_tolerance_is_not_negative(tolerance: timedelta) -> None:
    with pytest.raises(Invalid) as refused:
        Registry.open("memory:", key_ring(), clock_tolerance=tolerance)
    assert refused.value.reason == "clock_tolerance"


def test_a_tolerance_is_a_timedelta() -> None:
    for wrong in (120, "120", NOW):
        with pytest.raises(TypeError):
            Registry.open("memory:", key_ring(), clock_tolerance=wrong)  # type: ignore[arg-type]
