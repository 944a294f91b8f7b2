"""The lifecycle of a security code, and a throttle, step by step."""

from __future__ import annotations

from datetime import datetime
from typing import Optional

from stopgap import (
    Access,
    Actor,
    KeyRing,
    Life,
    LifeState,
    MasterKey,
    Refused,
    Role,
    Scopes,
    SecurityCode,
    SecurityFormat,
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


_KEYS = KeyRing(1, MasterKey(bytes(range(32))))
_CODE, _RECORD = SecurityCode.create(
    _KEYS,
    Actor("root", Role.SUPER_ADMINISTRATOR),
    Access.SUPER_ADMINISTRATOR,
    scopes=Scopes.UNLIMITED,
    now=instant(1_790_000_000),
)
_TEXT = SecurityFormat().text(_CODE).reveal()


def _authenticate(life: Life, now: datetime) -> Life:
    """Authenticates a code with this lifetime, which does not change."""
    record = SecurityCode(
        key_id=_RECORD.key_id,
        digest=_RECORD.digest,
        access=_RECORD.access,
        scopes=_RECORD.scopes,
        created_at=_RECORD.created_at,
        life=life,
    )
    record.authenticate(_KEYS, _TEXT, role_of=lambda _: Role.USER, now=now)
    return record.life


def security_code(_: Object, test: Object) -> bool:
    assert test["result"] == "valid"
    beyond = False
    life = Life.begin(now=instant(test["createdAt"]))
    for step in test["steps"]:
        now = instant(step["at"])
        try:
            life = _after(life, step)
        except Refused as refused:
            assert refused.reason == step["result"], step
        except OverflowError:
            # Python has no datetime for it, so the step must be refused.
            assert step["result"] == "time_out_of_range", step
            beyond = True
        else:
            assert step.get("result", "ok") == "ok", step
        state = life.state(now=now)
        assert state.value == step["state"], step
        ends = state in (LifeState.ACTIVE, LifeState.EXPIRED)
        expires_at = life.expires_at if ends else None
        assert (expires_at and unix(expires_at)) == step["stateExpiresAt"], step
    return beyond


def _after(life: Life, step: Object) -> Life:
    op, now = step["op"], instant(step["at"])
    if op == "edit":
        return life.edit(instant(step["expiresAt"]), now=now)
    events = {
        "state": lambda: life,
        "make_permanent": lambda: life.make_permanent(now=now),
        "reset": lambda: life.reset(now=now),
        "reactivate": lambda: life.reactivate(now=now),
        "authenticate": lambda: _authenticate(life, now),
        "describe": lambda: life.describe(now=now),
        "delete": lambda: life.delete(now=now),
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
        closed_until = throttle.closed_until
        assert (closed_until and unix(closed_until)) == step["lockedUntil"], step
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
        assert throttled.retry_at == (None if for_good else capped.closed_until)
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
