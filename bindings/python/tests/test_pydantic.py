"""Records and values in models of pydantic 2, in JSON, and changed by dataclasses."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

pydantic = pytest.importorskip("pydantic")

from stopgap import (  # noqa: E402
    Access,
    Context,
    IssueRequest,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    Scopes,
    SecurityRequest,
    Validity,
    VerifyRequest,
)
from world import ADMIN, DESK, ROOT, key_ring  # noqa: E402


@pytest.fixture(scope="module")
def records() -> list[Any]:
    """A record of each class that holds no secret."""
    with Registry.open("memory:", key_ring()) as registry:
        context = Context(ticket="INC-4711")
        request = IssueRequest("alice", context=context)
        issued = registry.issue_code(DESK, request, OnlinePolicy(max_uses=1))
        verified = registry.verify_code(
            VerifyRequest("alice", issued.code.reveal(), Purpose.RESET)
        )
        created = [
            registry.create_security_code(ROOT, SecurityRequest(access, scopes))
            for access, scopes in (
                (Access.same_as("bob"), Scopes(["reports:read"])),
                (Access.SUPER_ADMINISTRATOR, Scopes.UNLIMITED),
            )
        ]
        return [
            issued.record,
            verified,
            registry.enrol_machine(DESK, "alice", "LAPTOP-17").enrolment,
            *(one.record for one in created),
            registry.authenticate(created[0].code.reveal(), lambda user: Role.HELP_DESK),
            registry.request_deletion(ROOT, created[0].record.id),
            *registry.keys(ROOT),
            *registry.events(ADMIN),
            registry.purge(ROOT),
        ]


def test_pydantic_reads_what_it_writes(records: list[Any]) -> None:
    assert len({type(record) for record in records}) == 9
    for record in records:
        adapter = pydantic.TypeAdapter(type(record))
        assert adapter.validate_python(record) is record
        assert adapter.validate_json(adapter.dump_json(record)) == record
        assert adapter.json_schema()["type"] == "object"
        assert adapter.json_schema(mode="serialization")["type"] == "object"


def test_pydantic_reads_to_dict(records: list[Any]) -> None:
    for record in records:
        adapter = pydantic.TypeAdapter(type(record))
        assert adapter.validate_json(json.dumps(record.to_dict())) == record


def test_records_are_read_from_what_they_write(records: list[Any]) -> None:
    for record in records:
        stored = json.loads(json.dumps(record.to_dict()))
        assert type(record).from_dict(stored) == record
        assert dataclasses.replace(record) == record


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Access.same_as("bob"), {"same_as": "bob"}),
        (Access.SUPER_ADMINISTRATOR, "super_administrator"),
        (Context(reason="lost token"), {"reason": "lost token"}),
        (Scopes(["a", "b"]), ["a", "b"]),
        (Scopes.UNLIMITED, "unlimited"),
        (Validity.days(7), "P7D"),
    ],
    ids=repr,
)
def test_values(value: Any, plain: Any) -> None:
    adapter = pydantic.TypeAdapter(type(value))
    for one in (value, plain):
        assert adapter.validate_python(one) == value
    assert adapter.dump_python(value) == plain
    assert json.loads(adapter.dump_json(value)) == plain
    assert adapter.validate_json(json.dumps(plain)) == value
    for wrong in (3, None, {"no": "value"}, "", [""]):
        with pytest.raises(pydantic.ValidationError):
            adapter.validate_python(wrong)


def test_a_word_is_text() -> None:
    text: str = "reset"
    assert text == Purpose.RESET
    assert f"{Role.HELP_DESK}/{Role.HELP_DESK!s}" == "help_desk/help_desk"
    assert json.dumps({"role": Role.HELP_DESK}) == '{"role": "help_desk"}'
    assert repr(Role.HELP_DESK) == "<Role.HELP_DESK: 'help_desk'>"
    assert Purpose("bypass") is Purpose.BYPASS
    assert "purpose=Purpose.RESET" in repr(VerifyRequest("alice", "x", Purpose.RESET))
