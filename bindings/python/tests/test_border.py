"""Fuzzes the border: for any argument, only TypeError, ValueError, Stopgap's exceptions or
those of the object itself are raised, and good calls still work.

Each callable is called with strange objects in one argument at a time, in all at once,
with too many and too few. ``STOPGAP_FUZZ_SEED`` is the seed; ``STOPGAP_FUZZ_SECONDS`` is
the time of ``-m long``, by default ten minutes.
"""

from __future__ import annotations

import asyncio
import copy
import enum
import faulthandler
import gc
import inspect
import operator
import os
import pickle
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import pytest

import stopgap
from border.calls import GOOD, SELVES, Call
from border.strange import Strange, pick, variation
from border.world import world

#: Calls for each callable, in one round.
_CALLS = 60
_LEAST = 8_000
_SEED = int(os.environ.get("STOPGAP_FUZZ_SEED", "1"))
_SECONDS = float(os.environ.get("STOPGAP_FUZZ_SECONDS", "600"))
_ALLOWED = (TypeError, ValueError, stopgap.StopgapError, Strange)
#: Special methods that every object has.
_OPERATORS: list[Callable[..., object]] = [
    operator.eq,
    operator.ne,
    operator.lt,
    operator.ge,
    operator.contains,
    operator.add,
    isinstance,
    divmod,
]
_ALONE: list[Callable[..., object]] = [hash, repr, str, bool, dir, copy.copy, copy.deepcopy]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # An argument may be the name of a file. A call that hangs shows its traceback.
    monkeypatch.chdir(tmp_path)
    faulthandler.dump_traceback_later(_SECONDS + 300, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


class Fuzz:
    """Calls everything, and counts."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.calls = 0
        self.loop = asyncio.new_event_loop()

    def _run(self, function: Callable[..., Any], call: Call) -> Any:
        self.calls += 1
        given = function(*call.words, **call.named)
        if inspect.iscoroutine(given):
            return self.loop.run_until_complete(given)
        if type(given).__name__ == "_Opening":
            return self.loop.run_until_complete(given._open())
        return given

    def strangely(self, name: str, function: Callable[..., Any], call: Call) -> None:
        """Makes a call that may be refused."""
        try:
            self._run(function, call)
        except _ALLOWED:
            pass
        except BaseException as error:
            shown = [f"{type(word).__name__} {_shown(word)}" for word in call.words]
            named = [
                f"{key}={type(w).__name__} {_shown(w)}" for key, w in call.named.items()
            ]
            pytest.fail(f"{name}({', '.join(shown + named)}): {type(error)}: {error}")

    def well(self, name: str, w: SimpleNamespace) -> None:
        """Makes the good call."""
        function = _function(name, w)
        try:
            self._run(function, GOOD[name](w))
        except _ALLOWED as error:
            pytest.fail(f"the good call of {name}: {error!r}")

    def changed(self, good: Call, w: SimpleNamespace) -> Call:
        """A call with something strange in it."""
        chance = self.chance
        words, named = list(good.words), dict(good.named)
        places: list[Any] = [*range(len(words)), *named]
        how = chance.random()
        if how < 0.1:
            words = [
                pick(chance, w.instances)
                for _ in range(len(words) + chance.choice([-1, 1]))
            ]
        elif how < 0.2:
            words.extend([pick(chance, w.instances)] * chance.choice([1, 2]))
        elif how < 0.3:
            named[chance.choice(["now", "x", "key_ring", "user", "é"])] = pick(
                chance, w.instances
            )
        elif how < 0.4 and named:
            del named[chance.choice(list(named))]
        elif how < 0.8:
            places = [chance.choice(places)] if places else []
        if how >= 0.4:
            for place in places:
                into: Any = words if isinstance(place, int) else named
                into[place] = variation(chance, into[place], w.instances)
        return Call(tuple(words), named)

    def everything(self, name: str) -> None:
        """One round of a callable."""
        w = world()
        function, unbound = _function(name, w), _unbound(name)
        for _ in range(_CALLS):
            call = self.changed(GOOD[name](w), w)
            if unbound is not None and self.chance.random() < 0.05:
                call = Call((pick(self.chance, w.instances), *call.words), call.named)
                self.strangely(name, unbound, call)
            else:
                self.strangely(name, function, call)
        # In a new world: there may be lockouts in the other one.
        self.well(name, world())

    def specially(self) -> None:
        """One round of operators and other special methods."""
        w = world()
        for one in w.instances:
            for special in _ALONE:
                self.strangely(special.__name__, special, Call((one,), {}))
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                self.strangely("pickle", pickle.dumps, Call((one, protocol), {}))
            for special in _OPERATORS:
                for _ in range(3):
                    both = [one, pick(self.chance, w.instances)]
                    self.strangely(special.__name__, special, Call(tuple(both), {}))
                    self.strangely(special.__name__, special, Call(tuple(both[::-1]), {}))


def _shown(word: object) -> str:
    try:
        return repr(word)[:200]
    except BaseException:
        return "?"


def _function(name: str, w: SimpleNamespace) -> Callable[..., Any]:
    kind, _, method = name.partition(".")
    if not method:
        return getattr(stopgap, kind)  # type: ignore[no-any-return]
    return getattr(getattr(w, SELVES[kind]), method)  # type: ignore[no-any-return]


def _unbound(name: str) -> Any:
    """The method as a function of self, if it is Rust's."""
    kind, _, method = name.partition(".")
    found = vars(getattr(stopgap, kind)).get(method) if method else None
    return (
        found
        if inspect.ismethoddescriptor(found) and not isinstance(found, staticmethod)
        else None
    )


def _public(kind: type) -> list[str]:
    return [name for name in dir(kind) if not name.startswith("_")]


def _has_constructor(kind: Any) -> bool:
    try:
        kind()
    except (TypeError, ValueError) as error:
        return not str(error).startswith(("cannot create", "a registry is made by"))
    return True


def test_every_callable_is_in_the_table() -> None:
    expected = {"Registry.__enter__", "Registry.__exit__"}
    for name in stopgap.__all__:
        public = getattr(stopgap, name)
        if inspect.isclass(public):
            if issubclass(public, (BaseException, enum.Enum)):
                continue
            if public.__module__ == "stopgap" and _has_constructor(public):
                expected.add(name)
            methods = [one for one in _public(public) if callable(getattr(public, one))]
            expected |= {f"{name}.{one}" for one in methods}
        elif callable(public):
            expected.add(name)
    assert set(GOOD) == expected


def test_every_attribute_can_be_read_and_none_be_set() -> None:
    w, read = world(), 0
    for kind, place in SELVES.items():
        one = getattr(w, place)
        assert type(one).__name__ == kind
        for name in _public(type(one)):
            if callable(getattr(type(one), name, None)):
                continue
            getattr(one, name)
            read += 1
            with pytest.raises(AttributeError):
                setattr(one, name, 1)
            with pytest.raises(AttributeError):
                delattr(one, name)
        if kind != "AsyncRegistry":
            with pytest.raises((AttributeError, TypeError)):
                one.other = 1
    assert read > 80


def test_good_calls_are_good() -> None:
    fuzz = Fuzz(_SEED)
    for name in GOOD:
        fuzz.well(name, world())
    assert fuzz.calls == len(GOOD) > 150


def test_strange_calls_are_refused_in_our_words(capsys: pytest.CaptureFixture[str]) -> None:
    fuzz = Fuzz(_SEED)
    for name in GOOD:
        fuzz.everything(name)
    fuzz.specially()
    gc.collect()
    with capsys.disabled():
        print(f"\n{fuzz.calls} calls across the border, seed {_SEED}", file=sys.stderr)
    assert fuzz.calls > _LEAST


@pytest.mark.long
def test_strange_calls_are_refused_for_minutes(capsys: pytest.CaptureFixture[str]) -> None:
    end, seed, calls = time.monotonic() + _SECONDS, _SEED, 0
    while time.monotonic() < end:
        seed += 1
        fuzz = Fuzz(seed)
        for name in GOOD:
            fuzz.everything(name)
        fuzz.specially()
        gc.collect()
        calls += fuzz.calls
    with capsys.disabled():
        print(
            f"\n{calls} calls across the border, seeds {_SEED} to {seed}", file=sys.stderr
        )
    assert calls > _LEAST
