"""Expiry by ``dateutil``, and the places where wall clocks jump."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import NamedTuple, Optional

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
    """What dateutil makes of it."""

    #: In UTC.
    instant: datetime
    #: The wall-clock time does not exist.
    skipped: bool
    #: It exists twice.
    repeated: bool


def expiry(issued: datetime, validity: str) -> Expiry:
    """When something issued at that wall-clock time expires.

    ``relativedelta`` counts days and months on the wall clock; the last day of a month
    where it is shorter. A time that occurs twice means the first (``fold=0``).
    ``resolve_imaginary`` reads one that is skipped with the offset before the gap.

    Raises ValueError or OverflowError where that leaves the years 1 to 9999.
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


def near_a_jump(chance: random.Random, zone: tzinfo, validity: str) -> Optional[datetime]:
    """A time of issue whose expiry is within hours of a jump of that zone's clock.

    None where it did not jump in the year that was drawn.
    """
    jump = _jump(zone, chance.randrange(1900, 2100))
    if jump is None:
        return None
    # The wall clock's time as it would be without the jump.
    wall = (
        jump.replace(tzinfo=None) + (jump - timedelta(hours=1)).astimezone(zone).utcoffset()
    )
    wall += timedelta(microseconds=chance.randrange(-7_200_000_000, 7_200_000_000))
    issued: datetime = (wall - delta(validity)).replace(tzinfo=zone)
    return issued.astimezone(UTC)


@cache
def _jump(zone: tzinfo, year: int) -> Optional[datetime]:
    """The first instant in that year with another offset than before, to the second."""
    first = datetime(year, 1, 1, tzinfo=UTC)
    for day in range(366):
        low, high = first + day * _DAY, first + (day + 1) * _DAY
        if _offset(zone, low) == _offset(zone, high):
            continue
        before = _offset(zone, low)
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) // 2
            middle = middle.replace(microsecond=0)
            if middle in (low, high):
                break
            if _offset(zone, middle) == before:
                low = middle
            else:
                high = middle
        return high
    return None


def _offset(zone: tzinfo, instant: datetime) -> Optional[timedelta]:
    return instant.astimezone(zone).utcoffset()
