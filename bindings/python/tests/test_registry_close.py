"""Events that are counted in memory, and closing a registry, which stores them."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from callers import Boom, Waiting, Within
from stopgap import (
    Access,
    EventKind,
    Purpose,
    Registry,
    Role,
    SecurityRequest,
    StoreError,
    Throttled,
    ThrottlePolicy,
    Unknown,
    VerifyRequest,
)
from world import ADMIN, DESK, NOW, ROOT, Clock, key_ring

pytestmark = pytest.mark.usefixtures("ends")

WRONG = VerifyRequest("alice", "0000-0000-0000", Purpose.RESET)
SQL = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stopgap.db"


def opened(url: Any, **words: Any) -> Registry:
    """A registry that locks a user out at the first failure."""
    words.setdefault("clock", Clock())
    return Registry.open(url, key_ring(), throttle=ThrottlePolicy(free=1), **words)


def lock_out(registry: Registry) -> None:
    """Locks alice out, and makes three attempts during the lockout."""
    with pytest.raises(Unknown):
        registry.verify_code(WRONG)
    for _ in range(3):
        with pytest.raises(Throttled):
            registry.verify_code(WRONG)


def counts(registry: Registry) -> list[int]:
    """The counts of the events of lockouts, newest first."""
    events = registry.events(ADMIN, kind=EventKind.VERIFY_CODE)
    return [event.count for event in events if event.reason == "throttled"]


def stored(path: Path) -> list[int]:
    with opened(path) as registry:
        return counts(registry)


def sql(path: Path, script: str) -> None:
    """Runs SQL in another process: SQLite's locks are those of a process."""
    subprocess.run([sys.executable, "-c", SQL, str(path), script], check=True)


def test_attempts_during_a_lockout_are_counted(url: str) -> None:
    clock = Clock()
    with opened(url, clock=clock) as registry:
        lock_out(registry)
        events = registry.events(ADMIN)
        assert [(event.reason, event.count) for event in events] == [("unknown", 1)]
        assert counts(registry) == []
        registry.flush()
        assert counts(registry) == [3]
        registry.flush()
        assert counts(registry) == [3]


def test_a_call_after_a_minute_stores_the_count(url: str) -> None:
    clock = Clock()
    with opened(url, clock=clock) as registry:
        lock_out(registry)
        clock.advance(timedelta(seconds=59))
        registry.codes(DESK, "alice")
        assert counts(registry) == []
        clock.advance(timedelta(seconds=1))
        registry.codes(DESK, "alice")
        assert counts(registry) == [3]
        (event,) = [one for one in registry.events(ADMIN) if one.reason == "throttled"]
        assert (event.at, event.user, event.actor) == (NOW, "alice", "alice")


def test_the_uses_of_a_security_code_are_counted(url: str) -> None:
    with opened(url) as registry:
        request = SecurityRequest(Access.same_as("bob"), ["a"])
        secret = registry.create_security_code(ROOT, request).code.reveal()

        def used() -> list[int]:
            events = registry.events(ADMIN, kind=EventKind.AUTHENTICATE)
            return [event.count for event in events]

        for _ in range(4):
            registry.authenticate(secret, lambda user: Role.USER)
        assert used() == [1]
        registry.flush()
        assert sorted(used()) == [1, 3]


def test_closing_stores_the_counts(path: Path) -> None:
    registry = opened(path)
    lock_out(registry)
    registry.close()
    assert stored(path) == [3]


def test_with_closes_and_stores_the_counts(path: Path) -> None:
    with opened(path) as registry:
        lock_out(registry)
    assert registry.closed
    with pytest.raises(StoreError) as closed:
        registry.flush()
    assert closed.value.reason == "closed"
    registry.close()
    assert stored(path) == [3]


@pytest.mark.parametrize("clock", [Clock(), None])
def test_a_registry_that_is_dropped_stores_the_counts(path: Path, clock: object) -> None:
    registry = opened(path, clock=clock)
    lock_out(registry)
    del registry
    gc.collect()
    with Registry.open(path, key_ring()) as again:
        again.accept_clock(ROOT)
        assert counts(again) == [3]


def test_a_store_that_fails_is_told_and_released(path: Path) -> None:
    registry = opened(path)
    lock_out(registry)
    sql(path, "DROP TABLE events")
    with pytest.raises(StoreError) as failed:
        registry.close()
    assert failed.value.reason.startswith("store_")
    assert registry.closed
    registry.close()


def test_a_block_that_raises_is_told_too(path: Path) -> None:
    with pytest.raises(StoreError) as failed, opened(path) as registry:
        lock_out(registry)
        sql(path, "DROP TABLE events")
        raise Boom
    assert isinstance(failed.value.__context__, Boom)


def test_a_clock_that_fails_loses_no_count(path: Path) -> None:
    clock = Clock()
    failing: list[Callable[[], Any]] = [clock]
    registry = opened(path, clock=lambda: failing[-1]())
    lock_out(registry)

    def boom() -> None:
        raise Boom

    failing.append(boom)
    with pytest.raises(Boom):
        registry.close()
    assert registry.closed
    assert stored(path) == [3]


def test_closing_within_a_transaction_waits_for_nothing(path: Path) -> None:
    registry = opened(path, clock=None)
    zone = Within(registry, registry.close)
    lock_out(registry)
    issued = registry.issue_code(DESK, "bob", zone=zone)
    assert registry.closed
    with opened(path, clock=None) as again:
        assert counts(again) == [3]
        assert [record.id for record in again.codes(DESK, "bob")] == [issued.record.id]


@pytest.mark.parametrize("end", ["close", "flush", "del"])
def test_the_end_of_a_registry_lets_other_threads_run(path: Path, end: str) -> None:
    """Also if the store waits for a call that waits for the interpreter."""
    waits = Waiting()
    with opened(path, clock=None) as holder:
        zone = Within(holder, waits)
        registry = opened(path, clock=None)
        lock_out(registry)
        with ThreadPoolExecutor(1) as pool:
            holding = pool.submit(holder.issue_code, DESK, "bob", zone=zone)
            assert waits.inside.wait(30)
            threading.Timer(0.3, waits.go_on.set).start()
            if end == "del":
                del registry
                gc.collect()
            else:
                getattr(registry, end)()
            assert waits.go_on.is_set()
            assert holding.result(30)
        assert counts(holder) == [3]
