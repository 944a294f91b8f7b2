"""Objects that are wrong arguments, some of them likely ones."""

from __future__ import annotations

import collections
import enum
import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, Callable, Optional
from zoneinfo import ZoneInfo

__all__ = ["Strange", "pick", "variation"]


class Strange(Exception):
    """The exception of these objects. Stopgap must not change it."""


def _raises(*_: object, **__: object) -> Any:
    raise Strange


class _Raising:
    """Raises in every method."""

    __bool__ = __bytes__ = __call__ = __contains__ = __enter__ = __eq__ = _raises
    __float__ = __fspath__ = __ge__ = __getitem__ = __gt__ = __hash__ = __index__ = _raises
    __int__ = __iter__ = __le__ = __len__ = __lt__ = __ne__ = __next__ = __repr__ = _raises
    __setitem__ = __str__ = __add__ = __sub__ = __radd__ = __rsub__ = __format__ = _raises
    __getattr__ = _raises
    keys = items = get = utcoffset = _raises


class _Lying(_Raising):
    """Claims to be text."""

    __class__ = property(lambda _: str)


class _Vexing(_Raising):
    """Raises if its class is read."""

    __class__ = property(_raises)


class _Text(str):
    """Text that cannot be read."""

    __eq__ = __hash__ = __str__ = __len__ = __iter__ = encode = _raises


class _Whole(int):
    """A number that cannot be read."""

    __index__ = __int__ = __eq__ = __hash__ = __lt__ = _raises


class _Indexed:
    """An object with ``__index__``."""

    def __init__(self, number: Any) -> None:
        self._number = number

    def __index__(self) -> Any:
        return self._number


class _Bytes(bytes):
    """Bytes that cannot be read."""

    __len__ = __iter__ = __getitem__ = __bytes__ = _raises


class _Long(Sequence[Any]):
    """An empty sequence with a great length."""

    def __len__(self) -> int:
        return 2**62

    def __getitem__(self, index: Any) -> Any:
        raise IndexError


class _Dict(dict[Any, Any]):
    """A dict that cannot be read."""

    __getitem__ = __iter__ = __len__ = keys = items = get = _raises


class _Zone(tzinfo):
    """A zone with these answers."""

    def __init__(
        self, offset: Callable[[], Any], from_utc: Optional[Callable[[], Any]] = None
    ) -> None:
        self._offset, self._from_utc = offset, from_utc

    def utcoffset(self, instant: Optional[datetime]) -> Any:
        return self._offset()

    def dst(self, instant: Optional[datetime]) -> Any:
        return timedelta(0)

    def tzname(self, instant: Optional[datetime]) -> Any:
        return "\ud800"

    def fromutc(self, instant: datetime) -> Any:
        return super().fromutc(instant) if self._from_utc is None else self._from_utc()


class _Instant(datetime):
    """An instant that cannot be read."""

    __sub__ = __rsub__ = __eq__ = __hash__ = utcoffset = astimezone = _raises


class Purpose(enum.Enum):
    """Another enum with the values of ``Purpose``."""

    RESET = "reset"
    BYPASS = "bypass"


class _Ordinal(enum.IntEnum):
    ONE = 1


def _generator() -> Iterator[Any]:
    yield "alice"
    raise Strange


def _wandering() -> timedelta:
    return timedelta(minutes=random.randint(-1439, 1439))


_ZONES: list[Callable[[], tzinfo]] = [
    lambda: ZoneInfo("Europe/Berlin"),
    lambda: ZoneInfo("Pacific/Apia"),
    lambda: timezone(timedelta(hours=23, minutes=59, seconds=59, microseconds=999_999)),
    lambda: timezone(-timedelta(hours=23, minutes=59, seconds=59)),
    lambda: timezone(timedelta(microseconds=1)),
    lambda: _Zone(_raises),
    lambda: _Zone(lambda: None),
    lambda: _Zone(lambda: "+01:00"),
    lambda: _Zone(lambda: timedelta(hours=24)),
    lambda: _Zone(lambda: timedelta(days=-400_000)),
    lambda: _Zone(_wandering),
    lambda: _Zone(lambda: timedelta(0), _raises),
    lambda: _Zone(lambda: timedelta(0), lambda: None),
    lambda: _Zone(lambda: timedelta(0), lambda: datetime(2026, 11, 21)),
    lambda: _Zone(
        lambda: timedelta(0), lambda: _Instant(2026, 11, 21, tzinfo=timezone.utc)
    ),
]

_SYMBOLS = (
    "0123456789ABCDEFabcdefOIL-. _\t\n\0\x7f\u00a0\u200f\u2013ＡＦ４é山\ud800\udfff🔑"
)


def _text(chance: random.Random) -> str:
    return "".join(
        chance.choices(_SYMBOLS, k=chance.choice([0, 1, 4, 8, 12, 14, 32, 255, 256]))
    )


def _instant(chance: random.Random) -> datetime:
    cls = chance.choice([datetime, datetime, datetime, _Instant])
    zone = chance.choice([None, timezone.utc, timezone.utc, chance.choice(_ZONES)()])
    day = chance.choice(
        [(1, 1, 1), (9999, 12, 31), (1970, 1, 1), (2026, 3, 29), (2026, 11, 21)]
    )
    clock = chance.choice(
        [(0, 0, 0, 0), (23, 59, 59, 999_999), (2, 30, 0, 1), (15, 0, 0, 0)]
    )
    return cls(*day, *clock, tzinfo=zone, fold=chance.choice([0, 1]))


_NUMBERS = [
    0,
    1,
    7,
    8,
    16,
    31,
    32,
    33,
    255,
    256,
    2**15,
    2**16,
    2**31,
    2**32,
    2**63,
    2**64,
    10**40,
]

_PLAIN: list[Callable[[random.Random], Any]] = [
    lambda _: None,
    lambda chance: chance.choice([True, False, Ellipsis, NotImplemented]),
    lambda chance: (
        chance.choice([1, -1]) * (chance.choice(_NUMBERS) - chance.choice([0, 1]))
    ),
    lambda chance: chance.choice([0.0, -0.5, 12.0, 1e308, float("nan"), float("-inf"), 1j]),
    lambda chance: chance.randbytes(chance.choice([0, 1, 6, 16, 31, 32, 33, 64, 76, 1000])),
    lambda chance: bytearray(chance.randbytes(32)),
    lambda chance: memoryview(chance.randbytes(64))[:: chance.choice([1, 2, -1])],
    _text,
    _text,
    _text,
    lambda chance: (
        chance.choice(["x", "🔑", "\ud800", "A"]) * chance.choice([300, 2**16, 2**20])
    ),
    _instant,
    _instant,
    _instant,
    lambda chance: chance.choice(_ZONES)(),
    lambda chance: chance.choice(
        [date(2026, 11, 21), time(15), timedelta.max, timedelta(1)]
    ),
    lambda chance: chance.choice([Purpose.RESET, Purpose.BYPASS, Purpose, _Ordinal.ONE]),
    lambda chance: _Text(_text(chance)),
    lambda chance: _Whole(chance.choice(_NUMBERS)),
    lambda chance: _Indexed(chance.choice([*_NUMBERS, None, "1", _Whole(1)])),
    lambda chance: _Bytes(chance.randbytes(32)),
    lambda chance: chance.choice([_Raising, _Lying, _Vexing, _Long, object])(),
    lambda _: _generator(),
    lambda _: _Dict(key_id=1, user="alice"),
    lambda chance: chance.choice(
        [Strange, Strange(), ValueError("no"), type, int, _Raising]
    ),
    lambda chance: chance.choice([_raises, lambda: None, lambda one: one, lambda *_: "x"]),
    lambda _: collections.UserString("alice"),
]


def pick(chance: random.Random, others: Sequence[Any], depth: int = 2) -> Any:
    """Any object: one of those above, one of ``others``, or a collection of both."""
    kind = chance.random()
    if kind < 0.15:
        return chance.choice(others)
    if kind < 0.8 or depth == 0:
        return chance.choice(_PLAIN)(chance)
    some = [pick(chance, others, depth - 1) for _ in range(chance.choice([0, 1, 2, 3, 4]))]
    return _collected(chance, some)


def _collected(chance: random.Random, some: list[Any]) -> Any:
    kind = chance.randrange(7)
    if kind == 0:
        return tuple(some)
    if kind == 1:
        return iter(some)
    if kind == 2:
        return dict.fromkeys(map(str, range(len(some))), some)
    if kind == 3:
        return frozenset(range(len(some)))
    if kind == 4:
        return collections.deque(some)
    return some


def variation(chance: random.Random, good: Any, others: Sequence[Any]) -> Any:
    """Another object in place of ``good``, often a similar one."""
    if chance.random() < 0.5:
        return pick(chance, others)
    if isinstance(good, dict):
        changed = dict(good)
        if changed and chance.random() < 0.8:
            key = chance.choice(list(changed))
            changed[key] = variation(chance, changed[key], others)
        else:
            changed["more"] = pick(chance, others)
        return changed
    if isinstance(good, (list, tuple)):
        return _changed(chance, list(good), others)
    if isinstance(good, str) and good:
        at = chance.randrange(len(good))
        return (
            good[:at] + chance.choice(_SYMBOLS) * chance.choice([0, 1, 2]) + good[at + 1 :]
        )
    if isinstance(good, bytes) and good:
        at = chance.randrange(len(good))
        return good[:at] + chance.randbytes(chance.choice([0, 1, 2])) + good[at + 1 :]
    if isinstance(good, datetime):
        return _instant(chance)
    if isinstance(good, int):
        return chance.choice([1, -1]) * chance.choice(_NUMBERS)
    if callable(good):
        answer = pick(chance, others)
        return chance.choice([lambda *_: answer, lambda *_: _raises(), lambda: answer])
    return pick(chance, others)


def _changed(chance: random.Random, good: list[Any], others: Sequence[Any]) -> Any:
    if good and chance.random() < 0.8:
        at = chance.randrange(len(good))
        good[at] = variation(chance, good[at], others)
    else:
        good.append(pick(chance, others))
    kinds: list[Callable[[list[Any]], Any]] = [list, tuple, iter]
    return chance.choice(kinds)(good)
