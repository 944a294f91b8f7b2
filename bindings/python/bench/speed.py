"""Measures calls beside ``pyotp`` and beside the same in Rust.

    maturin develop --release && pip install pyotp && python bench/speed.py

All sides of a line take turns in one run, and the fastest turn of each counts, because
other work on the machine disturbed it least.
"""

from __future__ import annotations

import argparse
import subprocess
from functools import partial
from pathlib import Path
from timeit import Timer
from typing import Callable

import cases
from cases import Case

#: Seconds that one turn takes.
_TURN = 0.01
_ROOT = Path(__file__).parents[3]
_RUST = "cargo bench --quiet --package stopgap-registry --bench beside -- turns"


def _turn(case: Case) -> Callable[[], float]:
    """Returns a function that measures one turn, in nanoseconds for a call."""
    if case.setup:
        fresh = Timer(case.statement, case.setup, globals=case.names)
        return lambda: fresh.timeit(1) * 1e9 / case.calls
    timer = Timer(case.statement, globals=case.names)
    times = 1
    while (taken := timer.timeit(times)) < _TURN / 4:
        times *= 2
    times = max(1, round(times * _TURN / taken))
    return lambda: timer.timeit(times) * 1e9 / (times * case.calls)


class Rust:
    """Makes the same calls in Rust, in another process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            _RUST.split(),
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def turn(self, name: str) -> float:
        """Nanoseconds for a call, over one turn."""
        process = self._process
        assert process.stdin
        assert process.stdout
        print(name, file=process.stdin, flush=True)
        return float(process.stdout.readline())

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate()


def _best(sides: list[Callable[[], float]], turns: int) -> list[float]:
    best = [float("inf")] * len(sides)
    for _ in range(turns):
        best = [min(so_far, turn()) for so_far, turn in zip(best, sides)]
    return best


def _peers(turns: int) -> None:
    made = cases.peers()
    figures = dict(zip(made, _best([_turn(case) for case in made.values()], turns)))
    print(f"\n{'':<34}{'ns':>8}{'ours':>8}{'ratio':>8}  asked")
    ours, theirs = figures["verify"], figures["pyotp"]
    print(f"{'pyotp':<34}{theirs:>8.0f}{ours:>8.0f}{theirs / ours:>8.2f}  >= 5")


def _beside(made: dict[str, Case], turns: int, rust: Rust, asked: str = "") -> None:
    print(
        f"\n{'':<34}{'Python':>8}{'Rust':>8}{'border':>8}{'ratio':>8}  {asked and 'asked'}"
    )
    for name, case in made.items():
        turn = partial(rust.turn, name)
        python, core = _best([_turn(case), turn], turns)
        border, ratio = python - core, python / core
        print(f"{name:<34}{python:>8.0f}{core:>8.0f}{border:>8.0f}{ratio:>8.2f}  {asked}")


def main() -> None:
    """Measures the named parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", help="peers, border, batch [default: all]")
    parser.add_argument("--turns", type=int, default=50)
    asked = parser.parse_args()
    what = asked.what or ["peers", "border", "batch"]
    print("nanoseconds for a call, or for one of a batch of 1,000")
    if "peers" in what:
        _peers(asked.turns)
    rust = Rust()
    try:
        if "border" in what:
            _beside({**cases.core(), **cases.server()}, asked.turns, rust)
        if "batch" in what:
            _beside(cases.batches(), asked.turns, rust, "<= 1.5")
    finally:
        rust.close()


if __name__ == "__main__":
    main()
