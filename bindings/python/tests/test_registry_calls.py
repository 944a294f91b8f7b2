"""Zones and roles that a registry asks for, and threads."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Optional

import pytest

from callers import Boom, Waiting, Within, Zone
from stopgap import (
    Access,
    EventKind,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    Scopes,
    SecurityRequest,
    UsedUp,
    Verified,
    VerifyRequest,
    minute_of,
)
from world import DAY, DESK, NOW, ROOT, Clock, key_ring

pytestmark = pytest.mark.usefixtures("ends")


# Zones


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


def test_a_zone_must_not_call_its_registry(url: str) -> None:
    """The call would wait for itself."""
    with Registry.open(url, key_ring()) as registry:

        def calling() -> timedelta:
            registry.codes(DESK, "alice")
            return timedelta()

        with pytest.raises(RuntimeError, match="for ever"):
            registry.issue_code(DESK, "alice", zone=Zone(calling))
        assert registry.codes(DESK, "alice") == []
        with pytest.raises(RuntimeError, match="for ever"):
            registry.issue_code(DESK, "alice", zone=Within(registry, calling))


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
    waits = Waiting()
    zone = Within(one, waits)
    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(one.issue_code, DESK, "alice", zone=zone)
        assert waits.inside.wait(30)
        waiting = pool.submit(other.issue_code, DESK, "bob")
        done, _ = wait([waiting], timeout=0.3)
        assert not done
        waits.go_on.set()
        assert holding.result(30)
        assert waiting.result(30).record.user == "bob"
