"""Functions that a registry calls, and many threads at once."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any, Optional

import pytest

from stopgap import (
    Access,
    EventKind,
    Issued,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    Scopes,
    SecurityRequest,
    StoreError,
    TimeOutOfRange,
    Unknown,
    UsedUp,
    Verified,
    VerifyRequest,
    minute_of,
)
from world import ADMIN, DAY, DESK, NOW, ROOT, Clock, key_ring


class Boom(Exception):
    """The exception of a caller's function."""


@pytest.fixture(autouse=True)
def ends() -> Iterator[None]:
    """A call that waits for itself keeps the interpreter: only C can end that."""
    faulthandler.dump_traceback_later(120, exit=True, file=2)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "memory:" if request.param == "memory" else str(tmp_path / "stopgap.db")


# The clock


def test_the_clock_is_asked_once_a_call() -> None:
    clock = Clock()
    with Registry.open("memory:", key_ring(), clock=clock) as registry:
        assert clock.asked == 1
        registry.purge(ROOT)
        assert clock.asked == 2
        registry.verify_many([VerifyRequest("alice", "x", Purpose.RESET)] * 10)
        assert clock.asked == 3


def test_what_the_clock_raises_comes_out(url: str) -> None:
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


# Zones


class Zone(tzinfo):
    """A zone that answers as it is told."""

    def __init__(self, answer: Callable[[], Optional[timedelta]]) -> None:
        self.answer = answer

    def utcoffset(self, when: Optional[datetime]) -> Optional[timedelta]:
        return self.answer()

    def dst(self, when: Optional[datetime]) -> Optional[timedelta]:
        return None

    def tzname(self, when: Optional[datetime]) -> Optional[str]:
        return None

    def fromutc(self, when: datetime) -> datetime:
        return when + (self.answer() or timedelta())


def test_what_a_zone_raises_comes_out_and_nothing_is_issued(url: str) -> None:
    def boom() -> timedelta:
        raise Boom

    kept: list[object] = []
    with Registry.open(url, key_ring()) as registry:
        for zone, expected in [
            (Zone(boom), Boom),
            (Zone(lambda: None), ValueError),
            (Zone(lambda: timedelta(microseconds=1)), ValueError),
            ("Europe/Berlin", TypeError),
        ]:
            with pytest.raises((expected, TypeError)):
                registry.issue_code(DESK, "alice", zone=zone)  # type: ignore[arg-type]
            with pytest.raises((expected, TypeError)):
                registry.issue_many(
                    DESK,
                    [("alice", OnlinePolicy())],
                    zone=zone,  # type: ignore[arg-type]
                    keep=kept.append,
                )
            with pytest.raises(Exception):  # noqa: B017, PT011 - an answer that there is not
                registry.answer_request(
                    DESK,
                    VerifyRequest("alice", "ZW4F-RK37", Purpose.RESET),
                    zone=zone,  # type: ignore[arg-type]
                )
        assert registry.codes(DESK, "alice") == []
    assert kept == []


def test_a_zone_is_tried_at_the_time_of_the_call(url: str) -> None:
    class Ends(tzinfo):
        """A zone that knows the years before 2030 alone."""

        def utcoffset(self, when: Optional[datetime]) -> timedelta:
            if when is not None and when.year >= 2030:
                raise Boom
            return timedelta()

        def dst(self, when: Optional[datetime]) -> None:
            return None

        def tzname(self, when: Optional[datetime]) -> None:
            return None

        def fromutc(self, when: datetime) -> datetime:
            return when + self.utcoffset(when)

    end = datetime(2030, 1, 1, tzinfo=timezone.utc)
    clock = Clock(end - 100 * DAY)
    with Registry.open(url, key_ring(), clock=clock) as registry:
        # The validity counts from the first instant.
        later = OnlinePolicy(not_before=end - DAY / 2)
        with pytest.raises(Boom):
            registry.issue_code(DESK, "alice", later, zone=Ends())
        clock.now = end - DAY / 2
        with pytest.raises(Boom):
            registry.issue_code(DESK, "alice", zone=Ends())
        assert registry.codes(DESK, "alice") == []


def test_what_a_zone_raises_is_no_answer(url: str) -> None:
    def boom() -> timedelta:
        raise Boom

    with Registry.open(url, key_ring(), clock=Clock()) as registry:
        enrolled = registry.enrol_machine(DESK, "alice", "LAPTOP-17")
        shown = enrolled.key.request_code(minute_of(NOW)).text
        with pytest.raises(Boom):
            registry.answer_request(
                DESK, VerifyRequest("alice", shown, Purpose.RESET), zone=Zone(boom)
            )


# Keep


def test_keep_has_the_codes_before_they_are_issued(url: str) -> None:
    kept: list[list[Issued]] = []
    with Registry.open(url, key_ring()) as registry:
        requests = [(user, OnlinePolicy()) for user in ("alice", "bob")]
        issued = registry.issue_many(DESK, requests, keep=kept.append)
        assert kept == [issued]
        for one in issued:
            registry.verify_code(
                VerifyRequest(one.record.user, one.code.reveal(), Purpose.RESET)
            )


@pytest.mark.parametrize("raised", [Boom, KeyboardInterrupt, MemoryError])
def test_what_keep_raises_comes_out_and_nothing_is_issued(
    url: str, raised: type[BaseException]
) -> None:
    def keep(issued: list[Issued]) -> None:
        raise raised("boom")

    with Registry.open(url, key_ring()) as registry:
        with pytest.raises(raised):
            registry.issue_many(DESK, [("alice", OnlinePolicy())], keep=keep)
        assert registry.codes(DESK, "alice") == []
        (event,) = registry.events(ADMIN, kind=EventKind.ISSUE_CODE)
        assert event.reason == "not_kept"
        registry.issue_code(DESK, "alice")
        with pytest.raises(TypeError):
            registry.issue_many(DESK, [], keep="keep")  # type: ignore[arg-type]


def test_a_call_that_would_wait_for_itself_is_refused(url: str) -> None:
    with Registry.open(url, key_ring()) as registry:

        def keep(issued: list[Issued]) -> None:
            registry.codes(DESK, "alice")

        with pytest.raises(RuntimeError, match="for ever"):
            registry.issue_many(DESK, [("alice", OnlinePolicy())], keep=keep)

        def closing(issued: list[Issued]) -> None:
            registry.close()

        (issued,) = registry.issue_many(DESK, [("alice", OnlinePolicy())], keep=closing)
        assert issued.record.user == "alice"
        with pytest.raises(StoreError):
            registry.codes(DESK, "alice")


# Roles


def test_role_of_may_call_the_registry_and_raise(url: str) -> None:
    clock = Clock()
    with Registry.open(url, key_ring(), clock=clock) as registry:
        created = registry.create_security_code(
            ROOT, SecurityRequest(Access.same_as("bob"), ["audit:read"])
        )
        typed = created.code.reveal()

        def role_of(user: str) -> Role:
            assert user == "bob"
            assert registry.codes(DESK, user) == []
            return Role.HELP_DESK

        def boom(user: str) -> Role:
            raise Boom

        # Nothing was decided, and so nothing is noted.
        with pytest.raises(Boom):
            registry.authenticate(typed, boom)
        assert registry.security_code(ROOT, created.record.id).last_used_at is None
        assert registry.events(ROOT, kind=EventKind.AUTHENTICATE) == []

        authenticated = registry.authenticate(typed, role_of)
        assert (authenticated.role, authenticated.user) == (Role.HELP_DESK, "bob")
        assert authenticated.id == created.record.id
        assert authenticated.scopes == created.record.scopes == Scopes(["audit:read"])
        assert registry.security_code(ROOT, created.record.id).last_used_at == NOW

        with pytest.raises(TypeError):
            registry.authenticate(typed, lambda user: "user")  # type: ignore[arg-type, return-value]
        with pytest.raises(TypeError):
            registry.authenticate(typed, Role.USER)  # type: ignore[arg-type]
        limited = registry.authenticate(typed, lambda user: Role.SUPER_ADMINISTRATOR)
        assert (limited.role, limited.limited) == (Role.USER, True)


# Threads


def test_eight_threads_count_every_use_once(url: str) -> None:
    """With a clock, a zone and a keep in Python, each of which lets others run."""

    clock = Clock()
    zone = Zone(lambda: timedelta(hours=1))
    errors: list[BaseException] = []
    granted = []
    start = threading.Barrier(8)
    with Registry.open(url, key_ring(), clock=clock) as registry:
        created = registry.create_security_code(
            ROOT, SecurityRequest(Access.same_as("bob"), Scopes.UNLIMITED)
        ).code.reveal()
        shared = registry.issue_code(DESK, "alice", OnlinePolicy(max_uses=20)).code.reveal()

        def work(number: int) -> None:
            user = f"user-{number}"
            start.wait()
            for _ in range(10):
                one = registry.issue_code(DESK, user, zone=zone)
                registry.verify_code(VerifyRequest(user, one.code.reveal(), Purpose.RESET))
                registry.issue_many(
                    DESK,
                    [(user, OnlinePolicy())] * 3,
                    zone=zone,
                    keep=lambda issued: len(issued),
                )
                registry.authenticate(created, lambda name: Role.HELP_DESK)
                (verdict,) = registry.verify_many(
                    [VerifyRequest("alice", shared, Purpose.BYPASS)]
                )
                assert isinstance(verdict, (Verified, UsedUp))
                granted.append(isinstance(verdict, Verified))

        def guarded(number: int) -> None:
            try:
                work(number)
            except BaseException as error:
                errors.append(error)

        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        threads = [
            threading.Thread(target=guarded, args=(number,), daemon=True)
            for number in range(8)
        ]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=60)
        finally:
            sys.setswitchinterval(before)
        assert not any(thread.is_alive() for thread in threads), "they wait for each other"
        assert errors == []
        assert (len(granted), sum(granted)) == (80, 20)
        assert len(registry.codes(DESK, "user-0")) == 40


def test_python_runs_while_a_call_waits(tmp_path: Path) -> None:
    """The interpreter is not held while the store is."""
    path = tmp_path / "stopgap.db"
    one, other = Registry.open(path, key_ring()), Registry.open(path, key_ring())
    inside, go_on = threading.Event(), threading.Event()

    def keep(issued: list[Issued]) -> None:
        inside.set()
        assert go_on.wait(30)

    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(one.issue_many, DESK, [("alice", OnlinePolicy())], keep=keep)
        assert inside.wait(30)
        waiting = pool.submit(other.issue_code, DESK, "bob")
        done, _ = wait([waiting], timeout=0.3)
        assert not done
        go_on.set()
        assert holding.result(30)
        assert waiting.result(30).record.user == "bob"


def test_a_call_ends_though_the_registry_is_closed(tmp_path: Path) -> None:
    registry = Registry.open(tmp_path / "stopgap.db", key_ring())
    inside, go_on = threading.Event(), threading.Event()

    def keep(issued: list[Issued]) -> None:
        inside.set()
        assert go_on.wait(30)

    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(
            registry.issue_many, DESK, [("alice", OnlinePolicy())], keep=keep
        )
        assert inside.wait(30)
        registry.close()
        go_on.set()
        (issued,) = call.result(30)
    with Registry.open(tmp_path / "stopgap.db", key_ring()) as again:
        again.verify_code(VerifyRequest("alice", issued.code.reveal(), Purpose.RESET))
        with pytest.raises(Unknown):
            again.verify_code(VerifyRequest("alice", "0000-0000-0000", Purpose.RESET))


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_keep_has_done_its_work() -> None:
    async def keep(issued: list[Issued]) -> None:
        raise AssertionError

    with Registry.open("memory:", key_ring()) as registry:
        with pytest.raises(TypeError, match="await"):
            registry.issue_many(DESK, [("alice", OnlinePolicy())], keep=keep)
        assert registry.codes(DESK, "alice") == []


# Forks


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a POSIX system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_registry_is_of_one_process(url: str) -> None:
    """The child never waits, even if other threads hold locks at the moment of the fork."""
    registry = Registry.open(url, key_ring())
    done = threading.Event()

    def issue() -> None:
        while not done.is_set():
            registry.issue_code(DESK, "bob")

    thread = threading.Thread(target=issue)
    thread.start()
    try:
        for _ in range(5):
            child = os.fork()
            if child == 0:
                signal.alarm(20)
                status = 1
                try:
                    try:
                        registry.issue_code(DESK, "alice")
                    except StoreError as error:
                        status = 0 if error.reason == "forked" else 2
                    registry.close()
                    Registry.open("memory:", key_ring()).close()
                finally:
                    os._exit(status)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        done.set()
        thread.join()
    assert registry.codes(DESK, "alice") == []
    assert registry.codes(DESK, "bob") != []
