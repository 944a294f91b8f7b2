"""Every vector of the protocol, every field of it.

The files came with the protocol; they were computed by an implementation that shares no
code with the core. With ``STOPGAP_VECTORS=DIR`` every file of that folder runs as well.

Zones are those of the package ``tzdata``, pinned to the edition of the IANA database
that ``chrono-tz`` has in Rust, 2025b. By another edition some vectors have another
expiry; the one that computes it decides.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.register_assert_rewrite("vectors")

from vectors import agent, codes, keys, life, records, times  # noqa: E402
from vectors.file import Counts, File, Runner, files  # noqa: E402

_ROOT = Path(__file__).resolve().parents[3]
_OWN = _ROOT / "crates/stopgap/tests/vectors"

#: The runner of each kind of file, and how many tests and steps of tests the core's own
#: copy has. Two records hold nanoseconds, which Python has not.
_KINDS: dict[str, tuple[Runner, Counts]] = {
    "agent": (agent.session, Counts(8, 180)),
    "codes": (codes.texts, Counts(18, 0)),
    "digests": (keys.digests, Counts(20, 0)),
    "expiry": (times.expiry, Counts(185, 0)),
    "lifecycle": (life.security_code, Counts(30, 185)),
    "normalize": (codes.normalize, Counts(360, 0)),
    "offline": (keys.offline, Counts(40, 0)),
    "records": (records.tags, Counts(24, 0, beyond=2)),
    "requests": (keys.requests, Counts(10, 0)),
    "throttle": (life.throttle, Counts(1, 161)),
}


def test_all_kinds_are_here() -> None:
    assert [path.stem for path in sorted(_OWN.glob("*.json"))] == list(_KINDS)


@pytest.mark.parametrize("kind", _KINDS)
def test_own_vectors(kind: str) -> None:
    runner, counts = _KINDS[kind]
    assert File.read(_OWN / f"{kind}.json").run(runner) == counts


def _runner(file: File) -> Runner:
    """The kind of a file is the beginning of its name: ``offline-more`` is ``offline``."""
    for kind, (runner, _) in _KINDS.items():
        rest = file.name[len(kind) :]
        letter = rest[:1].isascii() and rest[:1].isalpha()
        if file.name.startswith(kind) and not letter:
            return runner
    raise AssertionError(f"{file.name}: no such kind")


def _foreign_folder(named: str) -> Path:
    """The folder that ``STOPGAP_VECTORS`` names. pytest may run in the package's folder; a
    relative path is meant from where the shell is, or the project's root.
    """
    bases = [Path(os.environ.get("PWD", "")), _ROOT, Path()]
    for folder in (base / named for base in bases):
        if folder.is_dir():
            return folder
    raise AssertionError(f"STOPGAP_VECTORS: no folder {named}")


def test_foreign_vectors() -> None:
    """Anyone's vectors, where ``STOPGAP_VECTORS`` names a folder. Every file runs, also
    after one that failed.
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
        beyond = f", {counts.beyond} with instants beyond Python's" if counts.beyond else ""
        print(f"{file.name}: {counts.tests} tests with {counts.steps} steps{beyond}")
        ran += counts.tests
    assert not failed, "\n".join(failed)
    assert ran > 0, f"no vectors in {folder}"
