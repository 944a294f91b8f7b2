"""The time zones of expiries and of sentences."""

from datetime import timezone, tzinfo
from typing import Annotated, Optional
from zoneinfo import ZoneInfo, available_timezones

from fastapi import Depends, Header, HTTPException, Request

# Text from the network must not become the name of a file to open.
_NAMES = available_timezones()


def find_zone(name: str) -> Optional[tzinfo]:
    """The zone of an IANA name: ``Europe/Berlin``."""
    if name == "UTC":
        return timezone.utc
    return ZoneInfo(name) if name in _NAMES else None


def reader_zone(request: Request) -> tzinfo:
    """The zone of the reader of a sentence; UTC if it is unknown."""
    return find_zone(request.headers.get("x-time-zone", "UTC")) or timezone.utc


def desk_zone(x_time_zone: Annotated[str, Header()] = "UTC") -> tzinfo:
    """The zone on whose wall clock a code expires."""
    zone = find_zone(x_time_zone)
    if zone is None:
        raise HTTPException(422, "X-Time-Zone names no time zone; Europe/Berlin is one.")
    return zone


DeskZone = Annotated[tzinfo, Depends(desk_zone)]
