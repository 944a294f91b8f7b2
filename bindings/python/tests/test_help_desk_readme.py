"""The worked example: its README answers as it says."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from help_desk_server import EXAMPLES, Server, cookie_of


def blocks() -> list[tuple[str, str]]:
    """The commands of the README, each with the answer that stands below it."""
    text = (EXAMPLES / "help_desk" / "README.md").read_text()
    found = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = re.sub(r"\\\n\s*", "", part).partition("\n")
            found.append((command, answer.strip()))
    return found


def run(server: Server, command: str, jars: dict[str, str]) -> str:
    """Does what this ``curl`` would, with the cookie of each jar."""
    words = iter(shlex.split(command)[1:])
    method, headers, data, path, jar = "GET", {}, None, "", None
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-b":
            headers["Cookie"] = jars[next(words)]
        elif word == "-c":
            jar = next(words)
        elif word == "--json":
            method, data = "POST" if method == "GET" else method, next(words)
            headers["Content-Type"] = "application/json"
        elif word != "-s":
            path = word.split("localhost:8000", 1)[1]
    answer = server.client.request(method, path, content=data, headers=headers)
    if jar is not None:
        jars[jar] = cookie_of(answer)
    return answer.text


def compare(shown: object, answered: object, known: dict[str, str]) -> None:
    """Compares two answers but for codes, ids and times, which are others each time."""
    if isinstance(shown, dict):
        assert isinstance(answered, dict)
        assert list(shown) == list(answered)
        for name, value in shown.items():
            compare(value, answered[name], known)
    elif isinstance(shown, str) and re.search(r"\d", shown):
        assert isinstance(answered, str)
        assert form(shown) == form(answered)
        known[shown] = answered
    elif isinstance(shown, str) and "," in shown:
        # As a code is spoken.
        assert isinstance(answered, str)
        assert len(shown.split()) == len(answered.split())
    else:
        assert shown == answered


def form(text: str) -> str:
    return re.sub(r"[\da-fA-F]", "0", re.sub(r"\.\d+", "", text))


def test_the_readme_shows_what_is(tmp_path: Path) -> None:
    (make_key, _), (serve, _), *calls = blocks()
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    subprocess.run(make_key, shell=True, cwd=tmp_path, env=environment, check=True)
    *words, app = serve.split()
    assert words == ["uvicorn", "--factory"]

    known: dict[str, str] = {}
    jars: dict[str, str] = {}
    with Server(tmp_path, app) as server:
        for command, shown in calls:
            for old, new in known.items():
                command = command.replace(old, new).replace(old.lower(), new.lower())
            answered = run(server, command, jars)
            if shown:
                compare(json.loads(shown), json.loads(answered), known)
            else:
                assert answered == ""
    assert len(calls) == 11
