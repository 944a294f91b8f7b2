"""Exceptions that a caller raises itself."""

from __future__ import annotations

import pickle

import pytest

import stopgap
from stopgap import (
    Invalid,
    InvalidIdempotencyKey,
    InvalidName,
    Malformed,
    Refused,
    Throttled,
    Unknown,
)


def _subclasses() -> list[type[Refused]]:
    return [
        kind
        for kind in vars(stopgap.errors).values()
        if isinstance(kind, type) and issubclass(kind, Refused) and kind is not Refused
    ]


def test_one_made_by_a_caller_is_whole() -> None:
    refusal = Unknown("no such user here")
    assert refusal.reason == "unknown"
    assert refusal.public_message == "That code is not valid."
    assert refusal.retry_at is None
    again = pickle.loads(pickle.dumps(refusal))
    assert (str(again), again.reason) == ("no such user here", "unknown")
    assert str(Throttled()) == ""
    # Only the class of that reason has its word.
    for other in (stopgap.StopgapError("x"), stopgap.StoreError("x"), Refused("x")):
        assert other.reason == ""


@pytest.mark.parametrize("kind", _subclasses())
def test_each_has_its_word(kind: type[Refused]) -> None:
    word = "".join(f"_{c.lower()}" if c.isupper() else c for c in kind.__name__)
    assert kind("x").reason == word.lstrip("_")


def test_there_is_one_for_each_reason() -> None:
    assert len(_subclasses()) == 29
    assert issubclass(Malformed, ValueError)
    assert issubclass(InvalidName, (Refused, Invalid))
    assert issubclass(InvalidName, ValueError)
    assert issubclass(InvalidIdempotencyKey, (Refused, Invalid))
