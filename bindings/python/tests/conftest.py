"""Fixtures of several files."""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# The command speaks English, in any locale of this machine.
os.environ["STOPGAP_LANG"] = "en"


@pytest.fixture
def ends() -> Iterator[None]:
    """Ends the tests after two minutes: a call that waits for itself holds the
    interpreter, and then only C can end it."""
    faulthandler.dump_traceback_later(120, exit=True, file=2)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new store."""
    return "memory:" if request.param == "memory" else str(tmp_path / "stopgap.db")
