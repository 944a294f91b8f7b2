"""Validities, expiry on the wall clocks of the IANA time zones, and instants in vectors.

Python's ``datetime`` has microseconds and the years 1 to 9999. Nanoseconds are rounded
down, as in tags. If Python has no ``datetime`` for an instant, the vector must expect an
error.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from stopgap import EnrolmentKey, Invalid, Purpose, StopgapError, Validity
from vectors.file import Object
from zones import zone as zone_named

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_WRITTEN = re.compile(r"([+-]?\d+)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z")


class Written(NamedTuple):
    """An instant that was read from text."""

    #: The instant, rounded down.
    instant: datetime
    #: ``True`` if it was rounded.
    finer: bool


def instant(unix_seconds: int) -> datetime:
    """Raises OverflowError if Python has no ``datetime`` for it."""
    return _EPOCH + timedelta(seconds=unix_seconds)


def unix(at: datetime) -> int:
    """The instant in Unix seconds. It must have no fraction."""
    seconds, rest = divmod(at - _EPOCH, timedelta(seconds=1))
    assert not rest, at
    return seconds


def read(written: str) -> Written:
    """``datetime.fromisoformat`` reads no ``Z`` before Python 3.11, and never nine digits.

    Raises ValueError if Python has no ``datetime`` for it.
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
    """The zone that a test names; UTC if it names none."""
    return zone_named(test.get("zone") or "UTC")


def parse(test: Object) -> bool:
    valid = {"valid": True, "invalid": False}[test["result"]]
    try:
        validity = Validity.parse(test["input"])
    except Invalid as invalid:
        assert not valid, invalid
        assert invalid.reason in ("validity", "days", "months", "minutes")
        return False
    assert valid, validity
    assert str(validity) == test["canonical"]
    assert Validity.parse(test["canonical"]) == validity
    _offline(validity)
    return False


def _offline(validity: Validity) -> None:
    """Offline codes accept days and the month only."""
    key, arguments = EnrolmentKey(bytes(32)), (0, Purpose.BYPASS, validity)
    assert validity.is_calendar is ("T" not in str(validity))
    for call in (key.offline_code, key.ocra_data_input):
        try:
            call(*arguments)
        except Invalid as invalid:
            assert not validity.is_calendar
            assert invalid.reason == "offline_validity"
        else:
            assert validity.is_calendar


def expiry(group: Object, test: Object) -> bool:
    if group.get("kind") == "parse":
        return parse(test)
    valid = {"valid": True, "invalid": False}[test["result"]]
    try:
        issued_at, finer = read(test["issuedAt"])
    except ValueError:
        assert not valid
        return True
    try:
        shown = issued_at.astimezone(zone(test))
    except OverflowError:
        # The wall clock would show another year.
        assert not valid
        return True
    validity = Validity.parse(test["validity"])
    assert str(validity) == test.get("canonicalValidity", test["validity"])
    try:
        expires_at = validity.expires_at(shown)
    except StopgapError:
        assert not valid
        return finer
    assert valid, expires_at
    utc = expires_at.astimezone(timezone.utc).isoformat(timespec="seconds")
    assert utc.replace("+00:00", "Z") == test["expiresAt"]
    if group.get("kind") != "range":
        assert expires_at.isoformat(timespec="seconds") == test["expiresAtLocal"]
    # Datetimes of one zone are compared by their wall clocks.
    assert expires_at.tzinfo is shown.tzinfo
    return finer
