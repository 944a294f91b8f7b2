"""The lifecycle of a security code, and a throttle, step by step."""

from __future__ import annotations

from datetime import datetime
from typing import Optional

from stopgap import (
    Access,
    Actor,
    Code,
    KeyRing,
    LifecycleState,
    MasterKey,
    Refused,
    Role,
    Scopes,
    SecurityCode,
    SecurityFormat,
    SecurityRequest,
    Throttle,
    Throttled,
    ThrottlePolicy,
    Unknown,
)
from vectors.file import Object
from vectors.times import instant, unix

_FIGURES = {
    "free": "free",
    "firstDelaySeconds": "first_delay_seconds",
    "maxDelaySeconds": "max_delay_seconds",
    "hardLimit": "hard_limit",
}


def throttle_policy(group: Object) -> ThrottlePolicy:
    """The group's settings; defaults for those that it does not have."""
    figures = {ours: group[theirs] for theirs, ours in _FIGURES.items() if theirs in group}
    return ThrottlePolicy(**figures)


_KEYS = KeyRing(1, MasterKey(bytes([7] * 32)))
_ROOT = Actor("root", Role.SUPER_ADMINISTRATOR)
_REQUEST = SecurityRequest(Access.SUPER_ADMINISTRATOR, Scopes.UNLIMITED)


def security_code(_: Object, test: Object) -> bool:
    assert test["result"] == "valid"
    beyond = False
    created_at = instant(test["createdAt"])
    text, record = SecurityCode.create(_KEYS, _ROOT, _REQUEST, now=created_at)
    code = SecurityFormat().read(text.reveal())
    for step in test["steps"]:
        now = instant(step["at"])
        try:
            record = _after(record, code, step)
        except Refused as refused:
            assert refused.reason == step["result"], step
        except OverflowError:
            # Python has no datetime for it, so the step must be refused.
            assert step["result"] == "time_out_of_range", step
            beyond = True
        else:
            assert step.get("result", "ok") == "ok", step
        record.open(_KEYS)
        state = record.state(now=now)
        assert state.value == step["state"], step
        assert record.lifetime.state(now=now) is state, step
        ends = state in (LifecycleState.ACTIVE, LifecycleState.EXPIRED)
        expires_at = record.lifetime.expires_at if ends else None
        assert (expires_at and unix(expires_at)) == step["stateExpiresAt"], step
    return beyond


def _after(record: SecurityCode, code: Code, step: Object) -> SecurityCode:
    op, now = step["op"], instant(step["at"])
    if op == "edit":
        return record.edit(_KEYS, _ROOT, instant(step["expiresAt"]), now=now)
    if op == "authenticate":
        record.authenticate(_KEYS, code, lambda _: Role.USER, now=now)
        return record
    events = {
        "state": lambda: record,
        "make_permanent": lambda: record.make_permanent(_KEYS, _ROOT, now=now),
        "reset": lambda: record.reset(_KEYS, _ROOT, now=now),
        "reactivate": lambda: record.reactivate(_KEYS, _ROOT, now=now),
        "describe": lambda: record.describe(_KEYS, _ROOT, "nightly report", now=now),
        "delete": lambda: record.delete(_KEYS, _ROOT, now=now),
    }
    return events[op]()


def throttle(group: Object, test: Object) -> None:
    assert test["result"] == "valid"
    policy = throttle_policy(group)
    kept = [Throttle()]
    for step in test["steps"]:
        assert _result(kept, step, policy) == step["result"], step
        throttle = kept[-1]
        assert throttle.failures == step["failures"], step
        locked_until = throttle.locked_until
        assert (locked_until and unix(locked_until)) == step["lockedUntil"], step
        for_good = throttle.failures >= policy.hard_limit
        assert for_good is step["untilReset"], step


def _result(kept: list[Throttle], step: Object, policy: ThrottlePolicy) -> str:
    """Does one step; the throttle after it is the last of ``kept``."""
    op, now = step["op"], instant(step["at"])
    if op == "reset":
        kept.append(Throttle())
        return "ok"
    if op == "check":
        kept.append(kept[-1].capped(now=now, policy=policy))
        locked = _locked(kept[-1], now, policy)
        # The same before and after the cap.
        assert locked == _locked(kept[-2], now, policy), step
        return "throttled" if locked else "ok"
    unknown = {"fail": Unknown("unknown", reason="unknown"), "succeed": None}[op]

    def attempt() -> str:
        if unknown is not None:
            raise unknown
        return "ok"

    before = kept[-1]
    capped = before.capped(now=now, policy=policy)
    try:
        return before.guard(attempt, now=now, keep=kept.append, policy=policy)
    except Unknown as error:
        assert error is unknown
        # The same without guard.
        before.check(now=now, policy=policy)
        assert capped.fail(now=now, policy=policy) == kept[-1]
        return "counted"
    except Throttled as throttled:
        assert kept[-1] == capped
        for_good = before.failures >= policy.hard_limit
        assert throttled.retry_at == (None if for_good else capped.locked_until)
        return "throttled"


def _locked(
    throttle: Throttle, now: datetime, policy: ThrottlePolicy
) -> Optional[tuple[Optional[datetime]]]:
    """The end of a lockout, which may have none; ``None`` if there is no lockout."""
    try:
        throttle.check(now=now, policy=policy)
    except Throttled as throttled:
        for_good = throttle.failures >= policy.hard_limit
        assert (throttled.retry_at is None) is for_good
        return (throttled.retry_at,)
    return None
