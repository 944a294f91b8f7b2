"""Children of the tests: what they say, and the calls that they make."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

from stopgap import OnlinePolicy, Purpose, Refused, Registry, StoreError, VerifyRequest
from world import DESK, key_ring


@dataclass(frozen=True)
class Place:
    """The address of a store, and a tenant. Other processes may be given it."""

    url: str
    tenant: str

    def open(self) -> Registry:
        return Registry.open(self.url, key_ring(), tenant=self.tenant)


def issue(registry: Registry, user: str = "alice") -> str:
    return registry.issue_code(DESK, user, OnlinePolicy(max_uses=1)).code.reveal()


def verify(registry: Registry, code: str, user: str = "alice") -> str:
    """Says ``granted``, or the reason why not."""
    try:
        registry.verify_code(VerifyRequest(user, code, Purpose.RESET))
    except (Refused, StoreError) as error:
        return error.reason
    return "granted"


class Child:
    """A child that was forked. It does its work, which may wait for a word of its parent,
    and says the result. If it hangs, it is ended after 20 seconds and says nothing."""

    def __init__(self, work: Callable[[Callable[[], object]], str]) -> None:
        self._says, say = os.pipe()
        hear, self._hears = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            signal.alarm(20)
            try:
                os.write(say, work(lambda: os.read(hear, 1)).encode())
            except BaseException as error:
                os.write(say, repr(error).encode())
            finally:
                os._exit(0)
        os.close(say)
        os.close(hear)

    def tell(self) -> None:
        os.write(self._hears, b".")

    def said(self) -> str:
        os.waitpid(self.pid, 0)
        # The children of the child may have the pipe too.
        said = os.read(self._says, 4096)
        os.close(self._says)
        os.close(self._hears)
        return said.decode()
