"""Prints how much the resident set grows over a million calls, in kilobytes.

    maturin develop --release && python bench/memory.py [CALLS [NAME ...]]

It is measured after the first tenth of the calls. Without a leak it is some hundred
kilobytes, for any number of calls.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from test_memory import CALLS

_PAGE = os.sysconf("SC_PAGE_SIZE") // 1024


def _resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def main() -> None:
    """Measures each."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    for name in sys.argv[2:] or CALLS:
        work = CALLS[name]
        for _ in range(calls // 10):
            work()
        before = _resident()
        for _ in range(calls):
            work()
        print(f"{name:<16}{calls:>10} calls{_resident() - before:>8} kB", flush=True)


if __name__ == "__main__":
    main()
