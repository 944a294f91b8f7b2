"""Functions of the caller that switch to another greenlet: gevent, eventlet.

Greenlets of one thread begin a call while another greenlet waits within its own, and end
in any order.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import gevent
import greenlet
import pytest

from stopgap import (
    Access,
    Agent,
    Authenticated,
    Enrolment,
    Issued,
    OfflinePolicy,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    SecurityRequest,
    VerifyRequest,
)
from world import DESK, NOW, ROOT, key_ring

pytestmark = pytest.mark.usefixtures("ends")


class Greenlets:
    """Greenlets that are resumed in a random order, which a seed repeats."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.main = greenlet.getcurrent()
        self.waiting: list[greenlet.greenlet] = []

    def switch(self) -> None:
        """Lets others run."""
        own = greenlet.getcurrent()
        if own is not self.main:
            self.waiting.append(own)
            self.main.switch()

    def run(self, work: Callable[[str], None], number: int = 5) -> None:
        """Works in greenlets until all have ended."""
        for index in range(number):
            greenlet.greenlet(work).switch(f"user-{index}")
        while self.waiting:
            index = self.random.randrange(len(self.waiting))
            self.waiting.pop(index).switch()


@pytest.fixture(params=range(3))
def greenlets(request: pytest.FixtureRequest) -> Greenlets:
    return Greenlets(request.param)


def test_keep_may_switch(url: str, greenlets: Greenlets) -> None:
    done = []
    with Registry.open(url, key_ring()) as registry:

        def keep(issued: list[Issued]) -> None:
            greenlets.switch()
            registry.codes(DESK, issued[0].record.user)
            greenlets.switch()

        def work(user: str) -> None:
            for _ in range(3):
                batch = [(user, OnlinePolicy())] * 2
                issued = registry.issue_many(DESK, batch, keep=keep)
                assert [one.record.user for one in issued] == [user, user]
            done.append(user)

        greenlets.run(work)
        assert len(done) == 5
        for user in done:
            assert len(registry.codes(DESK, user)) == 6


def test_role_of_may_switch(url: str, greenlets: Greenlets) -> None:
    done: list[Authenticated] = []
    with Registry.open(url, key_ring()) as registry:
        request = SecurityRequest(Access.same_as("bob"), ["reports:read"])
        secret = registry.create_security_code(ROOT, request).code.reveal()

        def role_of(user: str) -> Role:
            greenlets.switch()
            return Role.HELP_DESK

        greenlets.run(lambda _: done.append(registry.authenticate(secret, role_of)))
    assert [one.role for one in done] == [Role.HELP_DESK] * 5


def test_a_clock_may_switch(url: str, greenlets: Greenlets) -> None:
    """Each call has the time that its own reading of the clock gave."""
    told: dict[str, datetime] = {}
    asked: list[None] = []

    def clock() -> datetime:
        asked.append(None)
        now: datetime = NOW + timedelta(seconds=len(asked))
        greenlets.switch()
        return now

    with Registry.open(url, key_ring(), clock=clock) as registry:

        def work(user: str) -> None:
            now = NOW + timedelta(seconds=len(asked) + 1)
            told[user] = registry.issue_code(DESK, user).record.issued_at
            assert told[user] == now

        greenlets.run(work)
    assert len(set(told.values())) == 5


def test_an_agent_is_not_used_while_its_keep_switches(greenlets: Greenlets) -> None:
    ring = key_ring()
    enrolment = Enrolment.first(ring, "alice", "LAPTOP-17", now=NOW)
    agents = [Agent(enrolment.key(ring)) for _ in range(5)]
    code = (
        OfflinePolicy()
        .answer(
            ring,
            [enrolment],
            VerifyRequest("alice", agents[0].request_code(now=NOW).text, Purpose.BYPASS),
            now=NOW,
        )
        .code.reveal()
    )
    locks = []

    def work(user: str) -> None:
        agent = agents[int(user[-1])]
        states: list[bytes] = []

        def keep(state: bytes) -> None:
            greenlets.switch()
            states.append(state)
            with pytest.raises(RuntimeError, match="greenlet"):
                agent.seal()

        locks.append(agent.redeem(code, Purpose.BYPASS, now=NOW, keep=keep))
        assert states == [agent.seal()]

    greenlets.run(work)
    assert len(locks) == 5
    assert None not in locks


def test_gevent(tmp_path: Path) -> None:
    """Its greenlets are switched by a hub."""
    with Registry.open(tmp_path / "stopgap.db", key_ring()) as registry:

        def keep(issued: list[Issued]) -> None:
            gevent.sleep(0.001 * random.random())

        def work(user: str) -> str:
            (issued,) = registry.issue_many(DESK, [(user, OnlinePolicy())], keep=keep)
            request = VerifyRequest(user, issued.code.reveal(), Purpose.RESET)
            return registry.verify_code(request).user

        users = [f"user-{index}" for index in range(20)]
        jobs = [gevent.spawn(work, user) for user in users]
        gevent.joinall(jobs, timeout=60, raise_error=True)
        assert [job.value for job in jobs] == users
