"""The life of a security code, and of a throttle, step by step."""

from __future__ import annotations

from stopgap import (
    Life,
    LifeState,
    Refused,
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
    """The group's figures; the default where it names none."""
    figures = {ours: group[theirs] for theirs, ours in _FIGURES.items() if theirs in group}
    return ThrottlePolicy(**figures)


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
            # Python has no datetime for it: what Python cannot ask for is refused.
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


def _result(kept: list[Throttle], step: Object, policy: ThrottlePolicy) -> str:
    """Does one step; the throttle after it is the last that was kept."""
    op, now, before = step["op"], instant(step["at"]), kept[-1]
    if op == "reset":
        kept.append(Throttle())
        return "ok"
    unknown = {"fail": Unknown("unknown", reason="unknown"), "succeed": None}[op]

    def attempt() -> str:
        if unknown is not None:
            raise unknown
        return "ok"

    try:
        return before.guard(attempt, now=now, keep=kept.append, policy=policy)
    except Unknown as error:
        assert error is unknown
        # The same by hand.
        before.check(now=now, policy=policy)
        assert before.fail(now=now, policy=policy) == kept[-1]
        return "counted"
    except Throttled as throttled:
        for_good = before.failures >= policy.hard_limit
        assert throttled.retry_at == (None if for_good else before.closed_until)
        assert kept[-1] == before
        return "throttled"
