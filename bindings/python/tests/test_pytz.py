"""Zones that are made as those of pytz: each stands for one offset."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from typing import Optional

import pytest

from stopgap import OnlinePolicy, Registry, Throttled, Validity, minute_of
from world import DESK, NOW, key_ring


class Localized(tzinfo):
    """As ``pytz.timezone("Europe/Berlin")`` is: an hour wrong in another season."""

    def utcoffset(self, when: Optional[datetime]) -> Optional[timedelta]:
        return None if when is None else timedelta(hours=1)

    def dst(self, when: Optional[datetime]) -> Optional[timedelta]:
        return None if when is None else timedelta()

    def tzname(self, when: Optional[datetime]) -> Optional[str]:
        return "CET"

    def fromutc(self, when: datetime) -> datetime:
        return when + timedelta(hours=1)

    def localize(self, when: datetime) -> datetime:
        return when.replace(tzinfo=self)


class Fixed(Localized):
    """As ``pytz.utc`` is, which is right always."""

    def utcoffset(self, when: Optional[datetime]) -> timedelta:
        return timedelta(hours=1)


def test_nothing_is_counted_on_it() -> None:
    now = NOW.astimezone(Localized())
    with pytest.raises(TypeError, match="ZoneInfo"):
        Validity.DAY.expires_at(now)
    with pytest.raises(TypeError, match="ZoneInfo"):
        OnlinePolicy().issue(key_ring(), "alice", now=now)
    registry = Registry.open("memory:", key_ring())
    with pytest.raises(TypeError, match="ZoneInfo"):
        registry.issue_code(DESK, "alice", zone=Localized())


def test_an_instant_in_it_is_one() -> None:
    assert minute_of(NOW.astimezone(Localized())) == minute_of(NOW)
    locked = Throttled("", reason="throttled", retry_at=NOW, public_message="")
    assert "16:00" in locked.public_message_in(Localized())


def test_one_that_never_changes_counts() -> None:
    expires = Validity.DAY.expires_at(NOW.astimezone(Fixed()))
    assert expires == datetime(2026, 11, 22, 15, 0, tzinfo=timezone.utc)
