"""freezegun and time-machine: other types, before and after the package is imported.

Each program runs in its own process, because the package looks the types up once.
"""

from __future__ import annotations

import subprocess
import sys
from textwrap import indent

import pytest

FREEZEGUN = """
from freezegun import freeze_time
with freeze_time("2026-11-21 15:00"):
"""
TIME_MACHINE = """
import time_machine
with time_machine.travel("2026-11-21T15:00:00+00:00", tick=False):
"""

#: All uses of datetimes: arguments, zones, results and clocks.
USES = """
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo
from stopgap import *

def use(now):
    key_ring = KeyRing(1, MasterKey.generate())
    berlin = ZoneInfo("Europe/Berlin")
    assert Validity.MONTH.expires_at(now.astimezone(berlin)).tzinfo is berlin
    code, record = OnlinePolicy(not_before=now).issue(key_ring, "alice", now=now)
    request = VerifyRequest("alice", code.reveal(), Purpose.RESET)
    assert record.verify(key_ring, request, now=now).expires_at > now
    assert abs(record.issued_at - now) < timedelta(milliseconds=1)
    Throttle(locked_until=now + timedelta(seconds=1)).fail(now=now)
    dana = Actor("dana", Role.HELP_DESK)
    with Registry.open(
        "memory:", key_ring, clock=lambda: now, clock_tolerance=timedelta(seconds=5)
    ) as registry:
        issued = registry.issue_code(dana, "alice", zone=berlin)
        request = VerifyRequest("alice", issued.code.reveal(), Purpose.RESET)
        registry.verify_code(request)
        assert CodeRecord.from_dict(issued.record.to_dict()) == issued.record

now = datetime.now(timezone.utc)
use(now)
"""


def run(program: str) -> None:
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("imported", ["before", "within"])
@pytest.mark.parametrize(
    "freeze", [FREEZEGUN, TIME_MACHINE], ids=["freezegun", "time-machine"]
)
def test_datetimes_are_accepted_within_and_after(freeze: str, imported: str) -> None:
    before = "import stopgap" if imported == "before" else ""
    frozen = f"{before}{freeze}{indent(USES, '    ')}\nfrozen = now\n"
    # Afterwards, an instant of the block is accepted too.
    run(f"{frozen}\n{USES}\nassert frozen.hour == 15 and frozen != now\nuse(frozen)\n")


def test_results_are_datetimes_of_python_itself() -> None:
    frozen = f"{FREEZEGUN}{indent(USES, '    ')}"
    run(
        f"{frozen}\nassert type(now).__name__ == 'FakeDatetime'\n"
        "keys = KeyRing(1, MasterKey.generate())\n"
        "_, record = OnlinePolicy().issue(keys, 'bob', now=now)\n"
        "from datetime import datetime\nassert type(record.issued_at) is datetime\n"
    )
