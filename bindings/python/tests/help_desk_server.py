"""The help desk of the examples as a process, called over HTTP."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import TracebackType
from typing import Any, Optional, Union

import httpx
from typing_extensions import Self

from stopgap import Code, SecurityFormat

EXAMPLES = Path(__file__).parent.parent / "examples"
#: The text of a security code that was never created.
WRONG_SECURITY_CODE = (
    SecurityFormat().text(Code.from_canonical("0123456789ABCDEF" * 2)).reveal()
)
#: Three days before clocks go back in Berlin.
START = datetime(2026, 10, 22, 12, 0, tzinfo=timezone.utc)
_READY = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")


class Server:
    """A server process on a free port, with a store in ``folder``.

    Codes that it issues or that are presented must not be in its log, nor in refusals.
    """

    def __init__(self, folder: Path, app: str = "help_desk_clock:create_app") -> None:
        self.folder = folder
        self.app = app
        self.store = folder / "stopgap.db"
        self.now = START
        self.secrets: set[str] = set()
        self._clock = folder / "clock"
        self._log = folder / "server.log"
        for name, digits in (("stopgap.key", "2b"), ("cookie.key", "c0")):
            key = folder / name
            if not key.exists():
                key.write_text(digits * 32)
        self.set_clock(START)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()
        if error is None:
            self.assert_discreet(self.log())

    def launch(self) -> None:
        """Starts the process, and does not wait until it serves."""
        paths = [
            str(EXAMPLES),
            str(Path(__file__).parent),
            os.environ.get("PYTHONPATH", ""),
        ]
        with self._log.open("ab") as log:
            self._logged = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "--port", "0", "--factory", self.app],
                cwd=self.folder,
                env={
                    **os.environ,
                    "HELP_DESK_CLOCK": str(self._clock),
                    "PYTHONPATH": os.pathsep.join(filter(None, paths)),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start(self) -> None:
        self.launch()
        end = time.monotonic() + 120
        while (ready := _READY.search(self.log()[self._logged :])) is None:
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)
        self.client = httpx.Client(base_url=ready[1], timeout=60, trust_env=False)

    def stop(self) -> int:
        """Ends the process as a service manager does. Returns its status."""
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def log(self) -> str:
        return self._log.read_text()

    def set_clock(self, now: datetime) -> None:
        self.now = now
        # Replaced as a whole: the server may be reading.
        draft = self._clock.with_suffix(".new")
        draft.write_text(now.isoformat())
        draft.replace(self._clock)

    def wait(self, **time: int) -> None:
        """Lets time pass, on its clock."""
        self.set_clock(self.now + timedelta(**time))

    def call(
        self,
        method: str,
        path: str,
        body: Optional[dict[str, Any]] = None,
        *,
        session: Optional[str] = None,
        bearer: Optional[str] = None,
        **headers: str,
    ) -> httpx.Response:
        """``session`` is the person who is signed in; other names are headers."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if session is not None:
            headers["X-Session"] = session
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
            self._note(bearer)
        if body is not None and isinstance(body.get("code"), str):
            self._note(body["code"])
        answer = self.client.request(method, path, json=body, headers=headers)
        if answer.is_success:
            found = answer.json() if answer.content else None
            if isinstance(found, dict):
                told = (found.get(name) for name in ("code", "spoken", "key"))
                for secret in filter(None, told):
                    self._note(secret)
        else:
            self.assert_discreet(answer.text)
        return answer

    def _note(self, secret: str) -> None:
        if len(secret) > 8:  # A shorter text may occur by chance.
            self.secrets.add(secret)

    def assert_discreet(self, text: str) -> None:
        for secret in self.secrets:
            for form in {secret, re.sub(r"[\s-]", "", secret)}:
                assert form.casefold() not in text.casefold()


def issue(
    server: Server, user: str = "alice", **body: Union[str, int, list[str], None]
) -> str:
    """Has the help desk issue a code."""
    answer = server.call("POST", "/codes", {"user": user, **body}, session="dana")
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["code"]
    return code


def cookie_of(answer: httpx.Response) -> str:
    """The cookie that an answer sets, as the browser returns it.

    The client's own jar keeps the cookie to itself, because it is for TLS only.
    """
    cookie: str = answer.headers["set-cookie"].partition(";")[0]
    return cookie


def load_login_page(server: Server) -> str:
    """Starts a login session. Returns its cookie."""
    return cookie_of(server.call("GET", "/login"))


def verify(
    server: Server,
    code: str,
    *,
    user: str = "alice",
    purpose: str = "bypass",
    cookie: str = "",
    **headers: str,
) -> httpx.Response:
    """Types a code into the login page, by default in a new login session."""
    body = {"user": user, "code": code, "purpose": purpose}
    headers["Cookie"] = cookie or load_login_page(server)
    return server.call("POST", "/verify", body, **headers)


def instant(text: str) -> datetime:
    """Python 3.9 reads no ``Z``."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
