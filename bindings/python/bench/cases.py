"""What ``speed.py`` measures: the same cases, by name, as
``crates/stopgap-registry/benches/beside``."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from typing import Any, Callable, NamedTuple
from zoneinfo import ZoneInfo

import by_hand
import pyotp

from stopgap import (
    Access,
    Actor,
    Agent,
    Alphabet,
    CodeFormat,
    Enrolment,
    KeyRing,
    MasterKey,
    OfflinePolicy,
    OnlineGrant,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    SecurityCode,
    Throttle,
    Unknown,
    Validity,
    locate,
    minute_of,
)

#: How many are one batch.
MANY = 1_000
_NOW = datetime.fromtimestamp(1_795_532_400, timezone.utc)
_USER = "alice@example.com"
_KEY = bytes([0x5A] * 32)


class Case(NamedTuple):
    """A statement, the names in it, and the number of calls it stands for.

    What needs something new each time has a ``setup``, which is not measured.
    """

    statement: str
    names: dict[str, Any]
    calls: int = 1
    setup: str = ""


def _refused(verify: Callable[[], object]) -> None:
    try:
        verify()
    except Unknown:
        return
    raise AssertionError("granted")


def _ring() -> KeyRing:
    return KeyRing(1, MasterKey(_KEY))


def core() -> dict[str, Case]:
    """Single calls of the core."""
    ring, policy = _ring(), OnlinePolicy()
    made = [policy.issue(ring, _USER, now=_NOW) for _ in range(3)]
    grants = [grant for _, grant in made]
    code, grant = made[2]
    enrolments = [Enrolment.first(ring, _USER, machine) for machine in "ABCDE"]
    keys = [enrolment.key(ring) for enrolment in enrolments]
    minute = minute_of(_NOW)
    root = Actor("root", Role.SUPER_ADMINISTRATOR)
    secret, record = SecurityCode.create(
        ring, root, Access.SUPER_ADMINISTRATOR, "nightly report", now=_NOW
    )
    names: dict[str, Any] = {
        "Agent": Agent,
        "Unknown": Unknown,
        "agent": Agent(keys[0]),
        "bypass": Purpose.BYPASS,
        "code": code,
        "enrolments": enrolments,
        "first": enrolments[0],
        "format": CodeFormat.ONLINE,
        "grant": grant,
        "grants": grants,
        "keep": lambda state: None,
        "keys": keys,
        "letters": Alphabet.UNAMBIGUOUS,
        "local": _NOW.astimezone(ZoneInfo("Europe/Berlin")),
        "locate": locate,
        "month": Validity.MONTH,
        "now": _NOW,
        "offline": OfflinePolicy(),
        "policy": policy,
        "presented": secret.reveal(),
        "record": record,
        "request": keys[4].request_code(minute - 30).text,
        "reset": Purpose.RESET,
        "right": keys[0].offline_code(minute, Purpose.BYPASS, Validity.DAY).reveal(),
        "ring": ring,
        "role_of": lambda user: Role.HELP_DESK,
        "tag": grant.tag(ring),
        "throttle": Throttle(),
        "typed": code.reveal(),
        "user": _USER,
        "verify_any": OnlineGrant.verify_any,
        "wrong": made[0][0].reveal(),
    }
    statements = {
        "normalize": "format.normalize('3F9A-77C2-01BE')",
        "expires_at in UTC": "month.expires_at(now)",
        "expires_at in a zone": "month.expires_at(local)",
        "issue": "policy.issue(ring, user, now=now)",
        "verify": "grant.verify(ring, user, typed, reset, now=now)",
        "verify, refused": "try:\n    grant.verify(ring, user, wrong, reset, now=now)\n"
        "except Unknown:\n    pass",
        "verify_any of 3": "verify_any(grants, ring, user, typed, reset, now=now)",
        "tag": "grant.tag(ring)",
        "check_tag": "grant.check_tag(ring, tag)",
        "online_digests": "ring.online_digests(user, code)",
        "request_code": "agent.request_code(now=now)",
        "redeem": "Agent(first.key(ring)).redeem(right, bypass, now=now, keep=keep)",
        "locate among 5": "locate(request, keys, now=now, alphabet=letters)",
        "answer among 5": (
            "offline.answer(ring, user, enrolments, request, bypass, now=now)"
        ),
        "authenticate": "record.authenticate(ring, presented, role_of=role_of, now=now)",
        "throttle check": "throttle.check(now=now)",
        "throttle fail": "throttle.fail(now=now)",
    }
    return {name: Case(statement, names) for name, statement in statements.items()}


def server() -> dict[str, Case]:
    """A registry in memory."""
    registry = Registry.open("memory:", _ring())
    dana, root = Actor("dana", Role.HELP_DESK), Actor("root", Role.SUPER_ADMINISTRATOR)
    created = registry.create_security_code(root, Access.SUPER_ADMINISTRATOR)
    names = {
        "presented": created.code.reveal(),
        "registry": registry,
        "reset": Purpose.RESET,
        "role_of": lambda user: Role.HELP_DESK,
        "typed": registry.issue_code(dana, _USER).code.reveal(),
        "user": _USER,
    }
    return {
        "registry verify_code": Case("registry.verify_code(user, typed, reset)", names),
        "registry authenticate": Case("registry.authenticate(presented, role_of)", names),
    }


def batches() -> dict[str, Case]:
    """Many at once."""
    ring, policy = _ring(), OnlinePolicy()
    users = [f"user-{index}" for index in range(MANY)]
    issued = policy.issue_many(ring, users, now=_NOW)
    dana = Actor("dana", Role.HELP_DESK)
    requests = [(user, policy) for user in users]
    verifies = Registry.open("memory:", _ring())
    kept = verifies.issue_many(dana, requests)
    names = {
        "attempts": [(grant, grant.user, code.reveal()) for code, grant in issued],
        "dana": dana,
        "open": Registry.open,
        "now": _NOW,
        "policy": policy,
        "presented": [(one.record.user, one.code.reveal(), Purpose.RESET) for one in kept],
        "requests": requests,
        "reset": Purpose.RESET,
        "ring": ring,
        "users": users,
        "verifies": verifies,
        "verify_many": OnlineGrant.verify_many,
    }
    statements = {
        "issue_many": "policy.issue_many(ring, users, now=now)",
        "verify_many": "verify_many(attempts, ring, reset, now=now)",
        "registry verify_many": "verifies.verify_many(presented)",
    }
    made = {name: Case(statement, names, MANY) for name, statement in statements.items()}
    issue = Case(
        "new.issue_many(dana, requests)", names, MANY, "new = open('memory:', ring)"
    )
    return {**made, "registry issue_many": issue}


def peers() -> dict[str, Case]:
    """A verify of ours, of pyotp and by hand."""
    ring = _ring()
    code, grant = OnlinePolicy().issue(ring, _USER, now=_NOW)
    limited = OnlinePolicy(max_uses=1_000_000_000).issue(ring, _USER, now=_NOW)
    key = by_hand.online_key(_KEY)

    def alike(code: Any, grant: OnlineGrant) -> by_hand.Grant:
        symbols = by_hand.normalize(code.reveal())
        assert by_hand.digest(key, _USER, symbols) == grant.digest
        return by_hand.Grant(
            digest=grant.digest,
            user=grant.user,
            purposes=grant.purposes,
            not_before=grant.not_before,
            expires_at=grant.expires_at,
            max_uses=grant.max_uses,
        )

    totp = pyotp.TOTP(pyotp.random_base32())
    sha256 = pyotp.TOTP(pyotp.random_base32(), digest=hashlib.sha256)
    names = {
        "by_hand": by_hand.verify,
        "grant": grant,
        "key": key,
        "limited": limited[1],
        "limited_by_hand": alike(*limited),
        "limited_typed": limited[0].reveal(),
        "now": _NOW,
        "otp": totp.at(_NOW),
        "otp256": sha256.at(_NOW),
        "reset": Purpose.RESET,
        "ring": ring,
        "same": alike(code, grant),
        "sha256": sha256,
        "totp": totp,
        "typed": code.reveal(),
        "user": _USER,
    }
    assert totp.verify(totp.at(_NOW), for_time=_NOW)
    assert by_hand.verify(
        alike(code, grant), key, _USER, code.reveal(), Purpose.RESET, _NOW
    )
    verify = "verify(ring, user, limited_typed, reset, now=now).grant"
    by_hand_verify = "by_hand(limited_by_hand, key, user, limited_typed, reset, now)"
    statements = {
        "verify": "grant.verify(ring, user, typed, reset, now=now)",
        "pyotp": "totp.verify(otp, for_time=now)",
        "pyotp, SHA-256": "sha256.verify(otp256, for_time=now)",
        "by hand": "by_hand(same, key, user, typed, reset, now)",
        "verify, uses counted": f"limited.{verify}",
        "by hand, uses counted": by_hand_verify,
    }
    return {name: Case(statement, names) for name, statement in statements.items()}
