"""Sealed records: each edit of each field is refused, by every call that decides."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from stopgap import (
    Access,
    Actor,
    Code,
    CodeFormat,
    Enrolment,
    Invalid,
    InvalidIdempotencyKey,
    KeyMissing,
    KeyRing,
    MasterKey,
    OfflinePolicy,
    OnlineGrant,
    OnlinePolicy,
    Preset,
    Purpose,
    Refused,
    Role,
    SecurityCode,
    SecurityFormat,
    SecurityRequest,
    Tampered,
    Throttle,
    Unknown,
    UserThrottle,
    Validity,
    Verification,
    VerifyRequest,
    minute_of,
)

NOW = datetime(2026, 11, 21, 15, 0, 42, tzinfo=timezone.utc)
DAY = timedelta(days=1)
KEY = MasterKey(bytes([7] * 32))
ROOT = Actor("root", Role.SUPER_ADMINISTRATOR)
TYPED = "3F9A-77C2-01BE"
CODE = CodeFormat.ONLINE.normalize(TYPED)


def ring() -> KeyRing:
    """The primary key 1, and the older key 2."""
    keys = KeyRing(2, MasterKey(bytes([8] * 32)))
    keys.add(1, KEY)
    return keys


KEYS = ring()

# -- sound records


def issued(user: str = "alice", **policy: Any) -> tuple[Code, OnlineGrant]:
    policy = {"max_uses": 3, "not_before": NOW, "purposes": Purpose.BYPASS, **policy}
    return OnlinePolicy(**policy).issue(KEYS, user, now=NOW)


def created(description: str = "nightly") -> tuple[Code, SecurityCode]:
    request = SecurityRequest(Access.same_as("bob"), ["a", "b"], description=description)
    text, record = SecurityCode.create(KEYS, ROOT, request, now=NOW)
    return SecurityFormat().read(text.reveal()), record


def enrolled(machine: str = "LAPTOP-17") -> Enrolment:
    return Enrolment.first(KEYS, "alice", machine, now=NOW)


def throttle(user: str = "alice", failures: int = 5) -> UserThrottle:
    return UserThrottle.seal(KEYS, user, Throttle(failures=failures, locked_until=NOW))


def preset(name: str = "visitor", **policy: Any) -> Preset:
    return Preset.seal(KEYS, name, OnlinePolicy(max_uses=1, not_before=NOW, **policy))


def verified(user: str = "alice", purpose: Purpose = Purpose.BYPASS) -> Verification:
    request = VerifyRequest(user, TYPED, purpose, idempotency_key="5f0c")
    return Verification.seal(KEYS, request, CODE, b"granted", now=NOW)


_CODE, _GRANT = issued()
_SECRET, _SECURITY = created()

SOUND: dict[str, Any] = {
    "OnlineGrant": _GRANT,
    "SecurityCode": _SECURITY,
    "Enrolment": enrolled(),
    "UserThrottle": throttle(),
    "Preset": preset(),
    "Verification": verified(),
}


# -- every call that decides


def role_of(user: str) -> Role:
    raise AssertionError("no role is looked up for a record like this")


def _online(record: OnlineGrant) -> Iterator[Callable[[], object]]:
    request = VerifyRequest("alice", _CODE.reveal(), Purpose.BYPASS)
    own = VerifyRequest(record.user, _CODE.reveal(), Purpose.BYPASS)
    for asked in (request, own):
        yield lambda asked=asked: record.verify(KEYS, asked, now=NOW)  # type: ignore[misc]
        yield lambda asked=asked: record.check_code(KEYS, asked, _CODE, now=NOW)  # type: ignore[misc]
        yield lambda asked=asked: OnlineGrant.verify_any([record], KEYS, asked, now=NOW)  # type: ignore[misc]
        yield lambda asked=asked: one_of(  # type: ignore[misc]
            OnlineGrant.verify_many([(record, asked)], KEYS, now=NOW)
        )
    yield lambda: record.revoke(KEYS, now=NOW)


def one_of(verdicts: list[Any]) -> object:
    (verdict,) = verdicts
    if isinstance(verdict, Refused):
        raise verdict
    return verdict


def _security(record: SecurityCode) -> Iterator[Callable[[], object]]:
    yield lambda: record.authenticate(KEYS, _SECRET, role_of, now=NOW)
    yield lambda: record.edit(KEYS, ROOT, NOW + DAY, now=NOW)
    yield lambda: record.make_permanent(KEYS, ROOT, now=NOW)
    yield lambda: record.reset(KEYS, ROOT, now=NOW)
    yield lambda: record.reactivate(KEYS, ROOT, now=NOW)
    yield lambda: record.describe(KEYS, ROOT, "weekly", now=NOW)
    yield lambda: record.delete(KEYS, ROOT, now=NOW)


def _enrolment(record: Enrolment) -> Iterator[Callable[[], object]]:
    yield lambda: record.key(KEYS)
    yield lambda: record.next(KEYS, now=NOW)
    yield lambda: record.retire(KEYS, now=NOW)


def _verification(record: Verification) -> Iterator[Callable[[], object]]:
    asked = [("alice", "5f0c"), (record.user, record.idempotency_key)]
    for user, key in asked:
        request = VerifyRequest(user, TYPED, record.purpose, idempotency_key=key)
        yield lambda request=request: record.replay(KEYS, request, CODE, now=NOW)  # type: ignore[misc]


DECIDE: dict[str, Callable[[Any], Iterator[Callable[[], object]]]] = {
    "OnlineGrant": _online,
    "SecurityCode": _security,
    "Enrolment": _enrolment,
    "Verification": _verification,
}


def check_refused(kind: str, place: tuple[Any, ...], edited: Any) -> None:
    """Opens a record, and calls everything that decides by it."""
    field = place[1] if place[0] == "record" else "tag"
    allowed: tuple[type[Refused], ...] = (Tampered,)
    if field == "key_id":
        allowed = (Tampered, KeyMissing)
    with pytest.raises(allowed) as refused:
        edited.open(KEYS)
    assert refused.value.public_message == "That code is not valid."
    if field in ("digest", "user", "key_id"):
        # It is the record of another code.
        allowed = (*allowed, Unknown)
    if (kind, field) == ("OnlineGrant", "format"):
        # The text is no code of that format.
        allowed = (*allowed, Refused)
    if (kind, field) == ("Verification", "idempotency_key"):
        allowed = (*allowed, InvalidIdempotencyKey)
    for call in DECIDE.get(kind, lambda _: iter(()))(edited):
        with pytest.raises(allowed):
            call()


# -- edits


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values that contain no others, and those of lists and dicts."""
    if place:
        yield place
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*place, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*place, index))


def at(value: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        value = value[step]
    return value


def edited(stored: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(stored)
    at(changed, place[:-1])[place[-1]] = value
    return changed


CANDIDATES: list[Any] = [
    None, True, False, 0, 1, 2, 9, 13, 255, 2**32 - 1, "bob", "alic", "", "reset",
    "register", "permanent", "deleted", "unlimited", "super_administrator",
    {"same_as": "alice"},
    "FEDCBA9876543210", "01a1fe9f-11fb-774b-9739-9f75f854c243",
    "2026-11-21T15:00:42.000001Z", "2026-11-21T15:00:41.999999Z", "2036-11-21T15:00:42Z",
    {"until": "2036-11-21T15:00:42Z"}, "P31D", "PT24H", ["reset"], ["reset", "bypass"],
    ["a"], ["a", "b", "c"], ["ab"], [], [0], ["O=0"], "3f" * 32,
]  # fmt: skip


def candidates(value: Any) -> Iterator[Any]:
    yield from CANDIDATES
    if isinstance(value, str) and len(value) == 64:
        yield f"{int(value[0], 16) ^ 1:x}{value[1:]}"
        yield f"{value[:-1]}{int(value[-1], 16) ^ 1:x}"


#: The numbers of edits that can be read.
COUNTS = {
    "OnlineGrant": 69,
    "SecurityCode": 82,
    "Enrolment": 54,
    "UserThrottle": 36,
    "Preset": 48,
    "Verification": 94,
}


@pytest.mark.parametrize("kind", SOUND)
def test_each_edit_of_each_field_is_refused(kind: str) -> None:
    sound = SOUND[kind]
    stored = json.loads(json.dumps(sound.to_dict()))
    assert type(sound).from_dict(stored).open(KEYS).to_dict() == stored
    edits: Counter[tuple[Any, ...]] = Counter()
    for place in leaves(stored):
        for candidate in candidates(at(stored, place)):
            try:
                forged = type(sound).from_dict(edited(stored, place, candidate))
            except (Invalid, TypeError):
                continue
            if forged.to_dict() == stored:
                continue
            edits[place] += 1
            check_refused(kind, place, forged)
    # Each field was edited.
    for name in (*(("record", name) for name in stored["record"]), ("tag",)):
        assert any(place[: len(name)] == name for place in edits), name
    assert sum(edits.values()) == COUNTS[kind]


@pytest.mark.parametrize("kind", SOUND)
def test_a_field_that_is_left_out(kind: str) -> None:
    sound, stored = SOUND[kind], SOUND[kind].to_dict()
    for name in stored["record"]:
        rest = {other: stored["record"][other] for other in stored["record"]}
        del rest[name]
        try:
            forged = type(sound).from_dict({**stored, "record": rest})
        except Invalid:
            continue
        # It may be left out if it is the default.
        if forged.to_dict() != stored:
            check_refused(kind, ("record", name), forged)


def test_a_limit_of_no_uses_does_not_open() -> None:
    """It would have the encoding of no limit."""
    code, record = issued(max_uses=None)
    forged = OnlineGrant.from_dict(edited(record.to_dict(), ("record", "max_uses"), 0))
    request = VerifyRequest("alice", code.reveal(), Purpose.BYPASS)
    for call in (
        lambda: forged.open(KEYS),
        lambda: forged.verify(KEYS, request, now=NOW),
        lambda: forged.revoke(KEYS, now=NOW),
    ):
        with pytest.raises(Tampered):
            call()


def test_a_character_does_not_move_from_one_field_to_the_next() -> None:
    security = SOUND["SecurityCode"].to_dict()
    security["record"]["access"] = {"same_as": "bobn"}
    security["record"]["description"] = "ightly"
    check_refused("SecurityCode", ("record", "access"), SecurityCode.from_dict(security))
    answer = SOUND["Verification"].to_dict()
    answer["record"]["user"], answer["record"]["idempotency_key"] = "alice5", "f0c"
    check_refused(
        "Verification", ("record", "idempotency_key"), Verification.from_dict(answer)
    )


# -- swaps

OTHERS: dict[str, Any] = {
    "OnlineGrant": issued()[1],
    "SecurityCode": created("weekly")[1],
    "Enrolment": enrolled("DESKTOP-3"),
    "UserThrottle": throttle("bob"),
    "Preset": preset("contractor", length=16),
    "Verification": verified("bob", Purpose.RESET),
}


@pytest.mark.parametrize("kind", SOUND)
def test_fields_of_another_record_are_refused(kind: str) -> None:
    """Ids, digests, descriptions, names and tags of two records, swapped."""
    sound, other = SOUND[kind].to_dict(), OTHERS[kind].to_dict()
    swapped = 0
    for name, value in other["record"].items():
        if sound["record"][name] == value:
            continue
        place = ("record", name)
        forged = type(SOUND[kind]).from_dict(edited(sound, place, value))
        check_refused(kind, place, forged)
        swapped += 1
    assert swapped >= 1
    forged = type(SOUND[kind]).from_dict({**sound, "tag": other["tag"]})
    check_refused(kind, ("tag",), forged)


def states(kind: str) -> list[Any]:
    """States of one record."""
    if kind == "OnlineGrant":
        request = VerifyRequest("alice", _CODE.reveal(), Purpose.BYPASS)
        once = _GRANT.verify(KEYS, request, now=NOW).record
        twice = once.verify(KEYS, request, now=NOW).record
        revoked = [
            _GRANT.revoke(KEYS, now=NOW),
            _GRANT.revoke(KEYS, now=NOW + timedelta(microseconds=1)),
        ]
        return [_GRANT, once, twice, *revoked]
    if kind == "SecurityCode":
        return [
            _SECURITY,
            _SECURITY.edit(KEYS, ROOT, NOW + 2 * DAY, now=NOW),
            _SECURITY.make_permanent(KEYS, ROOT, now=NOW),
            _SECURITY.reset(KEYS, ROOT, now=NOW + timedelta(seconds=1)),
            _SECURITY.describe(KEYS, ROOT, "weekly", now=NOW),
            _SECURITY.delete(KEYS, ROOT, now=NOW),
        ]
    if kind == "Enrolment":
        first = SOUND["Enrolment"]
        following = first.next(KEYS, now=NOW)
        return [first, following, first.retire(KEYS, now=NOW)]
    if kind == "UserThrottle":
        return [throttle(failures=number) for number in range(4)]
    if kind == "Preset":
        return [preset(), preset(length=16), preset(validity=Validity.MONTH)]
    return [verified(purpose=purpose) for purpose in Purpose]


@pytest.mark.parametrize("kind", SOUND)
def test_a_tag_is_that_of_one_state(kind: str) -> None:
    each = states(kind)
    assert len({state.tag for state in each}) == len(each) >= 3
    for one in each:
        for other in each:
            moved = {"record": one.to_dict()["record"], "tag": other.to_dict()["tag"]}
            forged = type(one).from_dict(moved)
            if one is other:
                assert forged.open(KEYS) is forged
            else:
                with pytest.raises(Tampered):
                    forged.open(KEYS)


@pytest.mark.parametrize("kind", SOUND)
def test_a_tag_is_under_one_key_of_one_tenant(kind: str) -> None:
    sound = SOUND[kind]
    assert sound.open(KeyRing(1, KEY)) is sound
    for other in (
        KeyRing(1, MasterKey(bytes([8] * 32))),
        KEYS.tenant("acme"),
        KEYS.tenant("default"),
    ):
        with pytest.raises(Tampered):
            sound.open(other)
    with pytest.raises(KeyMissing) as missing:
        sound.open(KeyRing(2, KEY))
    assert missing.value.key_id == 1
    for wrong in (None, KEY, 1):
        with pytest.raises(TypeError):
            sound.open(wrong)


def test_a_record_of_another_tenant_decides_nothing() -> None:
    tenant = KEYS.tenant("acme")
    request = VerifyRequest("alice", _CODE.reveal(), Purpose.BYPASS)
    with pytest.raises(Unknown):
        _GRANT.verify(tenant, request, now=NOW)
    with pytest.raises(Unknown):
        _SECURITY.authenticate(tenant, _SECRET, role_of, now=NOW)
    for call in (
        lambda: _GRANT.revoke(tenant, now=NOW),
        lambda: _SECURITY.make_permanent(tenant, ROOT, now=NOW),
        lambda: SOUND["Enrolment"].key(tenant),
        lambda: SOUND["Enrolment"].next(tenant, now=NOW),
    ):
        with pytest.raises(Tampered):
            call()


@pytest.mark.parametrize("kind", SOUND)
def test_a_tag_is_of_one_kind(kind: str) -> None:
    stored = SOUND[kind].to_dict()
    for other, sound in SOUND.items():
        if other == kind:
            continue
        with pytest.raises(Tampered):
            type(SOUND[kind]).from_dict({**stored, "tag": sound.to_dict()["tag"]}).open(
                KEYS
            )
        with pytest.raises(Invalid):
            type(SOUND[kind]).from_dict(sound.to_dict())


def test_an_edited_machine_hides_no_other() -> None:
    laptop, desktop = SOUND["Enrolment"], OTHERS["Enrolment"]
    stored = edited(laptop.to_dict(), ("record", "machine"), "DESKTOP-4")
    forged = Enrolment.from_dict(stored)
    policy = OfflinePolicy()

    def request(shown: Enrolment) -> VerifyRequest:
        text = shown.key(KEYS).request_code(minute_of(NOW)).text
        return VerifyRequest("alice", text, Purpose.RESET)

    answer = policy.answer(KEYS, [forged, desktop], request(desktop), now=NOW)
    assert answer.enrolment is desktop
    with pytest.raises(Tampered):
        policy.answer(KEYS, [forged, desktop], request(laptop), now=NOW)
    with pytest.raises(Tampered):
        policy.answer(KEYS, [forged], request(laptop), now=NOW)
    # A retired one is skipped, unless its record was edited.
    retired = laptop.retire(KEYS, now=NOW)
    with pytest.raises(Refused) as refused:
        policy.answer(KEYS, [retired], request(laptop), now=NOW)
    assert refused.value.reason == "not_enrolled"
    back = Enrolment.from_dict(edited(retired.to_dict(), ("record", "retired_at"), None))
    with pytest.raises(Tampered):
        policy.answer(KEYS, [back], request(laptop), now=NOW)


# -- the small records


def test_a_throttle_of_a_user() -> None:
    sealed = throttle(failures=3)
    assert (sealed.user, sealed.key_id) == ("alice", 1)
    assert sealed.throttle == Throttle(failures=3, locked_until=NOW)
    assert (
        repr(sealed) == f"UserThrottle(key_id=1, user='alice', throttle={sealed.throttle})"
    )
    kept: list[UserThrottle] = []

    def keep(changed: Throttle) -> None:
        kept.append(UserThrottle.seal(KEYS, "alice", changed))

    def guess() -> None:
        raise Unknown("no such code")

    with pytest.raises(Unknown):
        sealed.open(KEYS).throttle.guard(guess, now=NOW, keep=keep)
    assert kept[0].open(KEYS).throttle.failures == 4
    with pytest.raises(TypeError):
        UserThrottle()


def test_a_preset() -> None:
    policy = OnlinePolicy(validity=Validity.hours(8), max_uses=1)
    sealed = Preset.seal(KEYS, "visitor", policy)
    assert (sealed.name, sealed.policy, sealed.key_id) == ("visitor", policy, 1)
    assert repr(sealed) == f"Preset(key_id=1, name='visitor', policy={policy})"
    assert sealed.to_dict()["record"]["policy"] == policy.to_dict()
    # No policy is like that, so the dict cannot be read.
    with pytest.raises(Invalid):
        Preset.from_dict(edited(sealed.to_dict(), ("record", "policy", "max_uses"), 0))


@pytest.mark.parametrize("kind", SOUND)
def test_bytes_are_read_again(kind: str) -> None:
    sealed = SOUND[kind]
    stored = sealed.to_bytes()
    assert type(stored) is bytes
    assert stored[:1] == b"\x01"
    assert stored[-32:] == sealed.tag
    for octets in (stored, bytearray(stored), memoryview(stored)):
        again = type(sealed).from_bytes(octets)
        assert again.open(KEYS).to_dict() == sealed.to_dict()

    changed = stored[:-1] + bytes([stored[-1] ^ 1])
    with pytest.raises(Tampered):
        type(sealed).from_bytes(changed).open(KEYS)


@pytest.mark.parametrize("kind", SOUND)
def test_other_bytes_are_refused_with_the_reason(kind: str) -> None:
    stored = SOUND[kind].to_bytes()
    read = type(SOUND[kind]).from_bytes
    others = [other for name, other in SOUND.items() if name != kind]
    wrong = [
        (b"\x02" + stored[1:], "version 1, not 2"),
        (stored[:-1], "end before the record"),
        (b"", "end before the record"),
        (stored + b"\0\0", "further bytes is 2"),
        *((other.to_bytes(), "no record of the kind") for other in others),
    ]
    for octets, reason in wrong:
        with pytest.raises(Invalid, match=reason) as refused:
            read(octets)
        assert refused.value.reason == "record"
    with pytest.raises(TypeError):
        read(stored.hex())


def test_a_verification() -> None:
    sealed = verified()
    assert (sealed.user, sealed.idempotency_key) == ("alice", "5f0c")
    assert (sealed.purpose, sealed.answer) == (Purpose.BYPASS, b"granted")
    assert (sealed.answered_at, sealed.key_id) == (NOW, 1)
    assert sealed.digest == KEYS.online_digests("alice", CODE)[0][1]
    assert repr(sealed) == (
        "Verification(key_id=1, user='alice', idempotency_key='5f0c', "
        f"purpose=Purpose.BYPASS, digest=.., answered_at={NOW}, answer=..)"
    )
    for octets in (bytearray(b"granted"), memoryview(b"granted")):
        request = VerifyRequest("alice", TYPED, Purpose.BYPASS, idempotency_key="5f0c")
        again = Verification.seal(KEYS, request, CODE, octets, now=NOW)
        assert again.tag == sealed.tag
    with pytest.raises(TypeError):
        Verification()
