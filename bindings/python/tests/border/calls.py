"""One good call of every callable."""

from __future__ import annotations

from datetime import timedelta, timezone
from types import SimpleNamespace
from typing import Any, Callable, NamedTuple

from stopgap import (
    Action,
    CodeFormat,
    EventKind,
    LookAlike,
    MasterKey,
    Purpose,
    Role,
    Validity,
    VerifyRequest,
)

from .world import LATER, NOW, help_desk, keep

__all__ = ["GOOD", "SELVES", "Call"]


class Call(NamedTuple):
    """The arguments of a call."""

    words: tuple[Any, ...]
    named: dict[str, Any]


def _call(*words: Any, **named: Any) -> Call:
    return Call(words, named)


def _none(w: SimpleNamespace) -> Call:
    return _call()


def _now(w: SimpleNamespace) -> Call:
    return _call(now=NOW)


def _ring_now(w: SimpleNamespace) -> Call:
    return _call(w.ring, now=NOW)


def _ring_actor_now(w: SimpleNamespace) -> Call:
    return _call(w.ring, w.root, now=NOW)


def _sealed(kind: str, name: str) -> dict[str, Callable[[SimpleNamespace], Call]]:
    """The methods that all sealed records have."""
    return {
        f"{kind}.open": lambda w: _call(w.ring),
        f"{kind}.to_dict": _none,
        f"{kind}.from_dict": _record(name),
        f"{kind}.to_bytes": _none,
        f"{kind}.from_bytes": lambda w: _call(getattr(w, name).to_bytes()),
    }


def _record(name: str) -> Callable[[SimpleNamespace], Call]:
    return lambda w: _call(getattr(w, name).to_dict())


#: The instance whose methods are called, for each class.
SELVES = {
    "Access": "access",
    "Actor": "root",
    "Agent": "agent",
    "AgentPolicy": "agent_policy",
    "Alphabet": "alphabet",
    "Answer": "answer",
    "Answered": "answered",
    "AsyncRegistry": "asynchronous",
    "Authenticated": "authenticated",
    "Authentication": "authentication",
    "Code": "code",
    "CodeFormat": "format",
    "CodeRecord": "code_record",
    "Compromised": "compromised",
    "Context": "context",
    "CreatedSecurityCode": "created",
    "Deletion": "deletion",
    "Enrolled": "enrolled",
    "Enrolment": "enrolment",
    "EnrolmentRecord": "enrolment_record",
    "EnrolmentKey": "enrolment_key",
    "Event": "event",
    "Granted": "granted",
    "IssueRequest": "issue_request",
    "Issued": "issued",
    "KeyRecord": "key_record",
    "KeyRing": "ring",
    "Lifetime": "lifetime",
    "PasswordOnlyLock": "lock",
    "MasterKey": "key",
    "OfflinePolicy": "offline",
    "OnlineGrant": "grant",
    "OnlinePolicy": "policy",
    "Preset": "preset",
    "Purged": "purged",
    "Registry": "registry",
    "ReplayPolicy": "replay",
    "RequestCode": "request",
    "Scopes": "scopes",
    "RotatedSecurityCode": "rotated",
    "SecurityCode": "security",
    "SecurityFormat": "security_format",
    "SecurityRecord": "security_record",
    "SecurityRequest": "security_request",
    "SecurityText": "security_text",
    "Throttle": "throttle",
    "ThrottlePolicy": "throttle_policy",
    "UserThrottle": "user_throttle",
    "Validity": "validity",
    "Verification": "verification",
    "Verdict": "verdict",
    "Verified": "verified",
    "VerifyRequest": "verify_request",
}

_CORE: dict[str, Callable[[SimpleNamespace], Call]] = {
    "minute_of": lambda w: _call(NOW),
    "seconds_left": lambda w: _call(NOW),
    "Alphabet": lambda w: _call("BCDFGHJKMPQRTVWX", look_alikes=[LookAlike.O_AS_ZERO]),
    "Alphabet.fold_look_alikes": _none,
    "Alphabet.check_symbol": lambda w: _call("BCDFGHJK"),
    "CodeFormat": lambda w: _call(alphabet=w.alphabet, length=16, check_symbol=True),
    "CodeFormat.normalize": lambda w: _call(w.typed),
    "CodeFormat.normalize_any": lambda w: _call([w.format, CodeFormat()], w.typed),
    "CodeFormat.encode": lambda w: _call(bytes(6)),
    "Code.from_canonical": lambda w: _call("7F3A09C2B4E1"),
    "Code.reveal": _none,
    "Code.reveal_canonical": _none,
    "Code.reveal_spoken": lambda w: _call("de"),
    "Validity.days": lambda w: _call(7),
    "Validity.hours": lambda w: _call(8),
    "Validity.minutes": lambda w: _call(90),
    "Validity.parse": lambda w: _call("7d"),
    "Validity.expires_at": lambda w: _call(NOW),
    "MasterKey": lambda w: _call(bytes(range(32))),
    "MasterKey.from_hex": lambda w: _call(bytes(range(32)).hex()),
    "MasterKey.generate": lambda w: _call(random=lambda size: bytes(range(size))),
    "MasterKey.tenant": lambda w: _call("hospital"),
    "MasterKey.reveal": _none,
    "EnrolmentKey": lambda w: _call(bytes(range(32))),
    "EnrolmentKey.from_hex": lambda w: _call(bytes(range(32)).hex()),
    "EnrolmentKey.reveal": _none,
    "RequestCode.spoken_in": lambda w: _call("fr"),
    "EnrolmentKey.request_code": lambda w: _call(29_925_540, alphabet=w.alphabet),
    "EnrolmentKey.ocra_data_input": lambda w: _call(
        29_925_540, Purpose.RESET, Validity.DAY
    ),
    "EnrolmentKey.offline_code": lambda w: _call(
        29_925_540, Purpose.RESET, Validity.DAY, alphabet=w.alphabet
    ),
    "KeyRing": lambda w: _call(1, w.key),
    "KeyRing.read": lambda w: _call(w.key_file),
    "KeyRing.from_env": lambda w: _call(w.variable),
    "KeyRing.add": lambda w: _call(2, w.key),
    "KeyRing.retire": lambda w: _call(9),
    "KeyRing.tenant": lambda w: _call("hospital"),
    "KeyRing.online_digests": lambda w: _call("alice", w.code),
    "KeyRing.security_digests": lambda w: _call(w.secret),
    "KeyRing.check_values": _none,
    "OnlinePolicy": lambda w: _call(
        validity=Validity.DAY,
        purposes=[Purpose.RESET],
        max_uses=3,
        not_before=NOW,
        length=16,
        alphabet=w.alphabet,
        check_symbol=True,
    ),
    "OnlinePolicy.issue": lambda w: _call(
        w.ring, "alice", now=NOW, random=lambda size: bytes(size)
    ),
    "OnlinePolicy.issue_many": lambda w: _call(
        w.ring, ["alice", "bob"], now=NOW, random=lambda size: bytes(size)
    ),
    "OnlinePolicy.to_dict": _none,
    "OnlinePolicy.from_dict": _record("policy"),
    "OnlineGrant.verify": lambda w: _call(w.ring, w.verify_request, now=NOW),
    "OnlineGrant.check_code": lambda w: _call(w.ring, w.verify_request, w.code, now=NOW),
    "OnlineGrant.verify_any": lambda w: _call([w.grant], w.ring, w.verify_request, now=NOW),
    "OnlineGrant.verify_many": lambda w: _call(
        [(w.grant, w.verify_request)], w.ring, now=NOW
    ),
    "OnlineGrant.revoke": _ring_now,
    **_sealed("OnlineGrant", "grant"),
    "Granted.password_only_lock": _none,
    "Context": lambda w: _call(
        source_address="192.0.2.7", request_id="r-1", reason="lost", ticket="INC-1"
    ),
    "IssueRequest": lambda w: _call("alice", context=w.context),
    "VerifyRequest": lambda w: _call(
        "alice", w.typed, Purpose.RESET, idempotency_key="k-1", context=w.context
    ),
    "SecurityRequest": lambda w: _call(
        w.access, ["audit:*"], description="nightly report", context=w.context
    ),
    "Preset.seal": lambda w: _call(w.ring, "visitor", w.policy),
    **_sealed("Preset", "preset"),
    "ReplayPolicy": lambda w: _call(replay_seconds=60),
    "ReplayPolicy.to_dict": _none,
    "ReplayPolicy.from_dict": _record("replay"),
    "Verification.seal": lambda w: _call(
        w.ring, w.verify_request, w.code, b"granted", now=NOW
    ),
    "Verification.replay": lambda w: _call(
        w.ring, w.verify_request, w.code, now=NOW, policy=w.replay
    ),
    **_sealed("Verification", "verification"),
    "UserThrottle.seal": lambda w: _call(w.ring, "alice", w.throttle),
    **_sealed("UserThrottle", "user_throttle"),
    "ThrottlePolicy": lambda w: _call(
        free=5, first_delay_seconds=60, max_delay_seconds=3600, hard_limit=100
    ),
    "ThrottlePolicy.to_dict": _none,
    "ThrottlePolicy.from_dict": _record("throttle_policy"),
    "Throttle": lambda w: _call(failures=5, locked_until=NOW),
    "Throttle.check": lambda w: _call(now=NOW, policy=w.throttle_policy),
    "Throttle.capped": lambda w: _call(now=NOW, policy=w.throttle_policy),
    "Throttle.fail": lambda w: _call(now=NOW, policy=w.throttle_policy),
    "Throttle.guard": lambda w: _call(
        lambda: 1, now=NOW, keep=keep, policy=w.throttle_policy
    ),
    "Throttle.attempt": lambda w: _call(lambda: 1, now=NOW, policy=w.throttle_policy),
    "Verdict.result": _none,
    "Throttle.to_dict": _none,
    "Throttle.from_dict": _record("throttle"),
    "Enrolment.first": lambda w: _call(
        w.ring, "alice", "pc-1", now=NOW, random=lambda size: bytes(size)
    ),
    "Enrolment.migrate": lambda w: _call(
        w.ring, user="alice", machine="pc-1", generation=0, enrolled_at=NOW
    ),
    "Enrolment.next": _ring_now,
    "Enrolment.retire": _ring_now,
    "Enrolment.key": lambda w: _call(w.ring),
    **_sealed("Enrolment", "enrolment"),
    "OfflinePolicy": lambda w: _call(
        validity=Validity.DAY,
        alphabet=w.alphabet,
        past_minutes=60,
        ahead_minutes=5,
        diagnose_minutes=1440,
        window_minutes=30,
    ),
    "OfflinePolicy.answer": lambda w: _call(
        w.ring, [w.enrolment], w.offline_request, now=NOW
    ),
    "OfflinePolicy.locate": lambda w: _call([w.enrolment_key], w.request.text, now=NOW),
    "OfflinePolicy.to_dict": _none,
    "OfflinePolicy.from_dict": _record("offline"),
    "AgentPolicy": lambda w: _call(
        alphabet=w.alphabet,
        window_minutes=60,
        diagnose_minutes=1440,
        clock_tolerance_seconds=300,
        throttle=w.throttle_policy,
    ),
    "AgentPolicy.to_dict": _none,
    "AgentPolicy.from_dict": _record("agent_policy"),
    "PasswordOnlyLock": lambda w: _call(NOW),
    "Agent": lambda w: _call(w.enrolment_key, policy=w.agent_policy),
    "Agent.resume": lambda w: _call(w.enrolment_key, w.sealed, policy=w.agent_policy),
    "Agent.seal": _none,
    "Agent.request_code": _now,
    "Agent.redeem": lambda w: _call(
        w.answer.code.reveal(), Purpose.RESET, now=NOW, keep=keep
    ),
    "Agent.lock": _now,
    "Agent.log_on": lambda w: _call(now=NOW, keep=keep),
    "Agent.activate": lambda w: _call(w.lock, now=NOW, keep=keep),
    "Agent.clear_lock": lambda w: _call(keep=keep),
    "Agent.unlock": lambda w: _call(keep=keep),
    "Actor": lambda w: _call("dana", Role.HELP_DESK),
    "Actor.may": lambda w: _call(Action.ISSUE_CODE),
    "Access.same_as": lambda w: _call("alice"),
    "Scopes": lambda w: _call(["reports:read", "audit:*"]),
    "SecurityFormat": lambda w: _call(prefix="acme", accepted=["stopgap"]),
    "SecurityFormat.text": lambda w: _call(w.secret),
    "SecurityFormat.read": lambda w: _call(w.presented),
    "SecurityText.reveal": _none,
    "Lifetime.until": lambda w: _call(LATER),
    "Lifetime.state": _now,
    "SecurityCode.create": lambda w: _call(
        w.ring,
        w.root,
        w.security_request,
        now=NOW,
        format=w.security_format,
        random=lambda size: bytes(size),
    ),
    "SecurityCode.authenticate": lambda w: _call(w.ring, w.secret, help_desk, now=NOW),
    "SecurityCode.state": _now,
    "SecurityCode.edit": lambda w: _call(w.ring, w.root, LATER, now=NOW),
    "SecurityCode.make_permanent": _ring_actor_now,
    "SecurityCode.reset": _ring_actor_now,
    "SecurityCode.reactivate": lambda w: _call(
        w.ring, w.root, now=w.security.lifetime.expires_at
    ),
    "SecurityCode.describe": lambda w: _call(w.ring, w.root, "weekly report", now=NOW),
    "SecurityCode.delete": _ring_actor_now,
    **_sealed("SecurityCode", "security"),
}

_REGISTRY: dict[str, Callable[[SimpleNamespace], Call]] = {
    "open": lambda w: _call(
        "memory:",
        w.ring,
        tenant="hospital",
        clock=lambda: NOW,
        clock_tolerance=timedelta(minutes=5),
        throttle=w.throttle_policy,
        offline=w.offline,
        security_format=w.security_format,
        replay=w.replay,
    ),
    "close": _none,
    "flush": _none,
    "issue_code": lambda w: _call(w.root, w.issue_request, w.policy, zone=timezone.utc),
    "issue_many": lambda w: _call(
        w.root, [("alice", w.policy), ("bob", w.policy)], zone=timezone.utc, keep=keep
    ),
    "verify_code": lambda w: _call(w.registry_request),
    "verify_many": lambda w: _call([w.registry_request, w.verify_request]),
    "codes": lambda w: _call(w.root, "alice"),
    "all_codes": lambda w: _call(w.root, after=w.issued.record, limit=10),
    "revoke_last_code": lambda w: _call(w.root, "alice"),
    "revoke_code": lambda w: _call(w.root, w.code_record.id),
    "revoke_all_codes": lambda w: _call(w.root, "alice"),
    "set_preset": lambda w: _call(w.root, "visitor", w.policy),
    "preset": lambda w: _call("guest"),
    "presets": lambda w: _call(w.root),
    "remove_preset": lambda w: _call(w.root, "guest"),
    "enrol_machine": lambda w: _call(w.root, "alice", "pc-2"),
    "machines": lambda w: _call(w.root, "alice"),
    "retire_machine": lambda w: _call(w.root, "alice", "pc-1"),
    "answer_request": lambda w: _call(
        w.root,
        VerifyRequest("alice", w.shown, Purpose.RESET),
        Validity.DAY,
        zone=timezone.utc,
    ),
    "create_security_code": lambda w: _call(w.root, w.security_request, expires_at=LATER),
    "security_codes": lambda w: _call(w.root, after=w.id, limit=10),
    "security_code": lambda w: _call(w.root, w.id),
    "edit_security_code": lambda w: _call(w.root, w.id, LATER),
    "make_security_code_permanent": lambda w: _call(w.root, w.id),
    "reset_security_code": lambda w: _call(w.root, w.id),
    "reactivate_security_code": lambda w: _call(w.root, w.expired),
    "rotate_security_code": lambda w: _call(w.root, w.id, timedelta(hours=1)),
    "describe_security_code": lambda w: _call(w.root, w.id, "weekly report"),
    "request_deletion": lambda w: _call(w.root, w.id),
    "confirm_deletion": lambda w: _call(w.root, w.id, w.deletion.confirmation),
    "authenticate": lambda w: _call(w.created.code.reveal(), help_desk),
    "throttle": lambda w: _call(w.root, "alice"),
    "unlock": lambda w: _call(w.root, "alice"),
    "add_key": lambda w: _call(w.root, 10, MasterKey.generate()),
    "keys": lambda w: _call(w.root),
    "retire_key": lambda w: _call(w.root, 9),
    "retire_compromised_key": lambda w: _call(w.root, 9),
    "set_log_retention": lambda w: _call(w.root, 365),
    "log_retention": lambda w: _call(w.root),
    "accept_clock": lambda w: _call(w.root),
    "purge": lambda w: _call(w.root, codes_days=30, verifications_days=7, events_days=365),
    "events": lambda w: _call(
        w.root,
        user="alice",
        kind=EventKind.ISSUE_CODE,
        since=NOW,
        until=LATER,
        before=w.event.id,
        limit=10,
    ),
}

_RECORDS: dict[str, Callable[[SimpleNamespace], Call]] = {
    "CodeRecord.state": _now,
    "CodeRecord.to_dict": _none,
    "CodeRecord.from_dict": _record("code_record"),
    "Verified.password_only_lock": _none,
    "Verified.to_dict": _none,
    "Verified.from_dict": _record("verified"),
    "EnrolmentRecord.to_dict": _none,
    "EnrolmentRecord.from_dict": _record("enrolment_record"),
    "SecurityRecord.to_dict": _none,
    "SecurityRecord.from_dict": _record("security_record"),
    "Deletion.to_dict": _none,
    "Deletion.from_dict": _record("deletion"),
    "Authenticated.to_dict": _none,
    "Authenticated.from_dict": _record("authenticated"),
    "KeyRecord.to_dict": _none,
    "KeyRecord.from_dict": _record("key_record"),
    "Compromised.to_dict": _none,
    "Compromised.from_dict": _record("compromised"),
    "Event.to_dict": _none,
    "Event.from_dict": _record("event"),
    "Purged.to_dict": _none,
    "Purged.from_dict": _record("purged"),
}

GOOD = {
    **_CORE,
    **{f"Registry.{name}": good for name, good in _REGISTRY.items()},
    "Registry.__enter__": _none,
    "Registry.__exit__": lambda w: _call(None, None, None),
    **{f"AsyncRegistry.{name}": good for name, good in _REGISTRY.items()},
    **_RECORDS,
}
