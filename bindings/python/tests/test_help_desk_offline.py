"""The worked example: a machine that cannot reach it, and what the desk answers."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from help_desk_server import START, Server, instant
from stopgap import Agent, EnrolmentKey, PasswordOnlyLock, Purpose, UsedUp


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path) as server:
        yield server


def test_a_machine_without_a_network(server: Server) -> None:
    body = {"user": "alice", "machine": "LAPTOP-17"}
    enrolled = server.call("POST", "/machines", body, session="dana")
    assert enrolled.status_code == 201
    agent = Agent(EnrolmentKey.from_hex(enrolled.json()["key"]))

    def ask(**more: str) -> httpx.Response:
        shown = agent.request_code(now=server.now).text
        body = {"user": "alice", "request_code": shown, **more}
        return server.call(
            "POST", "/answers", body, session="dana", X_Time_Zone="Europe/Berlin"
        )

    answered = ask(validity="7d")
    assert answered.status_code == 200
    told = answered.json()
    assert told["machine"] == "LAPTOP-17"
    assert instant(told["expires_at"]) == START + timedelta(days=7, hours=1)
    kept: list[bytes] = []

    def redeem(typed: str) -> PasswordOnlyLock:
        return agent.redeem(typed, Purpose.BYPASS, now=server.now, keep=kept.append)

    # The machine's clock shows UTC.
    assert redeem(told["code"].lower()).until == START + timedelta(days=7)
    assert len(kept) == 1
    with pytest.raises(UsedUp):
        redeem(told["code"])

    assert ask(purpose="register").status_code == 403
    mistyped = {"user": "alice", "request_code": "ZZZZ-3333"}
    answer = server.call("POST", "/answers", mistyped, session="dana")
    assert answer.status_code == 422
    answer = server.call("POST", "/answers", {**mistyped, "user": "bob"}, session="dana")
    assert answer.status_code == 404

    ahead = agent.request_code(now=server.now + timedelta(hours=3)).text
    skewed = server.call(
        "POST", "/answers", {"user": "alice", "request_code": ahead}, session="dana"
    )
    assert skewed.status_code == 409
    assert "LAPTOP-17" in skewed.json()["detail"]
