"""A file of vectors: groups of tests, with what is common to a group beside them."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional

#: A group without its tests, a test or a step, as JSON has it.
Object = dict[str, Any]
#: Runs one test of a group; raises where something differs. What it gives back is
#: whether the test holds an instant that Python has no ``datetime`` for.
Runner = Callable[[Object, Object], Optional[bool]]

#: How many failures of a file are told in full.
_TOLD = 5


class Counts(NamedTuple):
    """How many tests ran, and steps of tests."""

    tests: int
    steps: int
    #: Tests with an instant finer than a microsecond or outside the years 1 to 9999.
    #: Each ran all the same: as its module says.
    beyond: int = 0


@dataclass(frozen=True)
class File:
    """One file, read and counted."""

    name: str
    groups: list[Object]

    @staticmethod
    def read(path: Path) -> File:
        content = json.loads(path.read_text("utf-8"))
        assert content["protocol"] == "stopgap/1", path
        groups: list[Object] = content["testGroups"]
        assert content["numberOfTests"] == sum(len(group["tests"]) for group in groups), (
            path
        )
        return File(path.stem, groups)

    def run(self, runner: Runner) -> Counts:
        """Runs every test, also after one that failed; then fails with the names of those
        that did, and says why of the first.
        """
        tests = steps = beyond = 0
        failed: list[str] = []
        told: list[str] = []
        for group in self.groups:
            for test in group["tests"]:
                try:
                    beyond += bool(runner(group, test))
                # A panic of the extension is no Exception; a test says no with either.
                except BaseException as error:
                    if isinstance(error, KeyboardInterrupt):
                        raise
                    failed.append(str(test["tcId"]))
                    if len(told) < _TOLD:
                        told.append(f"tcId {failed[-1]}:\n{traceback.format_exc()}")
                tests += 1
                steps += len(test.get("steps", ()))
        assert not failed, "\n".join(
            [
                f"{self.name}: {len(failed)} of {tests} failed: tcId {', '.join(failed)}",
                *told,
            ]
        )
        return Counts(tests, steps, beyond)


def files(folder: Path) -> list[File]:
    """Those of a folder, by name."""
    return [File.read(path) for path in sorted(folder.glob("*.json"))]
