"""Every vector of the protocol, every field of it.

The files were computed by an implementation that shares no code with the core. With
``STOPGAP_VECTORS=DIR`` every file of that folder runs as well.

Zones are those of the package ``tzdata``, pinned to 2025b, the edition of the IANA
database that ``chrono-tz`` has in Rust. With another edition some expiries differ.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.register_assert_rewrite("vectors")

from vectors import agent, codes, keys, life, names, records, times, verify  # noqa: E402
from vectors.file import Counts, File, Runner, files  # noqa: E402

_ROOT = Path(__file__).resolve().parents[3]
_OWN = _ROOT / "crates/stopgap/tests/vectors"

#: The runner of each kind of file, and the numbers of tests and steps of the project's
#: file.
_KINDS: dict[str, tuple[Runner, Counts]] = {
    "agent": (agent.session, Counts(41, 659)),
    "alphabets": (codes.alphabets, Counts(16, 0)),
    "codes": (codes.texts, Counts(33, 0)),
    "digests": (keys.digests, Counts(20, 0)),
    "expiry": (times.expiry, Counts(275, 0)),
    "lifecycle": (life.security_code, Counts(32, 202)),
    "names": (names.names, Counts(40, 0)),
    "normalize": (codes.normalize, Counts(1410, 0)),
    "offline": (keys.offline, Counts(40, 0)),
    "records": (records.tags, Counts(56, 0, skipped=8)),
    "requests": (keys.requests, Counts(32, 0)),
    "security": (codes.security, Counts(88, 0)),
    "throttle": (life.throttle, Counts(7, 310)),
    "verify": (verify.session, Counts(19, 168)),
}


def test_all_kinds_are_here() -> None:
    kinds = {path.stem for path in _OWN.glob("*.json")}
    assert kinds == set(_KINDS)
    assert len(kinds) == 14
    assert sum(counts.tests for _, counts in _KINDS.values()) == 2109
    assert sum(counts.skipped for _, counts in _KINDS.values()) == 8


@pytest.mark.parametrize("kind", _KINDS)
def test_own_vectors(kind: str) -> None:
    runner, counts = _KINDS[kind]
    assert File.read(_OWN / f"{kind}.json").run(runner) == counts


def _runner(file: File) -> Runner:
    """The kind of a file is its name, up to the first hyphen."""
    kind = file.name.partition("-")[0]
    assert kind in _KINDS, f"{file.name}: no such kind"
    return _KINDS[kind][0]


def _foreign_folder(named: str) -> Path:
    """The folder that ``STOPGAP_VECTORS`` names. If pytest runs in the package's folder, a
    relative path may start at the shell's folder or at the project's root.
    """
    bases = [Path(os.environ.get("PWD", "")), _ROOT, Path()]
    for folder in (base / named for base in bases):
        if folder.is_dir():
            return folder
    raise AssertionError(f"STOPGAP_VECTORS: no folder {named}")


def test_foreign_vectors() -> None:
    """The vectors in the folder that ``STOPGAP_VECTORS`` names. Every file runs, also after
    a failure.
    """
    named = os.environ.get("STOPGAP_VECTORS")
    if named is None:
        return
    folder = _foreign_folder(named)
    ran, failed = 0, []
    for file in files(folder):
        try:
            counts = file.run(_runner(file))
        except AssertionError as error:
            failed.append(str(error))
            continue
        more = f", {counts.beyond} with instants beyond Python's" if counts.beyond else ""
        more += f", {counts.skipped} skipped" if counts.skipped else ""
        print(f"{file.name}: {counts.tests} tests with {counts.steps} steps{more}")
        ran += counts.tests
    assert not failed, "\n".join(failed)
    assert ran > 0, f"no vectors in {folder}"
