"""Actors, keys and a clock for the tests of the registry."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from stopgap import Actor, KeyRing, MasterKey, Role

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)
KEY = MasterKey(bytes(range(32)))

USER = Actor("alice", Role.USER)
DESK = Actor("dana", Role.HELP_DESK)
ADMIN = Actor("ada", Role.ADMINISTRATOR)
ROOT = Actor("root", Role.SUPER_ADMINISTRATOR)


def key_ring() -> KeyRing:
    return KeyRing(1, KEY)


class Clock:
    """A clock that moves only if it is set."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self.asked = 0

    def __call__(self) -> datetime:
        self.asked += 1
        return self.now

    def advance(self, span: timedelta) -> None:
        self.now += span
