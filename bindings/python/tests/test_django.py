"""A throttle in a row of Django's database, which is locked while a code is verified.

Django runs in its own process, because it is set up once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("django")

HERE = Path(__file__).parent
POSTGRES = os.environ.get("STOPGAP_TEST_POSTGRES", "")


def rows(*database: str) -> None:
    command = [sys.executable, str(HERE / "django_rows.py"), *database]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr


def test_failures_stay_in_sqlite(tmp_path: Path) -> None:
    rows("sqlite", str(tmp_path / "django.db"))


@pytest.mark.skipif(
    not POSTGRES, reason="PostgreSQL was not tested: set STOPGAP_TEST_POSTGRES"
)
def test_failures_stay_in_postgres() -> None:
    url = urlsplit(POSTGRES)
    rows(
        "postgres",
        url.path.lstrip("/"),
        url.hostname or "",
        str(url.port or 5432),
        url.username or "",
        url.password or "",
    )
