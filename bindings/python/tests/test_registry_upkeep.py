"""Machines, security codes, keys, the log, the clock and tenants."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import stopgap
from stopgap import (
    Access,
    Agent,
    AlreadyActive,
    ClockRolledBack,
    ClockSkew,
    Event,
    EventKind,
    Expired,
    ExpiryNotInFuture,
    Forbidden,
    Invalid,
    KeyExists,
    KeyInUse,
    KeyMissing,
    LifecycleState,
    Malformed,
    MasterKey,
    NoMachine,
    NotConfirmed,
    NotEnrolled,
    NotFound,
    OfflinePolicy,
    OnlinePolicy,
    PrimaryKey,
    Purged,
    Purpose,
    Registry,
    Role,
    Scopes,
    SecurityFormat,
    SecurityRequest,
    StoreError,
    Unknown,
    Unrecognised,
    Validity,
    VerifyRequest,
)
from world import ADMIN, DAY, DESK, NOW, ROOT, Clock, key_ring


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(clock: Clock) -> Registry:
    return Registry.open("memory:", key_ring(), clock=clock)


def test_a_machine_is_answered(registry: Registry, clock: Clock) -> None:
    enrolled = registry.enrol_machine(DESK, "alice", "LAPTOP-17")
    agent = Agent(enrolled.key)
    shown = agent.request_code(now=NOW)
    answered = registry.answer_request(
        DESK, VerifyRequest("alice", shown.text, Purpose.BYPASS), Validity.days(7)
    )
    assert (answered.machine, answered.purpose) == ("LAPTOP-17", Purpose.BYPASS)
    assert (answered.validity, answered.minute) == (
        Validity.days(7),
        stopgap.minute_of(NOW),
    )
    assert answered.expires_at == NOW + 7 * DAY
    lock = agent.redeem(
        answered.code.reveal(), Purpose.BYPASS, now=NOW, keep=lambda _: None
    )
    assert lock.until == NOW + 7 * DAY

    day = registry.answer_request(DESK, VerifyRequest("alice", shown.text, Purpose.BYPASS))
    assert day.validity == Validity.DAY
    clock.advance(timedelta(hours=3))
    with pytest.raises(ClockSkew) as skewed:
        registry.answer_request(DESK, VerifyRequest("alice", shown.text, Purpose.BYPASS))
    assert (skewed.value.machine, skewed.value.minutes) == ("LAPTOP-17", -180)
    with pytest.raises(NotEnrolled):
        registry.answer_request(DESK, VerifyRequest("bob", shown.text, Purpose.BYPASS))


def test_a_machine_is_enrolled_anew_and_retired(registry: Registry, clock: Clock) -> None:
    first = registry.enrol_machine(DESK, "alice", "LAPTOP-17")
    clock.advance(DAY)
    second = registry.enrol_machine(DESK, "alice", "LAPTOP-17")
    generation = first.enrolment.generation
    assert 0 <= generation < 2**31
    assert second.enrolment.generation == generation + 1
    (machine,) = registry.machines(DESK, "alice")
    assert machine == second.enrolment
    assert (machine.user, machine.machine) == ("alice", "LAPTOP-17")
    assert machine.enrolled_at == NOW + DAY
    assert machine.retired_at is None
    shown = Agent(first.key).request_code(now=clock.now)
    with pytest.raises(Unrecognised):
        registry.answer_request(DESK, VerifyRequest("alice", shown.text, Purpose.BYPASS))

    assert registry.retire_machine(DESK, "alice", "LAPTOP-17").retired_at == clock.now
    shown = Agent(second.key).request_code(now=clock.now)
    with pytest.raises(NotEnrolled):
        registry.answer_request(DESK, VerifyRequest("alice", shown.text, Purpose.BYPASS))
    with pytest.raises(NoMachine):
        registry.retire_machine(DESK, "alice", "LAPTOP-18")


def test_offline_figures_are_the_registrys(clock: Clock) -> None:
    offline = OfflinePolicy(past_minutes=300)
    with Registry.open("memory:", key_ring(), clock=clock, offline=offline) as registry:
        key = registry.enrol_machine(DESK, "alice", "LAPTOP-17").key
        shown = Agent(key).request_code(now=NOW)
        clock.advance(timedelta(hours=3))
        assert registry.answer_request(
            DESK, VerifyRequest("alice", shown.text, Purpose.BYPASS)
        ).code


def test_a_security_code_has_the_expiry_that_was_asked_for(registry: Registry) -> None:
    def create(**options: Any) -> stopgap.SecurityRecord:
        request = SecurityRequest(Access.same_as("bob"), ["a"], **options)
        return registry.create_security_code(ROOT, request).record

    assert create().expires_at == NOW + DAY
    assert create(expires_at=NOW + 9 * DAY).expires_at == NOW + 9 * DAY
    lasting = create(permanent=True)
    assert (lasting.state, lasting.expires_at) == (LifecycleState.PERMANENT, None)
    with pytest.raises(ExpiryNotInFuture):
        create(expires_at=NOW)
    with pytest.raises(TypeError, match="not both"):
        create(expires_at=NOW + DAY, permanent=True)


def test_a_security_code_is_rotated(registry: Registry, clock: Clock) -> None:
    request = SecurityRequest(Access.same_as("bob"), ["a"], permanent=True)
    created = registry.create_security_code(ROOT, request)
    id, hour = created.record.id, timedelta(hours=1)
    # Codes of one instant have no order.
    clock.advance(timedelta(seconds=1))
    now = clock.now
    rotated = registry.rotate_security_code(ROOT, id, hour)
    assert rotated.record.replaces == id
    assert rotated.record.state is LifecycleState.PERMANENT
    assert (rotated.replaced.id, rotated.replaced.replaces) == (id, None)
    assert rotated.replaced.expires_at == now + hour
    assert registry.security_codes(ROOT) == [rotated.replaced, rotated.record]

    def answers() -> list[bool]:
        found = []
        for code in (created.code, rotated.code):
            try:
                registry.authenticate(code.reveal(), lambda user: Role.USER)
                found.append(True)
            except Expired:
                found.append(False)
        return found

    assert answers() == [True, True]
    clock.advance(hour)
    assert answers() == [False, True]
    with pytest.raises(Expired):
        registry.rotate_security_code(ROOT, id, hour)

    id = rotated.record.id
    week = NOW + 7 * DAY
    again = registry.rotate_security_code(ROOT, id, timedelta(0), expires_at=week)
    assert again.replaced.state is LifecycleState.EXPIRED
    assert again.record.expires_at == week
    id = again.record.id
    assert registry.rotate_security_code(ROOT, id, hour, permanent=True).record.state is (
        LifecycleState.PERMANENT
    )
    for overlap in (timedelta(microseconds=-1), timedelta.min):
        with pytest.raises(stopgap.Invalid, match="not negative"):
            registry.rotate_security_code(ROOT, id, overlap)
    with pytest.raises(stopgap.TimeOutOfRange):
        registry.rotate_security_code(ROOT, id, timedelta.max)
    with pytest.raises(ExpiryNotInFuture):
        registry.rotate_security_code(ROOT, id, hour, expires_at=clock.now)
    with pytest.raises(TypeError, match="not both"):
        registry.rotate_security_code(ROOT, id, hour, expires_at=week, permanent=True)
    event = registry.events(ROOT, kind=EventKind.ROTATE_SECURITY_CODE)[-1]
    assert event.subject == created.record.id
    assert event.detail is not None
    assert event.detail.endswith(f", replaced by {rotated.record.id}")


def test_a_security_code_lives_and_goes(registry: Registry, clock: Clock) -> None:
    created = registry.create_security_code(
        ROOT,
        SecurityRequest(
            Access.SUPER_ADMINISTRATOR, Scopes.UNLIMITED, description="nightly"
        ),
    )
    record, id = created.record, created.record.id
    assert (record.access, record.description) == (Access.SUPER_ADMINISTRATOR, "nightly")
    assert (record.state, record.expires_at) == (LifecycleState.ACTIVE, NOW + DAY)
    assert (record.created_at, record.last_used_at) == (NOW, None)

    def authenticate() -> stopgap.Authenticated:
        return registry.authenticate(created.code.reveal(), lambda user: Role.USER)

    authenticated = authenticate()
    assert (authenticated.id, authenticated.user) == (id, None)
    assert authenticated.role is Role.SUPER_ADMINISTRATOR
    assert not authenticated.limited
    assert authenticated.scopes == record.scopes == Scopes.UNLIMITED

    edited = registry.edit_security_code(ROOT, id, NOW + 2 * DAY)
    assert (edited.expires_at, edited.last_used_at) == (NOW + 2 * DAY, NOW)
    with pytest.raises(ExpiryNotInFuture):
        registry.edit_security_code(ROOT, id, NOW)
    assert registry.make_security_code_permanent(ROOT, id).state is LifecycleState.PERMANENT
    assert registry.reset_security_code(ROOT, id).expires_at == NOW + DAY
    with pytest.raises(AlreadyActive):
        registry.reactivate_security_code(ROOT, id)
    clock.advance(DAY)
    assert registry.security_code(ROOT, id).state is LifecycleState.EXPIRED
    with pytest.raises(Expired):
        authenticate()
    with pytest.raises(Expired):
        registry.reset_security_code(ROOT, id)
    assert registry.reactivate_security_code(ROOT, id).expires_at == NOW + 2 * DAY
    assert registry.describe_security_code(ROOT, id, "weekly").description == "weekly"
    with pytest.raises(Invalid):
        registry.describe_security_code(ROOT, id, "two\nlines")
    with pytest.raises(Invalid):
        registry.create_security_code(
            ROOT, SecurityRequest(record.access, ["a"], description="two\nlines")
        )
    with pytest.raises(TypeError):
        registry.create_security_code(ROOT, record.access)  # type: ignore[arg-type]

    deletion = registry.request_deletion(ROOT, id)
    assert deletion.record == registry.security_code(ROOT, id)
    registry.make_security_code_permanent(ROOT, id)
    with pytest.raises(NotConfirmed):
        registry.confirm_deletion(ROOT, id, deletion.confirmation)
    registry.confirm_deletion(ROOT, id, registry.request_deletion(ROOT, id).confirmation)
    with pytest.raises(NotFound):
        registry.security_code(ROOT, id)
    with pytest.raises(Unknown):
        authenticate()


def test_a_new_prefix_keeps_old_security_codes(clock: Clock, tmp_path: Path) -> None:
    path, access = tmp_path / "stopgap.db", Access.SUPER_ADMINISTRATOR

    def role_of(user: str) -> Role:
        return Role.USER

    with Registry.open(path, key_ring(), clock=clock) as registry:
        created = registry.create_security_code(
            ROOT, SecurityRequest(access, Scopes.UNLIMITED)
        )
        old = created.code.reveal()
    assert old.startswith("stopgap_")
    acme = SecurityFormat(prefix="acme", accepted=["stopgap"])
    with Registry.open(path, key_ring(), clock=clock, security_format=acme) as registry:
        created = registry.create_security_code(ROOT, SecurityRequest(access, ["a"]))
        new = created.code.reveal()
        assert new.startswith("acme_")
        for presented in (old, new, f" {new.upper()}. "):
            registry.authenticate(presented, role_of)
        with pytest.raises(Malformed) as typo:
            registry.authenticate(new[:-1] + ("0" if new[-1] != "0" else "1"), role_of)
        assert typo.value.kind == "check_failed"
    registry = Registry.open(path, key_ring(), clock=clock)
    with registry, pytest.raises(Malformed):
        registry.authenticate(new, role_of)


def test_security_codes_are_listed_in_pages(registry: Registry, clock: Clock) -> None:
    ids = []
    for number in range(3):
        access = Access.same_as(f"user-{number}")
        created = registry.create_security_code(ROOT, SecurityRequest(access, ["a", "b"]))
        ids.append(created.record.id)
        clock.advance(timedelta(seconds=1))
    page = registry.security_codes(ROOT, limit=2)
    rest = registry.security_codes(ROOT, after=page[-1].id)
    assert [record.id for record in page + rest] == ids
    for wrong in ("", "nonsense", "\ud800", "0" * 1000):
        with pytest.raises(Invalid) as refused:
            registry.security_code(ROOT, wrong)
        assert refused.value.reason == "record_id"
    with pytest.raises(Forbidden):
        registry.security_codes(ADMIN)


def test_keys_come_and_go(registry: Registry, clock: Clock) -> None:
    typed = registry.issue_code(DESK, "alice").code.reveal()
    second = MasterKey(bytes(32))
    registry.add_key(ROOT, 2, second)
    with pytest.raises(KeyExists):
        registry.add_key(ROOT, 2, second)
    assert registry.issue_code(DESK, "bob").record.key_id == 2
    registry.verify_code(VerifyRequest("alice", typed, Purpose.RESET))
    shown = {key.id: (key.primary, key.present, key.needed) for key in registry.keys(ROOT)}
    assert shown == {1: (False, True, True), 2: (True, True, True)}
    with pytest.raises(KeyInUse) as used:
        registry.retire_key(ROOT, 1)
    assert used.value.key_id == 1
    with pytest.raises(PrimaryKey):
        registry.retire_key(ROOT, 2)
    with pytest.raises(KeyMissing) as missing:
        registry.retire_key(ROOT, 3)
    assert missing.value.key_id == 3
    registry.revoke_all_codes(DESK, "alice")
    registry.retire_key(ROOT, 1)
    assert [key.id for key in registry.keys(ROOT) if key.retired_at == NOW] == [1]
    with pytest.raises(ValueError, match="a number is from"):
        registry.retire_key(ROOT, -1)
    with pytest.raises(Forbidden):
        registry.keys(ADMIN)


def test_a_key_that_another_process_retired(tmp_path: Path) -> None:
    one = Registry.open(tmp_path / "stopgap.db", key_ring())
    other = Registry.open(tmp_path / "stopgap.db", key_ring())
    one.add_key(ROOT, 2, MasterKey(bytes(32)))
    one.retire_key(ROOT, 1)
    with pytest.raises(StoreError) as refused:
        other.issue_code(DESK, "alice")
    assert refused.value.reason == "key_retired"


def test_the_log_tells_who_did_what(registry: Registry, clock: Clock) -> None:
    code = registry.issue_code(DESK, "alice", OnlinePolicy(max_uses=1)).code.reveal()
    clock.advance(timedelta(minutes=1))
    registry.verify_code(VerifyRequest("alice", code, Purpose.RESET))
    clock.advance(timedelta(minutes=1))
    with pytest.raises(Forbidden):
        registry.purge(DESK)
    refused, verified, issued = registry.events(ADMIN)
    assert (refused.kind, refused.reason) == (EventKind.PURGE, "forbidden")
    assert (refused.actor, refused.role) == ("dana", Role.HELP_DESK)
    assert (verified.kind, verified.user) == (EventKind.VERIFY_CODE, "alice")
    assert (verified.at, verified.reason) == (NOW + timedelta(minutes=1), None)
    assert (issued.kind, issued.at) == (EventKind.ISSUE_CODE, NOW)
    assert code not in str(registry.events(ADMIN))

    def found(**words: object) -> list[Event]:
        return registry.events(ADMIN, **words)  # type: ignore[arg-type]

    assert found(kind=EventKind.ISSUE_CODE) == [issued]
    assert found(user="alice") == [verified, issued]
    assert found(until=verified.at) == [issued]
    assert issued not in found(since=verified.at)
    assert verified in found(since=verified.at)
    assert found(before=verified.id) == [issued]
    assert len(found(limit=2)) == 2
    with pytest.raises(Invalid):
        found(before="nonsense")
    with pytest.raises(TypeError):
        found(since=datetime(2026, 11, 21))
    with pytest.raises(TypeError):
        found(kind="online.issue")


def test_what_is_over_is_purged(registry: Registry, clock: Clock) -> None:
    code = registry.issue_code(DESK, "alice").code.reveal()
    registry.create_security_code(
        ROOT, SecurityRequest(Access.same_as("bob"), Scopes.UNLIMITED)
    )
    registry.verify_code(VerifyRequest("alice", code, Purpose.RESET, idempotency_key="a-1"))
    assert registry.purge(ADMIN) == Purged(0, 0, 0, 0)
    clock.advance(10 * DAY)
    assert registry.purge(ADMIN) == Purged(
        codes=0, security_codes=1, verifications=1, events=0
    )
    clock.advance(30 * DAY)
    assert registry.purge(ADMIN).codes == 1
    with pytest.raises(Unknown):
        registry.verify_code(VerifyRequest("alice", code, Purpose.RESET))
    clock.advance(DAY)
    registry.set_log_retention(ROOT, 0)
    assert (
        registry.purge(ADMIN, codes_days=0, verifications_days=0, events_days=0).events > 3
    )
    with pytest.raises(ValueError, match="a number is from"):
        registry.purge(ADMIN, codes_days=-1)


def test_a_clock_that_was_set_back(registry: Registry, clock: Clock) -> None:
    registry.issue_code(DESK, "alice")
    clock.now = NOW - DAY
    with pytest.raises(ClockRolledBack) as refused:
        registry.issue_code(DESK, "alice")
    assert refused.value.seen == NOW
    with pytest.raises(Forbidden):
        registry.accept_clock(ADMIN)
    registry.accept_clock(ROOT)
    assert registry.issue_code(DESK, "alice").record.issued_at == NOW - DAY


def test_tenants_see_their_own(tmp_path: Path) -> None:
    path = tmp_path / "stopgap.db"
    with Registry.open(path, key_ring(), tenant="acme") as acme:
        typed = acme.issue_code(DESK, "alice").code.reveal()
        with Registry.open(path, key_ring(), tenant="globex") as globex:
            assert globex.codes(DESK, "alice") == []
            with pytest.raises(Unknown):
                globex.verify_code(VerifyRequest("alice", typed, Purpose.RESET))
        acme.verify_code(VerifyRequest("alice", typed, Purpose.RESET))


def test_the_systems_clock_is_the_default() -> None:
    with Registry.open("memory:", key_ring()) as registry:
        before = datetime.now(timezone.utc) - timedelta(seconds=1)
        issued_at = registry.issue_code(DESK, "alice").record.issued_at
        assert before <= issued_at <= datetime.now(timezone.utc)


def test_records_say_which_is_which() -> None:
    clock = Clock()
    with Registry.open("memory:", key_ring(), clock=clock) as registry:
        (key,) = registry.keys(ROOT)
        assert (key.present, key.needed) == (True, False)
        registry.enrol_machine(DESK, "alice", "LAPTOP-17")
        clock.advance(DAY)
        machine = registry.retire_machine(DESK, "alice", "LAPTOP-17")
        assert (machine.enrolled_at, machine.retired_at) == (NOW, NOW + DAY)


def test_a_wall_clock_that_python_cannot_show() -> None:
    late = datetime(9999, 12, 31, 23, 30, tzinfo=timezone.utc)
    registry = Registry.open("memory:", key_ring(), clock=Clock(late))
    with pytest.raises(stopgap.TimeOutOfRange):
        registry.issue_code(DESK, "alice", zone=timezone(timedelta(hours=1)))
