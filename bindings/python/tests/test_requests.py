"""The requests to issue and to verify codes, and their circumstances."""

from __future__ import annotations

import copy
import pickle
import sys
import traceback
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

import stopgap
from stopgap import (
    Access,
    CodeFormat,
    Context,
    InvalidIdempotencyKey,
    InvalidName,
    IssueRequest,
    KeyRing,
    MasterKey,
    OnlinePolicy,
    Purpose,
    ReplayPolicy,
    Scopes,
    SecurityRequest,
    Verification,
    VerifyRequest,
)

#: For arguments of wrong types.
untyped: Any = stopgap

#: The names in a repr.
NAMES = {**vars(stopgap), "datetime": sys.modules["datetime"]}
NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
KEYS = KeyRing(1, MasterKey(bytes(range(32))))
TYPED = "3f9a 77c2 01be"
CONTEXT = Context(
    source_address="192.0.2.7", request_id="r-1", reason="lost", ticket="INC-4711"
)
VALUES: list[Any] = [
    Context(),
    CONTEXT,
    Context(reason='it\'s "lost"'),
    IssueRequest("alice"),
    IssueRequest("alice", context=CONTEXT),
    IssueRequest("bob"),
    SecurityRequest(Access.same_as("bob"), ["a"]),
    SecurityRequest(Access.same_as("bob"), ["a"], permanent=True),
    SecurityRequest(Access.same_as("bob"), ["a"], expires_at=NOW),
    SecurityRequest(Access.SUPER_ADMINISTRATOR, Scopes.UNLIMITED, description="nightly"),
    SecurityRequest(Access.same_as("bob"), Scopes(["b", "a"]), context=CONTEXT),
    ReplayPolicy(),
    ReplayPolicy(replay_seconds=60),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_can_be_copied_compared_and_written_down(value: Any) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
    for again in (copy.copy(value), copy.deepcopy(value), eval(repr(value), NAMES)):
        assert again == value
        assert hash(again) == hash(value)
    assert value != "another"
    assert not hasattr(value, "__dict__")
    assert sum(other == value for other in VALUES) == 1


def test_what_a_request_has() -> None:
    issue = IssueRequest("alice", context=CONTEXT)
    assert (issue.user, issue.context) == ("alice", CONTEXT)
    assert IssueRequest("alice").context is None
    verify = VerifyRequest(
        "alice", TYPED, Purpose.RESET, idempotency_key="5f0c", context=CONTEXT
    )
    assert (verify.user, verify.text, verify.purpose) == ("alice", TYPED, Purpose.RESET)
    assert (verify.idempotency_key, verify.context) == ("5f0c", CONTEXT)
    least = VerifyRequest("alice", TYPED, Purpose.RESET)
    assert (least.idempotency_key, least.context) == (None, None)
    create = SecurityRequest(Access.same_as("bob"), iter(["b", "a", "b"]))
    assert (create.access, list(create.scopes)) == (Access.same_as("bob"), ["a", "b"])
    assert (create.description, create.context) == ("", None)
    fields = [CONTEXT.source_address, CONTEXT.request_id, CONTEXT.reason, CONTEXT.ticket]
    assert fields == ["192.0.2.7", "r-1", "lost", "INC-4711"]
    for one, name in ((issue, "user"), (verify, "text"), (create, "scopes")):
        with pytest.raises(AttributeError):
            setattr(one, name, "x")


def test_a_request_does_not_show_what_was_typed() -> None:
    request = VerifyRequest(
        "alice", TYPED, Purpose.RESET, idempotency_key="5f0c", context=CONTEXT
    )
    assert repr(request) == (
        "VerifyRequest(user='alice', text=.., purpose=Purpose.RESET, "
        f"idempotency_key='5f0c', context={CONTEXT!r})"
    )
    for text in (str(request), f"{request}", f"{[request]}"):
        assert "3f9a" not in text
    assert not hasattr(request, "__dict__")
    # It is no value: to compare it would compare codes.
    assert request != VerifyRequest("alice", TYPED, Purpose.RESET)
    assert request == request
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled"):
            take(request)

    def fails(request: VerifyRequest) -> None:
        raise LookupError

    with pytest.raises(LookupError) as raised:
        fails(request)
    frames = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    assert "3f9a" not in str([frame.locals for frame in frames.stack])


def test_issuing_by_a_request() -> None:
    for request in ("alice", IssueRequest("alice"), IssueRequest("alice", context=CONTEXT)):
        _, record = OnlinePolicy().issue(KEYS, request, now=NOW)
        assert record.user == "alice"
    for wrong in ("al\nice", IssueRequest("al\nice")):
        with pytest.raises(InvalidName) as refused:
            OnlinePolicy().issue(KEYS, wrong, now=NOW)
        assert (refused.value.kind, refused.value.position) == ("control_character", 2)


def test_a_name_is_checked_where_it_is_used() -> None:
    """Also one with a lone surrogate, which is no text elsewhere."""
    request = VerifyRequest("al\udcffice", TYPED, Purpose.RESET)
    _, record = OnlinePolicy().issue(KEYS, "alice", now=NOW)
    with pytest.raises(InvalidName) as refused:
        record.verify(KEYS, request, now=NOW)
    assert refused.value.kind == "invalid_unicode"
    issue = IssueRequest("al\udcffice")
    assert issue != IssueRequest(issue.user)
    with pytest.raises(InvalidName):
        OnlinePolicy().issue(KEYS, issue, now=NOW)
    with pytest.raises(InvalidName):
        pickle.dumps(issue)


@pytest.mark.parametrize(
    ("key", "found"), [(None, 0), ("", 0), ("x" * 256, 256), ("é" * 128, 256)]
)
def test_an_idempotency_key_has_1_to_255_bytes(key: str | None, found: int) -> None:
    code = CodeFormat.ONLINE.normalize(TYPED)
    request = VerifyRequest("alice", TYPED, Purpose.RESET, idempotency_key=key)
    good = VerifyRequest("alice", TYPED, Purpose.RESET, idempotency_key="x" * 255)
    sealed = Verification.seal(KEYS, good, code, b"", now=NOW)
    assert sealed.replay(KEYS, good, code, now=NOW) == b""
    calls: list[Callable[[], object]] = [
        lambda: Verification.seal(KEYS, request, code, b"", now=NOW),
        lambda: sealed.replay(KEYS, request, code, now=NOW),
    ]
    for call in calls:
        with pytest.raises(InvalidIdempotencyKey) as refused:
            call()
        assert refused.value.found == found
        assert refused.value.reason == "invalid_idempotency_key"


def test_an_idempotency_key_is_unicode() -> None:
    with pytest.raises(InvalidIdempotencyKey, match="Unicode"):
        VerifyRequest("alice", TYPED, Purpose.RESET, idempotency_key="a\ud800")


def test_how_long_an_answer_is_replayed() -> None:
    policy = ReplayPolicy()
    assert policy.replay_seconds == 600
    assert ReplayPolicy.from_dict({"replay_seconds": 60}).replay_seconds == 60
    assert ReplayPolicy.from_dict({}) == policy
    for wrong in ({"seconds": 60}, {"replay_seconds": -1}):
        with pytest.raises(stopgap.Invalid):
            ReplayPolicy.from_dict(wrong)
    with pytest.raises(ValueError, match="a number is from"):
        ReplayPolicy(replay_seconds=-1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: untyped.VerifyRequest("alice", TYPED),
        lambda: untyped.VerifyRequest("alice", TYPED, "reset"),
        lambda: untyped.VerifyRequest("alice", TYPED.encode(), Purpose.RESET),
        lambda: untyped.VerifyRequest(None, TYPED, Purpose.RESET),
        lambda: untyped.VerifyRequest("alice", TYPED, Purpose.RESET, idempotency_key=7),
        lambda: untyped.VerifyRequest("alice", TYPED, Purpose.RESET, context="INC-1"),
        lambda: untyped.IssueRequest(7),
        lambda: untyped.IssueRequest("alice", context={}),
        lambda: untyped.SecurityRequest("bob", ["a"]),
        lambda: untyped.SecurityRequest(Access.same_as("bob"), ["a"], "nightly"),
        lambda: untyped.Context("192.0.2.7"),
        lambda: untyped.Context(ticket=4711),
        lambda: OnlinePolicy().issue(KEYS, untyped.Validity.DAY, now=NOW),
    ],
)
def test_other_types_are_type_errors(call: Callable[[], object]) -> None:
    with pytest.raises(TypeError):
        call()
