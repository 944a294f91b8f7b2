"""Wrong arguments: the error names the argument or the item, and what to pass instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from stopgap import (
    AgentPolicy,
    Alphabet,
    AsyncRegistry,
    CodeFormat,
    EnrolmentKey,
    Invalid,
    KeyRing,
    LookAlike,
    Malformed,
    MasterKey,
    OfflinePolicy,
    OnlineGrant,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    Scopes,
    SecurityFormat,
    ThrottlePolicy,
    Validity,
    VerifyRequest,
)
from world import ADMIN, DESK, KEY, NOW, ROOT, key_ring

#: Arguments of any type.
ANY: Any = None

NUMBERS: list[tuple[str, Callable[[Any], object]]] = [
    ("days", Validity.days),
    ("hours", Validity.hours),
    ("minutes", Validity.minutes),
    ("max_uses", lambda number: OnlinePolicy(max_uses=number)),
    ("length", lambda number: CodeFormat(length=number)),
    ("free", lambda number: ThrottlePolicy(free=number)),
    ("window_minutes", lambda number: AgentPolicy(window_minutes=number)),
    ("past_minutes", lambda number: OfflinePolicy(past_minutes=number)),
    ("id", lambda number: KeyRing(number, KEY)),
]


@pytest.mark.parametrize(("argument", "call"), NUMBERS, ids=[name for name, _ in NUMBERS])
@pytest.mark.parametrize("number", [-1, 1 << 80])
def test_a_number_that_does_not_fit(
    argument: str, call: Callable[[Any], object], number: int
) -> None:
    with pytest.raises(Invalid) as invalid:
        call(number)
    assert (invalid.value.reason, invalid.value.argument) == ("number", argument)
    assert re.fullmatch(
        rf"{argument}: a number is from 0 to \d+, not {number}", str(invalid.value)
    )


def test_numbers_of_a_registry() -> None:
    with Registry.open("memory:", key_ring()) as registry:
        for argument, call in (
            ("limit", lambda: registry.events(ADMIN, limit=-1)),
            ("days", lambda: registry.set_log_retention(ROOT, -1)),
            ("id", lambda: registry.retire_key(ROOT, -1)),
        ):
            with pytest.raises(
                Invalid, match=f"^{argument}: a number is from 0"
            ) as invalid:
                call()
            assert invalid.value.argument == argument


def test_notes_of_others_stay() -> None:
    with pytest.raises(Invalid) as invalid:
        Validity.days(99)
    assert invalid.value.argument is None
    invalid.value.add_note("the form said so")
    assert invalid.value.__dict__["__notes__"] == ["the form said so"]
    assert str(invalid.value) == "a validity has 1 to 31 days, not 99"


@pytest.mark.parametrize(
    ("item", "kind", "message"),
    [
        (
            ("bob",),
            Invalid,
            "a tuple of a user and a policy is expected, not one of 1 values",
        ),
        (
            ("bob", OnlinePolicy(), 1),
            Invalid,
            "a tuple of a user and a policy is expected, not one of 3 values",
        ),
        ("bc", TypeError, "item 1: a tuple of a user and a policy is expected, not str"),
        (3, TypeError, "item 1: a tuple of a user and a policy is expected, not int"),
        ((3, OnlinePolicy()), TypeError, "item 1: a str is expected, not int"),
        (("bob", None), TypeError, "item 1: 'None' is not an instance of 'OnlinePolicy'"),
    ],
    ids=repr,
)
def test_a_wrong_item_of_a_batch(item: Any, kind: type[Exception], message: str) -> None:
    with Registry.open("memory:", key_ring()) as registry:
        with pytest.raises(kind) as raised:
            registry.issue_many(DESK, [("alice", OnlinePolicy()), item])
        assert str(raised.value) == message
        if isinstance(raised.value, Invalid):
            assert (raised.value.reason, raised.value.index) == ("pair", 1)
        assert registry.codes(DESK, "alice") == []


def test_wrong_items_of_other_lists() -> None:
    ring = key_ring()
    request = VerifyRequest("alice", "x", Purpose.RESET)
    _, record = OnlinePolicy().issue(ring, "alice", now=NOW)
    with Registry.open("memory:", ring) as registry:
        calls: list[Callable[[], object]] = [
            lambda: registry.verify_many([request, ANY]),
            lambda: OnlinePolicy().issue_many(ring, ["alice", ANY], now=NOW),
            lambda: OnlineGrant.verify_any([record, ANY], ring, request, now=NOW),
            lambda: OnlineGrant.verify_many([(record, request), ANY], ring, now=NOW),
            lambda: OfflinePolicy().locate([EnrolmentKey(bytes(32)), ANY], "x", now=NOW),
            lambda: CodeFormat.normalize_any([CodeFormat(), ANY], "x"),
            lambda: Scopes(["a", ANY]),
            lambda: SecurityFormat(accepted=["acme", ANY]),
            lambda: Alphabet("0123456789ABCDEF", look_alikes=[LookAlike.O_AS_ZERO, ANY]),
            lambda: OnlinePolicy(purposes=[Purpose.RESET, ANY]),
        ]
        for call in calls:
            with pytest.raises(TypeError, match=r"^item 1: "):
                call()


@pytest.mark.parametrize("key", [MasterKey, EnrolmentKey])
def test_a_key_in_hexadecimal_digits(key: Any) -> None:
    with pytest.raises(TypeError, match=rf"not str; {key.__name__}\.from_hex reads"):
        key("00" * 32)
    assert key.from_hex("00" * 32).reveal() == bytes(32)
    with pytest.raises(TypeError, match=r"bytes are expected, not int$"):
        key(3)


def test_a_validity_as_text() -> None:
    with Registry.open("memory:", key_ring()) as registry:
        request = VerifyRequest("alice", "x", Purpose.BYPASS)
        for call in (
            lambda: OnlinePolicy(validity="7d"),  # type: ignore[arg-type]
            lambda: OfflinePolicy(validity="7d"),  # type: ignore[arg-type]
            lambda: registry.answer_request(DESK, request, "7d"),  # type: ignore[arg-type]
            lambda: EnrolmentKey(bytes(32)).offline_code(1, Purpose.BYPASS, "7d"),  # type: ignore[arg-type]
        ):
            with pytest.raises(TypeError, match=r"not str; Validity\.parse reads text"):
                call()


@pytest.mark.parametrize(
    ("span", "validity"),
    [
        (timedelta(days=7), Validity.days(7)),
        (timedelta(hours=24), Validity.DAY),
        (timedelta(hours=8), Validity.hours(8)),
        (timedelta(minutes=90), Validity.minutes(90)),
        (timedelta(days=31), Validity.days(31)),
    ],
    ids=str,
)
def test_a_validity_as_a_timedelta(span: timedelta, validity: Validity) -> None:
    assert OnlinePolicy(validity=span).validity == validity
    assert OnlinePolicy(validity=span) == OnlinePolicy(validity=validity)


@pytest.mark.parametrize(
    "span",
    [
        timedelta(),
        timedelta(minutes=-1),
        timedelta(days=-7),
        timedelta(seconds=90),
        timedelta(microseconds=1),
        timedelta(hours=25),
        timedelta(days=32),
        timedelta.max,
        timedelta.min,
    ],
    ids=str,
)
def test_a_timedelta_that_is_no_validity(span: timedelta) -> None:
    with pytest.raises(Invalid):
        OnlinePolicy(validity=span)
    with pytest.raises(Invalid):
        OfflinePolicy(validity=span)


def test_a_word_as_text() -> None:
    text: Any = "bypass"
    with pytest.raises(TypeError, match=r"not str; stopgap\.Purpose\(text\) reads text"):
        VerifyRequest("alice", "x", text)
    assert VerifyRequest("alice", "x", Purpose(text)).purpose is Purpose.BYPASS


def test_how_a_registry_is_made() -> None:
    for arguments in ((), ("memory:",), ("memory:", key_ring())):
        with pytest.raises(TypeError, match=r"Registry\.open\(url, key_ring\)"):
            Registry(*arguments)
    for wrong in ("memory:", None, key_ring()):
        with pytest.raises(TypeError, match=r"AsyncRegistry\.open\(url, key_ring\)"):
            AsyncRegistry(wrong)  # type: ignore[arg-type]


def test_a_message_does_not_repeat_its_class() -> None:
    with pytest.raises(Malformed) as malformed:
        CodeFormat().normalize("B")
    assert str(malformed.value) == "a code has 12 symbols, not 1"
    with Registry.open("memory:", key_ring()) as registry:
        with pytest.raises(Malformed, match=r"^a code has 12 symbols, not 1$"):
            registry.verify_code(VerifyRequest("alice", "B", Purpose.RESET))
        with pytest.raises(Malformed) as refused:
            registry.authenticate("B", lambda user: Role.USER)
        assert not str(refused.value).startswith("malformed")
