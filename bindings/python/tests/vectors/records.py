"""The tags and the bytes of sealed records."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Optional

from stopgap import (
    Enrolment,
    KeyRing,
    MasterKey,
    OnlineGrant,
    Preset,
    SecurityCode,
    Tampered,
    UserThrottle,
    Verification,
)
from strangers import protocol
from vectors.file import Object, Skipped

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def tags(group: Object, test: Object) -> None:
    assert test["result"] == "valid"
    master, tag = bytes.fromhex(test["master"]), bytes.fromhex(test["tag"])
    label = group["record"]
    if label == "head":
        raise Skipped
    if label == "check":
        ((_, value),) = KeyRing(1, MasterKey(master)).check_values()
        assert value == tag == protocol.record_tag(master, b"check")
        return
    keys = KeyRing(test["keyId"], MasterKey(master))
    kind, read = _KINDS[label]
    record = {"key_id": test["keyId"], **read(test)}
    # Computed a second time.
    assert protocol.tag(master, label, record) == tag
    sealed = kind.from_dict({"record": record, "tag": test["tag"]})
    assert sealed.open(keys).tag == tag
    assert sealed.to_bytes().hex() == test["bytes"]
    again = kind.from_bytes(bytes.fromhex(test["bytes"]))
    assert again.open(keys).to_dict() == sealed.to_dict()
    other = {"record": record, "tag": (tag[:-1] + bytes([tag[-1] ^ 1])).hex()}
    try:
        kind.from_dict(other).open(keys)
    except Tampered:
        pass
    else:
        raise AssertionError("another tag opens the record")
    _seal_again(label, sealed, keys, test)


def _seal_again(label: str, sealed: Any, keys: KeyRing, test: Object) -> None:
    """The records that may be sealed without a code."""
    if label == "enrolment":
        again: Any = Enrolment.migrate(
            keys,
            user=sealed.user,
            machine=sealed.machine,
            generation=sealed.generation,
            enrolled_at=sealed.enrolled_at,
        )
        if sealed.retired_at is not None:
            again = again.retire(keys, now=sealed.retired_at)
    elif label == "throttle":
        again = UserThrottle.seal(keys, sealed.user, sealed.throttle)
    elif label == "preset":
        again = Preset.seal(keys, sealed.name, sealed.policy)
    else:
        return
    assert again.tag.hex() == test["tag"]


def _time(micros: Optional[int]) -> Optional[str]:
    if micros is None:
        return None
    at = _EPOCH + timedelta(microseconds=micros)
    return at.isoformat().replace("+00:00", "Z")


def _format(test: Object) -> Object:
    return {
        "alphabet": {"symbols": test["alphabet"], "look_alikes": test["lookAlikes"]},
        "length": test["length"],
        "check_symbol": test["checkSymbol"],
    }


def _online(test: Object) -> Object:
    return {
        "id": str(uuid.UUID(test["id"])),
        "digest": test["digest"],
        "user": test["user"],
        "format": _format(test),
        "purposes": test["purposes"],
        "issued_at": _time(test["issuedAt"]),
        "not_before": _time(test["notBefore"]),
        "expires_at": _time(test["expiresAt"]),
        "max_uses": test["maxUses"],
        "uses": test["uses"],
        "revoked_at": _time(test["revokedAt"]),
    }


def _security(test: Object) -> Object:
    user, scopes, lifetime = test["sameAs"], test["scopes"], test["lifetime"]
    return {
        "id": str(uuid.UUID(test["id"])),
        "digest": test["digest"],
        "access": "super_administrator" if user is None else {"same_as": user},
        "scopes": "unlimited" if scopes is None else scopes,
        "description": test["description"],
        "created_at": _time(test["createdAt"]),
        "lifetime": lifetime if isinstance(lifetime, str) else {"until": _time(lifetime)},
    }


def _enrolment(test: Object) -> Object:
    return {
        "user": test["user"],
        "machine": test["machine"],
        "generation": test["generation"],
        "enrolled_at": _time(test["enrolledAt"]),
        "retired_at": _time(test["retiredAt"]),
    }


def _throttle(test: Object) -> Object:
    end = _time(test["lockedUntil"])
    throttle = {"failures": test["failures"], "locked_until": end}
    return {"user": test["user"], "throttle": throttle}


def _preset(test: Object) -> Object:
    policy = {
        **_format(test),
        "validity": test["validity"],
        "purposes": test["purposes"],
        "not_before": _time(test["notBefore"]),
        "max_uses": test["maxUses"],
    }
    return {"name": test["name"], "policy": policy}


def _verification(test: Object) -> Object:
    return {
        "user": test["user"],
        "idempotency_key": test["idempotencyKey"],
        "purpose": test["purpose"],
        "digest": test["digest"],
        "answered_at": _time(test["answeredAt"]),
        "answer": list(bytes.fromhex(test["answer"])),
    }


#: The class of each record, and its form in a dict without the id of the key.
_KINDS: dict[str, tuple[Any, Callable[[Object], Object]]] = {
    "online": (OnlineGrant, _online),
    "security": (SecurityCode, _security),
    "enrolment": (Enrolment, _enrolment),
    "throttle": (UserThrottle, _throttle),
    "preset": (Preset, _preset),
    "verification": (Verification, _verification),
}
