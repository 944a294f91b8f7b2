"""Processes that fork: what is good once stays so, and no child hangs."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Callable, Optional

import pytest

from callers import Within, Zone
from forking import Child, Place, issue, verify
from stopgap import (
    Agent,
    Enrolment,
    OfflinePolicy,
    OnlinePolicy,
    Purpose,
    Registry,
    VerifyRequest,
)
from world import DESK, key_ring

POSTGRES = os.environ.get("STOPGAP_TEST_POSTGRES", "")

pytestmark = [
    pytest.mark.usefixtures("ends"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="a POSIX system"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]


@pytest.fixture(
    params=[
        "file",
        pytest.param(
            "postgres",
            marks=pytest.mark.skipif(
                not POSTGRES, reason="PostgreSQL was not tested: set STOPGAP_TEST_POSTGRES"
            ),
        ),
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    url = str(tmp_path / "stopgap.db") if request.param == "file" else POSTGRES
    return Place(url, f"forks-{uuid.uuid4()}")


# os.fork


def test_a_child_uses_an_inherited_registry(place: Place) -> None:
    with place.open() as registry:
        first, second = issue(registry), issue(registry)
        child = Child(lambda _: f"{verify(registry, first)} {issue(registry)}")
        verdict, issued = child.said().split()
        assert verdict == "granted"
        assert verify(registry, first) == "used_up"
        assert verify(registry, issued) == "granted"
        assert verify(registry, second) == "granted"
        late = Child(lambda _: f"{verify(registry, second)} {verify(registry, issued)}")
        assert late.said() == "used_up used_up"


def test_a_child_closes_an_inherited_registry(place: Place) -> None:
    with place.open() as registry:
        code = issue(registry)

        def work(_: object) -> str:
            registry.close()
            with place.open() as own:
                return verify(own, code)

        assert Child(work).said() == "granted"
        assert verify(registry, code) == "used_up"


def test_a_parent_closes_while_its_child_writes(place: Place) -> None:
    registry = place.open()
    code = issue(registry)

    def work(wait: Callable[[], object]) -> str:
        own = place.open()
        os.write(opened, b".")
        wait()
        verdict = verify(own, code)
        os.write(opened, b".")
        wait()
        return verdict

    hear, opened = os.pipe()
    child = Child(work)
    os.read(hear, 1)
    registry.close()
    child.tell()
    os.read(hear, 1)
    with place.open() as other:
        assert verify(other, code) == "used_up"
    child.tell()
    assert child.said() == "granted"
    with place.open() as other:
        assert verify(other, code) == "used_up"


def test_a_daemon_outlives_its_parent(place: Place) -> None:
    hear, say = os.pipe()

    def daemon(registry: Registry, code: str) -> str:
        os.setsid()
        # The parent closes the registry and ends first.
        os.read(closed, 1)
        os.write(say, verify(registry, code).encode())
        return ""

    def parent(_: object) -> str:
        registry = place.open()
        code = issue(registry)
        Child(lambda _: daemon(registry, code))
        registry.close()
        return code

    closed, close = os.pipe()
    code = Child(parent).said()
    os.write(close, b".")
    assert os.read(hear, 100) == b"granted"
    with place.open() as registry:
        assert verify(registry, code) == "used_up"


def test_a_store_in_memory_is_copied() -> None:
    with Registry.open("memory:", key_ring()) as registry:
        code = issue(registry)
        child = Child(lambda _: f"{verify(registry, code)} {verify(registry, code)}")
        assert child.said() == "granted used_up"
        assert verify(registry, code) == "granted"


# Forks during calls


@contextmanager
def busy(*calls: Callable[[], object]) -> Iterator[None]:
    """Threads that make calls all the time."""
    is_over = threading.Event()
    failed: list[BaseException] = []

    def run(call: Callable[[], object]) -> None:
        try:
            while not is_over.is_set():
                call()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert failed == []


def test_a_fork_waits_for_the_calls_of_threads(place: Place) -> None:
    with place.open() as registry:
        codes = [issue(registry) for _ in range(10)]
        # A call that asks a zone needs the interpreter, which the thread that forks has.
        zone = Zone(lambda: timedelta(hours=1))

        def in_zone() -> object:
            return registry.issue_code(DESK, "bob", zone=zone)

        def is_open() -> None:
            place.open().close()

        with busy(lambda: issue(registry, "bob"), in_zone, in_zone, is_open):
            for code in codes:
                begun = time.monotonic()
                child = Child(lambda _, code=code: verify(registry, code))  # type: ignore[misc]
                assert time.monotonic() - begun < 2
                assert child.said() == "granted"
        assert {verify(registry, code) for code in codes} == {"used_up"}


def test_a_fork_waits_for_calls_of_a_store_in_memory() -> None:
    with Registry.open("memory:", key_ring()) as registry:
        code = issue(registry)
        calls = [lambda: issue(registry, "bob"), lambda: registry.codes(DESK, "bob")]
        with busy(*calls * 2):
            for _ in range(10):
                assert Child(lambda _: verify(registry, code)).said() == "granted"
        assert verify(registry, code) == "granted"


def test_a_fork_during_a_long_call(tmp_path: Path) -> None:
    """The child gets an error, and the parent goes on."""
    place = Place(str(tmp_path / "stopgap.db"), "default")
    with place.open() as registry:
        code = issue(registry)
        inside, go_on = threading.Event(), threading.Event()

        def long() -> None:
            inside.set()
            go_on.wait(30)

        zone = Within(registry, long)
        thread = threading.Thread(
            target=lambda: registry.issue_code(DESK, "bob", zone=zone)
        )
        thread.start()
        assert inside.wait(30)

        def work(_: object) -> str:
            verdict = verify(registry, code)
            registry.close()
            return verdict

        child = Child(work)
        assert child.said() == "store_forked"
        go_on.set()
        thread.join()
        assert verify(registry, code) == "granted"


def test_a_fork_within_keep(place: Place) -> None:
    with place.open() as registry:
        said = []

        def keep(issued: object) -> None:
            begun = time.monotonic()
            said.append(Child(lambda _: verify(registry, code)).said())
            assert time.monotonic() - begun < 2

        code = issue(registry)
        registry.issue_many(DESK, [("bob", OnlinePolicy())], keep=keep)
        assert said == ["granted"]
        assert verify(registry, code) == "used_up"


# Other ways to start processes

_shared: Optional[Registry] = None


def _open(place: Place) -> None:
    global _shared
    # A child that was forked has that of its parent.
    _shared = _shared or place.open()


def _verify(asked: tuple[str, str]) -> tuple[str, str]:
    user, code = asked
    assert _shared is not None
    return user, verify(_shared, code, user)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_pool_grants_each_code_once(
    place: Place, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [f"user-{number}" for number in range(12)]
    with place.open() as registry:
        monkeypatch.setitem(globals(), "_shared", registry)
        codes = [(user, issue(registry, user)) for user in users]
        context = multiprocessing.get_context(method)
        with context.Pool(3, _open, (place,)) as pool:
            answers = Counter(pool.map(_verify, codes * 4, chunksize=1))
        expected = Counter({(user, "granted"): 1 for user in users})
        expected.update({(user, "used_up"): 3 for user in users})
        assert answers == expected
        assert {verify(registry, code, user) for user, code in codes} == {"used_up"}


@pytest.mark.parametrize("before", [None, os.setsid])
def test_another_program_is_run(
    place: Place, before: Optional[Callable[[], object]]
) -> None:
    program = (
        "import sys; from forking import Place, verify\n"
        "url, tenant, code = sys.argv[1:]\n"
        "with Place(url, tenant).open() as registry: print(verify(registry, code))"
    )
    with place.open() as registry:
        code, kept = issue(registry), issue(registry)
        ran = subprocess.run(
            [sys.executable, "-c", program, place.url, place.tenant, code],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            preexec_fn=before,
        )
        assert ran.stdout == "granted\n"
        assert verify(registry, code) == "used_up"
        assert verify(registry, kept) == "granted"


# Other libraries in the same process


def test_sqlite3_in_the_same_process(tmp_path: Path) -> None:
    """Closing the file drops the locks of the store. Another process then takes itself for
    the last one, and deletes the log."""
    path = tmp_path / "stopgap.db"
    place = Place(str(path), "default")
    count = "SELECT count(*) FROM online_codes"
    program = (
        "import sqlite3, sys; store = sqlite3.connect(sys.argv[1])\n"
        f"print(*store.execute({count!r}).fetchone()); store.close()"
    )
    with place.open() as registry:
        code = issue(registry)
        verdicts = []
        for _ in range(3):
            with closing(sqlite3.connect(path)) as store:
                assert store.execute(count).fetchone() == (1,)
            ran = subprocess.run(
                [sys.executable, "-c", program, str(path)],
                capture_output=True,
                text=True,
                check=True,
            )
            assert ran.stdout == "1\n"
            verdicts.append(verify(registry, "0123-4567-89AB", "bob"))
            assert verify(registry, "0123-4567-89AB", "carol") == "unknown"
        assert verdicts == ["store_replaced"] * 3
        assert verify(registry, code) == "granted"
        assert verify(registry, code) == "used_up"
    with place.open() as registry:
        assert verify(registry, code) == "used_up"


# Agents


def test_an_agent_after_a_fork() -> None:
    """A fork waits for ``keep``. If that takes too long, the child must resume."""
    now = datetime(2026, 11, 21, 15, 0, 42, tzinfo=timezone.utc)
    keys = key_ring()
    enrolment = Enrolment.first(keys, "alice", "LAPTOP-17", now=now)
    agent = Agent(enrolment.key(keys))
    shown = agent.request_code(now=now)
    request = VerifyRequest("alice", shown.text, Purpose.BYPASS)
    answer = OfflinePolicy().answer(keys, [enrolment], request, now=now)
    inside, go_on = threading.Event(), threading.Event()

    def keep(state: bytes) -> None:
        inside.set()
        go_on.wait(30)

    def work(_: object) -> str:
        try:
            agent.redeem(
                answer.code.reveal(), Purpose.BYPASS, now=now, keep=lambda state: None
            )
        except RuntimeError as error:
            return str(error)
        return "redeemed"

    for patience, expected in [(0.3, "redeemed"), (30.0, "resume it")]:
        inside.clear()
        go_on.clear()
        thread = threading.Thread(target=lambda: agent.unlock(keep=keep))
        thread.start()
        assert inside.wait(30)
        timer = threading.Timer(patience, go_on.set)
        timer.start()
        child = Child(work)
        assert expected in child.said()
        timer.cancel()
        go_on.set()
        thread.join()
    assert work(None) == "redeemed"
