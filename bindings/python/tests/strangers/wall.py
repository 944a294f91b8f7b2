"""Expiry by ``dateutil``, and the jumps of wall clocks."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import NamedTuple

from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]
from dateutil.tz import (  # type: ignore[import-untyped]
    datetime_ambiguous,
    datetime_exists,
    resolve_imaginary,
)

UTC = timezone.utc
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Expiry(NamedTuple):
    """The expiry by ``dateutil``."""

    #: The instant, in UTC.
    instant: datetime
    #: ``True`` if the wall-clock time does not exist.
    skipped: bool
    #: ``True`` if it exists twice.
    repeated: bool


def expiry(issued: datetime, validity: str) -> Expiry:
    """The expiry of something that was issued at this wall-clock time.

    ``relativedelta`` counts days and months on the wall clock, and takes the last day of a
    shorter month. A time that occurs twice means the first (``fold=0``).
    ``resolve_imaginary`` reads a skipped time with the offset before the gap.

    Raises ValueError or OverflowError outside the years 1 to 9999.
    """
    wall = (issued + delta(validity)).replace(fold=0)
    instant = resolve_imaginary(wall).astimezone(UTC)
    return Expiry(instant, not datetime_exists(wall), datetime_ambiguous(wall))


def delta(validity: str) -> relativedelta:
    if validity == "P1M":
        return relativedelta(months=1)
    return relativedelta(days=int(validity[1:-1]))


def at(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def near_a_jump(chance: random.Random, zone: tzinfo, validity: str) -> datetime | None:
    """A time of issue whose expiry is within two hours of a jump of that zone's clock.

    ``None`` if the clock did not jump in these years.
    """
    jumps = _jumps(zone)
    if not jumps:
        return None
    jump, before = chance.choice(jumps)
    wall = jump.replace(tzinfo=None) + before
    wall += timedelta(microseconds=chance.randrange(-7_200_000_000, 7_200_000_000))
    issued: datetime = (wall - delta(validity)).replace(tzinfo=zone)
    return issued.astimezone(UTC)


@cache
def _jumps(zone: tzinfo) -> list[tuple[datetime, timedelta]]:
    """The changes of the offset, to the second, with the offset before, in every seventh
    year from 1901 to 2097.
    """
    jumps = []
    for year in range(1901, 2100, 7):
        low = datetime(year, 1, 1, tzinfo=UTC)
        before = _offset(zone, low)
        for _ in range(366):
            high = low + _DAY
            after = _offset(zone, high)
            if after != before:
                jumps.append((_first_other(zone, low, high), before))
            low, before = high, after
    return jumps


def _first_other(zone: tzinfo, low: datetime, high: datetime) -> datetime:
    before = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) // 2).replace(microsecond=0)
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: tzinfo, instant: datetime) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
