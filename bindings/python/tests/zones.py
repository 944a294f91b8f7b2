"""Time zones by the IANA data of the package ``tzdata``, whose version is pinned.

``zoneinfo.ZoneInfo("...")`` prefers the system's data, and another edition may have
other clocks.
"""

from __future__ import annotations

from datetime import tzinfo
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

_DATA = resources.files("tzdata")


@cache
def zone(name: str) -> tzinfo:
    """The zone of that name.

    >>> from datetime import datetime
    >>> datetime(2026, 11, 21, tzinfo=zone("Europe/Berlin")).isoformat()
    '2026-11-21T00:00:00+01:00'
    """
    path = _DATA / "zoneinfo"
    for part in name.split("/"):
        path = path / part
    with path.open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


def names() -> list[str]:
    """Every zone that there is, links included."""
    return (_DATA / "zones").read_text("ascii").split()
