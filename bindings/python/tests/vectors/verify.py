"""Sessions of online codes at a server, on a small model of a store: its records are
``OnlineGrant``, and it remembers answers by their idempotency keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Optional

from stopgap import (
    Code,
    KeyRing,
    MasterKey,
    OnlineGrant,
    OnlinePolicy,
    Purpose,
    Refused,
    Unknown,
)
from vectors.file import Object
from vectors.times import instant

_KEYS = KeyRing(1, MasterKey(bytes(range(32))))
_WRONG = "wrong"


@dataclass(frozen=True)
class _Answer:
    """The answer to a verification."""

    result: str
    #: The uses left of a granted code.
    uses_left: Optional[int] = None
    #: The label of a granted code.
    label: Optional[str] = None
    replayed: bool = False
    #: ``True`` if a throttle counts it.
    failure: bool = False


@dataclass(frozen=True)
class _Remembered:
    """The first answer with an idempotency key."""

    at: datetime
    asked: tuple[str, Purpose]
    answer: _Answer


class _Store:
    """The codes by label, with the digest of each, and the remembered answers."""

    def __init__(self, codes: list[Object], replay: timedelta) -> None:
        self.replay = replay
        labels = [code["label"] for code in codes]
        # Any texts will do: the labels stand for them.
        self.typed = {
            label: f"{number:012X}" for number, label in enumerate([*labels, _WRONG])
        }
        self.grants = {code["label"]: self._grant(code) for code in codes}
        self.remembered: dict[tuple[str, str], _Remembered] = {}

    def _grant(self, code: Object) -> OnlineGrant:
        first = code.get("notBefore")
        canonical = Code.from_canonical(self.typed[code["label"]])
        ((key_id, digest),) = _KEYS.online_digests(code["user"], canonical)
        return OnlineGrant(
            key_id=key_id,
            digest=digest,
            user=code["user"],
            issued_at=instant(0),
            not_before=None if first is None else instant(first),
            expires_at=instant(code["expiresAt"]),
            purposes=[Purpose(word) for word in code["purposes"]],
            max_uses=code.get("maxUses"),
        )

    def revoke(self, label: str, now: datetime) -> None:
        self.grants[label] = self.grants[label].revoke(now=now)

    def verify(
        self, user: str, typed: str, purpose: Purpose, key: Optional[str], now: datetime
    ) -> _Answer:
        canonical = OnlinePolicy().format.normalize(typed).reveal_canonical()
        if key is None:
            return self._first(user, canonical, purpose, now)
        known = self.remembered.get((user, key))
        if known is None:
            answer = self._first(user, canonical, purpose, now)
            self.remembered[user, key] = _Remembered(now, (canonical, purpose), answer)
            return answer
        return self._again(known, user, canonical, purpose, now)

    def _first(self, user: str, typed: str, purpose: Purpose, now: datetime) -> _Answer:
        """The answer without a key, which counts a use."""
        labels, grants = list(self.grants), list(self.grants.values())
        try:
            index, granted = OnlineGrant.verify_any(
                grants, _KEYS, user, typed, purpose, now=now
            )
        except Refused as refused:
            return _Answer(refused.reason, failure=isinstance(refused, Unknown))
        self.grants[labels[index]] = granted.grant
        assert granted.purpose is purpose
        return _Answer("granted", granted.uses_left, labels[index])

    def _again(
        self, known: _Remembered, user: str, typed: str, purpose: Purpose, now: datetime
    ) -> _Answer:
        """The answer with a key that was used before, which counts no use."""
        if now >= known.at + self.replay:
            return _Answer("idempotency_key_expired")
        if known.asked != (typed, purpose):
            digests = _KEYS.online_digests(user, Code.from_canonical(typed))
            users = [grant for grant in self.grants.values() if grant.user == user]
            is_code = any((one.key_id, one.digest) in digests for one in users)
            return _Answer("idempotency_key_reused", failure=not is_code)
        answer = known.answer
        if answer.label is not None:
            grant = self.grants[answer.label]
            if grant.revoked_at is not None:
                return _Answer("revoked")
            if now >= grant.expires_at:
                return _Answer("expired")
        return _Answer(answer.result, answer.uses_left, answer.label, replayed=True)


def session(group: Object, test: Object) -> None:
    assert test["result"] == "valid"
    store = _Store(test["codes"], timedelta(seconds=group["replaySeconds"]))
    for step in test["steps"]:
        now = instant(step["at"])
        if step["op"] == "revoke":
            store.revoke(step["code"], now)
            continue
        assert step["op"] == "verify", step
        answer = store.verify(
            step["user"],
            store.typed[step["code"]],
            Purpose(step["purpose"]),
            step.get("idempotencyKey"),
            now,
        )
        found = (answer.result, answer.uses_left, answer.replayed, answer.failure)
        expected = (step["result"], step.get("usesLeft"), step["replayed"], step["failure"])
        assert found == expected, step
