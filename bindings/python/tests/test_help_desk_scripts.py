"""The worked example: security codes, and the scripts that use them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Optional, Union

import httpx
import pytest

from help_desk_server import START, WRONG_SECURITY_CODE, Server, instant


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path) as server:
        yield server


def create(
    server: Server,
    same_as: Optional[str],
    description: str = "",
    scopes: Union[str, list[str]] = "unlimited",
) -> dict[str, Any]:
    body = {"same_as": same_as, "description": description, "scopes": scopes}
    answer = server.call("POST", "/security-codes", body, session="sue")
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


def whoami(server: Server, code: str) -> httpx.Response:
    return server.call("GET", "/api/whoami", bearer=code)


def test_a_script_by_its_security_code(server: Server) -> None:
    created = create(server, "Adam", "nightly report")
    assert instant(created["expires_at"]) == START + timedelta(hours=24)
    code = created["code"]
    server.wait(minutes=1)
    assert code.startswith("stopgap_")
    known = whoami(server, code.upper())
    assert known.status_code == 200
    assert known.json()["user"] == "adam"
    assert known.json()["role"] == "administrator"
    assert known.json()["limited"] is False
    assert known.json()["scopes"] == created["scopes"] == "unlimited"
    assert server.call("GET", "/api/roster", bearer=code).json()["dana"] == "help_desk"
    log = server.call("GET", "/api/events", bearer=code).json()
    assert [event["kind"] for event in log] == ["security.authenticate", "security.create"]
    assert [event["actor"] for event in log] == ["adam", "sue"]
    (listed,) = server.call("GET", "/security-codes", session="sue").json()
    assert listed["description"] == "nightly report"
    assert listed["last_used_at"]
    assert "code" not in listed

    for wrong in (WRONG_SECURITY_CODE, code[:-1], code[8:], "?"):
        answer = whoami(server, wrong)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json() == {"detail": "That security code is not valid."}
    assert server.call("GET", "/api/whoami").status_code == 401


def test_a_script_may_what_its_user_may(server: Server) -> None:
    for same_as, role, limited, status in (
        (None, "super_administrator", False, 200),
        ("adam", "administrator", False, 200),
        ("dana", "help_desk", False, 403),
        ("alice", "user", False, 403),
        ("sue", "user", True, 403),
    ):
        code = create(server, same_as)["code"]
        known = whoami(server, code).json()
        assert (known["user"], known["role"], known["limited"]) == (same_as, role, limited)
        for path in ("/api/roster", "/api/events"):
            assert server.call("GET", path, bearer=code).status_code == status, same_as
        # A code is no session.
        assert server.call("GET", "/security-codes", bearer=code).status_code == 401


def test_a_script_may_what_its_scopes_allow(server: Server) -> None:
    code = create(server, "adam", scopes=["roster:read"])["code"]
    assert whoami(server, code).json()["scopes"] == ["roster:read"]
    assert server.call("GET", "/api/roster", bearer=code).status_code == 200
    refused = server.call("GET", "/api/events", bearer=code)
    assert refused.status_code == 403
    assert refused.json() == {"detail": "This security code may not do that."}
    for scopes in ([], ["Roster"], "roster:read", None):
        body = {"same_as": "adam", "scopes": scopes}
        answer = server.call("POST", "/security-codes", body, session="sue")
        assert answer.status_code == 422, scopes
    answer = server.call("POST", "/security-codes", {"same_as": "adam"}, session="sue")
    assert answer.status_code == 422


def test_the_life_of_a_security_code(server: Server) -> None:
    created = create(server, "adam")
    code, path = created["code"], f"/security-codes/{created['id']}"

    def act(method: str, what: str, **body: str) -> httpx.Response:
        return server.call(method, f"{path}{what}", body or None, session="sue")

    soon = (server.now + timedelta(hours=1)).isoformat()
    assert instant(act("PUT", "/expiry", expires_at=soon).json()["expires_at"]) == (
        server.now + timedelta(hours=1)
    )
    past = act("PUT", "/expiry", expires_at="2026-01-01T00:00:00+01:00")
    assert past.status_code == 422
    naive = act("PUT", "/expiry", expires_at="2027-01-01T00:00:00")
    assert naive.status_code == 422
    for far in ("9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+23:00"):
        assert act("PUT", "/expiry", expires_at=far).status_code == 422
    server.wait(hours=1)
    assert whoami(server, code).status_code == 401
    assert "expired: " in server.log()
    assert act("POST", "/reset").status_code == 409
    assert act("POST", "/reactivate").json()["state"] == "active"
    assert act("POST", "/reactivate").status_code == 409
    assert whoami(server, code).status_code == 200

    shown = act("POST", "/deletion").json()
    assert shown["record"]["id"] == created["id"]
    assert act("POST", "/permanent").json()["state"] == "permanent"
    changed = act("DELETE", f"?confirmation={shown['confirmation']}")
    assert changed.status_code == 409
    assert act("POST", "/reset").json()["state"] == "active"
    shown = act("POST", "/deletion").json()
    assert act("DELETE", f"?confirmation={shown['confirmation']}").status_code == 204
    assert whoami(server, code).status_code == 401
    assert act("POST", "/reset").status_code == 404
    assert server.call("GET", "/security-codes", session="sue").json() == []
    unreadable = server.call("POST", "/security-codes/first/reset", session="sue")
    assert unreadable.status_code == 422
    for page in ("limit=0", "limit=1001", f"limit={2**64}", "after=first"):
        listed = server.call("GET", f"/security-codes?{page}", session="sue")
        assert listed.status_code == 422, page
