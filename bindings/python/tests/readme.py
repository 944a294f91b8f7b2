"""Runs the Python of a Markdown page, block after block.

A block of text that follows one of Python is its output, except for codes, ids and times,
which differ each time. It needs nothing but the packages of the page::

    python readme.py README.md
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

_BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<prints>.*?)^```\n)?", re.M | re.S
)
_CHANGING = (
    (re.compile(r"\b[0-9A-Z]{4}(-[0-9A-Z]{4})+\b"), "CODE"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?"), "TIME"),
)


@dataclass(frozen=True)
class Block:
    """A block of Python, and its output; ``None`` if the page does not show it."""

    line: int
    code: str
    prints: Optional[str]

    def run(self, page: str, names: dict[str, Any]) -> None:
        """Runs the block with the names of the blocks before it."""
        # Blank lines before it: a traceback then shows the line of the page.
        source = "\n" * (self.line - 1) + self.code
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source, page, "exec"), names)
        if self.prints is not None and alike(printed.getvalue()) != alike(self.prints):
            says = f"prints\n{printed.getvalue()}\nand not\n{self.prints}"
            raise AssertionError(f"{page}, line {self.line}: {says}")


def alike(text: str) -> str:
    """The text without codes, ids and times."""
    for changing, name in _CHANGING:
        text = changing.sub(name, text)
    return text


def blocks(markdown: str) -> list[Block]:
    """The blocks of Python of a page, in order."""
    return [
        Block(
            markdown.count("\n", 0, found.start("code")) + 1, found["code"], found["prints"]
        )
        for found in _BLOCK.finditer(markdown)
    ]


def run(page: Path) -> int:
    """Runs all blocks of a page twice in a temporary folder. Returns their number."""
    found = blocks(page.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        stack.enter_context(_within(Path(folder)))
        for _ in range(2):
            names: dict[str, Any] = {"__name__": "__main__"}
            for block in found:
                block.run(page.name, names)
    return len(found)


def program(page: Path) -> str:
    """The blocks of a page as one program, whose lines are those of the page."""
    lines: list[str] = []
    for block in blocks(page.read_text(encoding="utf-8")):
        lines += [""] * (block.line - 1 - len(lines)) + block.code.splitlines()
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def _within(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        count = run(Path(name).resolve())
        if not count:
            sys.exit(f"{name}: no Python in it")
        print(f"{name}: {count} blocks of Python run as printed")
