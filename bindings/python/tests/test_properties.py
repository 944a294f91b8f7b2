"""Properties of any input: values survive a round trip, and only Stopgap's exceptions are
raised. ``STOPGAP_PROPERTIES=long`` tries a hundred times as many inputs.
"""

from __future__ import annotations

import contextlib
import copy
import os
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stopgap import (
    Access,
    Actor,
    Agent,
    AgentPolicy,
    Alphabet,
    Authentication,
    Code,
    CodeFormat,
    Enrolment,
    EnrolmentKey,
    InvalidName,
    KeyRing,
    Life,
    Lock,
    MasterKey,
    OfflinePolicy,
    OnlineGrant,
    OnlinePolicy,
    Purpose,
    Role,
    Scopes,
    SecurityCode,
    SecurityFormat,
    StopgapError,
    Throttle,
    ThrottlePolicy,
    Validity,
    locate,
    minute_of,
    seconds_left,
)

_COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("short", max_examples=60, derandomize=True, **_COMMON)
settings.register_profile("long", max_examples=6_000, **_COMMON)
settings.load_profile(os.environ.get("STOPGAP_PROPERTIES", "short"))

_RING = KeyRing(1, MasterKey(bytes(range(32))))
_ROOT = Actor("root", Role.SUPER_ADMINISTRATOR)

_symbols = st.permutations("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ").map(
    lambda s: "".join(s[:16])
)
_alphabets = st.one_of(
    st.sampled_from([Alphabet.HEX, Alphabet.UNAMBIGUOUS]), _symbols.map(Alphabet)
)
_formats = st.builds(
    CodeFormat, alphabet=_alphabets, length=st.integers(9, 32), check_symbol=st.booleans()
)
_calendar = st.one_of(
    st.just(Validity.DAY), st.just(Validity.MONTH), st.integers(1, 31).map(Validity.days)
)
_validities = st.one_of(
    _calendar,
    st.integers(1, 24).map(Validity.hours),
    st.integers(1, 1440).map(Validity.minutes),
)


def _is_name(text: str) -> bool:
    try:
        Access.same_as(text)
    except InvalidName:
        return False
    return True


_names = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]),
    min_size=1,
    max_size=60,
).filter(_is_name)
_prefixes = st.from_regex("[a-z][a-z0-9]{1,15}", fullmatch=True)
_security_formats = st.builds(
    SecurityFormat, prefix=_prefixes, accepted=st.lists(_prefixes, max_size=3)
)
_scopes = st.one_of(
    st.just(Scopes.UNLIMITED),
    st.lists(
        st.text("abcz019._:/*-", min_size=1, max_size=64), min_size=1, max_size=32
    ).map(Scopes),
)
_zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_instants = st.datetimes(
    datetime(1971, 1, 1),
    datetime(9000, 1, 1),
    timezones=st.one_of(st.just(timezone.utc), _zones),
)
_purposes = st.sets(st.sampled_from(Purpose), min_size=1)
_uses = st.one_of(st.none(), st.integers(1, 2**32 - 1))
_policies = st.builds(
    OnlinePolicy,
    validity=_validities,
    purposes=_purposes,
    max_uses=_uses,
    length=st.integers(9, 32),
    alphabet=_alphabets,
    check_symbol=st.booleans(),
)
_throttle_policies = st.builds(
    ThrottlePolicy,
    free=st.integers(0, 50),
    first_delay_seconds=st.integers(1, 600),
    max_delay_seconds=st.integers(600, 86_400),
    hard_limit=st.integers(51, 1_000),
)
_throttles = st.builds(
    Throttle, failures=st.integers(0, 2**32 - 1), closed_until=st.none() | _instants
)
_offline = st.builds(
    OfflinePolicy,
    validity=_calendar,
    alphabet=_alphabets,
    past_minutes=st.integers(0, 60),
    ahead_minutes=st.integers(0, 5),
    window_minutes=st.integers(0, 60),
)
_agents = st.builds(AgentPolicy, alphabet=_alphabets, throttle=_throttle_policies)
_enrolments = st.builds(
    Enrolment,
    key_id=st.integers(0, 2**32 - 1),
    user=_names,
    machine=_names,
    generation=st.integers(0, 2**32 - 1),
)
_accesses = st.one_of(st.just(Access.SUPER_ADMINISTRATOR), _names.map(Access.same_as))
_lives = st.one_of(
    st.sampled_from([Life.PERMANENT, Life.DELETED]),
    _instants.map(Life.until),
    _instants.map(lambda now: Life.begin(now=now)),
)


@st.composite
def _typed(draw: st.DrawFn, shown: str) -> str:
    """The code as people type it: in any case, with hyphens, spaces and invisible
    characters anywhere, in quotes, at the end of a sentence.
    """
    between = st.sampled_from(["", "", "", "-", " ", "\t", "\u2013", "\u00a0", "\u200b"])
    case = st.sampled_from([str.lower, str.upper])
    within = "".join(draw(between) + draw(case)(one) for one in shown) + draw(between)
    before, after = (
        draw(st.sampled_from(["", "“", " ("])),
        draw(st.sampled_from(["", "”.", ")"])),
    )
    return before + within + after


@given(st.data(), _policies, _names, _instants)
def test_a_code_is_verified_however_it_is_typed(
    data: st.DataObject, policy: OnlinePolicy, user: str, now: datetime
) -> None:
    code, grant = policy.issue(_RING, user, now=now)
    typed = data.draw(_typed(code.reveal()))
    purpose = data.draw(st.sampled_from(sorted(policy.purposes, key=str)))
    granted = grant.verify(_RING, user, typed, purpose, now=now)
    assert (granted.user, granted.purpose) == (user, purpose)
    assert granted.expires_at == grant.expires_at > now
    assert granted.uses_left == (None if policy.max_uses is None else policy.max_uses - 1)
    assert grant.issued_at == now
    again = OnlineGrant.from_dict(granted.grant.to_dict())
    assert again.to_dict() == granted.grant.to_dict()
    again.check_tag(_RING, grant.tag(_RING))


@given(_formats, st.binary(min_size=16, max_size=16))
def test_what_is_revealed_can_be_read(code_format: CodeFormat, data: bytes) -> None:
    code = code_format.encode(data[: (code_format.length + 1) // 2])
    shown = code.reveal()
    assert code_format.normalize(shown).reveal() == shown
    assert Code.from_canonical(code.reveal_canonical()).reveal() == shown
    assert shown.replace("-", "") == code.reveal_canonical()
    assert len(code.reveal_spoken().split()) >= code_format.length


@given(_validities)
def test_a_validity_is_read_as_it_is_written(validity: Validity) -> None:
    assert Validity.parse(str(validity)) == validity


_VALUES = st.one_of(
    _alphabets, _formats, _validities, _policies, _throttle_policies, _throttles, _offline,
    _agents, _enrolments, _accesses, _lives, _instants.map(Lock), _scopes,
    _security_formats,
    st.builds(Actor, _names, st.sampled_from(Role)),
)  # fmt: skip


@given(_VALUES)
def test_values_are_pickled_copied_and_equal(value: Any) -> None:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
    again = copy.deepcopy(value)
    assert again == value
    assert hash(again) == hash(value)
    assert repr(again) == repr(value)
    if hasattr(value, "to_dict"):
        assert type(value).from_dict(value.to_dict()) == value


@given(st.data(), _accesses, _scopes, _security_formats, _instants, st.text(max_size=100))
def test_security_codes_are_stored_as_dicts(
    data: st.DataObject,
    access: Access,
    scopes: Scopes,
    code_format: SecurityFormat,
    now: datetime,
    description: str,
) -> None:
    try:
        code, record = SecurityCode.create(
            _RING, _ROOT, access, description, scopes=scopes, now=now
        )
    except ValueError:
        return
    again = SecurityCode.from_dict(record.to_dict())
    assert again.to_dict() == record.to_dict()
    again.check_tag(_RING, record.tag(_RING))
    shown = code_format.text(code).reveal()
    assert shown.startswith(f"{code_format.prefix}_")
    authentication = again.authenticate(
        _RING,
        data.draw(_typed(shown)),
        role_of=lambda _: Role.USER,
        now=now,
        format=code_format,
    )
    assert isinstance(authentication, Authentication)
    assert authentication.scopes == scopes


@given(
    _offline, _names, _names, _instants, st.integers(-5, 55),
    st.sampled_from([Purpose.RESET, Purpose.BYPASS]), st.data(),
)  # fmt: skip
def test_an_answer_is_redeemed(
    policy: OfflinePolicy,
    user: str,
    machine: str,
    now: datetime,
    minutes: int,
    purpose: Purpose,
    data: st.DataObject,
) -> None:
    enrolment = Enrolment.first(_RING, user, machine)
    agent = Agent(enrolment.key(_RING), policy=AgentPolicy(alphabet=policy.alphabet))
    shown = agent.request_code(now=now)
    later = now + timedelta(
        minutes=max(-policy.ahead_minutes, min(minutes, policy.past_minutes))
    )
    typed = data.draw(_typed(shown.text))
    answer = policy.answer(_RING, user, [enrolment], typed, purpose, now=later)
    assert answer.minute == minute_of(now)
    kept: list[bytes] = []
    offered = data.draw(_typed(answer.code.reveal()))
    assert answer.late is (minute_of(later) - answer.minute > policy.window_minutes)
    lock = agent.redeem(offered, purpose, now=now, keep=kept.append)
    resumed = Agent.resume(enrolment.key(_RING), kept[-1])
    assert resumed.lock(now=now, keep=kept.append) == lock
    assert (lock is None) is (answer.expires_at is None) is (purpose is Purpose.RESET)
    assert lock is None or lock.until > now


_ANY: list[Callable[[str], object]] = [
    Alphabet,
    Alphabet.HEX.check_symbol,
    CodeFormat.ONLINE.normalize,
    Code.from_canonical,
    Validity.parse,
    MasterKey.from_hex,
    EnrolmentKey.from_hex,
    _RING.tenant,
    Access.same_as,
    lambda text: Actor(text, Role.USER),
    lambda text: locate(text, [], now=datetime.now(timezone.utc)),
    lambda text: Enrolment.first(_RING, text, text),
    lambda text: OnlinePolicy.from_dict({text: text}),
    lambda text: Scopes([text]),
    lambda text: SecurityFormat(prefix=text),
    SecurityFormat().read,
    lambda text: OnlineGrant.verify_any(
        [], _RING, text, text, Purpose.RESET, now=datetime.now(timezone.utc)
    ),
]
_texts = st.one_of(
    st.text(st.characters()), st.text("0123456789ABCDEFabcdefOIL-P DM\ud800\0", max_size=70)
)


@pytest.mark.parametrize("call", _ANY)
@given(_texts)
def test_any_text(call: Callable[[str], object], text: str) -> None:
    try:
        call(text)
    except (ValueError, StopgapError) as error:
        assert isinstance(error, StopgapError)
        assert isinstance(pickle.loads(pickle.dumps(error)), type(error))


@pytest.mark.parametrize("call", [MasterKey, EnrolmentKey, CodeFormat.ONLINE.encode])
@given(st.one_of(st.binary(max_size=40), st.binary(min_size=32, max_size=32)))
def test_any_bytes(call: Callable[[bytes], object], data: bytes) -> None:
    try:
        call(data)
    except StopgapError as error:
        assert isinstance(error, ValueError)


@pytest.mark.parametrize(
    "call",
    [
        Validity.days,
        Validity.hours,
        Validity.minutes,
        lambda number: KeyRing(number, MasterKey.generate()),
        lambda number: OnlinePolicy(max_uses=number),
        lambda number: OnlinePolicy(length=number),
        lambda number: Throttle(failures=number),
        lambda number: OfflinePolicy(past_minutes=number),
        lambda number: EnrolmentKey(bytes(32)).request_code(number),
    ],
)
@given(st.one_of(st.integers(), st.integers(-(2**65), 2**65)))
def test_any_number(call: Callable[[int], object], number: int) -> None:
    with contextlib.suppress(ValueError):
        call(number)


@given(st.datetimes(timezones=_zones))
def test_any_instant(now: datetime) -> None:
    for call in (minute_of, seconds_left, Validity.MONTH.expires_at):
        with contextlib.suppress(StopgapError):
            call(now)
