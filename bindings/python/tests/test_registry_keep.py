"""``keep``: codes are written down before they are issued."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from callers import Boom, Waiting
from stopgap import (
    EventKind,
    Invalid,
    Issued,
    OnlinePolicy,
    Purpose,
    Registry,
    StoreError,
    Unknown,
    VerifyRequest,
)
from world import ADMIN, DAY, DESK, NOW, Clock, key_ring

pytestmark = pytest.mark.usefixtures("ends")

ONE = [("alice", OnlinePolicy())]


def test_keep_has_the_codes_before_they_are_issued(url: str) -> None:
    kept: list[list[Issued]] = []
    with Registry.open(url, key_ring()) as registry:

        def keep(issued: list[Issued]) -> None:
            kept.append(issued)
            assert registry.codes(DESK, "alice") == []
            request = VerifyRequest("alice", issued[0].code.reveal(), Purpose.RESET)
            with pytest.raises(Unknown):
                registry.verify_code(request)

        requests = [(user, OnlinePolicy()) for user in ("alice", "bob", "alice")]
        issued = registry.issue_many(DESK, requests, keep=keep)
        (before,) = kept
        for early, late in zip(before, issued):
            assert early.code.reveal() == late.code.reveal()
            # The number of a code is known when it is stored.
            assert early.record.number == 0
            assert early.record == dataclasses.replace(late.record, number=0)
            registry.verify_code(
                VerifyRequest(late.record.user, late.code.reveal(), Purpose.RESET)
            )
        numbers = [one.record.number for one in issued if one.record.user == "alice"]
        assert numbers == sorted(set(numbers))
        assert [record.number for record in registry.codes(DESK, "alice")] == numbers[::-1]


@pytest.mark.parametrize("raised", [Boom, KeyboardInterrupt, MemoryError])
def test_an_exception_of_keep_is_raised_and_nothing_is_issued(
    url: str, raised: type[BaseException]
) -> None:
    def keep(issued: list[Issued]) -> None:
        raise raised("boom")

    with Registry.open(url, key_ring()) as registry:
        with pytest.raises(raised):
            registry.issue_many(DESK, ONE, keep=keep)
        assert registry.codes(DESK, "alice") == []
        (event,) = registry.events(ADMIN, kind=EventKind.ISSUE_CODE)
        assert event.reason == "not_kept"
        registry.issue_code(DESK, "alice")
        with pytest.raises(TypeError):
            registry.issue_many(DESK, [], keep="keep")  # type: ignore[arg-type]


def test_keep_is_not_called_for_a_batch_that_is_refused(url: str) -> None:
    kept: list[list[Issued]] = []
    late = OnlinePolicy(not_before=NOW - 2 * DAY)
    with Registry.open(url, key_ring(), clock=Clock()) as registry:
        with pytest.raises(Invalid) as refused:
            registry.issue_many(DESK, [*ONE, ("bob", late)], keep=kept.append)
        assert (refused.value.reason, refused.value.index) == ("never_valid", 1)
    assert kept == []


def test_keep_holds_up_no_other_call(url: str) -> None:
    """Neither those of its registry, nor those of another one on the file."""
    waits = Waiting()
    with (
        Registry.open(url, key_ring()) as registry,
        Registry.open(url, key_ring()) as other,
        ThreadPoolExecutor(3) as pool,
    ):
        keeping = pool.submit(registry.issue_many, DESK, ONE, keep=waits.keep)
        try:
            assert waits.inside.wait(30)
            calls = [pool.submit(one.issue_code, DESK, "bob") for one in (registry, other)]
            for call in calls:
                assert call.result(20).record.user == "bob"
            assert not keeping.done()
        finally:
            waits.go_on.set()
        assert len(keeping.result(30)) == 1


def test_the_clock_is_read_again_after_keep(url: str) -> None:
    """``keep`` may take longer than a clock may be set back."""
    clock = Clock()
    with Registry.open(url, key_ring(), clock=clock) as registry:

        def keep(issued: list[Issued]) -> None:
            clock.advance(timedelta(hours=1))
            # This call stores the time.
            registry.codes(DESK, "alice")

        (issued,) = registry.issue_many(DESK, ONE, keep=keep)
        assert issued.record.issued_at == NOW
        (event,) = registry.events(ADMIN, kind=EventKind.ISSUE_CODE)
        assert event.at == NOW + timedelta(hours=1)


def test_a_clock_that_fails_after_keep(url: str) -> None:
    clock = Clock()
    failing: list[Callable[[], object]] = [clock]
    with Registry.open(url, key_ring(), clock=lambda: failing[-1]()) as registry:  # type: ignore[arg-type, return-value]

        def boom() -> None:
            raise Boom

        with pytest.raises(Boom):
            registry.issue_many(DESK, ONE, keep=lambda issued: failing.append(boom))
        failing.append(clock)
        assert registry.codes(DESK, "alice") == []


def test_keep_may_close_its_registry(tmp_path: Path) -> None:
    path = tmp_path / "stopgap.db"
    registry = Registry.open(path, key_ring())
    (issued,) = registry.issue_many(DESK, ONE, keep=lambda issued: registry.close())
    with pytest.raises(StoreError) as closed:
        registry.codes(DESK, "alice")
    assert closed.value.reason == "closed"
    with Registry.open(path, key_ring()) as again:
        again.verify_code(VerifyRequest("alice", issued.code.reveal(), Purpose.RESET))


def test_a_call_ends_though_the_registry_is_closed(tmp_path: Path) -> None:
    registry = Registry.open(tmp_path / "stopgap.db", key_ring())
    waits = Waiting()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(registry.issue_many, DESK, ONE, keep=waits.keep)
        assert waits.inside.wait(30)
        registry.close()
        waits.go_on.set()
        (issued,) = call.result(30)
    with Registry.open(tmp_path / "stopgap.db", key_ring()) as again:
        again.verify_code(VerifyRequest("alice", issued.code.reveal(), Purpose.RESET))
        with pytest.raises(Unknown):
            again.verify_code(VerifyRequest("alice", "0000-0000-0000", Purpose.RESET))


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_keep_is_no_coroutine() -> None:
    async def keep(issued: list[Issued]) -> None:
        raise AssertionError

    with Registry.open("memory:", key_ring()) as registry:
        with pytest.raises(TypeError, match="await"):
            registry.issue_many(DESK, ONE, keep=keep)
        assert registry.codes(DESK, "alice") == []
