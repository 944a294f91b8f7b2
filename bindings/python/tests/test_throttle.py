"""Failures in a row, and lockouts."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import pytest

import stopgap
from stopgap import (
    Expired,
    Invalid,
    KeyRing,
    MasterKey,
    OnlinePolicy,
    Purpose,
    Throttle,
    Throttled,
    ThrottlePolicy,
    TimeOutOfRange,
    Unknown,
    VerifyRequest,
)

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
NAMES = {**vars(stopgap), "datetime": __import__("datetime")}


def unknown() -> NoReturn:
    raise Unknown("no such code", reason="unknown", public_message="no")


class OwnError(Exception):
    pass


@pytest.mark.parametrize(
    "value",
    [
        ThrottlePolicy(),
        ThrottlePolicy(free=0, first_delay_seconds=1, max_delay_seconds=2, hard_limit=3),
        Throttle(),
        Throttle(failures=7, locked_until=NOW + timedelta(microseconds=1)),
    ],
    ids=repr,
)
def test_both_are_values(value: Any) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
    for again in (
        type(value).from_dict(value.to_dict()),
        copy.deepcopy(value),
        eval(repr(value), NAMES),
    ):
        assert again == value
        assert hash(again) == hash(value)
    assert value != None  # noqa: E711
    with pytest.raises(AttributeError):
        value.failures = 0


def test_throttles_have_hashes_of_their_own() -> None:
    throttles = [Throttle(failures=2, locked_until=until) for until in (None, NOW)]
    assert len({hash(each) for each in (Throttle(), *throttles)}) == 3


def test_a_policy() -> None:
    policy = ThrottlePolicy()
    assert (policy.free, policy.hard_limit) == (5, 100)
    assert (policy.first_delay_seconds, policy.max_delay_seconds) == (60, 3600)
    assert ThrottlePolicy.from_dict({"free": 2}) == ThrottlePolicy(free=2)
    figures = ["free", "first_delay_seconds", "max_delay_seconds", "hard_limit"]
    others = {ThrottlePolicy(**{figure: 9}) for figure in figures}
    assert len({policy, *others}) == 5
    assert len({hash(each) for each in (policy, *others)}) == 5
    for figure in figures:
        assert getattr(ThrottlePolicy(**{figure: 9}), figure) == 9
        with pytest.raises(ValueError, match="a number is from"):
            ThrottlePolicy(**{figure: -1})
    with pytest.raises(Invalid) as error:
        ThrottlePolicy.from_dict({"fre": 2})
    assert error.value.reason == "record"


def test_lockouts() -> None:
    throttle = Throttle()
    for failures in range(1, 5):
        throttle = throttle.fail(now=NOW)
        assert (throttle.failures, throttle.locked_until) == (failures, None)
        throttle.check(now=NOW)
    fifth = throttle.fail(now=NOW)
    assert throttle.failures == 4
    assert fifth.locked_until == NOW + timedelta(seconds=60)
    assert fifth.fail(now=NOW).locked_until == NOW + timedelta(seconds=120)
    with pytest.raises(Throttled) as error:
        fifth.check(now=NOW)
    assert error.value.retry_at == NOW + timedelta(seconds=60)
    berlin = error.value.public_message_in(ZoneInfo("Europe/Berlin"))
    assert berlin == "Too many tries; try again at 2026-11-21 16:01:00 +01:00."
    fifth.check(now=NOW + timedelta(seconds=60))


def test_a_policy_decides() -> None:
    policy = ThrottlePolicy(free=1, first_delay_seconds=10, hard_limit=2)
    throttle = Throttle().fail(now=NOW, policy=policy)
    assert throttle.locked_until == NOW + timedelta(seconds=10)
    locked = throttle.fail(now=NOW, policy=policy)
    # This lockout has no end, so the throttle shows none.
    assert (locked.failures, locked.locked_until) == (2, None)
    with pytest.raises(Throttled) as error:
        locked.check(now=NOW + timedelta(days=365), policy=policy)
    assert error.value.retry_at is None
    told = "Too many tries; ask an administrator to unlock."
    assert error.value.public_message == told
    assert error.value.public_message_in(ZoneInfo("Europe/Berlin")) == told
    # With the default policy there is no lockout.
    locked.check(now=NOW)


def test_a_clock_that_was_ahead_leaves_no_lockout_behind() -> None:
    ahead = Throttle(failures=5, locked_until=NOW + timedelta(days=1000))
    longest = NOW + timedelta(hours=1)
    with pytest.raises(Throttled) as error:
        ahead.check(now=NOW)
    assert error.value.retry_at == longest
    capped = ahead.capped(now=NOW)
    assert capped == Throttle(failures=5, locked_until=longest)
    assert ahead.locked_until == NOW + timedelta(days=1000)
    capped.check(now=longest)
    # The cap is stored also if the attempt is refused.
    kept: list[Throttle] = []
    with pytest.raises(Throttled):
        ahead.guard(OwnError, now=NOW, keep=kept.append)
    assert kept == [capped]
    with pytest.raises(Throttled):
        capped.guard(OwnError, now=NOW, keep=kept.append)
    assert kept == [capped]
    short = ThrottlePolicy(first_delay_seconds=1, max_delay_seconds=60)
    end = ahead.capped(now=NOW, policy=short).locked_until
    assert end == NOW + timedelta(minutes=1)
    for other in (Throttle(failures=4), Throttle(failures=100), Throttle()):
        assert other.capped(now=NOW) == other


def test_guarding() -> None:
    kept: list[Throttle] = []
    throttle = Throttle(failures=3)
    assert throttle.guard(lambda: 42, now=NOW, keep=kept.append) == 42
    assert kept == [Throttle()]
    assert throttle.failures == 3
    with pytest.raises(Unknown):
        throttle.guard(unknown, now=NOW, keep=kept.append)
    assert kept[1:] == [Throttle(failures=4)]
    with pytest.raises(Unknown):
        kept[1].guard(unknown, now=NOW, keep=kept.append)
    assert kept[2].locked_until == NOW + timedelta(seconds=60)
    with pytest.raises(Throttled):
        kept[2].guard(OwnError, now=NOW, keep=kept.append)
    assert len(kept) == 3


def test_only_guesses_count() -> None:
    kept: list[Throttle] = []
    raised = Expired("late", reason="expired", public_message="late", expired_at=NOW)

    def late() -> NoReturn:
        raise raised

    def fail() -> NoReturn:
        raise OwnError

    throttle = Throttle(failures=4)
    with pytest.raises(Expired) as error:
        throttle.guard(late, now=NOW, keep=kept.append)
    assert error.value is raised
    with pytest.raises(OwnError):
        throttle.guard(fail, now=NOW, keep=kept.append)
    # Nothing has changed.
    assert Throttle().guard(str, now=NOW, keep=kept.append) == ""
    assert kept == []


def test_nothing_comes_out_that_was_not_kept() -> None:
    def keep(throttle: Throttle) -> NoReturn:
        raise OwnError

    throttle = Throttle(failures=1)
    with pytest.raises(OwnError):
        throttle.guard(lambda: 42, now=NOW, keep=keep)
    with pytest.raises(OwnError) as error:
        throttle.guard(unknown, now=NOW, keep=keep)
    assert not isinstance(error.value, Unknown)


def test_a_story() -> None:
    ring = KeyRing(1, MasterKey.generate())
    code, grant = OnlinePolicy().issue(ring, "alice", now=NOW)
    throttles = {"alice": Throttle()}

    def attempt(typed: str, now: datetime) -> str:
        return throttles["alice"].guard(
            lambda: (
                grant.verify(
                    ring, VerifyRequest("alice", typed, Purpose.RESET), now=now
                ).user
            ),
            now=now,
            keep=lambda throttle: throttles.update(alice=throttle),
        )

    for _ in range(5):
        with pytest.raises(Unknown):
            attempt("0000-0000-0000", NOW)
    with pytest.raises(Throttled) as error:
        attempt(code.reveal(), NOW)
    assert error.value.retry_at is not None
    assert attempt(code.reveal(), error.value.retry_at) == "alice"
    assert throttles["alice"] == Throttle()


@pytest.mark.parametrize(
    "wrong", [{"now": NOW.replace(tzinfo=None)}, {"keep": 7}, {"policy": 7}]
)
def test_arguments_are_typed(wrong: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {"now": NOW, "keep": lambda throttle: None, **wrong}
    with pytest.raises(TypeError):
        Throttle(failures=1).guard(lambda: 42, **arguments)
    with pytest.raises(TypeError):
        Throttle(failures=1).guard(42, now=NOW, keep=print)  # type: ignore[arg-type]
    # Nothing is tried that could not be kept.
    called: list[int] = []
    with pytest.raises(TypeError):
        Throttle(failures=1).guard(lambda: called.append(1), now=NOW, keep=None)  # type: ignore[arg-type]
    assert not called


def test_the_end_of_time() -> None:
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)
    throttle = Throttle(failures=4).fail(now=end)
    with pytest.raises(TimeOutOfRange):
        _ = throttle.locked_until
    with pytest.raises(TimeOutOfRange):
        throttle.check(now=end)
    with pytest.raises(TimeOutOfRange):
        repr(throttle)


@pytest.mark.parametrize("number", [-1, 2**32, 10**40])
def test_a_number_that_does_not_fit_is_invalid(number: int) -> None:
    with pytest.raises(Invalid, match="a number is from") as caught:
        ThrottlePolicy(free=number)
    assert caught.value.reason == "number"


def test_an_instant_after_the_last_year_is_refused_where_it_comes_in() -> None:
    beyond = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2)))
    before = datetime(1, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    for instant in (beyond, before):
        with pytest.raises(TimeOutOfRange):
            Throttle(locked_until=instant)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_what_is_to_be_awaited_is_no_attempt() -> None:
    kept: list[Throttle] = []
    throttle = Throttle(failures=4)

    async def attempt() -> None:
        unknown()

    async def keep(changed: Throttle) -> None:
        kept.append(changed)

    decides_later: Any = attempt
    with pytest.raises(TypeError, match="await"):
        throttle.guard(decides_later, now=NOW, keep=kept.append)
    assert kept == []
    with pytest.raises(TypeError, match="await"):
        throttle.guard(lambda: None, now=NOW, keep=keep)


def test_a_verdict_is_returned_and_then_raised() -> None:
    throttle = Throttle()
    for failures in range(1, 6):
        verdict = throttle.attempt(unknown, now=NOW)
        assert verdict.changed
        assert isinstance(verdict.refusal, Unknown)
        throttle = verdict.throttle
        assert throttle.failures == failures
        for _ in range(2):
            with pytest.raises(Unknown) as raised:
                verdict.result()
            assert raised.value is verdict.refusal
    locked = throttle.attempt(lambda: 1, now=NOW)
    assert not locked.changed
    assert isinstance(locked.refusal, Throttled)
    assert locked.refusal.retry_at == NOW + timedelta(minutes=1)
    assert "Throttled" in repr(locked)
    with pytest.raises(Throttled):
        locked.result()
    granted = throttle.attempt(lambda: {"any": "result"}, now=NOW + timedelta(minutes=2))
    assert (granted.throttle, granted.changed, granted.refusal) == (Throttle(), True, None)
    assert granted.result() == {"any": "result"}
    assert "any" not in repr(granted)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_other_exceptions_of_an_attempt_are_raised() -> None:
    def boom() -> NoReturn:
        raise OwnError

    def expired() -> NoReturn:
        raise Expired("expired")

    async def later() -> None:
        raise AssertionError

    with pytest.raises(OwnError):
        Throttle().attempt(boom, now=NOW)
    with pytest.raises(TypeError, match="await"):
        Throttle().attempt(later, now=NOW)
    verdict = Throttle(failures=3).attempt(expired, now=NOW)
    assert (verdict.changed, verdict.throttle.failures) == (False, 3)
    assert isinstance(verdict.refusal, Expired)
