"""Functions and zones that a registry calls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Optional

from stopgap import Issued, Registry
from world import DESK


class Boom(Exception):
    """The exception of a caller's function."""


class Zone(tzinfo):
    """A zone that answers as it is told."""

    def __init__(self, answer: Callable[[], Optional[timedelta]]) -> None:
        self.answer = answer

    def utcoffset(self, when: Optional[datetime]) -> Optional[timedelta]:
        return self.answer()

    def dst(self, when: Optional[datetime]) -> Optional[timedelta]:
        return None

    def tzname(self, when: Optional[datetime]) -> Optional[str]:
        return None

    def fromutc(self, when: datetime) -> datetime:
        return when + (self.answer() or timedelta())


class Within(Zone):
    """A zone that does something when it is asked within the transaction of
    :meth:`Registry.issue_code`, which asks last.

    The clock must move: a zone is asked only once about an instant.
    """

    def __init__(self, registry: Registry, work: Callable[[], object]) -> None:
        self.asked = 0
        super().__init__(self._count)
        registry.issue_code(DESK, "nobody", zone=self)
        self.last, self.asked, self.work = self.asked, 0, work
        self.answer = self._work

    def _count(self) -> timedelta:
        self.asked += 1
        return timedelta()

    def _work(self) -> timedelta:
        self.asked += 1
        if self.asked == self.last:
            self.work()
        return timedelta()


class Waiting:
    """A function that waits until the test goes on."""

    def __init__(self) -> None:
        self.inside, self.go_on = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.inside.set()
        assert self.go_on.wait(30)

    def keep(self, issued: list[Issued]) -> None:
        """Waits too."""
        self()
