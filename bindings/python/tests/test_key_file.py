"""The key file of the command."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from stopgap import KeyRing, Registry, StoreError
from world import DESK, KEY

HEX = KEY.reveal().hex()
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="modes are those of POSIX")


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_with_several_keys(tmp_path: Path, kind: type) -> None:
    path = write(tmp_path / "k", f"# oldest first\n1 {HEX}\n7 {'ab' * 32}\n")
    ring = KeyRing.read(kind(path))
    assert (ring.primary_id, ring.ids) == (7, (7, 1))
    # They are the same keys.
    expected = KeyRing(1, KEY)
    assert dict(ring.check_values())[1] == dict(expected.check_values())[1]
    ring.add(8, KEY)
    assert ring.primary_id == 8


def test_a_file_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "stopgap.key"
    made = KeyRing.read(path, create=True)
    assert made.ids == (1,)
    again = KeyRing.read(path, create=True)
    assert again.check_values() == made.check_values()
    assert KeyRing.read(path).check_values() == made.check_values()
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_command_has_the_same_file(tmp_path: Path) -> None:
    keys = KeyRing.read(tmp_path / "stopgap.key", create=True)
    with Registry.open(tmp_path / "stopgap.db", keys) as registry:
        registry.issue_code(DESK, "alice")
    command = [sys.executable, "-m", "stopgap", "online", "issue", "alice", "--json"]
    environment = {**os.environ, "STOPGAP_HOME": str(tmp_path)}
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    with Registry.open(tmp_path / "stopgap.db", keys) as registry:
        assert len(registry.codes(DESK, "alice")) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no key in it"),
        (f"1 {HEX}0\n", "line 1: a key is a number and 64 hex digits"),
        (f"1 {HEX}\n1 {HEX}\n", "line 2: that key's number stands above already"),
    ],
)
def test_a_damaged_file(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path / "k", text)
    with pytest.raises(StoreError) as damaged:
        KeyRing.read(path, create=True)
    assert damaged.value.reason == "key_file_damaged"
    assert str(damaged.value).endswith(message)
    assert HEX[:16] not in str(damaged.value)


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="stopgap init") as missing:
        KeyRing.read(tmp_path / "k")
    assert missing.value.reason == "key_file_missing"
    with pytest.raises(StoreError) as nowhere:
        KeyRing.read(tmp_path / "no" / "k", create=True)
    assert nowhere.value.reason == "io"
    with pytest.raises(TypeError):
        KeyRing.read(3)  # type: ignore[arg-type]


@POSIX
def test_a_file_that_others_may_read(tmp_path: Path) -> None:
    path = write(tmp_path / "k", f"1 {HEX}\n", 0o644)
    with pytest.raises(StoreError) as exposed:
        KeyRing.read(path)
    assert exposed.value.reason == "file_exposed"


def test_the_environment_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "k", f"1 {HEX}\n")
    for variable, ring in (
        ("STOPGAP_MASTER_KEY_FILE", KeyRing.from_env),
        ("MY_KEYS", partial(KeyRing.from_env, "MY_KEYS")),
    ):
        for value in (None, ""):
            if value is None:
                monkeypatch.delenv(variable, raising=False)
            else:
                monkeypatch.setenv(variable, value)
            with pytest.raises(StoreError, match=f"^{variable} names no key file") as unset:
                ring()
            assert unset.value.reason == "key_file_missing"
        monkeypatch.setenv(variable, str(path))
        assert ring().ids == (1,)
