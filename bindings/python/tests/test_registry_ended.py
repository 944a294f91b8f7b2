"""Revoked codes, compromised keys, the retention of the log, and damaged events."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from stopgap import (
    Access,
    Agent,
    EventKind,
    Forbidden,
    Invalid,
    KeyMissing,
    LifecycleState,
    MasterKey,
    NoCode,
    NoPreset,
    OnlinePolicy,
    PrimaryKey,
    Purpose,
    Refused,
    Registry,
    Revoked,
    Role,
    SecurityRequest,
    StoreError,
    VerifyRequest,
)
from test_registry_close import sql
from world import ADMIN, DAY, DESK, NOW, ROOT, USER, Clock, key_ring


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(url: str, clock: Clock) -> Iterator[Registry]:
    with Registry.open(url, key_ring(), clock=clock) as registry:
        yield registry


# Codes


def test_numbers_order_the_codes_of_a_user(registry: Registry, clock: Clock) -> None:
    first = registry.issue_code(DESK, "alice").record
    # The clock of another server is behind.
    clock.advance(-timedelta(seconds=100))
    second = registry.issue_code(DESK, "alice").record
    assert second.issued_at < first.issued_at
    assert second.number > first.number > 0
    assert registry.codes(DESK, "alice") == [second, first]
    assert registry.revoke_last_code(DESK, "alice").id == second.id


def test_a_code_is_revoked_by_its_id(registry: Registry) -> None:
    revoked, kept = (registry.issue_code(DESK, "alice") for _ in range(2))
    record = registry.revoke_code(DESK, revoked.record.id)
    assert (record.id, record.revoked_at) == (revoked.record.id, NOW)
    (event,) = registry.events(ADMIN, kind=EventKind.REVOKE_CODE)
    assert (event.user, event.subject) == ("alice", record.id)
    with pytest.raises(Revoked):
        registry.verify_code(VerifyRequest("alice", revoked.code.reveal(), Purpose.RESET))
    registry.verify_code(VerifyRequest("alice", kept.code.reveal(), Purpose.RESET))


def test_a_code_that_cannot_be_revoked(registry: Registry, clock: Clock) -> None:
    record = registry.issue_code(DESK, "alice").record
    with pytest.raises(Forbidden):
        registry.revoke_code(USER, record.id)
    with pytest.raises(NoCode):
        registry.revoke_code(DESK, str(uuid.uuid4()))
    for wrong in ("", "alice", "\ud800"):
        with pytest.raises(Invalid) as refused:
            registry.revoke_code(DESK, wrong)
        assert refused.value.reason == "record_id"
    with pytest.raises(TypeError):
        registry.revoke_code(DESK, record)  # type: ignore[arg-type]
    clock.advance(DAY)
    with pytest.raises(NoCode):
        registry.revoke_code(DESK, record.id)


# Keys


def test_a_compromised_key_ends_with_its_records(registry: Registry, clock: Clock) -> None:
    issued = registry.issue_code(DESK, "alice")
    registry.set_preset(ADMIN, "week", OnlinePolicy())
    enrolled = registry.enrol_machine(DESK, "alice", "LAPTOP-17")
    request = SecurityRequest(Access.same_as("bob"), ["a"])
    created = registry.create_security_code(ROOT, request)
    with pytest.raises(PrimaryKey):
        registry.retire_compromised_key(ROOT, 1)
    registry.add_key(ROOT, 2, MasterKey(bytes(32)))
    kept = registry.issue_code(DESK, "alice")
    for actor in (DESK, ADMIN):
        with pytest.raises(Forbidden):
            registry.retire_compromised_key(actor, 1)
    with pytest.raises(KeyMissing):
        registry.retire_compromised_key(ROOT, 3)

    ended = registry.retire_compromised_key(ROOT, 1)
    assert [(code.id, code.revoked_at) for code in ended.codes] == [(issued.record.id, NOW)]
    assert [code.id for code in ended.security_codes] == [created.record.id]
    assert [code.state for code in ended.security_codes] == [LifecycleState.ACTIVE]
    assert [(machine.machine, machine.retired_at) for machine in ended.machines] == [
        ("LAPTOP-17", NOW)
    ]
    assert ended.presets == ("week",)

    keys = {
        key.id: (key.compromised, key.needed, key.present) for key in registry.keys(ROOT)
    }
    assert keys == {1: (True, False, False), 2: (False, True, True)}
    shown = Agent(enrolled.key).request_code(now=NOW).text
    with pytest.raises(Refused):
        registry.verify_code(VerifyRequest("alice", issued.code.reveal(), Purpose.RESET))
    with pytest.raises(Refused):
        registry.answer_request(DESK, VerifyRequest("alice", shown, Purpose.RESET))
    with pytest.raises(Refused):
        registry.authenticate(created.code.reveal(), lambda user: Role.USER)
    with pytest.raises(NoPreset):
        registry.preset("week")
    with pytest.raises(StoreError) as refused:
        registry.add_key(ROOT, 1, MasterKey(bytes(range(32))))
    assert refused.value.reason == "key_retired"
    registry.verify_code(VerifyRequest("alice", kept.code.reveal(), Purpose.RESET))

    again = registry.retire_compromised_key(ROOT, 1)
    assert (again.codes, again.security_codes, again.machines, again.presets) == (
        (),
        (),
        (),
        (),
    )


# The log


def test_events_are_kept_for_the_retention(registry: Registry, clock: Clock) -> None:
    registry.issue_code(DESK, "alice")
    assert registry.log_retention(ADMIN) == 90
    clock.advance(100 * DAY)
    with pytest.raises(Invalid) as refused:
        registry.purge(ADMIN, events_days=89)
    assert (refused.value.reason, refused.value.expected) == ("log_retention", 90)
    registry.set_log_retention(ADMIN, 365)
    assert registry.log_retention(ADMIN) == 365
    with pytest.raises(Invalid) as refused:
        registry.purge(ADMIN, events_days=364)
    assert refused.value.expected == 365
    assert registry.purge(ADMIN, events_days=365).events == 0

    with pytest.raises(Forbidden):
        registry.set_log_retention(ADMIN, 364)
    clock.advance(timedelta(seconds=1))
    registry.set_log_retention(ROOT, 7)
    assert registry.log_retention(ADMIN) == 7
    assert registry.purge(ADMIN, events_days=7).events > 0
    (event, *_) = registry.events(ADMIN, kind=EventKind.SET_LOG_RETENTION)
    assert (event.actor, event.detail) == ("root", "7 days, before 365")
    for call in (
        registry.log_retention,
        lambda actor: registry.set_log_retention(actor, 9),
    ):
        with pytest.raises(Forbidden):
            call(DESK)
    for wrong in (-1, 2**32):
        with pytest.raises(Invalid):
            registry.set_log_retention(ROOT, wrong)


def test_a_code_is_deleted_some_days_after_its_end(
    registry: Registry, clock: Clock
) -> None:
    policy = OnlinePolicy(max_uses=1)
    code = registry.issue_code(DESK, "alice", policy).code.reveal()
    registry.issue_code(DESK, "bob")
    registry.verify_code(VerifyRequest("alice", code, Purpose.RESET))
    clock.advance(timedelta(days=7, seconds=1))
    # That of alice ended with its use, that of bob a day later.
    assert registry.purge(ADMIN, codes_days=7).codes == 1
    assert registry.codes(DESK, "alice") == []
    assert len(registry.codes(DESK, "bob")) == 1


def test_an_event_that_was_changed_is_shown_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "stopgap.db"
    with Registry.open(path, key_ring(), clock=Clock()) as registry:
        registry.issue_code(DESK, "alice")
    sql(path, "UPDATE events SET kind = 'nonsense'")
    with Registry.open(path, key_ring(), clock=Clock()) as registry:
        (event,) = registry.events(ADMIN)
        assert event.kind is EventKind.DAMAGED
        assert (event.at, event.count) == (NOW, 1)
        assert event.detail
        assert event.to_dict()["kind"] == "log.damaged"
