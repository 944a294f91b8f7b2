"""The worked example: what the desk and the login page do, over HTTP."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from help_desk_server import START, Server, instant, issue, load_login_page, verify

#: A code that was not issued.
WRONG = "0000-1111-2222"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path) as server:
        yield server


def test_a_code_from_the_desk_to_the_login_page(server: Server) -> None:
    body = {"user": "Alice", "validity": "7d", "purposes": ["bypass", "reset"]}
    answer = server.call(
        "POST", "/codes", body, session="dana", X_Time_Zone="Europe/Berlin"
    )
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    issued = answer.json()
    assert issued["user"] == "alice"
    assert sorted(issued["purposes"]) == ["bypass", "reset"]
    # Two o'clock in Berlin a week later is an hour later elsewhere: clocks went back.
    assert instant(issued["expires_at"]) == START + timedelta(days=7, hours=1)
    assert len(issued["spoken"].split()) == 12

    (listed,) = server.call("GET", "/codes?user=alice", session="dana").json()
    assert "code" not in listed
    assert listed["id"] == issued["id"]
    assert listed["uses"] == 0

    typed = issued["code"].lower().replace("-", " ")
    granted = verify(server, typed, user=" ALICE ", purpose="reset")
    assert granted.status_code == 200
    assert granted.json()["user"] == "alice"
    assert granted.json()["purpose"] == "reset"
    assert granted.json()["uses_left"] == 0

    again = verify(server, issued["code"])
    assert again.status_code == 409
    assert again.json() == {"detail": "That code has been used."}
    (listed,) = server.call("GET", "/codes?user=alice", session="dana").json()
    assert listed["uses"] == 1


def test_a_code_that_is_good_once_is_good_once(server: Server) -> None:
    code = issue(server)
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: verify(server, code), range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 19}


def test_the_audit_log_has_the_address(server: Server) -> None:
    code = issue(server)
    verify(server, code, X_Request_Id="r-1")
    body = {"same_as": None, "scopes": ["events:read"]}
    created = server.call("POST", "/security-codes", body, session="sue").json()
    events = server.call("GET", "/api/events", bearer=created["code"]).json()
    contexts = {event["kind"]: event["context"] for event in events}
    assert contexts["online.verify"] == {
        "source_address": "127.0.0.1",
        "request_id": "r-1",
    }
    assert contexts["online.issue"] == {"source_address": "127.0.0.1"}
    assert contexts["security.create"] == {"source_address": "127.0.0.1"}


def test_a_code_lives_until_it_expires(server: Server) -> None:
    code = issue(server, max_uses=None)
    server.wait(hours=23, minutes=59, seconds=59)
    assert verify(server, code).json()["uses_left"] is None
    server.wait(seconds=1)
    expired = verify(server, code)
    assert expired.status_code == 409
    assert expired.json() == {"detail": "That code has expired; ask for a new one."}


def test_a_guesser_learns_nothing(server: Server) -> None:
    revoked = issue(server)
    server.call("DELETE", "/codes?user=alice", session="dana")
    tries = {
        "unknown": verify(server, WRONG),
        "unknown user": verify(server, WRONG, user="mallory"),
        "wrong purpose": verify(server, issue(server), purpose="reset"),
        "revoked": verify(server, revoked),
        "another user's": verify(server, issue(server, "bob")),
    }
    for what, answer in tries.items():
        assert answer.status_code == 403, what
        assert answer.json() == {"detail": "That code is not valid."}, what
    for reason in ("unknown: ", "wrong_purpose: ", "revoked: "):
        assert reason in server.log()


def test_too_many_guesses_cause_a_lockout(server: Server) -> None:
    code = issue(server)
    for _ in range(5):
        assert verify(server, WRONG).status_code == 403
    locked = verify(server, code, X_Time_Zone="Europe/Berlin")
    assert locked.status_code == 429
    assert locked.headers["retry-after"] == "Thu, 22 Oct 2026 12:01:01 GMT"
    said = "Too many tries; try again at 2026-10-22 14:01:00 +02:00."
    assert locked.json() == {"detail": said}
    # A zone that does not exist changes nothing.
    lost = verify(server, code, X_Time_Zone="../Atlantis").json()["detail"]
    assert "2026-10-22 12:01:00" in lost
    # Only alice is locked out.
    assert verify(server, issue(server, "bob"), user="bob").status_code == 200
    server.wait(seconds=60)
    assert verify(server, code).status_code == 200


def test_an_administrator_unlocks(server: Server) -> None:
    code = issue(server)
    for _ in range(5):
        verify(server, WRONG)
    path = "/throttle?user=alice"
    assert server.call("DELETE", path, session="dana").status_code == 403
    assert verify(server, code).status_code == 429
    assert server.call("DELETE", path, session="adam").status_code == 204
    assert verify(server, code).status_code == 200


def test_the_desk_revokes(server: Server) -> None:
    first = issue(server)
    server.wait(minutes=1)
    last = issue(server)
    revoke = "/codes/last?user=alice"
    assert server.call("DELETE", revoke, session="dana").json()["revoked_at"]
    assert verify(server, last).status_code == 403
    assert verify(server, first).status_code == 200
    issue(server)
    issue(server, max_uses=None)
    all_of_them = server.call("DELETE", "/codes?user=alice", session="dana")
    assert all_of_them.json() == {"revoked": 2}
    nothing = server.call("DELETE", revoke, session="dana")
    assert nothing.status_code == 404
    assert "nothing to revoke" in nothing.json()["detail"]


def test_what_makes_no_sense_is_said_and_not_repeated(server: Server) -> None:
    code = issue(server)
    typed = verify(server, code[:-1] + "%")
    assert typed.status_code == 422
    detail = "That is not a complete code; check character 14."
    assert typed.json() == {"detail": detail}

    body = {"user": "alice", "code": code, "purpose": "bypass"}
    cookie = load_login_page(server)
    odd: list[dict[str, Any]] = [
        {**body, "code": [code]},
        {**body, "purpose": code},
        {**body, "user": code + "\n"},
        {"code": code},
    ]
    for wrong in odd:
        answer = server.call("POST", "/verify", wrong, Cookie=cookie)
        assert answer.status_code == 422, wrong
        assert code not in answer.text
    for broken in (f'{{"code": "{code}', f'"{code}"', f'{{"user": "\\ud800{code}"}}'):
        answer = server.client.post("/verify", content=broken, headers={"Cookie": cookie})
        assert answer.status_code == 422
        assert code not in answer.text
    assert verify(server, code).status_code == 200

    for issue_body in (
        {"user": "alice", "validity": "32d"},
        {"user": "alice", "validity": "soon"},
        {"user": "alice", "validity": "25h"},
        {"user": "alice", "purposes": []},
        {"user": "alice", "max_uses": 0},
        {"user": "alice", "max_uses": 2**32},
    ):
        answer = server.call("POST", "/codes", issue_body, session="dana")
        assert answer.status_code == 422, issue_body
        assert answer.json()["detail"]
    for zone in ("Atlantis", "../../../etc/passwd", "Europe"):
        answer = server.call(
            "POST", "/codes", {"user": "alice"}, session="dana", X_Time_Zone=zone
        )
        assert answer.status_code == 422


def test_who_may_do_what(server: Server) -> None:
    new_code = {"user": "bob"}
    desk: list[tuple[str, str, Any]] = [
        ("POST", "/codes", new_code),
        ("GET", "/codes?user=bob", None),
        ("DELETE", "/codes/last?user=bob", None),
        ("DELETE", "/codes?user=bob", None),
        ("POST", "/machines", {"user": "bob", "machine": "LAPTOP-17"}),
        ("POST", "/answers", {"user": "bob", "request_code": "ZZZZ-3333"}),
    ]
    above: list[tuple[str, str, Any]] = [
        ("DELETE", "/throttle?user=bob", None),
        ("POST", "/security-codes", {"same_as": None, "scopes": "unlimited"}),
        ("GET", "/security-codes", None),
        ("GET", f"/security-codes?after={uuid4()}&limit=1", None),
        ("PUT", f"/security-codes/{uuid4()}/expiry", {"expires_at": "2027-01-01T00:00Z"}),
        ("POST", f"/security-codes/{uuid4()}/permanent", None),
        ("POST", f"/security-codes/{uuid4()}/reset", None),
        ("POST", f"/security-codes/{uuid4()}/reactivate", None),
        ("POST", f"/security-codes/{uuid4()}/deletion", None),
        ("DELETE", f"/security-codes/{uuid4()}?confirmation=00000000", None),
    ]
    for method, path, body in desk + above:
        for session, status in ((None, 401), ("mallory", 401), ("alice", 403)):
            answer = server.call(method, path, body, session=session)
            assert answer.status_code == status, (path, session)
    for method, path, body in above:
        answer = server.call(method, path, body, session="dana")
        assert answer.status_code == 403, path
        assert answer.json() == {"detail": "You may not do that."}
    assert "forbidden: help_desk may not manage security codes" in server.log()
    unknown = server.call("POST", "/codes", {"user": "mallory"}, session="dana")
    assert unknown.status_code == 404
