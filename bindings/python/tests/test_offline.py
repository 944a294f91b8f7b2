"""The server's side of offline codes: enrolments, request codes, answers."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import stopgap
from stopgap import (
    Agent,
    Alphabet,
    Enrolment,
    EnrolmentKey,
    KeyRing,
    MasterKey,
    OfflinePolicy,
    Purpose,
    RequestCode,
    Validity,
    VerifyRequest,
    minute_of,
    seconds_left,
)

#: For arguments of wrong types.
untyped: Any = stopgap

NOW = datetime(2026, 11, 21, 15, 0, 42, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing(1, MasterKey(bytes([7] * 32)))


@pytest.fixture
def laptop(ring: KeyRing) -> Enrolment:
    return Enrolment.first(ring, "alice", "LAPTOP-17", now=NOW)


@pytest.fixture
def desktop(ring: KeyRing) -> Enrolment:
    return Enrolment.first(ring, "alice", "DESKTOP-3", now=NOW)


def shown(ring: KeyRing, enrolment: Enrolment, now: datetime = NOW) -> str:
    return enrolment.key(ring).request_code(minute_of(now)).text


# -- minutes and request codes


def test_minutes() -> None:
    assert minute_of(NOW) == int(NOW.timestamp()) // 60
    assert minute_of(NOW.astimezone(ZoneInfo("Asia/Kathmandu"))) == minute_of(NOW)
    assert minute_of(datetime(1969, 12, 31, 23, 59, 1, tzinfo=timezone.utc)) == -1
    assert seconds_left(NOW) == 18
    assert seconds_left(NOW.replace(second=0)) == 60
    assert seconds_left(NOW.replace(second=59, microsecond=999_999)) == 1
    for ask in (minute_of, seconds_left):
        with pytest.raises(TypeError, match="time zone"):
            ask(NOW.replace(tzinfo=None))


def test_a_request_code_shows_itself() -> None:
    code = EnrolmentKey(bytes(32)).request_code(29_921_220)
    assert code.text == str(code)
    assert code.canonical == code.text.replace("-", "")
    assert len(code.canonical) == 8
    assert repr(code) == f"<RequestCode {code.text}>"
    assert len(code.spoken.replace(",", "").split()) == 8
    same = EnrolmentKey(bytes(32)).request_code(29_921_220)
    other = EnrolmentKey(bytes(32)).request_code(29_921_221)
    assert code == same
    assert hash(code) == hash(same)
    assert code != other
    assert isinstance(code, RequestCode)
    with pytest.raises(TypeError):
        pickle.dumps(code)
    hexadecimal = EnrolmentKey(bytes(32)).request_code(29_921_220, alphabet=Alphabet.HEX)
    assert int(hexadecimal.canonical, 16) >= 0
    assert hexadecimal != code


def test_the_ocra_data_input() -> None:
    key = EnrolmentKey(bytes([9] * 32))
    data = key.ocra_data_input(29_921_220, Purpose.BYPASS, Validity.days(7))
    assert data.startswith(stopgap.OCRA_SUITE.encode() + b"\0")
    assert len(data) == len(stopgap.OCRA_SUITE) + 1 + 128 + 64 + 8
    assert data.endswith(b"\0stopgap/1 bypass P7D" + (29_921_220).to_bytes(8, "big"))


def test_a_key_makes_offline_codes() -> None:
    key = EnrolmentKey(bytes([9] * 32))
    code = key.offline_code(29_921_220, Purpose.BYPASS, Validity.DAY)
    assert len(code.reveal_canonical()) == 16
    assert set(code.reveal_canonical()) <= set(Alphabet.UNAMBIGUOUS.symbols)
    plain = key.offline_code(
        29_921_220, Purpose.BYPASS, Validity.DAY, alphabet=Alphabet.HEX
    )
    to_hex = str.maketrans(Alphabet.UNAMBIGUOUS.symbols, Alphabet.HEX.symbols)
    assert plain.reveal_canonical() == code.reveal_canonical().translate(to_hex)
    for validity in (Validity.hours(1), Validity.minutes(90)):
        for call in (key.offline_code, key.ocra_data_input):
            with pytest.raises(stopgap.Invalid, match="1 to 31 days or one month") as error:
                call(29_921_220, Purpose.BYPASS, validity)
            assert error.value.reason == "offline_validity"
    for other in (
        key.offline_code(29_921_221, Purpose.BYPASS, Validity.DAY),
        key.offline_code(29_921_220, Purpose.RESET, Validity.DAY),
        key.offline_code(29_921_220, Purpose.BYPASS, Validity.MONTH),
    ):
        assert other.reveal() != code.reveal()


@pytest.mark.parametrize("minute", [2**63, -(2**63) - 1, 10**400])
def test_a_minute_that_no_clock_has(minute: int) -> None:
    with pytest.raises(ValueError, match="a number is from"):
        EnrolmentKey(bytes(32)).request_code(minute)


def test_the_first_and_the_last_minute() -> None:
    key = EnrolmentKey(bytes(32))
    for minute in (-(2**63), 2**63 - 1):
        assert len(key.request_code(minute).canonical) == 8
        key.offline_code(minute, Purpose.RESET, Validity.DAY)


# -- enrolments


def test_an_enrolment_holds_no_secret(ring: KeyRing, laptop: Enrolment) -> None:
    assert (laptop.key_id, laptop.user, laptop.machine) == (1, "alice", "LAPTOP-17")
    assert (laptop.enrolled_at, laptop.retired_at) == (NOW, None)
    assert 0 <= laptop.generation < 2**31
    assert repr(laptop) == (
        "Enrolment(key_id=1, user='alice', machine='LAPTOP-17', "
        f"generation={laptop.generation}, enrolled_at={NOW})"
    )
    record: dict[str, Any] = {
        "key_id": 1,
        "user": "alice",
        "machine": "LAPTOP-17",
        "generation": laptop.generation,
        "enrolled_at": "2026-11-21T15:00:42Z",
        "retired_at": None,
    }
    sealed = {"record": record, "tag": laptop.tag.hex()}
    assert laptop.to_dict() == sealed
    for again in (
        Enrolment.from_dict(sealed),
        pickle.loads(pickle.dumps(laptop)),
        copy.deepcopy(laptop),
        Enrolment.migrate(
            ring,
            user="alice",
            machine="LAPTOP-17",
            generation=laptop.generation,
            enrolled_at=NOW.astimezone(ZoneInfo("Asia/Tokyo")),
        ),
    ):
        assert again.to_dict() == sealed
        assert again.open(ring) is again
        assert again.key(ring).reveal() == laptop.key(ring).reveal()
        assert again == laptop
        assert hash(again) == hash(laptop)
    with pytest.raises(AttributeError):
        laptop.generation = 1  # type: ignore[misc]
    with pytest.raises(TypeError, match="cannot create"):
        Enrolment()


def test_the_first_generation_is_random(ring: KeyRing) -> None:
    firsts = {
        Enrolment.first(ring, "alice", "LAPTOP-17", now=NOW).generation for _ in range(50)
    }
    assert len(firsts) > 40
    assert max(firsts) < 2**31

    def random(count: int) -> bytes:
        return b"\xff" * count

    highest = Enrolment.first(ring, "alice", "LAPTOP-17", now=NOW, random=random)
    assert highest.generation == 2**31 - 1
    with pytest.raises(ValueError, match="bytes"):
        Enrolment.first(ring, "alice", "LAPTOP-17", now=NOW, random=lambda count: b"")


def test_the_next_enrolment_has_another_key(ring: KeyRing, laptop: Enrolment) -> None:
    ring.add(2, MasterKey(bytes([8] * 32)))
    following = laptop.next(ring, now=NOW + MINUTE)
    assert (following.key_id, following.generation) == (2, laptop.generation + 1)
    assert (following.user, following.machine) == ("alice", "LAPTOP-17")
    assert (following.enrolled_at, following.retired_at) == (NOW + MINUTE, None)
    assert following.key(ring).reveal() != laptop.key(ring).reveal()
    # Also after one that was retired.
    retired = laptop.retire(ring, now=NOW)
    assert retired.next(ring, now=NOW + MINUTE).tag == following.tag
    ring.retire(1)
    for call in (
        lambda: laptop.key(ring),
        lambda: laptop.next(ring, now=NOW),
        lambda: laptop.retire(ring, now=NOW),
        lambda: laptop.open(ring),
    ):
        with pytest.raises(stopgap.KeyMissing) as caught:
            call()
        assert caught.value.key_id == 1
    last = Enrolment.migrate(
        ring, user="a", machine="m", generation=2**32 - 1, enrolled_at=NOW
    )
    with pytest.raises(stopgap.Invalid) as exhausted:
        last.next(ring, now=NOW)
    assert exhausted.value.reason == "no_generation"


def test_a_retired_enrolment_has_no_key(ring: KeyRing, laptop: Enrolment) -> None:
    retired = laptop.retire(ring, now=NOW + MINUTE)
    assert (laptop.retired_at, retired.retired_at) == (None, NOW + MINUTE)
    assert f"retired_at={NOW + MINUTE}" in repr(retired)
    again = retired.retire(ring, now=NOW + 2 * MINUTE)
    assert (again.retired_at, again.tag) == (NOW + MINUTE, retired.tag)
    with pytest.raises(stopgap.Revoked) as caught:
        retired.key(ring)
    assert caught.value.revoked_at == NOW + MINUTE


@pytest.mark.parametrize(
    "name", ["", "x" * 256, "a\nb", "a\u2028", "\ud800", "\u00ad", " "]
)
def test_no_name(ring: KeyRing, name: str) -> None:
    def seal(user: str, machine: str) -> Enrolment:
        return Enrolment.migrate(
            ring, user=user, machine=machine, generation=0, enrolled_at=NOW
        )

    calls: list[Callable[[], object]] = [
        lambda: Enrolment.first(ring, name, "m", now=NOW),
        lambda: Enrolment.first(ring, "u", name, now=NOW),
        lambda: seal(name, "m"),
        lambda: seal("u", name),
    ]
    for make in calls:
        with pytest.raises(stopgap.InvalidName) as caught:
            make()
        assert caught.value.reason == "invalid_name"
    request = VerifyRequest(name, "", Purpose.RESET)
    with pytest.raises(stopgap.InvalidName) as refused:
        OfflinePolicy().answer(ring, [], request, now=NOW)
    assert refused.value.kind == caught.value.kind


@pytest.mark.parametrize(
    "change",
    [
        {"user": ""},
        {"key_id": -1},
        {"generation": 2**32},
        {"enrolled_at": None},
        {"enrolled_at": "yesterday"},
        {"retired_at": 0},
    ],
)
def test_what_is_no_enrolment(laptop: Enrolment, change: dict[str, Any]) -> None:
    sealed = laptop.to_dict()
    for broken in (
        {},
        {"record": sealed["record"]},
        {**sealed, "record": {**sealed["record"], **change}},
    ):
        with pytest.raises(stopgap.Invalid) as caught:
            Enrolment.from_dict(broken)
        assert caught.value.reason == "record"


def test_numbers_that_no_enrolment_has(ring: KeyRing) -> None:
    for generation in (2**32, -1):
        with pytest.raises(ValueError, match="a number is from"):
            Enrolment.migrate(
                ring, user="u", machine="m", generation=generation, enrolled_at=NOW
            )
    late = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2)))
    with pytest.raises(stopgap.TimeOutOfRange):
        Enrolment.first(ring, "u", "m", now=late)


# -- locate

locate = OfflinePolicy().locate


def test_locate_says_which_key_and_when(
    ring: KeyRing, laptop: Enrolment, desktop: Enrolment
) -> None:
    keys = [laptop.key(ring), desktop.key(ring)]
    typed = shown(ring, desktop, NOW - 3 * MINUTE).lower()
    expected = (1, minute_of(NOW) - 3, False)
    assert locate(keys, typed, now=NOW) == expected
    assert locate(tuple(keys), typed, now=NOW) == expected
    assert locate(iter(keys), typed, now=NOW) == expected
    for offset, late in ((-60, True), (-31, True), (-30, False), (5, False)):
        typed = shown(ring, laptop, NOW + offset * MINUTE)
        expected = (0, minute_of(NOW) + offset, late)
        assert locate(keys, typed, now=NOW) == expected
    typed = shown(ring, laptop, NOW - 45 * MINUTE)
    for window, late in ((44, True), (45, False)):
        located = OfflinePolicy(window_minutes=window).locate(keys, typed, now=NOW)
        assert located == (0, minute_of(NOW) - 45, late)
    for offset in (-61, 6, -1440, 1440):
        typed = shown(ring, laptop, NOW + offset * MINUTE)
        with pytest.raises(stopgap.ClockSkew) as caught:
            locate(keys, typed, now=NOW)
        assert caught.value.minutes == offset
        assert (caught.value.index, caught.value.machine) == (0, None)
        assert caught.value.reason == "clock_skew"
    typed = shown(ring, laptop, NOW + 6 * MINUTE)
    located = OfflinePolicy(ahead_minutes=6).locate(keys, typed, now=NOW)
    assert located == (0, minute_of(NOW) + 6, False)
    typed = shown(ring, laptop, NOW - 61 * MINUTE)
    located = OfflinePolicy(past_minutes=61).locate(keys, typed, now=NOW)
    assert located == (0, minute_of(NOW) - 61, True)
    with pytest.raises(stopgap.Unrecognised):
        OfflinePolicy(diagnose_minutes=60).locate(keys, typed, now=NOW)


def test_locate_refuses(ring: KeyRing, laptop: Enrolment) -> None:
    keys = [laptop.key(ring)]
    with pytest.raises(stopgap.NotEnrolled) as enrolled:
        locate([], shown(ring, laptop), now=NOW)
    assert enrolled.value.reason == "not_enrolled"
    with pytest.raises(stopgap.Unrecognised):
        locate(keys, "ZZZZ-ZZZZ", now=NOW)
    with pytest.raises(stopgap.Malformed) as malformed:
        locate(keys, "ZZZZ-ZZZ", now=NOW)
    assert (malformed.value.expected, malformed.value.found) == (8, 7)
    with pytest.raises(TypeError):
        locate([b"key"], "ZZZZ-ZZZZ", now=NOW)  # type: ignore[list-item]
    with pytest.raises(TypeError):
        locate(None, "ZZZZ-ZZZZ", now=NOW)  # type: ignore[arg-type]


def test_what_a_list_says_of_its_length_is_not_believed(
    ring: KeyRing, laptop: Enrolment
) -> None:
    class Liar:
        def __len__(self) -> int:
            return 2**62

        def __getitem__(self, index: int) -> EnrolmentKey:
            if index:
                raise IndexError
            return laptop.key(ring)

    typed = shown(ring, laptop)
    located = locate(Liar(), typed, now=NOW)  # type: ignore[arg-type]
    assert located == (0, minute_of(NOW), False)


def test_what_the_keys_raise_propagates() -> None:
    def keys() -> Iterator[EnrolmentKey]:
        yield EnrolmentKey(bytes(32))
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        locate(keys(), "ZZZZ-ZZZZ", now=NOW)


# -- the policy


def test_a_policy_is_a_value() -> None:
    default = OfflinePolicy()
    assert default.validity == Validity.DAY
    assert default.alphabet == Alphabet.UNAMBIGUOUS
    figures = (default.past_minutes, default.ahead_minutes, default.diagnose_minutes)
    assert (*figures, default.window_minutes) == (60, 5, 1440, 30)
    other = OfflinePolicy(
        validity=Validity.MONTH,
        alphabet=Alphabet.HEX,
        past_minutes=1,
        ahead_minutes=2,
        diagnose_minutes=3,
        window_minutes=4,
    )
    assert (other.past_minutes, other.ahead_minutes, other.diagnose_minutes) == (1, 2, 3)
    assert other.window_minutes == 4
    for policy in (default, other):
        assert eval(repr(policy)) == policy
        assert OfflinePolicy.from_dict(policy.to_dict()) == policy
        assert pickle.loads(pickle.dumps(policy)) == policy
        assert hash(copy.copy(policy)) == hash(policy)
    assert other != default
    assert len({default, other, OfflinePolicy(validity=Validity.DAY)}) == 2
    for changed in (
        OfflinePolicy(validity=Validity.MONTH),
        OfflinePolicy(alphabet=Alphabet.HEX),
        OfflinePolicy(past_minutes=1),
        OfflinePolicy(ahead_minutes=1),
        OfflinePolicy(diagnose_minutes=1),
        OfflinePolicy(window_minutes=1),
    ):
        assert changed != default
        assert hash(changed) != hash(default)
    assert OfflinePolicy.from_dict({}) == default
    with pytest.raises(stopgap.Invalid):
        OfflinePolicy.from_dict({"valid": "P1D"})
    with pytest.raises(ValueError, match="a number is from"):
        OfflinePolicy(past_minutes=-1)
    with pytest.raises(TypeError):
        OfflinePolicy(validity="P1D")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        OfflinePolicy(Validity.DAY)  # type: ignore[call-arg]


# -- the answer


def test_an_answer_is_what_the_machine_redeems(
    ring: KeyRing, laptop: Enrolment, desktop: Enrolment
) -> None:
    agent = Agent(desktop.key(ring))
    typed = agent.request_code(now=NOW - 2 * MINUTE).text
    policy = OfflinePolicy(validity=Validity.days(7))
    answer = policy.answer(
        ring, [laptop, desktop], VerifyRequest("alice", typed, Purpose.BYPASS), now=NOW
    )
    assert answer.enrolment is desktop
    assert answer.purpose is Purpose.BYPASS
    assert answer.validity == Validity.days(7)
    assert answer.minute == minute_of(NOW) - 2
    assert answer.expires_at == datetime(2026, 11, 28, 14, 58, tzinfo=timezone.utc)
    assert answer.expires_at.tzinfo is timezone.utc
    assert answer.late is False
    lock = agent.redeem(
        answer.code.reveal(), Purpose.BYPASS, now=NOW + MINUTE, keep=lambda state: None
    )
    assert lock.until == answer.expires_at


def test_an_answer_for_a_reset_has_no_expiry(ring: KeyRing, laptop: Enrolment) -> None:
    policy = OfflinePolicy(validity=Validity.MONTH)
    typed = shown(ring, laptop)
    answer = policy.answer(
        ring, [laptop], VerifyRequest("alice", typed, Purpose.RESET), now=NOW
    )
    assert (answer.purpose, answer.expires_at) == (Purpose.RESET, None)
    assert answer.validity == Validity.DAY
    assert "expires_at=None, late=False" in repr(answer)
    code = laptop.key(ring).offline_code(minute_of(NOW), Purpose.RESET, Validity.DAY)
    assert answer.code.reveal() == code.reveal()
    redeemed = Agent(laptop.key(ring)).redeem(
        answer.code.reveal(), answer.purpose, now=NOW, keep=lambda state: None
    )
    assert redeemed is None


def test_an_answer_to_an_old_request_is_late(ring: KeyRing, laptop: Enrolment) -> None:
    typed = shown(ring, laptop, NOW - 45 * MINUTE)
    for window, late in ((30, True), (44, True), (45, False)):
        policy = OfflinePolicy(window_minutes=window)
        answer = policy.answer(
            ring, [laptop], VerifyRequest("alice", typed, Purpose.BYPASS), now=NOW
        )
        assert answer.late is late


def test_offline_codes_take_days_or_a_month(ring: KeyRing, laptop: Enrolment) -> None:
    policy = OfflinePolicy(validity=Validity.hours(8))
    typed = shown(ring, laptop)
    with pytest.raises(stopgap.Invalid) as error:
        policy.answer(
            ring, [laptop], VerifyRequest("alice", typed, Purpose.BYPASS), now=NOW
        )
    assert error.value.reason == "offline_validity"


def test_an_answer_tells_no_code(ring: KeyRing, laptop: Enrolment) -> None:
    answer = OfflinePolicy().answer(
        ring, [laptop], VerifyRequest("alice", shown(ring, laptop), Purpose.BYPASS), now=NOW
    )
    code = answer.code.reveal_canonical()
    for text in (repr(answer), str(answer), f"{answer}"):
        assert code not in text.replace("-", "")
        assert "LAPTOP-17" in text
        assert "Code(..)" in text
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled"):
            take(answer)
    assert answer == answer
    again = OfflinePolicy().answer(
        ring, [laptop], VerifyRequest("alice", shown(ring, laptop), Purpose.BYPASS), now=NOW
    )
    assert answer != again
    assert again.code.reveal_canonical() == code


def test_the_wall_clock_of_now_decides(ring: KeyRing, laptop: Enrolment) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 10, 24, 15, 0, 42, tzinfo=berlin)  # the night that is longer
    typed = shown(ring, laptop, now)

    def expiry(now: datetime) -> datetime:
        answer = OfflinePolicy().answer(
            ring, [laptop], VerifyRequest("alice", typed, Purpose.BYPASS), now=now
        )
        assert answer.expires_at is not None
        return answer.expires_at

    assert expiry(now) == datetime(2026, 10, 25, 15, 0, tzinfo=berlin)
    there, elsewhere = expiry(now), expiry(now.astimezone(timezone.utc))
    assert there - elsewhere == timedelta(hours=1)


def test_answer_refuses(ring: KeyRing, laptop: Enrolment, desktop: Enrolment) -> None:
    policy = OfflinePolicy()

    def answer(
        typed: str,
        enrolments: list[Enrolment] | None = None,
        purpose: Purpose = Purpose.BYPASS,
    ) -> stopgap.Refused:
        given = [laptop, desktop] if enrolments is None else enrolments
        with pytest.raises(stopgap.Refused) as caught:
            policy.answer(ring, given, VerifyRequest("alice", typed, purpose), now=NOW)
        assert caught.value.public_message
        return caught.value

    error = answer(shown(ring, laptop), purpose=Purpose.REGISTER)
    assert isinstance(error, stopgap.WrongPurpose)
    assert error.public_message == "That code is not valid."
    assert isinstance(answer("ZZZZ-ZZZZ"), stopgap.Unrecognised)
    assert isinstance(answer(shown(ring, laptop), []), stopgap.NotEnrolled)
    error = answer("ZZZZ-ZZZ%")
    assert isinstance(error, stopgap.Malformed)
    assert (error.kind, error.position) == ("unexpected_symbol", 8)
    assert isinstance(answer("ZZZZ-ZZ\ud800Z"), stopgap.Malformed)
    error = answer(shown(ring, desktop, NOW + 6 * MINUTE))
    assert isinstance(error, stopgap.ClockSkew)
    assert (error.machine, error.minutes, error.index) == ("DESKTOP-3", 6, 1)
    again = pickle.loads(pickle.dumps(error))
    assert (again.machine, again.minutes, str(again)) == ("DESKTOP-3", 6, str(error))
    error = answer(shown(ring, desktop, NOW - 61 * MINUTE))
    assert isinstance(error, stopgap.ClockSkew)
    assert error.minutes == -61


def test_a_machine_whose_key_is_gone_hides_no_other(
    ring: KeyRing, laptop: Enrolment
) -> None:
    ring.add(2, MasterKey(bytes([8] * 32)))
    newer = Enrolment.first(ring, "alice", "NEW-1", now=NOW)
    old = shown(ring, laptop)
    ring.retire(1)
    both = [laptop, newer]
    answer = OfflinePolicy().answer(
        ring, both, VerifyRequest("alice", shown(ring, newer), Purpose.BYPASS), now=NOW
    )
    assert answer.enrolment is newer
    with pytest.raises(stopgap.KeyMissing) as caught:
        OfflinePolicy().answer(
            ring, both, VerifyRequest("alice", old, Purpose.BYPASS), now=NOW
        )
    assert caught.value.key_id == 1


def test_the_machines_of_others_are_left_out(ring: KeyRing, laptop: Enrolment) -> None:
    bob = Enrolment.first(ring, "bob", "LAPTOP-18", now=NOW)
    both = [bob, laptop]
    policy = OfflinePolicy()
    answer = policy.answer(
        ring, both, VerifyRequest("alice", shown(ring, laptop), Purpose.BYPASS), now=NOW
    )
    assert answer.enrolment is laptop
    with pytest.raises(stopgap.Unrecognised):
        policy.answer(
            ring, both, VerifyRequest("alice", shown(ring, bob), Purpose.BYPASS), now=NOW
        )
    with pytest.raises(stopgap.NotEnrolled):
        policy.answer(
            ring, both, VerifyRequest("carol", shown(ring, bob), Purpose.BYPASS), now=NOW
        )


def test_a_lock_that_would_end_after_the_calendar(ring: KeyRing, laptop: Enrolment) -> None:
    late = datetime(9999, 12, 31, 12, tzinfo=timezone.utc)
    with pytest.raises(stopgap.TimeOutOfRange) as error:
        OfflinePolicy().answer(
            ring,
            [laptop],
            VerifyRequest("alice", shown(ring, laptop, late), Purpose.BYPASS),
            now=late,
        )
    assert error.value.public_message == "This computer's clock is wrong."


class Broken(tzinfo):
    """A zone that raises after some answers."""

    def __init__(self, answers: int) -> None:
        self.answers = answers

    def utcoffset(self, when: datetime | None) -> timedelta:
        if self.answers == 0:
            raise LookupError("no such zone any more")
        self.answers -= 1
        return timedelta(0)

    def dst(self, when: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, when: datetime | None) -> str:
        return "broken"


def test_what_a_zone_raises_propagates(ring: KeyRing, laptop: Enrolment) -> None:
    typed = shown(ring, laptop)
    zone = Broken(1000)
    now = NOW.replace(tzinfo=zone)
    OfflinePolicy().answer(
        ring, [laptop], VerifyRequest("alice", typed, Purpose.BYPASS), now=now
    )
    asked = 1000 - zone.answers
    assert asked > 2
    for answers in range(asked):
        now = NOW.replace(tzinfo=Broken(answers))
        with pytest.raises(LookupError, match="no such zone"):
            OfflinePolicy().answer(
                ring, [laptop], VerifyRequest("alice", typed, Purpose.BYPASS), now=now
            )


REQUEST = VerifyRequest("alice", "x", Purpose.BYPASS)


@pytest.mark.parametrize(
    "call",
    [
        lambda ring, laptop: untyped.OfflinePolicy().answer(ring, laptop, REQUEST, now=NOW),
        lambda ring, laptop: untyped.OfflinePolicy().answer(
            ring, [laptop, None], REQUEST, now=NOW
        ),
        lambda ring, laptop: untyped.OfflinePolicy().answer(ring, [laptop], "x", now=NOW),
        lambda ring, laptop: untyped.OfflinePolicy().answer(
            ring, [laptop], REQUEST, now=NOW.replace(tzinfo=None)
        ),
        lambda ring, laptop: untyped.OfflinePolicy().answer(
            None, [laptop], REQUEST, now=NOW
        ),
        lambda ring, laptop: laptop.next(ring, now=NOW.replace(tzinfo=None)),
        lambda ring, laptop: untyped.Enrolment.first(ring, "alice", "m"),
    ],
)
def test_other_types_are_type_errors(
    ring: KeyRing, laptop: Enrolment, call: Callable[[KeyRing, Enrolment], object]
) -> None:
    with pytest.raises(TypeError):
        call(ring, laptop)
