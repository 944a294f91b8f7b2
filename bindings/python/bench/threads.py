"""Compares eight threads with one: how many calls they make in a second.

    maturin develop --release && python bench/threads.py

``hashlib``, which needs no interpreter and no lock, shows what the cores can give. One
thread and eight take turns, and the best turn of each counts.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
import time
from pathlib import Path
from typing import Callable

from stopgap import (
    Access,
    Actor,
    KeyRing,
    MasterKey,
    Purpose,
    Registry,
    Role,
    Scopes,
    SecurityRequest,
    VerifyRequest,
)

_THREADS = 8
_TURNS = 7
_ROOT = Actor("root", Role.SUPER_ADMINISTRATOR)
_RING = KeyRing(1, MasterKey.generate())


def _rate(work: Callable[[int], object], threads: int, calls: int) -> float:
    """Calls in a second, all threads together."""
    barrier = threading.Barrier(threads + 1)

    def run(number: int) -> None:
        barrier.wait()
        for _ in range(calls // threads):
            work(number)

    started = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in started:
        thread.start()
    barrier.wait()
    begun = time.perf_counter()
    for thread in started:
        thread.join()
    return calls / (time.perf_counter() - begun)


def _registry(url: str) -> tuple[Callable[[int], object], ...]:
    registry = Registry.open(url, _RING)
    users = [f"user-{number}" for number in range(_THREADS)]
    typed = [registry.issue_code(_ROOT, user).code.reveal() for user in users]
    created = registry.create_security_code(
        _ROOT, SecurityRequest(Access.SUPER_ADMINISTRATOR, Scopes.UNLIMITED)
    )
    presented = created.code.reveal()
    requests = [
        VerifyRequest(user, code, Purpose.RESET) for user, code in zip(users, typed)
    ]
    many = [[request] * 100 for request in requests]
    return (
        lambda number: registry.verify_code(requests[number]),
        lambda number: registry.verify_many(many[number]),
        lambda number: registry.authenticate(presented, lambda _: Role.USER),
    )


def main() -> None:
    """Measures each."""
    with tempfile.TemporaryDirectory() as folder:
        memory, file = _registry("memory:"), _registry(str(Path(folder) / "stopgap.db"))
        block = bytes(200_000)
        lines: dict[str, tuple[Callable[[int], object], int]] = {
            "(hashlib.sha256, to compare)": (
                lambda _: hashlib.sha256(block).digest(),
                2_000,
            ),
            "verify_code, memory": (memory[0], 20_000),
            "verify_many of 100, memory": (memory[1], 200),
            "authenticate, memory": (memory[2], 40_000),
            "verify_code, SQLite file": (file[0], 2_000),
            "verify_many of 100, SQLite file": (file[1], 24),
            "authenticate, SQLite file": (file[2], 20_000),
        }
        print(f"{'calls in a second':<36}{'1 thread':>10}{'8':>10}{'ratio':>8}")
        for name, (work, calls) in lines.items():
            one = eight = 0.0
            for _ in range(_TURNS):
                one = max(one, _rate(work, 1, calls))
                eight = max(eight, _rate(work, _THREADS, calls))
            print(f"{name:<36}{one:>10.0f}{eight:>10.0f}{eight / one:>8.2f}", flush=True)


if __name__ == "__main__":
    main()
