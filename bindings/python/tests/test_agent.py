"""The machine's side: whole sessions, sealed states, ``keep`` and threads."""

from __future__ import annotations

import copy
import pickle
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import stopgap
from stopgap import (
    Agent,
    AgentPolicy,
    Alphabet,
    Enrolment,
    EnrolmentKey,
    KeyRing,
    MasterKey,
    OfflinePolicy,
    PasswordOnlyLock,
    Purpose,
    ThrottlePolicy,
    Validity,
    VerifyRequest,
    minute_of,
)

#: For arguments of wrong types.
untyped: Any = stopgap

NOW = datetime(2026, 11, 21, 15, 0, 42, tzinfo=timezone.utc)
SHOWN = NOW.replace(second=0)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def key() -> EnrolmentKey:
    return EnrolmentKey(bytes([9] * 32))


class Disk:
    """Keeps the states of an agent."""

    def __init__(self) -> None:
        self.states: list[bytes] = []

    def __call__(self, state: bytes) -> None:
        self.states.append(state)


@pytest.fixture
def keep() -> Disk:
    return Disk()


def code_of(
    key: EnrolmentKey,
    now: datetime = NOW,
    purpose: Purpose = Purpose.BYPASS,
    validity: Validity = Validity.DAY,
) -> str:
    return key.offline_code(minute_of(now), purpose, validity).reveal()


# -- stories


def test_a_flight(keep: Disk) -> None:
    ring = KeyRing(1, MasterKey.generate())
    enrolment = Enrolment.first(ring, "alice", "LAPTOP-17", now=NOW)
    agent = Agent(enrolment.key(ring))
    assert agent.log_on(now=NOW, keep=keep) is None

    # On the plane, at the help desk, on the plane.
    request = agent.request_code(now=NOW)
    answer = OfflinePolicy(validity=Validity.MONTH).answer(
        ring,
        [enrolment],
        VerifyRequest("alice", request.text, Purpose.BYPASS),
        now=NOW + MINUTE,
    )
    spoken = answer.code.reveal().lower().replace("-", " ")
    lock = agent.redeem(spoken, Purpose.BYPASS, now=NOW + 2 * MINUTE, keep=keep)
    assert isinstance(lock, PasswordOnlyLock)
    assert lock.until == datetime(2026, 12, 21, 15, 0, tzinfo=timezone.utc)
    assert agent.log_on(now=NOW + 3 * MINUTE, keep=keep) == lock

    # The machine starts again, and remembers.
    assert agent.seal() == keep.states[-1]
    agent = Agent.resume(enrolment.key(ring), keep.states[-1])
    assert agent.log_on(now=NOW + 4 * MINUTE, keep=keep) == lock
    with pytest.raises(stopgap.UsedUp) as caught:
        agent.redeem(spoken, Purpose.BYPASS, now=NOW + 5 * MINUTE, keep=keep)
    assert caught.value.reason == "used_up"

    # The second factor came back.
    agent.clear_lock(keep=keep)
    assert agent.log_on(now=NOW + 6 * MINUTE, keep=keep) is None
    agent = Agent.resume(enrolment.key(ring), keep.states[-1])
    assert agent.log_on(now=NOW + 6 * MINUTE, keep=keep) is None


def test_a_lock_ends(key: EnrolmentKey, keep: Disk) -> None:
    agent = Agent(key)
    lock = agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=keep)
    assert lock.until == SHOWN + DAY
    assert lock.until.tzinfo is timezone.utc
    assert agent.log_on(now=SHOWN + DAY - SECOND, keep=keep) == lock
    assert agent.log_on(now=SHOWN + DAY, keep=keep) is None


def test_logging_on_keeps_only_what_is_needed(key: EnrolmentKey, keep: Disk) -> None:
    agent = Agent(key)
    lock = agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=keep)
    stored = len(keep.states)
    # The query stores and changes nothing.
    before = agent.seal()
    assert agent.lock(now=NOW + HOUR) == lock
    assert agent.seal() == before
    assert agent.log_on(now=NOW + 59 * SECOND, keep=keep) == lock
    assert len(keep.states) == stored
    assert agent.log_on(now=NOW + MINUTE, keep=keep) == lock
    assert len(keep.states) == stored + 1
    assert keep.states[-1] == agent.seal()
    # A clock that is set back gets no lock, and nothing is stored.
    with pytest.raises(stopgap.ClockRolledBack):
        agent.lock(now=NOW - 61 * SECOND)
    with pytest.raises(stopgap.ClockRolledBack):
        agent.log_on(now=NOW - 61 * SECOND, keep=keep)
    assert len(keep.states) == stored + 1
    # The end of the lock is stored.
    last = SHOWN + DAY - SECOND
    assert agent.log_on(now=last, keep=keep) == lock
    assert agent.log_on(now=last + SECOND, keep=keep) is None
    assert len(keep.states) == stored + 3


def test_the_wall_clock_of_now_decides(key: EnrolmentKey, keep: Disk) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 10, 24, 15, 0, 42, tzinfo=berlin)  # the night that is longer
    lock = Agent(key).redeem(code_of(key, now), Purpose.BYPASS, now=now, keep=keep)
    assert lock.until == datetime(2026, 10, 25, 15, 0, tzinfo=berlin)
    utc = now.astimezone(timezone.utc)
    lock = Agent(key).redeem(code_of(key, now), Purpose.BYPASS, now=utc, keep=keep)
    assert lock.until == datetime(2026, 10, 25, 14, 0, tzinfo=berlin)


def test_a_lock_that_the_server_granted(key: EnrolmentKey, keep: Disk) -> None:
    agent = Agent(key)
    opened = agent.activate(PasswordOnlyLock(NOW + DAY), now=NOW, keep=keep)
    assert opened == agent.log_on(now=NOW, keep=keep) == PasswordOnlyLock(NOW + DAY)
    opened = agent.activate(PasswordOnlyLock(NOW + MINUTE), now=NOW, keep=keep)
    assert opened == PasswordOnlyLock(NOW + DAY)
    assert agent.log_on(now=NOW, keep=keep) == PasswordOnlyLock(NOW + DAY)
    # A lock that has ended changes nothing.
    assert agent.activate(PasswordOnlyLock(NOW), now=NOW, keep=keep) == PasswordOnlyLock(
        NOW + DAY
    )
    assert Agent(key).activate(PasswordOnlyLock(NOW), now=NOW, keep=keep) is None
    # Logging on at once had nothing to store.
    assert len(keep.states) == 4


def redeemed(
    agent: Agent, code: str, purpose: Purpose, keep: Disk
) -> PasswordOnlyLock | None:
    return agent.redeem(code, purpose, now=NOW, keep=keep)


def test_a_reset_changes_no_lock(key: EnrolmentKey, keep: Disk) -> None:
    agent = Agent(key)
    code = code_of(key, purpose=Purpose.RESET)
    assert redeemed(agent, code, Purpose.RESET, keep) is None
    assert agent.log_on(now=NOW, keep=keep) is None
    with pytest.raises(stopgap.UsedUp):
        agent.redeem(code, Purpose.RESET, now=NOW, keep=keep)
    # An active lock stays as it is.
    agent.activate(PasswordOnlyLock(NOW + DAY), now=NOW, keep=keep)
    later = code_of(key, NOW + MINUTE, Purpose.RESET, Validity.MONTH)
    agent.redeem(later, Purpose.RESET, now=NOW + MINUTE, keep=keep)
    assert agent.log_on(now=NOW + MINUTE, keep=keep) == PasswordOnlyLock(NOW + DAY)


# -- refusals


def test_every_refusal_of_redeem(key: EnrolmentKey, keep: Disk) -> None:
    agent = Agent(key)

    def refusal(
        typed: str, purpose: Purpose = Purpose.BYPASS, now: datetime = NOW
    ) -> stopgap.Refused:
        before = len(keep.states)
        with pytest.raises(stopgap.Refused) as caught:
            agent.redeem(typed, purpose, now=now, keep=keep)
        assert len(keep.states) == before + 1
        assert agent.seal() == keep.states[-1]
        assert caught.value.__context__ is None
        return caught.value

    malformed = refusal("ZZZZ")
    assert isinstance(malformed, stopgap.Malformed)
    assert (malformed.kind, malformed.expected, malformed.found) == ("wrong_length", 16, 4)
    registering = refusal(code_of(key), Purpose.REGISTER)
    assert isinstance(registering, stopgap.WrongPurpose)
    assert isinstance(refusal(code_of(key), Purpose.RESET), stopgap.Unknown)
    late = refusal(code_of(key, NOW - 31 * MINUTE))
    assert isinstance(late, stopgap.Expired)
    assert late.expired_at == SHOWN
    assert isinstance(refusal(code_of(key, NOW - 1441 * MINUTE)), stopgap.Unknown)
    assert isinstance(refusal(code_of(key, NOW + MINUTE)), stopgap.Unknown)
    back = refusal(code_of(key), now=NOW - 121 * SECOND)
    assert isinstance(back, stopgap.ClockRolledBack)
    assert back.seen == NOW
    earlier = NOW - 120 * SECOND
    agent.redeem(code_of(key, earlier), Purpose.BYPASS, now=earlier, keep=keep)
    assert isinstance(refusal(code_of(key, earlier)), stopgap.UsedUp)
    assert isinstance(refusal(code_of(key, earlier - MINUTE)), stopgap.UsedUp)


def test_failures_cause_lockouts(key: EnrolmentKey, keep: Disk) -> None:
    agent = Agent(key)
    wrong = code_of(EnrolmentKey(bytes(32)))
    for _ in range(5):
        with pytest.raises(stopgap.Unknown):
            agent.redeem(wrong, Purpose.BYPASS, now=NOW, keep=keep)
    with pytest.raises(stopgap.Throttled) as caught:
        agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=keep)
    assert caught.value.retry_at == NOW + MINUTE
    assert "15:01" in caught.value.public_message
    tokyo = caught.value.public_message_in(ZoneInfo("Asia/Tokyo"))
    assert "00:01" in tokyo

    # A restart does not end the lockout; an administrator can.
    agent = Agent.resume(key, keep.states[-1])
    with pytest.raises(stopgap.Throttled):
        agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=keep)
    agent.unlock(keep=keep)
    agent = Agent.resume(key, keep.states[-1])
    agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=keep)


def test_a_wrong_clock_opens_no_lock(key: EnrolmentKey, keep: Disk) -> None:
    agent = Agent(key)
    agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=keep)
    with pytest.raises(stopgap.ClockRolledBack):
        agent.log_on(now=NOW - 121 * SECOND, keep=keep)
    with pytest.raises(stopgap.ClockRolledBack):
        agent.activate(PasswordOnlyLock(NOW + DAY), now=NOW - 121 * SECOND, keep=keep)
    east = timezone(timedelta(hours=14))
    before_the_years = datetime(1, 1, 1, tzinfo=east)
    with pytest.raises(stopgap.TimeOutOfRange):
        agent.log_on(now=before_the_years, keep=keep)
    with pytest.raises(stopgap.TimeOutOfRange):
        agent.activate(PasswordOnlyLock(before_the_years), now=NOW, keep=keep)


def test_a_lock_that_would_end_after_the_calendar(key: EnrolmentKey, keep: Disk) -> None:
    late = datetime(9999, 12, 31, 12, tzinfo=timezone.utc)
    with pytest.raises(stopgap.TimeOutOfRange):
        Agent(key).redeem(code_of(key, late), Purpose.BYPASS, now=late, keep=keep)


# -- the policy


def test_a_policy_is_a_value() -> None:
    default = AgentPolicy()
    assert default.alphabet == Alphabet.UNAMBIGUOUS
    figures = (default.window_minutes, default.diagnose_minutes)
    assert figures == (30, 1440)
    assert default.clock_tolerance_seconds == 120
    assert default.throttle == ThrottlePolicy()
    changes: list[dict[str, Any]] = [
        {"alphabet": Alphabet.HEX},
        {"window_minutes": 1},
        {"diagnose_minutes": 2},
        {"clock_tolerance_seconds": 3},
        {"throttle": ThrottlePolicy(free=1)},
    ]
    for change in [{}, *changes]:
        policy = AgentPolicy(**change)
        for name, value in change.items():
            assert getattr(policy, name) == value
        assert (policy == default) == (not change)
        assert (hash(policy) == hash(default)) == (not change)
        assert eval(repr(policy)) == policy
        assert AgentPolicy.from_dict(policy.to_dict()) == policy
        assert pickle.loads(pickle.dumps(policy)) == policy
        assert copy.deepcopy(policy) == policy
    assert AgentPolicy.from_dict({"window_minutes": 1}) == AgentPolicy(window_minutes=1)
    with pytest.raises(stopgap.Invalid):
        AgentPolicy.from_dict({"window": 1})
    with pytest.raises(ValueError, match="a number is from"):
        AgentPolicy(window_minutes=65_536)
    with pytest.raises(ValueError, match="a number is from"):
        AgentPolicy(clock_tolerance_seconds=-1)
    with pytest.raises(TypeError):
        AgentPolicy(throttle={})  # type: ignore[arg-type]


def test_an_agent_keeps_to_its_policy(key: EnrolmentKey, keep: Disk) -> None:
    policy = AgentPolicy(
        alphabet=Alphabet.HEX,
        window_minutes=1,
        diagnose_minutes=2,
        clock_tolerance_seconds=0,
        throttle=ThrottlePolicy(free=1, first_delay_seconds=7),
    )
    for agent in (
        Agent(key, policy=policy),
        Agent.resume(key, Agent(key).seal(), policy=policy),
    ):
        minute = minute_of(NOW)
        expected = key.request_code(minute, alphabet=Alphabet.HEX)
        assert agent.request_code(now=NOW) == expected

        def code(minute: int) -> str:
            made = key.offline_code(
                minute, Purpose.BYPASS, Validity.DAY, alphabet=Alphabet.HEX
            )
            return made.reveal()

        with pytest.raises(stopgap.Expired):
            agent.redeem(code(minute - 2), Purpose.BYPASS, now=NOW, keep=keep)
        with pytest.raises(stopgap.ClockRolledBack):
            agent.log_on(now=NOW - SECOND, keep=keep)
        with pytest.raises(stopgap.Unknown):
            agent.redeem(code(minute - 3), Purpose.BYPASS, now=NOW, keep=keep)
        with pytest.raises(stopgap.Throttled) as caught:
            agent.redeem(code(minute - 1), Purpose.BYPASS, now=NOW, keep=keep)
        assert caught.value.retry_at == NOW + 7 * SECOND
        later = NOW + 7 * SECOND
        agent.redeem(code(minute - 1), Purpose.BYPASS, now=later, keep=keep)


# -- sealed states


def test_states_that_do_not_open(key: EnrolmentKey, keep: Disk) -> None:
    agent = Agent(key)
    agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=keep)
    state = keep.states[-1]
    assert isinstance(state, bytes)
    assert len(state) == 76

    def reason(key: EnrolmentKey, sealed: bytes) -> str:
        with pytest.raises(stopgap.StateError) as caught:
            Agent.resume(key, sealed)
        assert not isinstance(caught.value, stopgap.Refused)
        assert pickle.loads(pickle.dumps(caught.value)).reason == caught.value.reason
        return caught.value.reason

    assert reason(EnrolmentKey(bytes(32)), state) == "does_not_open"
    assert reason(key, state[:-1]) == "wrong_length"
    assert reason(key, b"") == "wrong_length"
    assert reason(key, b"stopgap\x02" + state[8:]) == "version"
    for place in range(76):
        changed = bytearray(state)
        changed[place] ^= 128
        assert reason(key, bytes(changed)) in ("does_not_open", "version")
    with pytest.raises(TypeError):
        Agent.resume(key, state.hex())  # type: ignore[arg-type]


# -- keep


@pytest.mark.parametrize("failure", [OSError("disk full"), KeyboardInterrupt()])
def test_what_keep_raises_comes_out_alone(
    key: EnrolmentKey, keep: Disk, failure: BaseException
) -> None:
    agent = Agent(key)
    seen: list[bytes] = []

    def full(state: bytes) -> None:
        seen.append(state)
        raise failure

    calls: list[Callable[[], object]] = [
        lambda: agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=full),
        lambda: agent.redeem("ZZZZ", Purpose.BYPASS, now=NOW, keep=full),
        lambda: agent.log_on(now=NOW, keep=full),
        lambda: agent.activate(PasswordOnlyLock(NOW + MINUTE), now=NOW, keep=full),
    ]
    for call in calls:
        with pytest.raises(type(failure)) as caught:
            call()
        assert caught.value is failure
        assert caught.value.__context__ is None
    # The agent has decided all the same: the code is spent, and the lock is open as
    # soon as a state of that is kept.
    assert agent.seal() == seen[-1]
    with pytest.raises(stopgap.UsedUp):
        agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=keep)
    assert agent.log_on(now=NOW, keep=keep) == PasswordOnlyLock(SHOWN + DAY)
    with pytest.raises(type(failure)):
        agent.clear_lock(keep=full)
    assert agent.log_on(now=NOW, keep=keep) is None
    with pytest.raises(type(failure)):
        agent.unlock(keep=full)


def test_keep_comes_before_the_result(key: EnrolmentKey) -> None:
    order: list[str] = []
    agent = Agent(key)

    def keep(state: bytes) -> None:
        assert Agent.resume(key, state).lock(now=NOW)
        order.append("kept")

    agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=keep)
    order.append("told")
    assert order == ["kept", "told"]


def test_something_that_keeps_nothing_decides_nothing(key: EnrolmentKey) -> None:
    agent = Agent(key)
    fresh = agent.seal()
    calls: list[Callable[[Any], object]] = [
        lambda wrong: agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=wrong),
        lambda wrong: agent.log_on(now=NOW, keep=wrong),
        lambda wrong: agent.activate(PasswordOnlyLock(NOW + DAY), now=NOW, keep=wrong),
        lambda wrong: agent.clear_lock(keep=wrong),
        lambda wrong: agent.unlock(keep=wrong),
    ]
    for wrong in (None, b"", 1):
        for call in calls:
            with pytest.raises(TypeError, match="function"):
                call(wrong)
    with pytest.raises(TypeError):
        agent.redeem(code_of(key), Purpose.BYPASS, now=NOW)  # type: ignore[call-overload]
    assert agent.seal() == fresh


def test_keep_cannot_use_the_agent(key: EnrolmentKey, keep: Disk) -> None:
    agent = Agent(key)
    refused = 0

    def again(state: bytes) -> None:
        nonlocal refused
        for call in (
            agent.seal,
            lambda: agent.request_code(now=NOW),
            lambda: agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=keep),
            lambda: agent.lock(now=NOW),
            lambda: agent.log_on(now=NOW, keep=keep),
            lambda: agent.activate(PasswordOnlyLock(NOW + DAY), now=NOW, keep=keep),
            lambda: agent.clear_lock(keep=keep),
            lambda: agent.unlock(keep=keep),
        ):
            with pytest.raises(RuntimeError, match="keep"):
                call()
            refused += 1
        # Another agent is another matter.
        Agent(key).log_on(now=NOW, keep=keep)

    agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=again)
    assert refused == 8
    assert agent.log_on(now=NOW, keep=keep) == PasswordOnlyLock(SHOWN + DAY)


# -- zones


class Broken(tzinfo):
    """A zone that raises, or does something else, after some answers."""

    def __init__(self, answers: int, then: Callable[[], object]) -> None:
        self.answers = answers
        self.then = then

    def utcoffset(self, when: datetime | None) -> timedelta:
        if self.answers == 0:
            self.then()
        self.answers -= 1
        return timedelta(hours=3)

    def dst(self, when: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, when: datetime | None) -> str:
        return "broken"


def test_a_zone_that_raises_decides_nothing(key: EnrolmentKey, keep: Disk) -> None:
    def fail() -> None:
        raise LookupError("no such zone any more")

    policy = AgentPolicy(window_minutes=7)
    agent = Agent(key, policy=policy)
    agent.activate(PasswordOnlyLock(NOW + MINUTE), now=NOW, keep=keep)
    before = agent.seal()
    raised = 0
    for answers in range(100):
        now = NOW.astimezone(Broken(100, fail))
        now.tzinfo.answers = answers  # type: ignore[union-attr]
        kept = len(keep.states)
        try:
            lock = agent.redeem(code_of(key), Purpose.BYPASS, now=now, keep=keep)
        except LookupError:
            raised += 1
            assert agent.seal() == before
            assert len(keep.states) == kept
        else:
            break
    assert raised >= 3
    assert lock == PasswordOnlyLock(SHOWN + DAY)
    # It is still the agent of that policy.
    late = code_of(key, NOW + 10 * MINUTE)
    with pytest.raises(stopgap.Expired):
        agent.redeem(late, Purpose.BYPASS, now=NOW + 18 * MINUTE, keep=keep)


def test_a_zone_cannot_use_the_agent(key: EnrolmentKey, keep: Disk) -> None:
    outcomes: set[str] = set()
    for answers in range(20):
        agent = Agent(key)
        zone = Broken(100, agent.seal)
        now = NOW.astimezone(zone)
        zone.answers = answers
        try:
            agent.redeem(code_of(key), Purpose.BYPASS, now=now, keep=keep)
        except RuntimeError as error:
            outcomes.add(str(error))
        else:
            outcomes.add("redeemed")
    # Before the agent's turn a zone may do as it likes.
    assert "redeemed" in outcomes
    (refused,) = outcomes - {"redeemed"}
    assert "time zone" in refused


# -- threads


def test_another_thread_waits_for_keep(key: EnrolmentKey) -> None:
    agent = Agent(key)
    keeping, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def slow(state: bytes) -> None:
        keeping.set()
        assert go_on.wait(10)
        order.append("first")

    first = threading.Thread(
        target=lambda: agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=slow)
    )
    first.start()
    assert keeping.wait(10)

    def second() -> None:
        agent.unlock(keep=lambda state: order.append("second"))

    threads = [threading.Thread(target=second), threading.Thread(target=agent.seal)]
    for thread in threads:
        thread.start()
    # They wait without the interpreter: this thread goes on.
    time.sleep(0.1)
    assert all(thread.is_alive() for thread in threads)
    assert order == []
    go_on.set()
    for thread in [first, *threads]:
        thread.join(10)
        assert not thread.is_alive()
    assert order == ["first", "second"]


def test_of_many_threads_one_redeems(key: EnrolmentKey) -> None:
    agent = Agent(key)
    states: list[bytes] = []
    outcomes: list[str] = []
    ready = threading.Barrier(8)

    def run() -> None:
        ready.wait(10)
        for _ in range(20):
            try:
                agent.redeem(code_of(key), Purpose.BYPASS, now=NOW, keep=states.append)
                outcomes.append("redeemed")
            except stopgap.UsedUp:
                outcomes.append("used up")

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["redeemed"] + ["used up"] * 159
    assert len(states) == 160
    assert agent.seal() == states[-1]


# -- secrets


def test_an_agent_tells_no_secret(key: EnrolmentKey, keep: Disk) -> None:
    agent = Agent(key)
    assert repr(agent) == str(agent) == "Agent(..)"
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled"):
            take(agent)
    assert not hasattr(agent, "__dict__")
    assert agent != Agent(key)
    assert agent == agent
    with pytest.raises(stopgap.Unknown) as caught:
        agent.redeem("ZZZZ-ZZZZ-ZZZZ-ZZZZ", Purpose.BYPASS, now=NOW, keep=keep)
    assert "ZZZZ" not in str(caught.value) + repr(caught.value.__dict__)


@pytest.mark.parametrize(
    "call",
    [
        lambda agent, keep: agent.redeem(1, Purpose.BYPASS, now=NOW, keep=keep),
        lambda agent, keep: agent.redeem("Z", "bypass", now=NOW, keep=keep),
        lambda agent, keep: agent.redeem("Z", Purpose.BYPASS, now=0, keep=keep),
        lambda agent, keep: agent.redeem(
            "Z", Purpose.BYPASS, now=NOW.replace(tzinfo=None), keep=keep
        ),
        lambda agent, keep: agent.activate(NOW, now=NOW, keep=keep),
        lambda agent, keep: agent.lock(now=None),
        lambda agent, keep: agent.log_on(now=None, keep=keep),
        lambda agent, keep: agent.request_code(now=None),
        lambda agent, keep: untyped.Agent(b"key"),
        lambda agent, keep: untyped.Agent(EnrolmentKey(bytes(32)), policy={}),
        lambda agent, keep: untyped.Agent.resume(b"key", bytes(76)),
    ],
)
def test_other_types_are_type_errors(
    key: EnrolmentKey, keep: Disk, call: Callable[[Agent, Disk], object]
) -> None:
    agent = Agent(key)
    with pytest.raises(TypeError):
        call(agent, keep)
    assert keep.states == []


def test_a_lone_surrogate_is_a_typo(key: EnrolmentKey, keep: Disk) -> None:
    typed = "\ud800" + code_of(key)[1:]
    with pytest.raises(stopgap.Malformed) as caught:
        Agent(key).redeem(typed, Purpose.BYPASS, now=NOW, keep=keep)
    assert caught.value.position == 0


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_keep_has_done_its_work() -> None:
    async def keep(state: bytes) -> None:
        raise AssertionError

    with pytest.raises(TypeError, match="await"):
        Agent(EnrolmentKey(bytes(32))).clear_lock(keep=keep)
