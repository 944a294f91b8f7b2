"""Ctrl-C while a call waits: it returns soon, and says if its outcome is not known."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Optional
from urllib.parse import urlsplit, urlunsplit

import pytest

from callers import Waiting
from stopgap import (
    Access,
    Agent,
    Enrolment,
    OnlinePolicy,
    Registry,
    Role,
    SecurityRequest,
    StoreError,
)
from world import DESK, NOW, ROOT, key_ring

pytestmark = [
    pytest.mark.usefixtures("ends"),
    pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX"),
]


@contextmanager
def interrupted(seconds: float = 0.3) -> Iterator[list[BaseException]]:
    """Sends the signal of Ctrl-C to this process, after some time. At the end, the list has
    the exception."""
    told: list[BaseException] = []
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    begun = time.monotonic()
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt) as raised:
            yield told
    finally:
        timer.cancel()
    # A call of the store itself would wait for five seconds and more.
    assert time.monotonic() - begun < 4
    told.append(raised.value)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lets another process lock the store."""
    program = (
        "import sqlite3, sys\n"
        "store = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "store.execute('BEGIN IMMEDIATE')\n"
        "print(flush=True)\n"
        "sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdout is not None
    assert other.stdin is not None
    try:
        assert other.stdout.readline()
        yield
    finally:
        other.stdin.close()
        other.stdout.close()
        assert other.wait(30) == 0


def test_a_call_that_waits_for_another_process(tmp_path: Path) -> None:
    path = tmp_path / "stopgap.db"
    with Registry.open(path, key_ring()) as registry:
        registry.issue_code(DESK, "alice")
        with locked(path), interrupted() as raised:
            registry.issue_code(DESK, "alice")
        # Nothing was done, and the registry works.
        assert raised[0].__cause__ is None
        assert len(registry.codes(DESK, "alice")) == 1
        with locked(path), interrupted():
            registry.issue_many(DESK, [("alice", OnlinePolicy())], keep=len)
        assert len(registry.codes(DESK, "alice")) == 1


def test_authentication_that_waits_for_another_process(tmp_path: Path) -> None:
    path = tmp_path / "stopgap.db"
    with Registry.open(path, key_ring()) as registry:
        request = SecurityRequest(Access.same_as("bob"), ["reports:read"])
        secret = registry.create_security_code(ROOT, request).code.reveal()
        with locked(path), interrupted():
            registry.authenticate(secret, lambda user: Role.USER)
        assert registry.authenticate(secret, lambda user: Role.USER).user == "bob"


def test_a_server_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with interrupted():
            Registry.open(
                f"postgres://me:secret@127.0.0.1:{port}/codes?sslmode=disable", key_ring()
            )


def test_an_agent_whose_keep_waits() -> None:
    ring = key_ring()
    agent = Agent(Enrolment.first(ring, "alice", "LAPTOP-17", now=NOW).key(ring))
    waits = Waiting()
    thread = threading.Thread(target=agent.unlock, kwargs={"keep": lambda state: waits()})
    thread.start()
    assert waits.inside.wait(30)
    try:
        with interrupted():
            agent.seal()
    finally:
        waits.go_on.set()
        thread.join(30)
    assert len(agent.seal()) == 76


def test_a_handler_that_raises_nothing_lets_the_call_go_on(tmp_path: Path) -> None:
    path = tmp_path / "stopgap.db"
    handled: list[int] = []
    refused: list[str] = []
    with Registry.open(path, key_ring()) as registry:

        def handle(number: int, frame: object) -> None:
            handled.append(number)
            try:
                registry.codes(DESK, "alice")
            except RuntimeError as error:
                refused.append(str(error))

        before = signal.signal(signal.SIGUSR1, handle)
        try:
            with locked(path):
                timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1))
                timer.start()
                with pytest.raises(StoreError) as waited:
                    registry.issue_code(DESK, "alice")
            assert waited.value.reason == "store_locked"
        finally:
            signal.signal(signal.SIGUSR1, before)
    assert handled == [signal.SIGUSR1]
    # The call that waits holds the registry.
    assert "signal handler" in refused[0]


class Proxy:
    """A proxy of a server, which can keep the answers to itself after some messages."""

    def __init__(self, host: str, port: int) -> None:
        self.server = (host, port)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        #: The messages of clients until answers are no longer passed on.
        self.left: Optional[int] = None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            server = socket.create_connection(self.server)
            for pump, here, there in (
                (self._up, client, server),
                (self._down, server, client),
            ):
                threading.Thread(target=pump, args=(here, there), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            while data := client.recv(65_536):
                if self.left is not None:
                    self.left -= 1
                server.sendall(data)

    def _down(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65_536):
                if self.left is None or self.left > 0:
                    client.sendall(data)


@pytest.mark.skipif(
    not os.environ.get("STOPGAP_TEST_POSTGRES"),
    reason="PostgreSQL was not tested: set STOPGAP_TEST_POSTGRES",
)
@pytest.mark.parametrize(("messages", "is_known"), [(1, True), (2, False)])
def test_a_call_says_if_its_outcome_is_not_known(messages: int, is_known: bool) -> None:
    """The first message asks for the records, the second one commits the change."""
    url = urlsplit(os.environ["STOPGAP_TEST_POSTGRES"])
    proxy = Proxy(url.hostname or "127.0.0.1", url.port or 5432)
    user, _, _ = url.netloc.rpartition("@")
    through = urlunsplit(url._replace(netloc=f"{user}@127.0.0.1:{proxy.port}"))
    tenant = f"python-{uuid.uuid4()}"
    with proxy.listening, Registry.open(through, key_ring(), tenant=tenant) as registry:
        # The connection has prepared its statements then.
        for _ in range(2):
            registry.issue_code(DESK, "alice")
        proxy.left = messages
        with interrupted() as raised:
            registry.issue_code(DESK, "alice")
        cause = raised[0].__cause__
        proxy.left = None
        issued = len(registry.codes(DESK, "alice"))
    if is_known:
        assert cause is None
        assert issued == 2
    else:
        assert isinstance(cause, StoreError)
        assert not cause.outcome_is_known
        assert issued == 3
