"""The tags of records at rest.

A tag binds an instant to the microsecond, rounded down, which is what Python has: a
vector with nanoseconds has the tag of its instant rounded down.
"""

from __future__ import annotations

from datetime import datetime, timezone

from stopgap import Access, Attempt, KeyRing, Life, OnlineGrant, Purpose, SecurityCode
from vectors.file import Object
from vectors.keys import code_of, ring
from vectors.times import read

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_INSTANTS = ("notBefore", "expiresAt", "revokedAt", "life")


def tags(group: Object, test: Object) -> bool:
    assert test["result"] == "valid"
    _, keys = ring(test)
    tag = bytes.fromhex(test["tag"])
    if group["record"] == "check":
        assert keys.check_values() == [(1, tag)]
        return False
    makers = {"online": _online, "security": _security, "attempt": _attempt}
    made = makers[group["record"]](test, keys, tag)
    assert made == tag
    written = (test.get(name) for name in _INSTANTS)
    return any(read(at).finer for at in written if at not in (None, "permanent", "deleted"))


def _instant(test: Object, name: str) -> datetime | None:
    written = test.get(name)
    return None if written is None else read(written).instant


# What no tag binds is as good as any.
def _online(test: Object, keys: KeyRing, tag: bytes) -> bytes:
    grant = OnlineGrant(
        key_id=1,
        digest=bytes.fromhex(test["digest"]),
        user="alice",
        purposes=[Purpose(word) for word in test["purposes"]],
        issued_at=_EPOCH,
        not_before=_instant(test, "notBefore"),
        expires_at=read(test["expiresAt"]).instant,
        max_uses=test.get("maxUses"),
        revoked_at=_instant(test, "revokedAt"),
    )
    grant.check_tag(keys, tag)
    # What a store reads back has the same tag.
    OnlineGrant.from_dict(grant.to_dict()).check_tag(keys, tag)
    return grant.tag(keys)


def _security(test: Object, keys: KeyRing, tag: bytes) -> bytes:
    user = test.get("sameAs")
    named = {"permanent": Life.PERMANENT, "deleted": Life.DELETED}
    record = SecurityCode(
        key_id=1,
        digest=bytes.fromhex(test["digest"]),
        access=Access.SUPER_ADMINISTRATOR if user is None else Access.same_as(user),
        created_at=_EPOCH,
        life=named.get(test["life"]) or Life.until(read(test["life"]).instant),
    )
    record.check_tag(keys, tag)
    SecurityCode.from_dict(record.to_dict()).check_tag(keys, tag)
    return record.tag(keys)


def _attempt(test: Object, keys: KeyRing, tag: bytes) -> bytes:
    attempt = Attempt(
        key_id=1,
        id=test["attempt"],
        user=test["user"],
        purpose=Purpose(test["purpose"]),
        code=code_of(test["code"]),
        answer=bytes.fromhex(test["answer"]),
    )
    attempt.check_tag(keys, tag)
    return attempt.tag(keys)
