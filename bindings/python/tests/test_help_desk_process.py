"""The worked example: how its process starts, suffers and ends."""

import signal
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from help_desk_server import WRONG_SECURITY_CODE, Server, issue, verify


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path) as server:
        yield server


def test_a_damaged_store_is_out_of_order(server: Server) -> None:
    code = issue(server)
    server.stop()
    with sqlite3.connect(server.store) as store:
        find = "SELECT rootpage, name FROM sqlite_schema WHERE tbl_name = 'online_codes'"
        pages = [page for page, _ in store.execute(find) if page]
        ((size,),) = store.execute("PRAGMA page_size")
    store.close()
    assert pages
    with server.store.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * size)
            file.write(b"\xa5" * size)
    server.start()
    answer = verify(server, code)
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("This service is out of order")
    assert "store_damaged: " in server.log()


def test_a_clock_that_was_set_back_is_out_of_order(server: Server) -> None:
    code = issue(server)
    server.wait(minutes=-3)
    assert verify(server, code).status_code == 503
    # The script is not at fault.
    known = server.call("GET", "/api/whoami", bearer=WRONG_SECURITY_CODE)
    assert known.status_code == 503
    server.wait(minutes=3)
    assert verify(server, code).status_code == 200


def test_it_does_not_start_with_another_key(server: Server) -> None:
    server.stop()
    key = server.folder / "stopgap.key"
    key.write_text("# newer\n1 " + "2c" * 32)
    server.launch()
    assert server.process.wait(120) != 0
    assert "key 1 is not the key that this store was made with" in server.log()
    assert "2c2c" not in server.log()


def test_keys_are_added_by_the_key_file(server: Server) -> None:
    code = issue(server)
    server.stop()
    key = server.folder / "stopgap.key"
    key.write_text(f"# oldest first\n1 {'2b' * 32}\n2 {'2d' * 32}\n")
    server.start()
    issue(server, "bob")
    (record,) = server.call("GET", "/codes?user=bob", session="dana").json()
    assert record["key_id"] == 2
    assert verify(server, code).status_code == 200


def test_it_stops_gracefully(server: Server) -> None:
    code = issue(server, max_uses=None)

    def ask(_: int) -> int:
        try:
            return verify(server, code).status_code
        except httpx.TransportError:
            return 0

    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(ask, range(200))
        next(answers)
        server.process.terminate()
        statuses = set(answers)
    assert server.stop() in (0, -signal.SIGTERM)
    # Requests that were accepted were answered; later ones found no server.
    assert statuses <= {200, 0}
    assert "Application shutdown complete." in server.log()
    assert "Traceback" not in server.log()
    files = sorted(path.name for path in server.folder.glob("stopgap.db*"))
    assert files in (["stopgap.db"], ["stopgap.db", "stopgap.db-lock"])
    server.start()
    assert verify(server, code).status_code == 200


def test_it_documents_itself(server: Server) -> None:
    paths = server.client.get("/openapi.json").json()["paths"]
    assert {"/codes", "/verify", "/answers", "/security-codes", "/api/events"} <= set(paths)
    assert server.client.get("/docs").status_code == 200
