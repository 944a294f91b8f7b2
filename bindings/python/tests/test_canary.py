"""After all kinds of calls, no code and no key is in the store's files, in output, logs,
exceptions and tracebacks."""

from __future__ import annotations

import faulthandler
import io
import json
import logging
import pickle
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Callable

import pytest

from stopgap import (
    Access,
    Agent,
    MasterKey,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    SecurityRequest,
    VerifyRequest,
)
from world import NOW, ROOT, USER, Clock, key_ring

_MASTERS = [bytes(range(32)), bytes(range(100, 132))]


class Canaries:
    """The secrets that must not be found, and the output."""

    def __init__(self) -> None:
        self.secrets: set[bytes] = set()
        self.shown = io.StringIO()
        self.log = logging.getLogger("canary")
        self.log.propagate = False
        self.log.addHandler(logging.StreamHandler(self.shown))
        for master in _MASTERS:
            self.key(master)

    def text(self, secret: str) -> str:
        for form in (secret, secret.replace("-", "")):
            self.secrets |= {form.encode(), form.lower().encode(), form.upper().encode()}
        return secret

    def key(self, secret: bytes) -> None:
        self.secrets.add(secret)
        self.text(secret.hex())

    def show(self, value: object) -> None:
        for text in (repr(value), str(value), f"{value}", repr([value])):
            self.shown.write(text + "\n")
        self.log.warning("%s %r", value, value)
        if hasattr(value, "to_dict"):
            self.shown.write(json.dumps(value.to_dict(), default=str))
        try:
            self.shown.write(pickle.dumps(value).decode("latin-1"))
        except TypeError as refused:
            self.shown.write(str(refused))

    def refused(self, call: Callable[..., object], *words: object, **more: object) -> None:
        """Shows the exception or the result of a call."""
        try:
            self.show(call(*words, **more))
        except Exception as error:
            self.show(error)
            self.shown.write(repr(vars(error)))
            traceback.print_exception(error, file=self.shown)  # type: ignore[call-overload,unused-ignore]
            self.log.exception("refused")

    def found_in(self, haystack: bytes) -> list[bytes]:
        return [secret for secret in sorted(self.secrets) if secret in haystack]


def _everything(registry: Registry, clock: Clock, canaries: Canaries) -> None:
    for policy in (
        OnlinePolicy(),
        OnlinePolicy(max_uses=1),
        OnlinePolicy(length=16, check_symbol=True),
    ):
        issued = registry.issue_code(ROOT, "alice", policy)
        canaries.show(issued)
        canaries.show(issued.code)
        typed = canaries.text(issued.code.reveal())
        for tried in (typed, typed.lower(), typed + "?", typed + typed, typed[1:]):
            for user in ("alice", "bob"):
                for key in (None, "one"):
                    request = VerifyRequest(user, tried, Purpose.RESET, idempotency_key=key)
                    canaries.show(request)
                    canaries.refused(registry.verify_code, request)
    canaries.refused(registry.issue_code, USER, "alice")
    enrolled = registry.enrol_machine(ROOT, "alice", "LAPTOP-17")
    canaries.show(enrolled)
    canaries.key(enrolled.key.reveal())
    agent = Agent(enrolled.key)
    canaries.show(agent)
    shown = agent.request_code(now=clock.now)
    answered = registry.answer_request(
        ROOT, VerifyRequest("alice", shown.text, Purpose.BYPASS)
    )
    canaries.show(answered)
    code = canaries.text(answered.code.reveal())
    for tried in (code + "?", code[1:], code, code):
        canaries.refused(agent.redeem, tried, Purpose.BYPASS, now=clock.now, keep=len)
    created = registry.create_security_code(
        ROOT,
        SecurityRequest(Access.same_as("bob"), ["reports:read"], description="nightly"),
    )
    canaries.show(created)
    canaries.show(created.code)
    presented = canaries.text(created.code.reveal())
    # The symbols are the secret, with and without their check.
    canaries.text(presented[8:])
    canaries.text(presented[8:40])
    for tried in (presented, presented + "?", presented[1:]):
        canaries.refused(registry.authenticate, tried, lambda user: Role.USER)
    clock.advance(timedelta(hours=25))
    canaries.refused(registry.authenticate, presented, lambda user: Role.USER)
    registry.add_key(ROOT, 2, MasterKey(_MASTERS[1]))
    for value in (
        registry,
        *registry.codes(ROOT, "alice"),
        *registry.machines(ROOT, "alice"),
        *registry.keys(ROOT),
        *registry.events(ROOT),
    ):
        canaries.show(value)


def test_no_secret_is_found_where_none_should_be(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    canaries, clock = Canaries(), Clock(NOW)
    registry = Registry.open(tmp_path / "stopgap.db", key_ring(), clock=clock)
    _everything(registry, clock, canaries)
    files = [path.read_bytes() for path in sorted(tmp_path.iterdir())]
    registry.close()
    files += [path.read_bytes() for path in sorted(tmp_path.iterdir())]
    shown = canaries.shown.getvalue().encode("latin-1", "replace")
    faulthandler.dump_traceback(all_threads=True)
    printed = "".join(capfd.readouterr()).encode()
    assert len(files) >= 4
    assert len(canaries.secrets) > 20
    for haystack in (*files, shown, printed):
        assert canaries.found_in(haystack) == []
    # The search works: it finds each secret, and public text.
    for secret in canaries.secrets:
        assert secret in canaries.found_in(shown + secret + shown)
    canaries.text("alice")
    assert canaries.found_in(shown) == [b"alice"]
    assert canaries.found_in(b"".join(files)) == [b"alice"]
    assert b"test_canary" in printed
