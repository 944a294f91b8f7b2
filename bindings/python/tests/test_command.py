"""``python -m stopgap``: the command line, as a process."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from stopgap import Purpose, Registry, VerifyRequest, __main__, __version__, _native
from world import DESK, key_ring

COMMAND = [sys.executable, "-m", "stopgap"]


def run(
    home: Path, *words: str, typed: str = "", status: int = 0
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, "--home", str(home), *words], input=typed, capture_output=True, text=True
    )
    assert done.returncode == status, (words, done)
    return done


def test_the_main_job(tmp_path: Path) -> None:
    typed = run(tmp_path, "online", "issue", "alice", "--max-uses", "1").stdout
    assert len(typed) == 15
    granted = run(tmp_path, "online", "verify", "alice", "--purpose", "reset", typed=typed)
    assert "Granted: reset for alice" in granted.stdout
    again = run(
        tmp_path, "online", "verify", "alice", "--purpose", "reset", typed=typed, status=1
    )
    assert again.stdout == ""
    assert again.stderr == "That code has been used.\n"
    assert (tmp_path / "stopgap.db").is_file()


def test_the_registry_and_the_command_share_a_store(tmp_path: Path) -> None:
    (tmp_path / "stopgap.key").write_text("1 " + bytes(range(32)).hex() + "\n")
    (tmp_path / "stopgap.key").chmod(0o600)
    Registry.open(tmp_path / "stopgap.db", key_ring()).close()
    typed = run(tmp_path, "online", "issue", "alice").stdout.strip()
    with Registry.open(tmp_path / "stopgap.db", key_ring()) as registry:
        registry.verify_code(VerifyRequest("alice", typed, Purpose.RESET))
    listed = json.loads(run(tmp_path, "online", "list", "alice", "--json").stdout)
    with Registry.open(tmp_path / "stopgap.db", key_ring()) as registry:
        (record,) = registry.codes(DESK, "alice")
    (shown,) = listed["codes"]
    assert {name: shown[name] for name in record.to_dict()} == record.to_dict()


def test_the_exit_status_says_what_happened(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").stdout == f"stopgap {__version__}\n"
    assert "Usage: stopgap" in run(tmp_path, "--help").stdout
    assert "Usage: stopgap" in run(tmp_path, "nonsense", status=2).stderr
    refused = json.loads(run(tmp_path, "nonsense", "--json", status=2).stdout)
    assert (refused["outcome"], refused["reason"]) == ("error", "usage")
    run(tmp_path / "nowhere", "online", "list", status=3)
    code = run(tmp_path, "online", "verify", "alice", "7F3A-09C2-B4E1", status=2)
    assert "7F3A" not in code.stdout + code.stderr


def test_the_environment_is_read(tmp_path: Path) -> None:
    subprocess.run(
        [*COMMAND, "online", "issue", "alice"],
        check=True,
        capture_output=True,
        env={**os.environ, "STOPGAP_HOME": str(tmp_path)},
    )
    assert (tmp_path / "stopgap.db").is_file()


def test_words_that_are_not_utf_8(tmp_path: Path) -> None:
    home = os.fsencode(tmp_path) + b"/h\xff"
    os.mkdir(home)
    command = [os.fsencode(word) for word in COMMAND]
    done = subprocess.run(
        [*command, b"--home", home, b"init"], capture_output=True, check=False
    )
    # The name of a store must be text. No key is made for a store that cannot be.
    assert (done.returncode, os.listdir(home)) == (2, [])
    assert b"must be text" in done.stderr


def test_nobody_reads_the_output(tmp_path: Path) -> None:
    for name in ("man", "completions bash"):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(
            [*COMMAND, *name.split()], stdout=write, stderr=subprocess.PIPE, check=False
        )
        os.close(write)
        assert (done.returncode, done.stderr) == (0, b"")


def prompted(tmp_path: Path) -> tuple[int, int]:
    """The command at its prompt, on a terminal of its own."""
    run(tmp_path, "online", "issue", "alice")
    words = [*COMMAND, "--home", str(tmp_path), "online", "verify", "alice"]
    process, terminal = pty.fork()
    if process == 0:
        os.execv(words[0], words)
    shown = b""
    while b"Code: " not in shown:
        assert select.select([terminal], [], [], 30)[0], shown
        shown += os.read(terminal, 1024)
    # Echo is off once the prompt is there, give or take a moment.
    time.sleep(0.5)
    return process, terminal


def ended(process: int, terminal: int) -> tuple[int, bytes]:
    """How it ended, and what it showed until then."""
    shown = b""
    while True:
        assert select.select([terminal], [], [], 30)[0], shown
        try:
            more = os.read(terminal, 1024)
        except OSError:
            more = b""
        shown += more
        if not more:
            break
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    return status, shown


def echoes(terminal: int) -> bool:
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


def test_ctrl_c_ends_it_and_the_terminal_has_its_echo_back(tmp_path: Path) -> None:
    process, terminal = prompted(tmp_path)
    assert not echoes(terminal)
    os.write(terminal, b"\x03")
    # Once it has gone nothing can be asked of its terminal.
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not echoes(terminal):
        time.sleep(0.001)
    status, shown = ended(process, terminal)
    assert os.WIFSIGNALED(status), (status, shown)
    assert os.WTERMSIG(status) == signal.SIGINT
    assert b"Traceback" not in shown


def test_a_code_is_typed_unseen(tmp_path: Path) -> None:
    process, terminal = prompted(tmp_path)
    os.write(terminal, b"0000-0000-0000\n")
    status, shown = ended(process, terminal)
    assert os.WEXITSTATUS(status) == 1
    assert b"0000" not in shown


def test_an_interrupt_ends_it_where_it_waits_for_a_pipe(tmp_path: Path) -> None:
    run(tmp_path, "online", "issue", "alice")
    process = subprocess.Popen(
        [*COMMAND, "--home", str(tmp_path), "online", "verify", "alice"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # These tests may run in the background, with interrupts ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == -signal.SIGINT
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.close()
    assert process.stderr.read() == b""
    process.stderr.close()


def test_main_leaves_other_handlers_alone(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["stopgap", "--version"])
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert __main__.main() == 0
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert capfd.readouterr().out == f"stopgap {__version__}\n"


def test_the_package_says_what_is_public_and_not_its_module() -> None:
    assert not hasattr(_native, "__all__")


def test_words_are_text() -> None:
    for wrong in ([1], None, ["a\0b", 2]):
        with pytest.raises(TypeError):
            _native._command(wrong)  # type: ignore[arg-type]
