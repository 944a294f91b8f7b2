"""Online codes: policies, issuing, verifying, records at rest."""

from __future__ import annotations

import copy
import json
import pickle
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, Optional
from zoneinfo import ZoneInfo

import pytest

import stopgap
from stopgap import (
    Alphabet,
    Code,
    CodeFormat,
    Expired,
    Granted,
    Invalid,
    InvalidName,
    KeyMissing,
    KeyRing,
    Malformed,
    MasterKey,
    NotYetValid,
    OnlineGrant,
    OnlinePolicy,
    PasswordOnlyLock,
    Purpose,
    Refused,
    Revoked,
    Tampered,
    TimeOutOfRange,
    Unknown,
    UsedUp,
    Validity,
    VerifyRequest,
    WrongPurpose,
)

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)
KEY_RING = KeyRing(1, MasterKey(bytes(range(32))))
CODE = CodeFormat.ONLINE.normalize("3F9A-77C2-01BE")


def issue(**policy: Any) -> tuple[str, OnlineGrant]:
    code, record = OnlinePolicy(**policy).issue(KEY_RING, "alice", now=NOW)
    return code.reveal(), record


def verify(
    record: OnlineGrant,
    typed: str,
    *,
    user: str = "alice",
    purpose: Purpose = Purpose.RESET,
    now: datetime = NOW,
) -> Granted:
    return record.verify(KEY_RING, VerifyRequest(user, typed, purpose), now=now)


# -- policies


def test_a_policy_has_defaults() -> None:
    policy = OnlinePolicy()
    assert policy.validity == Validity.DAY
    assert policy.purposes == frozenset(Purpose)
    assert policy.max_uses is None
    assert policy.not_before is None
    assert policy.format == CodeFormat.ONLINE


@pytest.mark.parametrize(
    "policy",
    [
        OnlinePolicy(),
        OnlinePolicy(validity=Validity.MONTH, purposes=Purpose.BYPASS, max_uses=3),
        OnlinePolicy(purposes=iter([Purpose.RESET, Purpose.BYPASS, Purpose.RESET])),
        OnlinePolicy(not_before=NOW, length=9, check_symbol=True),
        OnlinePolicy(alphabet=Alphabet.HEX.fold_look_alikes()),
    ],
    ids=repr,
)
def test_policies_are_values(policy: OnlinePolicy) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(policy, protocol)) == policy
    record = json.loads(json.dumps(policy.to_dict()))
    names = {**vars(stopgap), "datetime": __import__("datetime")}
    for again in (
        OnlinePolicy.from_dict(record),
        copy.deepcopy(policy),
        eval(repr(policy), names),
    ):
        assert again == policy
        assert hash(again) == hash(policy)
    others = [
        OnlinePolicy(length=10),
        OnlinePolicy(max_uses=2),
        OnlinePolicy(not_before=NOW + DAY),
    ]
    assert policy not in others
    assert len({policy, *others}) == 4
    assert len({hash(each) for each in (policy, *others)}) == 4


@pytest.mark.parametrize(
    ("policy", "reason", "message"),
    [
        ({"purposes": ()}, "no_purpose", "at least one purpose"),
        ({"max_uses": 0}, "no_uses", "at least one use"),
        ({"length": 7}, "length", "8 to 32 symbols, not 7"),
        ({"length": 8, "check_symbol": True}, "checked_length", "9 to 32 symbols, not 8"),
    ],
)
def test_no_policy_is_like_that(policy: dict[str, Any], reason: str, message: str) -> None:
    with pytest.raises(Invalid, match=message) as error:
        OnlinePolicy(**policy)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    "policy",
    [
        {"purposes": "reset"},
        {"purposes": None},
        {"purposes": ["reset"]},
        {"purposes": 1},
        {"not_before": NOW.replace(tzinfo=None)},
        {"not_before": "2026-11-21"},
        {"validity": "7d"},
        {"alphabet": "0123456789ABCDEF"},
        {"max_uses": 1.5},
        {"check_symbol": 1},
    ],
)
def test_policies_are_typed(policy: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        OnlinePolicy(**policy)


def test_a_record_that_is_no_policy() -> None:
    with pytest.raises(Invalid) as error:
        OnlinePolicy.from_dict({"lenght": 9})
    assert error.value.reason == "record"
    records: list[dict[str, Any]] = [
        {"purposes": []},
        {"length": 8, "check_symbol": True},
        {"valid_for": "P1D"},
    ]
    for broken in records:
        with pytest.raises(Invalid):
            OnlinePolicy.from_dict(broken)
    with pytest.raises(TypeError):
        OnlinePolicy.from_dict("{}")  # type: ignore[arg-type]


# -- issuing


def test_issuing() -> None:
    policy = OnlinePolicy(
        validity=Validity.days(7),
        purposes=[Purpose.RESET, Purpose.BYPASS],
        max_uses=2,
        not_before=NOW + DAY,
        alphabet=Alphabet.UNAMBIGUOUS,
        length=10,
        check_symbol=True,
    )
    code, record = policy.issue(KEY_RING, "alice", now=NOW)
    assert policy.format.normalize(code.reveal()).reveal() == code.reveal()
    assert record.user == "alice"
    assert record.key_id == 1
    assert record.purposes == {Purpose.RESET, Purpose.BYPASS}
    assert record.format == policy.format
    assert record.issued_at == NOW
    assert record.not_before == NOW + DAY
    assert record.expires_at == NOW + 8 * DAY
    assert record.expires_at.tzinfo is timezone.utc
    assert (record.max_uses, record.uses, record.revoked_at) == (2, 0, None)
    assert record.digest == KEY_RING.online_digests("alice", code)[0][1]


def test_codes_are_random() -> None:
    assert len({issue()[0] for _ in range(50)}) == 50
    fixed = [
        OnlinePolicy().issue(
            KEY_RING, "alice", now=NOW, random=lambda count: b"\x3f" * count
        )
        for _ in range(2)
    ]
    assert {code.reveal() for code, _ in fixed} == {"3F3F-3F3F-3F3F"}


def test_expiry_is_on_the_wall_clock() -> None:
    zone = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 10, 24, 15, 0, tzinfo=zone)
    for _, record in [
        OnlinePolicy().issue(KEY_RING, "alice", now=before),
        *OnlinePolicy().issue_many(KEY_RING, ["alice"] * 3, now=before),
    ]:
        assert record.expires_at.astimezone(zone) == datetime(
            2026, 10, 25, 15, 0, tzinfo=zone
        )
        assert record.expires_at - record.issued_at == timedelta(hours=25)


def test_the_validity_counts_from_the_first_instant() -> None:
    zone = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 24, 15, 0, tzinfo=zone)
    policy = OnlinePolicy(not_before=first.astimezone(timezone.utc))
    now = datetime(2026, 10, 1, 15, 0, tzinfo=zone)
    _, record = policy.issue(KEY_RING, "alice", now=now)
    assert record.expires_at == datetime(2026, 10, 25, 15, 0, tzinfo=zone)
    assert record.expires_at - first.astimezone(timezone.utc) == timedelta(hours=25)


@pytest.mark.parametrize(
    ("validity", "span"),
    [
        (Validity.minutes(1), timedelta(minutes=1)),
        (Validity.minutes(90), timedelta(minutes=90)),
        (Validity.hours(24), timedelta(hours=24)),
    ],
)
def test_minutes_and_hours_are_elapsed_time(validity: Validity, span: timedelta) -> None:
    zone = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 10, 24, 15, 0, tzinfo=zone)
    policy = OnlinePolicy(validity=validity)
    _, record = policy.issue(KEY_RING, "alice", now=before)
    assert record.expires_at == before.astimezone(timezone.utc) + span
    assert OnlinePolicy.from_dict(policy.to_dict()) == policy
    assert policy.to_dict()["validity"] == str(validity)


def test_what_cannot_be_issued() -> None:
    for user, kind in (("", "empty"), (" ", "blank"), ("a\udcff", "invalid_unicode")):
        with pytest.raises(InvalidName) as unnamed:
            OnlinePolicy().issue(KEY_RING, user, now=NOW)
        assert (unnamed.value.reason, unnamed.value.kind) == ("invalid_name", kind)
        with pytest.raises(InvalidName) as unnamed:
            OnlinePolicy().issue_many(KEY_RING, ["alice", user], now=NOW)
        assert (unnamed.value.kind, unnamed.value.index) == (kind, 1)
    with pytest.raises(Invalid, match="would have expired") as error:
        OnlinePolicy(not_before=NOW - DAY).issue(KEY_RING, "alice", now=NOW)
    assert error.value.reason == "never_valid"
    just = OnlinePolicy(not_before=NOW - DAY + timedelta(microseconds=1))
    assert just.issue(KEY_RING, "alice", now=NOW)[1].expires_at > NOW
    end = datetime(9999, 12, 31, 15, 0, tzinfo=timezone.utc)
    with pytest.raises(TimeOutOfRange) as late:
        OnlinePolicy().issue(KEY_RING, "alice", now=end)
    assert late.value.public_message == "This computer's clock is wrong."
    with pytest.raises(TypeError, match="without a time zone"):
        OnlinePolicy().issue(KEY_RING, "alice", now=NOW.replace(tzinfo=None))


def test_what_the_callers_random_raises_comes_out() -> None:
    class OwnError(Exception):
        pass

    def random(count: int) -> bytes:
        raise OwnError

    with pytest.raises(OwnError):
        OnlinePolicy().issue(KEY_RING, "alice", now=NOW, random=random)
    with pytest.raises(OwnError):
        OnlinePolicy().issue_many(KEY_RING, ["alice"], now=NOW, random=random)
    with pytest.raises(ValueError, match="gave 3 bytes"):
        OnlinePolicy().issue(KEY_RING, "alice", now=NOW, random=lambda count: b"abc")
    with pytest.raises(TypeError):
        OnlinePolicy().issue(KEY_RING, "alice", now=NOW, random=lambda count: "a" * count)  # type: ignore[arg-type, return-value]
    with pytest.raises(TypeError):
        OnlinePolicy().issue(KEY_RING, "alice", now=NOW, random=7)  # type: ignore[arg-type]


class Broken(tzinfo):
    """Knows the offset of the clock, but not the one at which a code would expire."""

    def utcoffset(self, at: Optional[datetime]) -> timedelta:
        if at is not None and at.day != NOW.day:
            raise LookupError("no such day")
        return timedelta(0)

    def dst(self, at: Optional[datetime]) -> timedelta:
        return timedelta(0)

    def tzname(self, at: Optional[datetime]) -> str:
        return "broken"


def test_what_the_callers_zone_raises_comes_out() -> None:
    now = NOW.replace(tzinfo=Broken())
    with pytest.raises(LookupError, match="no such day"):
        OnlinePolicy().issue(KEY_RING, "alice", now=now)
    with pytest.raises(LookupError, match="no such day"):
        OnlinePolicy().issue_many(KEY_RING, ["alice"], now=now)


class Puzzled(Broken):
    """Raises just what Python raises of a naive datetime."""

    def utcoffset(self, at: Optional[datetime]) -> timedelta:
        raise TypeError("what place is this?")


def test_a_type_error_of_the_callers_zone_is_not_taken_for_a_naive_datetime() -> None:
    with pytest.raises(TypeError, match="what place is this"):
        OnlinePolicy().issue(KEY_RING, "alice", now=NOW.replace(tzinfo=Puzzled()))
    with pytest.raises(TypeError, match="pass an aware"):
        OnlinePolicy().issue(KEY_RING, "alice", now=NOW.replace(tzinfo=None))


def test_issuing_many() -> None:
    users = [f"user{number}" for number in range(100)]
    issued = OnlinePolicy(max_uses=1).issue_many(KEY_RING, iter(users), now=NOW)
    assert [record.user for _, record in issued] == users
    assert len({code.reveal() for code, _ in issued}) == 100
    for code, record in issued:
        assert isinstance(code, Code)
        assert verify(record, code.reveal(), user=record.user).uses_left == 0
    assert OnlinePolicy().issue_many(KEY_RING, [], now=NOW) == []
    with pytest.raises(Invalid) as error:
        OnlinePolicy().issue_many(KEY_RING, ["alice", "bob", ""], now=NOW)
    assert error.value.index == 2
    with pytest.raises(TypeError):
        OnlinePolicy().issue_many(KEY_RING, ["alice", 7], now=NOW)  # type: ignore[list-item]
    with pytest.raises(TypeError, match="a str is expected, not int"):
        OnlinePolicy().issue(KEY_RING, 7, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        OnlinePolicy().issue_many(KEY_RING, 7, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not the letters of one"):
        OnlinePolicy().issue_many(KEY_RING, "alice", now=NOW)


# -- verifying


def test_verifying() -> None:
    typed, record = issue(validity=Validity.days(2))
    granted = verify(record, f" {typed.lower()} ")
    assert granted.user == "alice"
    assert granted.purpose is Purpose.RESET
    assert granted.expires_at == NOW + 2 * DAY
    assert granted.uses_left is None
    assert granted.record.to_dict() == record.to_dict()
    # In any zone.
    end = (NOW + 2 * DAY).astimezone(ZoneInfo("Asia/Tokyo"))
    verify(record, typed, now=end - timedelta(microseconds=1))
    with pytest.raises(Expired):
        verify(record, typed, now=end)


def test_uses_are_counted_in_a_new_grant() -> None:
    typed, record = issue(max_uses=2)
    first = verify(record, typed)
    assert (first.uses_left, first.record.uses, record.uses) == (1, 1, 0)
    second = verify(first.record, typed)
    assert (second.uses_left, second.record.uses) == (0, 2)
    with pytest.raises(UsedUp) as error:
        verify(second.record, typed)
    assert error.value.reason == "used_up"
    assert error.value.public_message == "That code has been used."


def test_refusals_have_their_details() -> None:
    typed, record = issue(
        purposes=Purpose.RESET, validity=Validity.days(2), not_before=NOW + DAY
    )
    with pytest.raises(NotYetValid) as early:
        verify(record, typed)
    assert early.value.not_before == early.value.retry_at == NOW + DAY
    with pytest.raises(Expired) as late:
        verify(record, typed, now=NOW + 3 * DAY)
    assert late.value.expired_at == NOW + 3 * DAY
    with pytest.raises(WrongPurpose):
        verify(record, typed, purpose=Purpose.BYPASS)
    with pytest.raises(Revoked) as revoked:
        verify(record.revoke(KEY_RING, now=NOW), typed)
    assert revoked.value.revoked_at == NOW
    with pytest.raises(Malformed) as malformed:
        verify(record, typed[:-1])
    assert (malformed.value.expected, malformed.value.found) == (12, 11)
    with pytest.raises(Unknown):
        verify(record, "0000-0000-0000")
    with pytest.raises(Unknown):
        verify(record, typed, user="bob")
    with pytest.raises(KeyMissing) as missing:
        record.verify(
            KeyRing(2, MasterKey.generate()),
            VerifyRequest("alice", typed, Purpose.RESET),
            now=NOW,
        )
    assert missing.value.key_id == 1


@pytest.mark.parametrize(
    ("user", "details"),
    [
        ("alice\udcff", {"kind": "invalid_unicode"}),
        ("", {"kind": "empty"}),
        ("é" * 128, {"kind": "too_long", "found": 256}),
        ("al\nice", {"kind": "control_character", "position": 2}),
        ("al\u200bice", {"kind": "invisible_character", "position": 2}),
        ("\u3000", {"kind": "blank"}),
    ],
)
def test_a_user_who_is_no_name_is_refused(user: str, details: dict[str, Any]) -> None:
    typed, record = issue()
    request = VerifyRequest(user, typed, Purpose.RESET)
    calls: list[Callable[[], object]] = [
        lambda: verify(record, typed, user=user),
        # The name is checked before the text is read.
        lambda: verify(record, "", user=user),
        lambda: record.check_code(KEY_RING, request, CODE, now=NOW),
        lambda: OnlineGrant.verify_any([], KEY_RING, request, now=NOW),
    ]
    (verdict,) = OnlineGrant.verify_many([(record, request)], KEY_RING, now=NOW)
    found: list[object] = [verdict]
    for call in calls:
        with pytest.raises(Refused) as refused:
            call()
        found.append(refused.value)
    for error in found:
        assert isinstance(error, InvalidName)
        assert isinstance(error, (Refused, Invalid, ValueError))
        assert {name: getattr(error, name) for name in details} == details
        assert (error.reason, error.index) == ("invalid_name", None)
        assert error.public_message == "That code is not valid."
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), again.__dict__) == (InvalidName, error.__dict__)


@pytest.mark.parametrize(
    "wrong",
    [
        {"user": b"alice"},
        {"user": None},
        {"purpose": "reset"},
        {"now": NOW.replace(tzinfo=None)},
        {"now": NOW.date()},
    ],
)
def test_arguments_are_typed(wrong: dict[str, Any]) -> None:
    typed, record = issue()
    with pytest.raises(TypeError):
        verify(record, typed, **wrong)
    with pytest.raises(TypeError):
        verify(record, typed.encode())  # type: ignore[arg-type]


def test_a_code_that_was_read_already() -> None:
    code, record = OnlinePolicy(max_uses=1).issue(KEY_RING, "alice", now=NOW)
    # The text of the request is not looked at.
    request = VerifyRequest("alice", "%", Purpose.BYPASS)
    granted = record.check_code(KEY_RING, request, code, now=NOW)
    assert (granted.purpose, granted.uses_left) == (Purpose.BYPASS, 0)
    with pytest.raises(UsedUp):
        granted.record.check_code(KEY_RING, request, code, now=NOW)
    with pytest.raises(Unknown):
        record.check_code(KEY_RING, request, CODE, now=NOW)
    with pytest.raises(Expired):
        record.check_code(KEY_RING, request, code, now=NOW + DAY)


def test_one_of_several_codes() -> None:
    typed, record = issue(max_uses=1)
    request = VerifyRequest("alice", typed, Purpose.RESET)
    others = [issue()[1] for _ in range(3)]
    records = [*others, record]
    index, granted = OnlineGrant.verify_any(iter(records), KEY_RING, request, now=NOW)
    assert (index, granted.record.uses, record.uses) == (3, 1, 0)
    assert granted.record.digest == record.digest
    records[index] = granted.record
    with pytest.raises(UsedUp):
        OnlineGrant.verify_any(records, KEY_RING, request, now=NOW)
    for none in (others, []):
        with pytest.raises(Unknown):
            OnlineGrant.verify_any(none, KEY_RING, request, now=NOW)
    with pytest.raises(TypeError):
        OnlineGrant.verify_any([None], KEY_RING, request, now=NOW)  # type: ignore[list-item]


def test_many_requests() -> None:
    typed, record = issue(max_uses=1)
    unlimited_typed, unlimited = issue()
    bypass_typed, bypass = issue(purposes=Purpose.BYPASS)
    copied = OnlineGrant.from_dict(record.to_dict())
    pairs = [
        (record, "alice", typed),
        (unlimited, "alice", unlimited_typed),
        (record, "alice", typed),
        (copied, "alice", typed),
        (unlimited, "alice", unlimited_typed),
        (unlimited, "bob", unlimited_typed),
        (bypass, "alice", bypass_typed),
        (bypass, "alice", "%"),
    ]
    requests = (
        (one, VerifyRequest(user, text, Purpose.RESET)) for one, user, text in pairs
    )
    verdicts = OnlineGrant.verify_many(requests, KEY_RING, now=NOW)
    expected = [
        Granted, Granted, UsedUp, UsedUp, Granted, Unknown, WrongPurpose, Malformed
    ]  # fmt: skip
    assert [type(verdict) for verdict in verdicts] == expected
    assert isinstance(verdicts[0], Granted)
    assert (verdicts[0].record.uses, record.uses) == (1, 0)
    assert isinstance(verdicts[7], Malformed)
    assert verdicts[7].position == 0
    assert OnlineGrant.verify_many([], KEY_RING, now=NOW) == []


def test_a_forged_record_is_refused_among_many() -> None:
    """Also if the right record with its tag came before it."""
    typed, record = issue(max_uses=2)
    request = VerifyRequest("alice", typed, Purpose.RESET)
    stored = record.to_dict()
    stored["record"]["max_uses"] = 9
    forged = OnlineGrant.from_dict(stored)
    pairs = [(record, request), (forged, request), (record, request), (forged, request)]
    verdicts = OnlineGrant.verify_many(pairs, KEY_RING, now=NOW)
    assert [type(verdict) for verdict in verdicts] == [Granted, Tampered, Granted, Tampered]


@pytest.mark.parametrize("wrong", [7, [7], [()], [[]], [("alice", "alice", "x")], ["abc"]])
def test_many_requests_are_typed(wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        OnlineGrant.verify_many(wrong, KEY_RING, now=NOW)


def test_the_password_only_lock() -> None:
    typed, record = issue()
    granted = verify(record, typed, purpose=Purpose.BYPASS)
    lock = granted.password_only_lock()
    assert lock == PasswordOnlyLock(NOW + DAY)
    assert lock.until == NOW + DAY
    with pytest.raises(WrongPurpose):
        verify(record, typed).password_only_lock()
    assert hash(lock) == hash(PasswordOnlyLock(lock.until))
    assert lock != PasswordOnlyLock(NOW)
    assert pickle.loads(pickle.dumps(lock)) == lock
    names = {**vars(stopgap), "datetime": __import__("datetime")}
    assert eval(repr(lock), names) == lock
    with pytest.raises(AttributeError):
        lock.until = NOW  # type: ignore[misc]


def test_revoking() -> None:
    _, record = issue()
    revoked = record.revoke(KEY_RING, now=NOW)
    assert (record.revoked_at, revoked.revoked_at) == (None, NOW)
    again = revoked.revoke(KEY_RING, now=NOW + DAY)
    assert (again.revoked_at, again.tag) == (NOW, revoked.tag)
    with pytest.raises(KeyMissing):
        record.revoke(KeyRing(2, MasterKey.generate()), now=NOW)


# -- records at rest


FIELDS = [
    "id",
    "key_id",
    "digest",
    "user",
    "format",
    "purposes",
    "issued_at",
    "not_before",
    "expires_at",
    "max_uses",
    "uses",
    "revoked_at",
    "tag",
]


def test_a_store_of_ones_own() -> None:
    typed, record = issue(
        max_uses=3,
        not_before=NOW,
        purposes=Purpose.RESET,
        check_symbol=True,
        alphabet=Alphabet.HEX.fold_look_alikes(),
    )
    used = verify(record, typed).record
    for kept in (record, used, used.revoke(KEY_RING, now=NOW + timedelta(microseconds=1))):
        stored = json.loads(json.dumps(kept.to_dict()))
        assert set(stored) == {"record", "tag"}
        assert set(stored["record"]) == {*FIELDS} - {"tag"}
        assert stored["tag"] == kept.tag.hex()
        again = OnlineGrant.from_dict(stored)
        for name in FIELDS:
            assert getattr(again, name) == getattr(kept, name), name
        assert again.open(KEY_RING) is again
        assert again.to_dict() == stored
    assert verify(OnlineGrant.from_dict(used.to_dict()), typed).uses_left == 1
    assert uuid.UUID(record.id).version == 7
    assert record.id == used.id
    assert len(record.tag) == 32


def test_no_record_without_a_tag() -> None:
    """No constructor seals a record that was not issued here."""
    with pytest.raises(TypeError, match="cannot create"):
        OnlineGrant()
    assert not hasattr(OnlineGrant, "seal")
    stored = issue()[1].to_dict()
    for broken in (
        {},
        stored["record"],
        {"record": stored["record"]},
        {"tag": stored["tag"]},
        {**stored, "tag": stored["tag"][2:]},
        {**stored, "tag": None},
        {**stored, "record": {**stored["record"], "digest": "00"}},
        {**stored, "record": {**stored["record"], "user": ""}},
    ):
        with pytest.raises(Invalid) as caught:
            OnlineGrant.from_dict(broken)
        assert caught.value.reason == "record"


def test_neither_digest_nor_code_shows() -> None:
    typed, record = issue(max_uses=2, not_before=NOW)
    granted = verify(record, typed)
    revoked = record.revoke(KEY_RING, now=NOW)
    secrets = [typed, typed.replace("-", ""), record.digest.hex(), repr(record.digest)]
    for value in (record, granted, granted.record, revoked):
        for text in (repr(value), str(value), f"{value}"):
            assert not any(secret in text for secret in secrets)
            assert "alice" in text
        assert not hasattr(value, "__dict__")
    assert record == OnlineGrant.from_dict(record.to_dict())
    assert granted != verify(record, typed)
    for dump in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="to_dict"):
            dump(granted)
    for again in (pickle.loads(pickle.dumps(revoked)), copy.deepcopy(revoked)):
        assert again.to_dict() == revoked.to_dict()
    assert typed.replace("-", "").encode() not in pickle.dumps(record).upper()
    assert "revoked_at=2026-11-21 15:00:00+00:00" in repr(revoked)
    assert "max_uses=2, uses=1" in repr(granted.record)


def test_records_do_not_change() -> None:
    typed, record = issue()
    granted = verify(record, typed)
    for value, name in [(record, "uses"), (record, "tag"), (granted, "purpose")]:
        with pytest.raises(AttributeError):
            setattr(value, name, 0)
    with pytest.raises(TypeError):
        Granted()


def test_a_source_of_random_bytes_gives_as_many_as_it_is_asked_for() -> None:
    with pytest.raises(ValueError, match="gave 33 bytes"):
        MasterKey.generate(random=lambda asked: bytes(asked + 1))
    with pytest.raises(ValueError, match="gave 31 bytes"):
        MasterKey.generate(random=lambda asked: bytes(asked - 1))


def test_an_error_of_the_callers_is_left_as_it_is() -> None:
    error = LookupError("no dice")

    def fails(_: int) -> bytes:
        raise error

    with pytest.raises(LookupError) as raised:
        OnlinePolicy().issue_many(KEY_RING, ["alice"], now=NOW, random=fails)
    assert raised.value is error
    assert not hasattr(error, "index")
