"""Verifying an online code without Stopgap: as one writes it with ``hmac`` alone.

It keeps the same digest, and does what :meth:`stopgap.OnlineGrant.verify` does in the
same order: reads what was typed, compares in constant time, looks whether the code was
revoked, what it is for, from when, until when and how often. It leaves out what a program
of one's own would leave out: full-width forms and other dashes, which character was
wrong, instants in other zones, and that the new state is another object.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Optional

from stopgap import Purpose

_SYMBOLS = frozenset("0123456789ABCDEF")


class Refused(Exception):
    """It says why."""


@dataclass
class Grant:
    """What is kept of a code."""

    digest: bytes
    user: str
    purposes: frozenset[Purpose]
    not_before: Optional[datetime]
    expires_at: datetime
    max_uses: Optional[int] = None
    uses: int = 0
    revoked_at: Optional[datetime] = None


@dataclass(frozen=True)
class Granted:
    """What is granted."""

    user: str
    purpose: Purpose
    expires_at: datetime
    uses_left: Optional[int]


def online_key(master: bytes) -> bytes:
    """The key of online codes: HKDF-Expand, one block."""
    return hmac.digest(master, b"stopgap/1/online\x01", hashlib.sha256)


def normalize(typed: str) -> str:
    """The symbols of what was typed."""
    symbols = typed.upper().replace("-", "").replace(" ", "")
    if len(symbols) != 12 or not _SYMBOLS.issuperset(symbols):
        raise Refused("malformed")
    return symbols


def digest(key: bytes, user: str, symbols: str) -> bytes:
    """The digest of a user's code."""
    name = user.encode()
    return hmac.digest(
        key, len(name).to_bytes(2, "big") + name + symbols.encode(), "sha256"
    )


def verify(
    grant: Grant, key: bytes, user: str, typed: str, purpose: Purpose, now: datetime
) -> Granted:
    """Verifies what was typed, and counts a use."""
    symbols = normalize(typed)
    if user != grant.user:
        raise Refused("unknown")
    if not hmac.compare_digest(digest(key, user, symbols), grant.digest):
        raise Refused("unknown")
    if grant.revoked_at is not None:
        raise Refused("revoked")
    if purpose not in grant.purposes:
        raise Refused("wrong purpose")
    if grant.not_before is not None and now < grant.not_before:
        raise Refused("not yet valid")
    if now >= grant.expires_at:
        raise Refused("expired")
    uses_left = None
    if grant.max_uses is not None:
        if grant.uses >= grant.max_uses:
            raise Refused("used up")
        grant.uses += 1
        uses_left = grant.max_uses - grant.uses
    return Granted(user, purpose, grant.expires_at, uses_left)
