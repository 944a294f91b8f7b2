"""Expiry on the wall clocks of the IANA time zones, and instants as vectors write them.

Python's ``datetime`` has microseconds and the years 1 to 9999. What is finer is rounded
down, as the protocol does where it binds an instant; what is outside cannot be said in
Python, so that there the vector itself must expect an error.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from stopgap import StopgapError, Validity
from vectors.file import Object
from zones import zone as zone_named

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_WRITTEN = re.compile(r"([+-]?\d+)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z")


class Written(NamedTuple):
    """An instant that was written as text."""

    #: Rounded down.
    instant: datetime
    #: Whether there was something to round.
    finer: bool


def instant(unix_seconds: int) -> datetime:
    """Raises OverflowError where Python has no ``datetime`` for it."""
    return _EPOCH + timedelta(seconds=unix_seconds)


def unix(at: datetime) -> int:
    """The same instant in Unix seconds, which it must be."""
    seconds, rest = divmod(at - _EPOCH, timedelta(seconds=1))
    assert not rest, at
    return seconds


def read(written: str) -> Written:
    """``datetime.fromisoformat`` reads no ``Z`` before Python 3.11, and never nine figures.

    Raises ValueError where Python has no ``datetime`` for it.
    """
    match = _WRITTEN.fullmatch(written)
    assert match, written
    *numbers, fraction = match.groups()
    nanoseconds = int((fraction or "").ljust(9, "0"))
    year, month, day, hour, minute, second = map(int, numbers)
    at = datetime(
        year, month, day, hour, minute, second, nanoseconds // 1000, tzinfo=timezone.utc
    )
    return Written(at, nanoseconds % 1000 != 0)


def zone(test: Object) -> tzinfo:
    """The zone that a test names; UTC where it names none."""
    return zone_named(test.get("zone") or "UTC")


def expiry(_: Object, test: Object) -> bool:
    valid = {"valid": True, "invalid": False}[test["result"]]
    try:
        issued_at, finer = read(test["issuedAt"])
    except ValueError:
        assert not valid
        return True
    try:
        shown = issued_at.astimezone(zone(test))
    except OverflowError:
        # Nor one whose wall clock shows another year.
        assert not valid
        return True
    try:
        expires_at = Validity.parse(test["validity"]).expires_at(shown)
    except StopgapError:
        assert not valid
        return finer
    assert valid, expires_at
    utc = expires_at.astimezone(timezone.utc).isoformat(timespec="seconds")
    assert utc.replace("+00:00", "Z") == test["expiresAt"]
    assert expires_at.isoformat(timespec="seconds") == test["expiresAtLocal"]
    # A datetime compares by its wall clock with another of the same zone.
    assert expires_at.tzinfo is shown.tzinfo
    return finer
