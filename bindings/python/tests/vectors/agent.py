"""Whole sessions at one machine, resumed from its sealed state at every step."""

from __future__ import annotations

from typing import Optional

from stopgap import Agent, AgentPolicy, EnrolmentKey, PasswordOnlyLock, Purpose, Refused
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
        elif step["op"] == "grantedOnline":
            _granted_online(agent, step, kept)
        else:
            _ask(agent, step, kept)
        # The agent has the state that it passed on.
        assert agent.seal() == kept[-1], step
        if "failures" in step:
            assert _failures(kept[-1]) == step["failures"], step
    if "sealedState" in test:
        assert kept[-1].hex() == test["sealedState"]


def _failures(state: bytes) -> int:
    return int.from_bytes(state[40:44], "big")


def _lock_end(state: bytes) -> int:
    return int.from_bytes(state[16:24], "big", signed=True)


def _redeem(agent: Agent, test: Object, step: Object, kept: list[bytes]) -> None:
    now, purpose = instant(step["at"]).astimezone(zone(test)), Purpose(step["purpose"])
    lock: Optional[PasswordOnlyLock] = None
    result, states = "ok", len(kept)
    try:
        lock = agent.redeem(step["code"], purpose, now=now, keep=kept.append)
    except Refused as refused:
        result = refused.reason
    assert result == step["result"], step
    # Stored once, before the result was returned.
    assert len(kept) == states + 1, step
    assert (lock and unix(lock.until)) == step.get("lockExpiresAt"), step
    assert (lock is not None) is (result == "ok" and purpose is Purpose.BYPASS), step
    if purpose is Purpose.RESET:
        assert _lock_end(kept[-1]) == _lock_end(kept[-2]), step


def _granted_online(agent: Agent, step: Object, kept: list[bytes]) -> None:
    granted, now = PasswordOnlyLock(instant(step["expiresAt"])), instant(step["at"])
    lock: Optional[PasswordOnlyLock] = None
    result = "ok"
    try:
        lock = agent.activate(granted, now=now, keep=kept.append)
    except Refused as refused:
        result = refused.reason
    assert result == step["result"], step
    expected = step.get("lockExpiresAt")
    # The agent returns the active lock; a vector may name one that has ended.
    if expected is not None and expected <= step["at"]:
        expected = None
    assert (lock and unix(lock.until)) == expected, step


def _ask(agent: Agent, step: Object, kept: list[bytes]) -> None:
    now = instant(step["at"])
    if step["op"] == "requestCode":
        assert agent.request_code(now=now).text == step["result"], step
    elif step["op"] == "passwordOnly":
        try:
            shown = agent.lock(now=now)
            holds = agent.log_on(now=now, keep=kept.append) == shown is not None
        except Refused:
            holds = False
        assert holds is step["result"], step
        kept.append(agent.seal())
    elif step["op"] in ("clear", "clearLock"):
        agent.clear_lock(keep=kept.append)
    else:
        assert step["op"] == "resetThrottle", step
        agent.unlock(keep=kept.append)
