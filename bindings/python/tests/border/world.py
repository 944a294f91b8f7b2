"""Instances of every class, and a clock that stands still."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

from stopgap import (
    Access,
    Actor,
    Agent,
    AgentPolicy,
    Alphabet,
    AsyncRegistry,
    Attempt,
    CodeFormat,
    Enrolment,
    KeyRing,
    Life,
    MasterKey,
    OfflinePolicy,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    Scopes,
    SecurityCode,
    SecurityFormat,
    Throttle,
    ThrottlePolicy,
    Validity,
    minute_of,
)

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
LATER = datetime(2027, 11, 21, 15, 0, tzinfo=timezone.utc)


def help_desk(user: str) -> Role:
    """The role of each user."""
    return Role.HELP_DESK


def keep(state: object) -> None:
    """Stores nothing."""


def world() -> SimpleNamespace:
    """New instances."""
    w = SimpleNamespace()
    w.key = MasterKey(bytes(range(32)))
    w.ring = KeyRing(9, MasterKey.generate())
    w.ring.rotate(1, w.key)
    w.policy = OnlinePolicy()
    w.code, w.grant = w.policy.issue(w.ring, "alice", now=NOW)
    w.typed = w.code.reveal()
    w.granted = w.grant.verify(w.ring, "alice", w.typed, Purpose.BYPASS, now=NOW)
    w.attempt = Attempt(
        key_id=1,
        id="a-1",
        user="alice",
        purpose=Purpose.RESET,
        code=w.code,
        answer=b"yes",
    )
    w.lock = w.granted.lock()
    w.throttle = Throttle(failures=1)
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
    w.enrolment = Enrolment.first(w.ring, "alice", "pc-1")
    w.enrolment_key = w.enrolment.key(w.ring)
    w.request = w.enrolment_key.request_code(minute_of(NOW))
    w.offline = OfflinePolicy()
    w.answer = w.offline.answer(
        w.ring, "alice", [w.enrolment], w.request.text, Purpose.RESET, now=NOW
    )
    w.agent_policy = AgentPolicy()
    w.agent = Agent(w.enrolment_key)
    w.sealed = w.agent.seal()


def _security(w: SimpleNamespace) -> None:
    w.root = Actor("root", Role.SUPER_ADMINISTRATOR)
    w.access = Access.same_as("alice")
    w.rights = w.access.rights(help_desk)
    w.scopes = Scopes(["audit:*", "reports:read"])
    w.life = Life.begin(now=NOW)
    w.secret, w.security = SecurityCode.create(
        w.ring, w.root, w.access, scopes=w.scopes, now=NOW
    )
    w.security_format = SecurityFormat()
    w.security_text = w.security_format.text(w.secret)
    w.presented = w.security_text.reveal()
    w.authentication = w.security.authenticate(
        w.ring, w.presented, role_of=help_desk, now=NOW
    )


def _registry(w: SimpleNamespace) -> None:
    w.clock = NOW - timedelta(days=3)
    w.registry = Registry.open("memory:", w.ring, clock=lambda: w.clock)
    w.asynchronous = AsyncRegistry(w.registry)
    expired = w.registry.create_security_code(w.root, w.access, scopes=w.scopes)
    w.expired = expired.record.id
    w.clock = NOW
    w.issued = w.registry.issue_code(w.root, "alice")
    w.enrolled = w.registry.enrol_machine(w.root, "alice", "pc-1")
    w.shown = w.enrolled.key.request_code(minute_of(NOW)).text
    w.created = w.registry.create_security_code(w.root, w.access, scopes=w.scopes)
    w.code_record, w.security_record = w.issued.record, w.created.record
    w.id = w.security_record.id
    w.deletion = w.registry.request_deletion(w.root, w.id)
    w.registry.set_preset(w.root, "guest", w.policy)
    w.verified = w.registry.verify_code("alice", w.issued.code.reveal(), Purpose.RESET)
    w.answered = w.registry.answer_request(w.root, "alice", w.shown, Purpose.RESET)
    w.authenticated = w.registry.authenticate(w.created.code.reveal(), help_desk)
    w.machine = w.registry.machines(w.root, "alice")[0]
    w.key_record = w.registry.keys(w.root)[0]
    w.event = w.registry.events(w.root)[0]
    w.purged = w.registry.purge(w.root)
