"""The Python of the READMEs and guides runs as printed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import readme

PROJECT = Path(__file__).parents[3]
PAGES = {"README.md": 1, "bindings/python/README.md": 18, "docs/identity-server.md": 1}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_as_printed(page: str) -> None:
    """Each page runs in its own process."""
    path = PROJECT / page
    assert len(readme.blocks(path.read_text(encoding="utf-8"))) >= PAGES[page]
    command = [sys.executable, "-I", readme.__file__, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_types(page: str, tmp_path: Path) -> None:
    """mypy knows the types of the blocks, as one program."""
    program = tmp_path / "page.py"
    program.write_text(readme.program(PROJECT / page), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        str(tmp_path / "cache"),
    ]
    # Without the settings of the project.
    command += ["--config-file", os.devnull, str(program)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout


def test_what_a_page_says_wrongly_is_found(tmp_path: Path) -> None:
    """The harness finds wrong output."""
    page = tmp_path / "page.md"

    def says(prints: str) -> int:
        page.write_text(
            f"```python\nprint('3F9A-77C2', 'one')\n```\n\n```text\n{prints}\n```\n"
        )
        return readme.run(page)

    assert says("ABCD-1234 one") == 1
    for wrong in ["3F9A-77C2 two", "3F9A-77C2", "3F9A-77C2 one\none"]:
        with pytest.raises(AssertionError):
            says(wrong)
    page.write_text("\n\n```python\nx = 1\nraise KeyError(x)\n```\n")
    with pytest.raises(KeyError) as raised:
        readme.run(page)
    assert raised.traceback[-1].lineno == 4  # from 0
