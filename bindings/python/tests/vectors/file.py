"""A file of vectors: groups of tests. A group has the fields that its tests share."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional

#: A group, a test or a step, as in the JSON.
Object = dict[str, Any]
#: Runs one test of a group, and raises an exception if something differs. Returns ``True``
#: if the test holds an instant for which Python has no ``datetime``.
Runner = Callable[[Object, Object], Optional[bool]]

#: The number of failures of a file that are shown in full.
_TOLD = 5


class Skipped(Exception):
    """A test of something that Python does not have."""


class Counts(NamedTuple):
    """The numbers of tests that ran, and of their steps."""

    tests: int
    steps: int
    #: Tests with an instant finer than a microsecond or outside the years 1 to 9999.
    #: Each ran nevertheless; its module describes how.
    beyond: int = 0
    #: Tests that did not run, because their runner raised :class:`Skipped`.
    skipped: int = 0


@dataclass(frozen=True)
class File:
    """A file whose number of tests is as it says."""

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
        """Runs every test, also after a failure. Then fails with the names of those that
        failed, and the exceptions of the first.
        """
        tests = steps = beyond = skipped = 0
        failed: list[str] = []
        told: list[str] = []
        for group in self.groups:
            for test in group["tests"]:
                try:
                    beyond += bool(runner(group, test))
                except Skipped:
                    skipped += 1
                    continue
                # A panic of the extension is no Exception.
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
        return Counts(tests, steps, beyond, skipped)


def files(folder: Path) -> list[File]:
    """The files of a folder, by name."""
    return [File.read(path) for path in sorted(folder.glob("*.json"))]
