"""The verdict on an attempt that a throttle guards."""

from __future__ import annotations

from typing import Generic, Optional, TypeVar

from stopgap._native import Throttle
from stopgap.errors import Refused

__all__ = ["Verdict"]

_T = TypeVar("_T")


class Verdict(Generic[_T]):
    """The verdict of :meth:`Throttle.attempt`: the throttle to store, and a result or a
    refusal.

    Store :attr:`throttle` and commit, also if the attempt was refused. Only then call
    :meth:`result`: an exception within the transaction would undo what it has stored, and a
    guesser could go on for ever.
    """

    __slots__ = ("_changed", "_refusal", "_result", "_throttle")

    def __init__(
        self,
        throttle: Throttle,
        changed: bool,
        result: Optional[_T],
        refusal: Optional[Refused],
    ) -> None:
        self._throttle = throttle
        self._changed = changed
        self._result = result
        self._refusal = refusal

    @property
    def throttle(self) -> Throttle:
        """The throttle after the attempt."""
        return self._throttle

    @property
    def changed(self) -> bool:
        """``True`` if the throttle differs from the one before, and must be stored."""
        return self._changed

    @property
    def refusal(self) -> Optional[Refused]:
        """The refusal; ``None`` if the attempt succeeded."""
        return self._refusal

    def result(self) -> _T:
        """Returns the result of the attempt, or raises its refusal.

        Raises:
            Throttled: the user is locked out; no attempt was made.
            Refused: the attempt was refused.
        """
        if self._refusal is not None:
            raise self._refusal
        return self._result  # type: ignore[return-value]

    def __repr__(self) -> str:
        refused = "None" if self._refusal is None else type(self._refusal).__name__
        return f"<stopgap.Verdict refusal={refused}, throttle={self._throttle!r}>"
