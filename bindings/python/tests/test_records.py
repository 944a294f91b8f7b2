"""The records that a registry returns."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any, get_type_hints

import pytest

import stopgap
from stopgap import (
    Access,
    Agent,
    CodeRecord,
    CodeState,
    Context,
    EnrolmentRecord,
    Event,
    Invalid,
    KeyRecord,
    MasterKey,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    Scopes,
    SecurityRecord,
    SecurityRequest,
    VerifyRequest,
    WrongPurpose,
    records,
)
from world import ADMIN, DAY, DESK, NOW, ROOT, Clock, key_ring

READ = [CodeRecord, SecurityRecord, Event, KeyRecord, EnrolmentRecord]
SECRET = ["Answered", "CreatedSecurityCode", "Enrolled", "Issued", "RotatedSecurityCode"]


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """One record of each class, and the texts of all secrets."""
    clock = Clock(NOW + timedelta(microseconds=123456))
    found: dict[str, Any] = {}
    with Registry.open("memory:", key_ring(), clock=clock) as registry:
        policy = OnlinePolicy(max_uses=3, not_before=clock.now + timedelta(hours=1))
        found["Issued"] = registry.issue_code(DESK, "alice", policy)
        clock.advance(timedelta(hours=2))
        typed = found["Issued"].code.reveal()
        found["Verified"] = registry.verify_code(
            VerifyRequest("alice", typed, Purpose.BYPASS)
        )
        found["CodeRecord"] = registry.revoke_last_code(DESK, "alice")
        found["Enrolled"] = registry.enrol_machine(DESK, "alice", "LAPTOP-17")
        found["EnrolmentRecord"] = registry.machines(DESK, "alice")[0]
        shown = Agent(found["Enrolled"].key).request_code(now=clock.now)
        found["Answered"] = registry.answer_request(
            DESK, VerifyRequest("alice", shown.text, Purpose.BYPASS)
        )
        created = registry.create_security_code(
            ROOT,
            SecurityRequest(Access.same_as("bob"), ["reports:read"], description="nightly"),
        )
        found["CreatedSecurityCode"] = created
        found["Authenticated"] = registry.authenticate(
            created.code.reveal(), lambda user: Role.HELP_DESK
        )
        found["SecurityRecord"] = registry.security_code(ROOT, created.record.id)
        found["Deletion"] = registry.request_deletion(ROOT, created.record.id)
        found["KeyRecord"] = registry.keys(ROOT)[0]
        found["Event"] = registry.events(ADMIN)[0]
        found["Purged"] = registry.purge(ADMIN)
        registry.set_preset(ADMIN, "week", policy)
        registry.issue_code(DESK, "alice")
        registry.add_key(ROOT, 2, MasterKey(bytes(32)))
        found["Compromised"] = registry.retire_compromised_key(ROOT, 1)
    with Registry.open("memory:", key_ring(), clock=clock) as registry:
        created = registry.create_security_code(
            ROOT, SecurityRequest(Access.SUPER_ADMINISTRATOR, Scopes.UNLIMITED)
        )
        found["RotatedSecurityCode"] = registry.rotate_security_code(
            ROOT, created.record.id, timedelta(hours=1)
        )
    return found


def secrets(made: dict[str, Any]) -> list[str]:
    texts = [made["Enrolled"].key.reveal().hex()]
    for name in ("Issued", "Answered"):
        code = made[name].code
        texts += [code.reveal(), code.reveal_canonical()]
    for name in ("CreatedSecurityCode", "RotatedSecurityCode"):
        text = made[name].code.reveal()
        texts += [text, text[8:]]
    return texts


def test_every_class_is_made(made: dict[str, Any]) -> None:
    assert sorted(made) == sorted(records.__all__)
    for name, record in made.items():
        assert type(record) is getattr(stopgap, name)
        for field in dataclasses.fields(record):
            value = getattr(record, field.name)
            if isinstance(value, datetime):
                assert value.tzinfo is timezone.utc


def test_none_can_be_changed(made: dict[str, Any]) -> None:
    for record in made.values():
        for field in dataclasses.fields(record):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(record, field.name, None)


def test_none_shows_a_secret(made: dict[str, Any]) -> None:
    for name, record in made.items():
        shown = [repr(record), str(record), str(vars(record)), f"{record}"]
        if hasattr(record, "to_dict"):
            shown.append(json.dumps(record.to_dict()))
        for secret in secrets(made):
            assert not any(secret.lower() in text.lower() for text in shown), name
    assert "Code(..)" in repr(made["Issued"])
    assert "SecurityText(..)" in repr(made["CreatedSecurityCode"])
    assert "EnrolmentKey(..)" in repr(made["Enrolled"])


@pytest.mark.parametrize("name", SECRET)
def test_what_holds_a_secret_stays_here(name: str, made: dict[str, Any]) -> None:
    record = made[name]
    assert not hasattr(record, "to_dict")
    for take in (pickle.dumps, copy.deepcopy, dataclasses.asdict):
        with pytest.raises(TypeError):
            take(record)
    assert record != dataclasses.replace(record)
    assert record == record
    assert hash(record) == hash(record)


@pytest.mark.parametrize("name", sorted(set(records.__all__) - set(SECRET)))
def test_the_rest_are_values(name: str, made: dict[str, Any]) -> None:
    record = made[name]
    again = pickle.loads(pickle.dumps(record))
    assert again == record
    assert hash(again) == hash(record)
    assert copy.deepcopy(record) == record
    assert json.loads(json.dumps(record.to_dict())) == record.to_dict()


@pytest.mark.parametrize("kind", READ)
def test_a_dict_is_read_again(kind: Any, made: dict[str, Any]) -> None:
    record = made[kind.__name__]
    text = json.dumps(record.to_dict())
    assert kind.from_dict(json.loads(text)) == record
    assert kind.from_dict(json.loads(text)).to_dict() == record.to_dict()


NONSENSE = [
    None,
    "",
    "\ud800",
    "nonsense",
    -1,
    1.5,
    True,
    10**40,
    [],
    [None],
    ["nonsense"],
    {},
    {"same_as": 1},
    {"same_as": ""},
    [[]],
    {"a": {}},
    object(),
    float("nan"),
    "9999-99-99T00:00:00Z",
    "+262142-12-31T23:59:59Z",
]


@pytest.mark.parametrize("kind", READ)
def test_no_dict_raises_anything_else(kind: Any, made: dict[str, Any]) -> None:
    good = made[kind.__name__].to_dict()
    refused = 0
    for name in good:
        for wrong in NONSENSE:
            try:
                kind.from_dict({**good, name: wrong})
            except Invalid as error:
                assert error.reason == "record"
                refused += 1
    assert refused > 5 * len(good)
    with pytest.raises(Invalid):
        kind.from_dict({})
    for no_dict in (None, 1, "text", [1]):
        with pytest.raises((Invalid, TypeError)):
            kind.from_dict(no_dict)


def test_times_are_written_as_in_rust(made: dict[str, Any]) -> None:
    record = made["CodeRecord"]
    assert record.issued_at == NOW + timedelta(microseconds=123456)
    assert record.to_dict() == {
        "id": record.id,
        "user": "alice",
        "number": 1,
        "key_id": 1,
        "purposes": ["reset", "register", "bypass"],
        "not_before": "2026-11-21T16:00:00.123456Z",
        "expires_at": "2026-11-22T16:00:00.123456Z",
        "max_uses": 3,
        "uses": 1,
        "revoked_at": "2026-11-21T17:00:00.123456Z",
    }
    security = made["SecurityRecord"].to_dict()
    assert security["access"] == {"same_as": "bob"}
    assert security["scopes"] == ["reports:read"]
    authenticated = made["Authenticated"].to_dict()
    assert authenticated == {
        "id": security["id"],
        "role": "help_desk",
        "user": "bob",
        "limited": False,
        "scopes": ["reports:read"],
    }
    unlimited = SecurityRecord.from_dict({**security, "scopes": "unlimited"})
    assert unlimited.scopes == Scopes.UNLIMITED
    assert unlimited.to_dict()["scopes"] == "unlimited"


def test_a_compromised_key_is_written_as_its_records(made: dict[str, Any]) -> None:
    ended = made["Compromised"]
    (code,), (security,), (machine,) = ended.codes, ended.security_codes, ended.machines
    assert ended.to_dict() == {
        "codes": [code.to_dict()],
        "security_codes": [security.to_dict()],
        "machines": [machine.to_dict()],
        "presets": ["week"],
    }


def test_an_answer_to_an_old_request_is_late() -> None:
    clock = Clock()
    with Registry.open("memory:", key_ring(), clock=clock) as registry:
        key = registry.enrol_machine(DESK, "alice", "LAPTOP-17").key
        shown = Agent(key).request_code(now=clock.now)
        answer = registry.answer_request(
            DESK, VerifyRequest("alice", shown.text, Purpose.RESET)
        )
        assert (answer.expires_at, answer.late) == (None, False)
        clock.advance(timedelta(minutes=31))
        answer = registry.answer_request(
            DESK, VerifyRequest("alice", shown.text, Purpose.BYPASS)
        )
        assert (answer.expires_at, answer.late) == (NOW + DAY, True)


def test_the_state_of_a_code() -> None:
    def state(now: datetime = NOW, **fields: Any) -> CodeState:
        return dataclasses.replace(record, **fields).state(now=now)

    with Registry.open("memory:", key_ring(), clock=Clock()) as registry:
        record = registry.issue_code(DESK, "alice", OnlinePolicy(max_uses=1)).record
    assert state() is CodeState.ACTIVE
    assert state(not_before=NOW + DAY) is CodeState.NOT_YET_VALID
    assert state(uses=1) is CodeState.USED_UP
    assert state(record.expires_at) is CodeState.EXPIRED
    assert state(revoked_at=NOW) is CodeState.REVOKED
    with pytest.raises(TypeError):
        state(datetime(2026, 11, 21))
    with pytest.raises(Invalid):
        state(id="nonsense")
    with pytest.raises(Invalid):
        dataclasses.replace(record, id="nonsense").issued_at  # noqa: B018


@pytest.mark.parametrize("name", records.__all__)
def test_types_are_known_at_run_time(name: str) -> None:
    """Web frameworks and documentation tools read them."""
    kind = getattr(records, name)
    fields = {field.name for field in dataclasses.fields(kind)}
    assert fields == set(get_type_hints(kind))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"expires_at": "tomorrow"}, "expires_at: "),
        ({"uses": "1"}, "uses: invalid type"),
        ({"format": {"length": 7}}, "format: "),
        ({"key_id": None, "user": "bob\n"}, "key_id: "),
        ({"purposes": ["reset", "no"]}, "purposes: "),
    ],
)
def test_a_field_that_cannot_be_is_named(wrong: dict[str, Any], said: str) -> None:
    sealed = OnlinePolicy().issue(key_ring(), "alice", now=NOW)[1].to_dict()
    sealed["record"].update(wrong)
    with pytest.raises(Invalid) as refused:
        stopgap.OnlineGrant.from_dict(sealed)
    assert str(refused.value).startswith(said)
    assert " line " not in str(refused.value)


def test_what_is_no_fields_fault_names_none() -> None:
    with pytest.raises(Invalid, match=r"^missing field"):
        stopgap.OnlineGrant.from_dict({})
    with pytest.raises(Invalid, match=r"^a code needs at least one purpose"):
        OnlinePolicy.from_dict({"purposes": []})


@pytest.mark.parametrize(
    ("kind", "field", "wrong"),
    [
        ("CodeRecord", "id", "nonsense"),
        ("CodeRecord", "uses", -1),
        ("CodeRecord", "number", "1"),
        ("CodeRecord", "key_id", True),
        ("KeyRecord", "primary", 1),
        ("KeyRecord", "compromised", None),
        ("Event", "count", None),
        ("Event", "context", {"user": "bob"}),
        ("Event", "context", {"ticket": 7}),
        ("Event", "context", "INC-1"),
        ("EnrolmentRecord", "generation", -1),
        ("SecurityRecord", "access", {"same_as": "bob", "more": 1}),
        ("SecurityRecord", "access", "same_as"),
        ("SecurityRecord", "scopes", []),
        ("SecurityRecord", "scopes", "audit"),
        ("SecurityRecord", "scopes", None),
        ("SecurityRecord", "scopes", ["audit", 7]),
    ],
)
def test_what_no_record_has(
    kind: str, field: str, wrong: object, made: dict[str, Any]
) -> None:
    record = made[kind]
    with pytest.raises(Invalid, match=field):
        type(record).from_dict({**record.to_dict(), field: wrong})


def test_the_lock_ends_with_the_code(made: dict[str, Any]) -> None:
    verified = made["Verified"]
    assert verified.expires_at.microsecond != 0
    assert verified.password_only_lock().until == verified.expires_at
    for purpose in (Purpose.RESET, Purpose.REGISTER):
        with pytest.raises(WrongPurpose) as refused:
            dataclasses.replace(verified, purpose=purpose).password_only_lock()
        assert refused.value.reason == "wrong_purpose"


def test_an_event_has_a_context(made: dict[str, Any]) -> None:
    event = made["Event"]
    assert event.context is None
    assert event.to_dict()["context"] is None
    context = Context(source_address="192.0.2.7", ticket="INC-1")
    with_context = dataclasses.replace(event, context=context)
    stored = with_context.to_dict()
    assert stored["context"] == {"source_address": "192.0.2.7", "ticket": "INC-1"}
    assert Event.from_dict(json.loads(json.dumps(stored))) == with_context
