"""The worked example: login sessions, whose idempotency keys the server makes."""

import http.client
import json
import sqlite3
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from itsdangerous import TimestampSigner

from help_desk_server import Server, cookie_of, issue, load_login_page, verify

#: A code that was not issued.
WRONG = "0000-1111-2222"
NAME = "__Host-login"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path) as server:
        yield server


def uses(server: Server) -> int:
    (record,) = server.call("GET", "/codes?user=alice", session="dana").json()
    uses: int = record["uses"]
    return uses


def key_in(cookie: str) -> str:
    """The idempotency key in a cookie, which is signed and not encrypted."""
    payload = cookie.partition("=")[2].partition(".")[0]
    key: str = json.loads(b64decode(payload))["idempotency_key"]
    return key


def assert_used_up(answer: httpx.Response) -> None:
    assert answer.status_code == 409
    assert answer.json() == {"detail": "That code has been used."}


def lose_answer(server: Server, code: str, cookie: str) -> None:
    """Types a code, and closes the connection without reading the answer."""
    connection = http.client.HTTPConnection(urlsplit(str(server.client.base_url)).netloc)
    body = json.dumps({"user": "alice", "code": code, "purpose": "bypass"})
    headers = {"Content-Type": "application/json", "Cookie": cookie}
    connection.request("POST", "/verify", body, headers)
    end = time.monotonic() + 60
    while "POST /verify" not in server.log():
        assert time.monotonic() < end
        time.sleep(0.02)
    connection.close()


def test_a_lost_answer_is_replayed_in_its_session(server: Server) -> None:
    code, cookie = issue(server), load_login_page(server)
    lose_answer(server, code, cookie)
    assert uses(server) == 1
    # Another session does not get the answer.
    assert_used_up(verify(server, code))
    # The server may have been restarted meanwhile.
    server.stop()
    server.start()
    replay = verify(server, code, cookie=cookie)
    assert replay.status_code == 200
    assert (replay.json()["uses_left"], replay.json()["replayed"]) == (0, True)
    assert uses(server) == 1
    # That answer arrived, and the next request of the session is a new one.
    assert_used_up(verify(server, code, cookie=cookie_of(replay)))
    assert_used_up(verify(server, code))


def test_parallel_requests_of_a_session_consume_once(server: Server) -> None:
    code, cookie = issue(server, max_uses=5), load_login_page(server)
    with ThreadPoolExecutor(10) as threads:
        calls = threads.map(lambda _: verify(server, code, cookie=cookie), range(10))
        answers = [(answer.status_code, answer.json()) for answer in calls]
    assert answers[0][0] == 200
    assert answers[0][1]["uses_left"] == 4
    assert sum(not answer.pop("replayed") for _, answer in answers) == 1
    assert all(answer == answers[0] for answer in answers)
    assert uses(server) == 1


def test_every_answer_renews_the_key(server: Server) -> None:
    code = issue(server, max_uses=2)
    cookies = [load_login_page(server)]

    def type_in(text: str) -> httpx.Response:
        answer = verify(server, text, cookie=cookies[-1])
        cookies.append(cookie_of(answer))
        return answer

    for left in (1, 0):
        granted = type_in(code).json()
        assert (granted["uses_left"], granted["replayed"]) == (left, False)
    assert_used_up(type_in(code))
    # Each of these is a new guess, and the fifth causes a lockout.
    for _ in range(5):
        assert type_in(WRONG).status_code == 403
    assert type_in(WRONG).status_code == 429
    # The page has a new key too.
    cookies.append(cookie_of(server.call("GET", "/login", Cookie=cookies[-1])))
    assert len({key_in(cookie) for cookie in cookies}) == len(cookies)


def test_a_key_is_for_one_request_and_ten_minutes(server: Server) -> None:
    code, cookie = issue(server), load_login_page(server)
    assert verify(server, code, cookie=cookie).status_code == 200
    # The answer was lost, and another code was typed: a mistake, or a guess.
    reused = verify(server, WRONG, cookie=cookie)
    assert reused.status_code == 409
    assert reused.json() == {"detail": "That code is not valid."}
    assert "idempotency_key_reused: " in server.log()
    assert_used_up(verify(server, code, cookie=cookie_of(reused)))
    server.wait(minutes=10)
    assert verify(server, code, cookie=cookie).status_code == 409
    assert "idempotency_key_expired: " in server.log()


def test_a_client_cannot_choose_the_key(server: Server) -> None:
    code, victim = issue(server), load_login_page(server)
    key = key_in(victim)
    assert verify(server, code, cookie=victim).json()["replayed"] is False
    body = {"user": "alice", "code": code, "purpose": "bypass", "idempotency_key": key}
    for name in ("Idempotency-Key", "idempotency_key", "X-Idempotency-Key"):
        own = load_login_page(server)
        chosen = f"{own}; idempotency_key={key}; session={key}"
        headers = {name: key, "Cookie": chosen}
        path = f"/verify?idempotency_key={key}"
        assert_used_up(server.client.post(path, json=body, headers=headers))
    assert uses(server) == 1
    # Nor does another header make the repetition of a request a new one.
    for chosen in ("1", "x" * 256):
        again = verify(server, code, cookie=victim, Idempotency_Key=chosen)
        assert again.json()["replayed"] is True
    for header in ("1", "1", "2"):
        assert_used_up(verify(server, code, Idempotency_Key=header))


def test_a_made_up_session_is_refused(server: Server) -> None:
    code = issue(server)
    cookie = load_login_page(server)
    payload, signed = cookie.partition("=")[2].split(".", 1)
    made_up = b64encode(json.dumps({"idempotency_key": "1"}).encode()).decode()
    right_key = (server.folder / "cookie.key").read_text()

    class LongAgo(TimestampSigner):
        def get_timestamp(self) -> int:
            return super().get_timestamp() - 3602

    for value in (
        "",
        "null",
        "1",
        made_up,
        payload,
        f"{made_up}.{signed}",
        f"{payload}.{signed[:-1]}",
        TimestampSigner("c1" * 32).sign(made_up).decode(),
        LongAgo(right_key).sign(payload).decode(),
    ):
        answer = verify(server, code, cookie=f"{NAME}={value}")
        assert answer.status_code == 401, value
        assert answer.json() == {"detail": "Please load the login page again."}
        assert "set-cookie" not in answer.headers
    body = {"user": "alice", "code": code, "purpose": "bypass"}
    keyed = server.call("POST", "/verify", body, Idempotency_Key="1")
    assert keyed.status_code == 401
    assert uses(server) == 0
    # The same payload with the right signature is a session.
    signed = TimestampSigner(right_key).sign(payload).decode()
    assert verify(server, code, cookie=f"{NAME}={signed}").status_code == 200


def test_a_fault_of_the_store_keeps_the_key(server: Server) -> None:
    code, cookie = issue(server), load_login_page(server)
    other = sqlite3.connect(server.store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    failed = verify(server, code, cookie=cookie)
    other.execute("ROLLBACK")
    other.close()
    assert failed.status_code == 503
    assert key_in(cookie_of(failed)) == key_in(cookie)
    assert verify(server, code, cookie=cookie_of(failed)).json()["replayed"] is False
    assert verify(server, code, cookie=cookie).json()["replayed"] is True


def test_the_cookie_is_for_this_host_over_tls(server: Server) -> None:
    page = server.call("GET", "/login")
    assert page.status_code == 204
    (header,) = page.headers.get_list("set-cookie")
    cookie, *flags = header.split("; ")
    assert cookie.startswith(f"{NAME}=")
    assert {flag.casefold() for flag in flags} == {
        "httponly",
        "max-age=3600",
        "path=/",
        "samesite=strict",
        "secure",
    }
    assert page.headers["cache-control"] == "no-store"


def test_it_does_not_start_without_a_cookie_key(server: Server) -> None:
    server.stop()
    (server.folder / "cookie.key").write_text("c0" * 31)
    server.launch()
    assert server.process.wait(120) != 0
    assert "there are not 64 hex digits in cookie.key" in server.log()
    assert "c0c0" not in server.log()
