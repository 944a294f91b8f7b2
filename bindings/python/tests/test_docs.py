"""Public names have documentation, and its examples are right."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import stopgap

#: The least number of docstrings with examples. A search that finds fewer is broken.
LEAST = 20


def modules() -> Iterator[ModuleType]:
    """The package and all its modules; the extension module is one of them."""
    yield stopgap
    for found in pkgutil.iter_modules(stopgap.__path__, "stopgap."):
        if found.name != "stopgap.__main__":
            yield importlib.import_module(found.name)


def is_ours(thing: object) -> bool:
    return (getattr(thing, "__module__", None) or "").partition(".")[0] == "stopgap"


def parts(kind: type) -> Iterator[tuple[str, Any]]:
    """The parts of a class itself that can have a docstring."""
    for name, part in vars(kind).items():
        part = getattr(part, "__func__", part)  # of a static or a class method
        if inspect.isroutine(part) or inspect.isdatadescriptor(part):
            yield name, part


def documented() -> Iterator[tuple[str, str]]:
    """Each docstring, once, with the name of what it stands at.

    ``doctest`` itself does not look into classes of an extension module.
    """
    seen = set()
    for module in modules():
        yield module.__name__, module.__doc__ or ""
        for name, thing in vars(module).items():
            if not is_ours(thing) or id(thing) in seen:
                continue
            seen.add(id(thing))
            yield name, inspect.getdoc(thing) or ""
            if inspect.isclass(thing):
                for of, part in parts(thing):
                    yield f"{name}.{of}", getattr(part, "__doc__", None) or ""


def examples() -> list[doctest.DocTest]:
    parser = doctest.DocTestParser()
    names = {
        "datetime": datetime,
        "timedelta": timedelta,
        "timezone": timezone,
        "ZoneInfo": ZoneInfo,
        "stopgap": stopgap,
        **{name: getattr(stopgap, name) for name in stopgap.__all__},
    }
    found = [
        parser.get_doctest(inspect.cleandoc(text), dict(names), name, name, 0)
        for name, text in documented()
    ]
    return [example for example in found if example.examples]


EXAMPLES = examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_right(example: doctest.DocTest) -> None:
    # An exception's name is shown with its module or without.
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    runner = doctest.DocTestRunner(optionflags=flags)
    said: list[str] = []
    failed, _ = runner.run(example, out=said.append)
    assert not failed, "".join(said)


def test_the_examples_are_found() -> None:
    assert len(EXAMPLES) >= LEAST
    assert {"Code", "KeyRing", "Role.may"} <= {example.name for example in EXAMPLES}


def test_all_that_is_public_has_a_docstring() -> None:
    bare, seen = [], 0
    for name in stopgap.__all__:
        thing = getattr(stopgap, name)
        if isinstance(thing, str):  # OCRA_SUITE
            continue
        if not (thing.__doc__ or "").strip():
            bare.append(name)
        if not inspect.isclass(thing):
            continue
        for of, part in parts(thing):
            if of.startswith("_"):
                continue
            seen += 1
            if not (getattr(part, "__doc__", None) or "").strip():
                bare.append(f"{name}.{of}")
    assert not bare
    assert seen > 100


def test_all_is_exactly_what_is_public() -> None:
    assert len(set(stopgap.__all__)) == len(stopgap.__all__)
    public = {
        name
        for name, thing in vars(stopgap).items()
        if not name.startswith("_") and not inspect.ismodule(thing)
    }
    assert public - {"annotations"} == set(stopgap.__all__) - {"__version__"}
