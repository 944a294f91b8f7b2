"""Whole sessions at one machine, restarted from its sealed state at every step."""

from __future__ import annotations

from stopgap import Agent, AgentPolicy, EnrolmentKey, Lock, Purpose, Refused
from vectors.file import Object
from vectors.life import throttle_policy
from vectors.times import instant, unix, zone

_FIGURES = {
    "windowMinutes": "window_minutes",
    "diagnoseMinutes": "diagnose_minutes",
    "clockToleranceSeconds": "clock_tolerance_seconds",
}


def session(group: Object, test: Object) -> None:
    assert test["result"] == "valid"
    figures = {ours: group[theirs] for theirs, ours in _FIGURES.items() if theirs in group}
    policy = AgentPolicy(**figures, throttle=throttle_policy(group))
    key = EnrolmentKey.from_hex(test["enrolmentKey"])
    kept = [Agent(key).seal()]
    for step in test["steps"]:
        agent = Agent.resume(key, kept[-1], policy=policy)
        if step["op"] == "redeem":
            _redeem(agent, test, step, kept)
        else:
            _ask(agent, step, kept)
        # The agent went on as its state did.
        assert agent.seal() == kept[-1], step


def _redeem(agent: Agent, test: Object, step: Object, kept: list[bytes]) -> None:
    now = instant(step["at"]).astimezone(zone(test))
    lock: Lock | None = None
    result, states = "ok", len(kept)
    try:
        lock = agent.redeem(
            step["code"], Purpose(step["purpose"]), now=now, keep=kept.append
        )
    except Refused as refused:
        result = refused.reason
    assert result == step["result"], step
    # Kept once, before the result was told.
    assert len(kept) == states + 1, step
    assert (lock and unix(lock.until)) == step.get("lockExpiresAt"), step


def _ask(agent: Agent, step: Object, kept: list[bytes]) -> None:
    now = instant(step["at"])
    if step["op"] == "requestCode":
        assert agent.request_code(now=now).text == step["result"], step
    elif step["op"] == "passwordOnly":
        try:
            holds = agent.lock(now=now, keep=kept.append) is not None
        except Refused:
            holds = False
        assert holds is step["result"], step
    elif step["op"] in ("clear", "clearLock"):
        agent.clear_lock(keep=kept.append)
    else:
        assert step["op"] == "resetThrottle", step
        agent.reset_throttle(keep=kept.append)
