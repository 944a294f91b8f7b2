"""The cases of ``speed.py``, with the names that ``crates/stopgap-registry/benches/beside``
gives them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, NamedTuple

import pyotp

from stopgap import (
    Access,
    Actor,
    Agent,
    Enrolment,
    KeyRing,
    MasterKey,
    OfflinePolicy,
    OnlineGrant,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    Scopes,
    SecurityCode,
    SecurityFormat,
    SecurityRequest,
    Validity,
    VerifyRequest,
    minute_of,
)

#: The number of codes in a batch.
MANY = 1_000
_NOW = datetime.fromtimestamp(1_795_532_400, timezone.utc)
_USER = "alice@example.com"
_KEY = bytes([0x5A] * 32)
_ROOT = Actor("root", Role.SUPER_ADMINISTRATOR)


class Case(NamedTuple):
    """A statement, the names in it, the number of calls that it counts as, and a setup
    before each, which is not measured."""

    statement: str
    names: dict[str, Any]
    calls: int = 1
    setup: str = ""


def _ring() -> KeyRing:
    return KeyRing(1, MasterKey(_KEY))


def core() -> dict[str, Case]:
    """Single calls of the core."""
    ring, policy = _ring(), OnlinePolicy()
    code, grant = policy.issue(ring, _USER, now=_NOW)
    enrolments = [Enrolment.first(ring, _USER, machine, now=_NOW) for machine in "ABCDE"]
    keys = [enrolment.key(ring) for enrolment in enrolments]
    minute = minute_of(_NOW)
    secret = SecurityRequest(
        Access.SUPER_ADMINISTRATOR, Scopes.UNLIMITED, description="nightly report"
    )
    text, record = SecurityCode.create(ring, _ROOT, secret, now=_NOW)
    names: dict[str, Any] = {
        "Agent": Agent,
        "Request": VerifyRequest,
        "bypass": Purpose.BYPASS,
        "enrolments": enrolments,
        "first": enrolments[0],
        "format": SecurityFormat(),
        "grant": grant,
        "keep": lambda state: None,
        "now": _NOW,
        "offline": OfflinePolicy(),
        "policy": policy,
        "presented": text.reveal(),
        "record": record,
        "reset": Purpose.RESET,
        "right": keys[0].offline_code(minute, Purpose.BYPASS, Validity.DAY).reveal(),
        "ring": ring,
        "role_of": lambda user: Role.HELP_DESK,
        "shown": keys[4].request_code(minute - 30).text,
        "typed": code.reveal(),
        "user": _USER,
    }
    statements = {
        "issue": "policy.issue(ring, user, now=now)",
        "verify": "grant.verify(ring, Request(user, typed, reset), now=now)",
        "redeem": "Agent(first.key(ring)).redeem(right, bypass, now=now, keep=keep)",
        "answer among 5": (
            "offline.answer(ring, enrolments, Request(user, shown, bypass), now=now)"
        ),
        "authenticate": (
            "record.authenticate(ring, format.read(presented), role_of, now=now)"
        ),
    }
    return {name: Case(statement, names) for name, statement in statements.items()}


def server() -> dict[str, Case]:
    """A registry in memory."""
    registry = Registry.open("memory:", _ring())
    created = registry.create_security_code(
        _ROOT, SecurityRequest(Access.SUPER_ADMINISTRATOR, Scopes.UNLIMITED)
    )
    names = {
        "Request": VerifyRequest,
        "presented": created.code.reveal(),
        "registry": registry,
        "reset": Purpose.RESET,
        "role_of": lambda user: Role.HELP_DESK,
        "typed": registry.issue_code(_ROOT, _USER).code.reveal(),
        "user": _USER,
    }
    return {
        "registry verify_code": Case(
            "registry.verify_code(Request(user, typed, reset))", names
        ),
        "registry authenticate": Case("registry.authenticate(presented, role_of)", names),
    }


def batches() -> dict[str, Case]:
    """Many at once."""
    ring, policy = _ring(), OnlinePolicy()
    users = [f"user-{index}" for index in range(MANY)]
    issued = policy.issue_many(ring, users, now=_NOW)
    requests = [(user, policy) for user in users]
    verifies = Registry.open("memory:", _ring())
    kept = verifies.issue_many(_ROOT, requests)
    names = {
        "Request": VerifyRequest,
        "issued": [(grant, grant.user, code.reveal()) for code, grant in issued],
        "open": Registry.open,
        "now": _NOW,
        "policy": policy,
        "presented": [(one.record.user, one.code.reveal()) for one in kept],
        "requests": requests,
        "reset": Purpose.RESET,
        "ring": ring,
        "root": _ROOT,
        "users": users,
        "verifies": verifies,
        "verify_many": OnlineGrant.verify_many,
    }
    statements = {
        "issue_many": "policy.issue_many(ring, users, now=now)",
        "verify_many": (
            "verify_many(((grant, Request(user, typed, reset))"
            " for grant, user, typed in issued), ring, now=now)"
        ),
        "registry verify_many": (
            "verifies.verify_many(Request(user, typed, reset) for user, typed in presented)"
        ),
    }
    made = {name: Case(statement, names, MANY) for name, statement in statements.items()}
    issue = Case(
        "new.issue_many(root, requests)", names, MANY, "new = open('memory:', ring)"
    )
    return {**made, "registry issue_many": issue}


def peers() -> dict[str, Case]:
    """A verification of ours and of pyotp."""
    ring, totp = _ring(), pyotp.TOTP(pyotp.random_base32())
    code, grant = OnlinePolicy().issue(ring, _USER, now=_NOW)
    names = {
        "Request": VerifyRequest,
        "grant": grant,
        "now": _NOW,
        "otp": totp.at(_NOW),
        "reset": Purpose.RESET,
        "ring": ring,
        "totp": totp,
        "typed": code.reveal(),
        "user": _USER,
    }
    statements = {
        "verify": "grant.verify(ring, Request(user, typed, reset), now=now)",
        "pyotp": "assert totp.verify(otp, for_time=now)",
    }
    return {name: Case(statement, names) for name, statement in statements.items()}
