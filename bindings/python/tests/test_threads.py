"""One object in many threads: nothing is lost, nothing is used twice."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable

import pytest

from stopgap import (
    Access,
    Actor,
    Agent,
    EnrolmentKey,
    KeyRing,
    MasterKey,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    Scopes,
    SecurityRequest,
    StopgapError,
    UsedUp,
    Validity,
    Verified,
    VerifyRequest,
    minute_of,
)

_THREADS = 8
_NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
_DANA = Actor("dana", Role.HELP_DESK)
_ROOT = Actor("root", Role.SUPER_ADMINISTRATOR)


def _race(work: Callable[[int], None]) -> None:
    """Runs it in all threads at once, and raises what any of them raised."""
    barrier, raised = threading.Barrier(_THREADS), []

    def run(number: int) -> None:
        try:
            barrier.wait()
            work(number)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


@pytest.fixture(params=["memory:", "file"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Registry:
    url = "memory:" if request.param == "memory:" else str(tmp_path / "stopgap.db")
    return Registry.open(url, KeyRing(1, MasterKey.generate()))


def test_a_code_for_100_uses_is_used_100_times(registry: Registry) -> None:
    typed = registry.issue_code(_DANA, "alice", OnlinePolicy(max_uses=100)).code.reveal()
    left: list[object] = []
    refused: Counter[type] = Counter()

    def use(_: int) -> None:
        for _ in range(25):
            try:
                left.append(
                    registry.verify_code(
                        VerifyRequest("alice", typed, Purpose.RESET)
                    ).uses_left
                )
            except StopgapError as error:
                refused[type(error)] += 1

    _race(use)
    assert sorted(left, key=repr) == sorted(range(100), key=repr)
    assert refused == {UsedUp: 100}
    assert registry.codes(_DANA, "alice")[0].uses == 100


def test_a_request_is_counted_once_however_often_it_is_made(registry: Registry) -> None:
    typed = registry.issue_code(_DANA, "alice", OnlinePolicy(max_uses=9)).code.reveal()
    verified: dict[int, list[Verified]] = {key: [] for key in range(5)}

    def use(_: int) -> None:
        for key, answers in verified.items():
            request = VerifyRequest("alice", typed, Purpose.RESET, idempotency_key=str(key))
            answers.append(registry.verify_code(request))

    _race(use)
    for answers in verified.values():
        assert len(answers) == _THREADS
        assert sum(not answer.replayed for answer in answers) == 1
        assert len({answer.uses_left for answer in answers}) == 1
    assert registry.codes(_DANA, "alice")[0].uses == 5


def test_all_kinds_of_calls_at_once(registry: Registry) -> None:
    created = registry.create_security_code(
        _ROOT, SecurityRequest(Access.SUPER_ADMINISTRATOR, Scopes.UNLIMITED)
    )
    presented = created.code.reveal()

    def work(number: int) -> None:
        user = f"user-{number}"
        for _ in range(20):
            issued = registry.issue_many(_DANA, [(user, OnlinePolicy())] * 2)
            requests = [
                VerifyRequest(user, one.code.reveal(), Purpose.RESET) for one in issued
            ]
            verdicts = registry.verify_many(requests)
            assert [verdict.user for verdict in verdicts] == [user] * 2  # type: ignore[union-attr]
            assert not registry.authenticate(presented, lambda _: Role.USER).limited

    _race(work)
    assert len(registry.all_codes(_DANA, limit=1_000)) == _THREADS * 40


def test_a_registry_that_is_closed_meanwhile(registry: Registry) -> None:
    typed = registry.issue_code(_DANA, "alice").code.reveal()

    def work(number: int) -> None:
        for _ in range(50):
            try:
                registry.verify_code(VerifyRequest("alice", typed, Purpose.RESET))
            except StopgapError as error:
                assert error.reason == "closed"
                return
        if number == 0:
            registry.close()

    _race(work)
    assert registry.closed


def test_keys_are_added_and_retired_while_codes_are_verified() -> None:
    key_ring = KeyRing(1, MasterKey.generate())
    code, record = OnlinePolicy().issue(key_ring, "alice", now=_NOW)

    def work(number: int) -> None:
        for turn in range(50):
            id = 1_000 + number * 100 + turn
            key_ring.add(id, MasterKey.generate())
            record.verify(
                key_ring, VerifyRequest("alice", code.reveal(), Purpose.RESET), now=_NOW
            )
            if key_ring.primary_id != id:
                key_ring.retire(id)

    _race(work)
    assert 1 in key_ring.ids
    assert key_ring.primary_id == key_ring.ids[0]


def test_an_offline_code_is_redeemed_once() -> None:
    key = EnrolmentKey(bytes(range(32)))
    agent, won, refused = Agent(key), [], []
    code = key.offline_code(minute_of(_NOW), Purpose.BYPASS, Validity.DAY).reveal()
    kept: list[bytes] = []

    def work(_: int) -> None:
        try:
            won.append(agent.redeem(code, Purpose.BYPASS, now=_NOW, keep=kept.append))
        except UsedUp as error:
            refused.append(error)

    _race(work)
    assert len(won) == 1
    assert len(refused) == _THREADS - 1
    assert Agent.resume(key, kept[-1]).log_on(now=_NOW, keep=kept.append) == won[0]
