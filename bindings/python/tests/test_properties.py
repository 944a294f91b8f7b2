"""Properties of any input: values survive a round trip, and only Stopgap's exceptions are
raised. ``STOPGAP_PROPERTIES=long`` tries a hundred times as many inputs.
"""

from __future__ import annotations

import contextlib
import copy
import json
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
    Context,
    Enrolment,
    EnrolmentKey,
    InvalidName,
    IssueRequest,
    KeyRing,
    Lifetime,
    MasterKey,
    OfflinePolicy,
    OnlineGrant,
    OnlinePolicy,
    PasswordOnlyLock,
    Preset,
    Purpose,
    ReplayPolicy,
    Role,
    Scopes,
    SecurityCode,
    SecurityFormat,
    SecurityRequest,
    StopgapError,
    Throttle,
    ThrottlePolicy,
    UserThrottle,
    Validity,
    Verification,
    VerifyRequest,
    minute_of,
    seconds_left,
)

_COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("short", max_examples=60, derandomize=True, **_COMMON)
settings.register_profile("long", max_examples=6_000, **_COMMON)
settings.load_profile(os.environ.get("STOPGAP_PROPERTIES", "short"))

_RING = KeyRing(1, MasterKey(bytes(range(32))))
_ROOT = Actor("root", Role.SUPER_ADMINISTRATOR)
_NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
_CODE = CodeFormat.ONLINE.normalize("3F9A-77C2-01BE")

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
    Throttle, failures=st.integers(0, 2**32 - 1), locked_until=st.none() | _instants
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
_accesses = st.one_of(st.just(Access.SUPER_ADMINISTRATOR), _names.map(Access.same_as))
_lifetimes = st.one_of(
    st.sampled_from([Lifetime.PERMANENT, Lifetime.DELETED]), _instants.map(Lifetime.until)
)
_contexts = st.builds(
    Context,
    source_address=st.none() | st.text(max_size=40),
    request_id=st.none() | st.text(max_size=40),
    reason=st.none() | st.text(max_size=40),
    ticket=st.none() | st.text(max_size=40),
)
_issue_requests = st.builds(IssueRequest, _names, context=st.none() | _contexts)
_security_requests = st.builds(
    SecurityRequest,
    _accesses,
    _scopes,
    description=st.text(max_size=40),
    context=st.none() | _contexts,
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
    code, record = policy.issue(_RING, user, now=now)
    typed = data.draw(_typed(code.reveal()))
    purpose = data.draw(st.sampled_from(sorted(policy.purposes, key=str)))
    granted = record.verify(_RING, VerifyRequest(user, typed, purpose), now=now)
    assert (granted.user, granted.purpose) == (user, purpose)
    assert granted.expires_at == record.expires_at > now
    assert granted.uses_left == (None if policy.max_uses is None else policy.max_uses - 1)
    assert record.issued_at == now
    again = OnlineGrant.from_dict(granted.record.to_dict())
    assert again.to_dict() == granted.record.to_dict()
    assert again.open(_RING).id == record.id
    assert (again.tag == record.tag) is (policy.max_uses is None)


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
    _agents, _accesses, _lifetimes, _instants.map(PasswordOnlyLock), _scopes,
    _contexts, _issue_requests, _security_requests, st.integers(0, 2**32 - 1).map(
        lambda seconds: ReplayPolicy(replay_seconds=seconds)
    ),
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


@given(st.data(), _security_requests, _security_formats, _instants)
def test_security_codes_are_stored_as_dicts(
    data: st.DataObject,
    request: SecurityRequest,
    code_format: SecurityFormat,
    now: datetime,
) -> None:
    try:
        text, record = SecurityCode.create(
            _RING, _ROOT, request, now=now, format=code_format
        )
    except ValueError:
        return
    again = SecurityCode.from_dict(record.to_dict())
    assert again.to_dict() == record.to_dict()
    assert again.open(_RING).tag == record.tag
    assert (again.description, again.access) == (request.description, request.access)
    shown = text.reveal()
    assert shown.startswith(f"{code_format.prefix}_")
    code = code_format.read(data.draw(_typed(shown)))
    authentication = again.authenticate(_RING, code, lambda _: Role.USER, now=now)
    assert isinstance(authentication, Authentication)
    assert authentication.scopes == request.scopes


_sealed = st.one_of(
    st.builds(
        lambda user, machine, now: Enrolment.first(_RING, user, machine, now=now),
        _names,
        _names,
        _instants,
    ),
    st.builds(
        lambda user, throttle: UserThrottle.seal(_RING, user, throttle), _names, _throttles
    ),
    st.builds(lambda name, policy: Preset.seal(_RING, name, policy), _names, _policies),
    st.builds(
        lambda user, key, answer, now: Verification.seal(
            _RING,
            VerifyRequest(user, "", Purpose.BYPASS, idempotency_key=key),
            _CODE,
            answer,
            now=now,
        ),
        _names,
        _names,
        st.binary(max_size=100),
        _instants,
    ),
)


@given(_sealed)
def test_sealed_records_are_stored_as_dicts(sealed: Any) -> None:
    stored = json.loads(json.dumps(sealed.to_dict()))
    again = type(sealed).from_dict(stored)
    assert again.open(_RING).to_dict() == stored
    assert repr(again) == repr(sealed)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(sealed, protocol)).tag == sealed.tag


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
    enrolment = Enrolment.first(_RING, user, machine, now=now)
    agent = Agent(enrolment.key(_RING), policy=AgentPolicy(alphabet=policy.alphabet))
    shown = agent.request_code(now=now)
    later = now + timedelta(
        minutes=max(-policy.ahead_minutes, min(minutes, policy.past_minutes))
    )
    typed = data.draw(_typed(shown.text))
    answer = policy.answer(
        _RING, [enrolment], VerifyRequest(user, typed, purpose), now=later
    )
    assert answer.minute == minute_of(now)
    kept: list[bytes] = []
    offered = data.draw(_typed(answer.code.reveal()))
    assert answer.late is (minute_of(later) - answer.minute > policy.window_minutes)
    lock = agent.redeem(offered, purpose, now=now, keep=kept.append)
    resumed = Agent.resume(enrolment.key(_RING), kept[-1])
    assert resumed.log_on(now=now, keep=kept.append) == lock
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
    lambda text: OfflinePolicy().locate([], text, now=_NOW),
    lambda text: CodeFormat.normalize_any([CodeFormat(length=8)], text),
    lambda text: VerifyRequest(text, text, Purpose.RESET, idempotency_key=text),
    lambda text: Enrolment.first(_RING, text, text, now=_NOW),
    lambda text: OnlinePolicy.from_dict({text: text}),
    lambda text: Scopes([text]),
    lambda text: SecurityFormat(prefix=text),
    SecurityFormat().read,
    lambda text: OnlineGrant.verify_any(
        [], _RING, VerifyRequest(text, text, Purpose.RESET), now=_NOW
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
