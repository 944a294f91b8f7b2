"""Instances of every class, and a clock that stands still."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

from stopgap import (
    Access,
    Actor,
    Agent,
    AgentPolicy,
    Alphabet,
    AsyncRegistry,
    CodeFormat,
    Compromised,
    Context,
    Enrolment,
    IssueRequest,
    KeyRing,
    Lifetime,
    MasterKey,
    OfflinePolicy,
    OnlinePolicy,
    Preset,
    Purpose,
    Registry,
    ReplayPolicy,
    Role,
    Scopes,
    SecurityCode,
    SecurityFormat,
    SecurityRequest,
    Throttle,
    ThrottlePolicy,
    UserThrottle,
    Validity,
    Verification,
    VerifyRequest,
    minute_of,
)

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
LATER = datetime(2027, 11, 21, 15, 0, tzinfo=timezone.utc)


def help_desk(user: str) -> Role:
    """The role of each user."""
    return Role.HELP_DESK


def keep(state: object) -> None:
    """Stores nothing."""


def _key_file() -> str:
    """A key file for all instances."""
    if _VARIABLE not in os.environ:
        path = Path(tempfile.mkdtemp()) / "stopgap.key"
        KeyRing.read(path, create=True)
        os.environ[_VARIABLE] = str(path)
        atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    return os.environ[_VARIABLE]


#: The variable that names the key file.
_VARIABLE = "STOPGAP_TEST_BORDER_KEYS"


def world() -> SimpleNamespace:
    """New instances."""
    w = SimpleNamespace()
    w.key_file, w.variable = _key_file(), _VARIABLE
    w.key = MasterKey(bytes(range(32)))
    w.ring = KeyRing(9, MasterKey.generate())
    w.ring.add(1, w.key)
    w.policy = OnlinePolicy()
    w.code, w.grant = w.policy.issue(w.ring, "alice", now=NOW)
    w.typed = w.code.reveal()
    w.context = Context(ticket="INC-1")
    w.issue_request = IssueRequest("alice", context=w.context)
    w.verify_request = VerifyRequest(
        "alice", w.typed, Purpose.BYPASS, idempotency_key="k-1", context=w.context
    )
    w.granted = w.grant.verify(w.ring, w.verify_request, now=NOW)
    w.verification = Verification.seal(
        w.ring, w.verify_request, w.code, b"granted", now=NOW
    )
    w.replay = ReplayPolicy()
    w.preset = Preset.seal(w.ring, "guest", w.policy)
    w.lock = w.granted.password_only_lock()
    w.throttle = Throttle(failures=1)
    w.verdict = w.throttle.attempt(lambda: 1, now=NOW)
    w.user_throttle = UserThrottle.seal(w.ring, "alice", w.throttle)
    w.throttle_policy = ThrottlePolicy()
    w.alphabet = Alphabet("BCDFGHJKMPQRTVWX")
    w.format = CodeFormat()
    w.validity = Validity.days(7)
    _offline(w)
    _security(w)
    _registry(w)
    w.instances = [
        one for one in vars(w).values() if type(one).__module__.startswith("stopgap")
    ]
    return w


def _offline(w: SimpleNamespace) -> None:
    w.enrolment = Enrolment.first(w.ring, "alice", "pc-1", now=NOW)
    w.enrolment_key = w.enrolment.key(w.ring)
    w.request = w.enrolment_key.request_code(minute_of(NOW))
    w.offline = OfflinePolicy()
    w.offline_request = VerifyRequest("alice", w.request.text, Purpose.RESET)
    w.answer = w.offline.answer(w.ring, [w.enrolment], w.offline_request, now=NOW)
    w.agent_policy = AgentPolicy()
    w.agent = Agent(w.enrolment_key)
    w.sealed = w.agent.seal()


def _security(w: SimpleNamespace) -> None:
    w.root = Actor("root", Role.SUPER_ADMINISTRATOR)
    w.access = Access.same_as("alice")
    w.scopes = Scopes(["audit:*", "reports:read"])
    w.lifetime = Lifetime.until(LATER)
    w.security_request = SecurityRequest(w.access, w.scopes, description="nightly")
    w.security_text, w.security = SecurityCode.create(
        w.ring, w.root, w.security_request, now=NOW
    )
    w.security_format = SecurityFormat()
    w.presented = w.security_text.reveal()
    w.secret = w.security_format.read(w.presented)
    w.authentication = w.security.authenticate(w.ring, w.secret, help_desk, now=NOW)


def _registry(w: SimpleNamespace) -> None:
    w.clock = NOW - timedelta(days=3)
    w.registry = Registry.open("memory:", w.ring, clock=lambda: w.clock)
    w.asynchronous = AsyncRegistry(w.registry)
    expired = w.registry.create_security_code(w.root, w.security_request)
    w.expired = expired.record.id
    w.clock = NOW
    w.issued = w.registry.issue_code(w.root, "alice")
    w.enrolled = w.registry.enrol_machine(w.root, "alice", "pc-1")
    w.shown = w.enrolled.key.request_code(minute_of(NOW)).text
    w.created = w.registry.create_security_code(w.root, w.security_request)
    w.rotated = w.registry.rotate_security_code(
        w.root, w.created.record.id, timedelta(hours=1), permanent=True
    )
    w.code_record, w.security_record = w.issued.record, w.created.record
    w.id = w.security_record.id
    w.deletion = w.registry.request_deletion(w.root, w.id)
    w.registry.set_preset(w.root, "guest", w.policy)
    w.registry_request = VerifyRequest(
        "alice", w.issued.code.reveal(), Purpose.BYPASS, idempotency_key="a-1"
    )
    w.verified = w.registry.verify_code(w.registry_request)
    w.answered = w.registry.answer_request(
        w.root, VerifyRequest("alice", w.shown, Purpose.RESET)
    )
    w.authenticated = w.registry.authenticate(w.created.code.reveal(), help_desk)
    w.enrolment_record = w.registry.machines(w.root, "alice")[0]
    w.key_record = w.registry.keys(w.root)[0]
    w.event = w.registry.events(w.root)[0]
    w.purged = w.registry.purge(w.root)
    w.compromised = _compromised(w)


def _compromised(w: SimpleNamespace) -> Compromised:
    """The records of a compromised key, in a registry of its own."""
    ring = KeyRing(1, w.key)
    with Registry.open("memory:", ring, clock=lambda: NOW) as registry:
        registry.issue_code(w.root, "alice")
        registry.create_security_code(w.root, w.security_request)
        registry.enrol_machine(w.root, "alice", "pc-1")
        registry.set_preset(w.root, "guest", w.policy)
        registry.add_key(w.root, 2, MasterKey.generate())
        return registry.retire_compromised_key(w.root, 1)
