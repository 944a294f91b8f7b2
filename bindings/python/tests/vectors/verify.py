"""Sessions of online codes at a server, on a small model of a store: its records are
``OnlineGrant`` and ``Verification``.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from stopgap import (
    Code,
    CodeFormat,
    KeyRing,
    MasterKey,
    OnlineGrant,
    Purpose,
    Refused,
    ReplayPolicy,
    Unknown,
    Verification,
    VerifyRequest,
)
from strangers import protocol
from vectors.file import Object
from vectors.times import instant

_MASTER = bytes([9] * 32)
_KEYS = KeyRing(1, MasterKey(_MASTER))
_WRONG = "wrong"
_HEX = {"alphabet": {"symbols": "0123456789ABCDEF"}, "length": 12}


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


class _Store:
    """The records of codes by label, those of verifications by user and idempotency key,
    and the codes, which a store does not have.
    """

    def __init__(self, codes: list[Object], policy: ReplayPolicy) -> None:
        self.policy = policy
        labels = [code["label"] for code in codes]
        self.codes = {
            label: CodeFormat.ONLINE.encode(bytes([number] * 6))
            for number, label in enumerate([*labels, _WRONG])
        }
        self.records = {code["label"]: self._record(code) for code in codes}
        self.verifications: dict[tuple[str, str], Verification] = {}

    def _record(self, code: Object) -> OnlineGrant:
        """The record of a code that is valid between any two instants. No policy issues
        one, so the tag is computed here.
        """
        shown = self.codes[code["label"]]
        first = code.get("notBefore")
        digest = protocol.online_digest(_MASTER, code["user"], shown.reveal_canonical())
        record: dict[str, Any] = {
            "id": str(uuid.UUID(int=len(self.codes))),
            "key_id": 1,
            "digest": digest.hex(),
            "user": code["user"],
            "format": _HEX,
            "purposes": code["purposes"],
            "issued_at": _written(0),
            "not_before": None if first is None else _written(first),
            "expires_at": _written(code["expiresAt"]),
            "max_uses": code.get("maxUses"),
            "uses": 0,
            "revoked_at": None,
        }
        tag = protocol.tag(_MASTER, "online", record)
        return OnlineGrant.from_dict({"record": record, "tag": tag.hex()})

    def revoke(self, label: str, now: datetime) -> None:
        self.records[label] = self.records[label].revoke(_KEYS, now=now)

    def verify(self, request: VerifyRequest, code: Code, now: datetime) -> _Answer:
        if request.idempotency_key is None:
            return self._decide(request, now, store=True)
        place = (request.user, request.idempotency_key)
        known = self.verifications.get(place)
        if known is None:
            answer = self._decide(request, now, store=True)
            kept = json.dumps([answer.result, answer.uses_left, answer.label]).encode()
            sealed = Verification.seal(_KEYS, request, code, kept, now=now)
            self.verifications[place] = sealed
            return answer
        try:
            kept = known.replay(_KEYS, request, code, now=now, policy=self.policy)
        except Refused as refused:
            reused = refused.reason == "idempotency_key_reused"
            guess = self._decide(request, now, store=False).failure
            return _Answer(refused.reason, failure=reused and guess)
        result, uses_left, label = json.loads(kept)
        return self._replayed(_Answer(result, uses_left, label, replayed=True), now)

    def _decide(self, request: VerifyRequest, now: datetime, *, store: bool) -> _Answer:
        """The answer without a key."""
        labels, records = list(self.records), list(self.records.values())
        try:
            index, granted = OnlineGrant.verify_any(records, _KEYS, request, now=now)
        except Refused as refused:
            return _Answer(refused.reason, failure=isinstance(refused, Unknown))
        if store:
            self.records[labels[index]] = granted.record
        assert granted.purpose is request.purpose
        return _Answer("granted", granted.uses_left, labels[index])

    def _replayed(self, answer: _Answer, now: datetime) -> _Answer:
        """The answer that is replayed, unless it was granted and the code has ended."""
        if answer.label is not None:
            record = self.records[answer.label].open(_KEYS)
            if record.revoked_at is not None:
                return _Answer("revoked")
            if now >= record.expires_at:
                return _Answer("expired")
        return answer


def _written(unix_seconds: int) -> str:
    return instant(unix_seconds).isoformat().replace("+00:00", "Z")


def session(group: Object, test: Object) -> None:
    assert test["result"] == "valid"
    figures = {"replay_seconds": group["replaySeconds"]} if "replaySeconds" in group else {}
    store = _Store(test["codes"], ReplayPolicy(**figures))
    for step in test["steps"]:
        now = instant(step["at"])
        if step["op"] == "revoke":
            store.revoke(step["code"], now)
            continue
        assert step["op"] == "verify", step
        code = store.codes[step["code"]]
        request = VerifyRequest(
            step["user"],
            code.reveal(),
            Purpose(step["purpose"]),
            idempotency_key=step.get("idempotencyKey"),
        )
        answer = store.verify(request, code, now)
        found = (answer.result, answer.uses_left, answer.replayed, answer.failure)
        expected = (step["result"], step.get("usesLeft"), step["replayed"], step["failure"])
        assert found == expected, step
