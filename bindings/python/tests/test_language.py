"""Public messages and spelling words in German, French and Spanish."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from stopgap import (
    Code,
    CodeFormat,
    EnrolmentKey,
    Expired,
    Invalid,
    KeyRing,
    Malformed,
    MasterKey,
    Purpose,
    Refused,
    Registry,
    Throttled,
    Unknown,
    UsedUp,
    VerifyRequest,
)

NOW = datetime(2026, 11, 21, 15, 0, 42, tzinfo=timezone.utc)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("language", "invalid", "used_up"),
    [
        ("en", "That code is not valid.", "That code has been used."),
        ("de", "Dieser Code ist nicht gültig.", "Dieser Code wurde bereits verwendet."),
        ("fr_CH.UTF-8", "Ce code n'est pas valide.", "Ce code a déjà été utilisé."),
        ("ES-mx", "Ese código no es válido.", "Ese código ya se ha utilizado."),
    ],
)
def test_refusals_have_a_sentence(language: str, invalid: str, used_up: str) -> None:
    assert Unknown().public_message_in(BERLIN, language) == invalid
    assert Unknown().public_message_in(language=language) == invalid
    used = UsedUp("", public_message="That code has been used.")
    assert used.public_message_in(BERLIN, language) == used_up
    again = pickle.loads(pickle.dumps(used))
    assert again.public_message_in(BERLIN, language) == used_up


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("3F9A-?2", "Das ist kein vollständiger Code. Prüfen Sie das Zeichen 6."),
        ("3F9A", "Das ist kein vollständiger Code. Er muss 12 Zeichen haben, nicht 4."),
        ("7" * 300, "Das ist kein vollständiger Code. Die Eingabe ist viel zu lang."),
        (
            "3F9A-77C2-01BE",
            "Dieser Code enthält einen Tippfehler. Prüfen Sie jedes Zeichen.",
        ),
    ],
)
def test_a_typo_is_explained(typed: str, sentence: str) -> None:
    with pytest.raises(Malformed) as caught:
        CodeFormat(check_symbol=True).normalize(typed)
    assert caught.value.public_message_in(BERLIN, "de") == sentence


def test_a_lockout_ends_on_the_reader_s_clock() -> None:
    locked = Throttled("", retry_at=NOW)
    assert locked.public_message_in(BERLIN, "de") == (
        "Zu viele Versuche. Versuchen Sie es am 21.11.2026 um 16:00:42 Uhr (UTC+01:00) "
        "erneut."
    )
    assert locked.public_message_in(language="fr") == (
        "Trop de tentatives. Réessayez le 21/11/2026 à 15:00:42 (UTC+00:00)."
    )
    assert Throttled().public_message_in(BERLIN, "es") == (
        "Demasiados intentos. Pida a un administrador que levante el bloqueo."
    )


def test_the_registry_s_refusals_are_translated() -> None:
    request = VerifyRequest("alice", "3F9A-77C2-01BE", Purpose.RESET)
    keys = KeyRing(1, MasterKey.generate())
    with Registry.open("memory:", keys) as registry, pytest.raises(Refused) as caught:
        registry.verify_code(request)
    assert caught.value.public_message == "That code is not valid."
    assert caught.value.public_message_in(language="fr") == "Ce code n'est pas valide."


def test_a_sentence_of_a_caller_stays() -> None:
    own = Expired("late", public_message="Too late.", expired_at=NOW)
    assert own.public_message_in(BERLIN, "de") == "Too late."
    # Without its details there is no other sentence.
    assert Malformed("no").public_message_in(BERLIN, "de") == "That code is not valid."


def test_codes_are_spelled() -> None:
    code = Code.from_canonical("3F9A77C201BE")
    german = (
        "Drei Frankfurt Neun Aachen, Sieben Sieben Chemnitz Zwei, Null Eins Berlin Essen"
    )
    assert code.reveal_spoken("de_AT") == german
    english = "Three Foxtrot Nine Alfa, Seven Seven Charlie Two, Zero One Bravo Echo"
    assert code.reveal_spoken() == english
    assert code.reveal_spoken("fr") == code.reveal_spoken(language="en") == english
    request = EnrolmentKey(bytes(32)).request_code(29_921_220)
    assert request.spoken_in("de") == "Köln Sieben Sechs Essen, Chemnitz Hamburg Vier Vier"
    assert request.spoken_in("es") == request.spoken


@pytest.mark.parametrize("language", ["", "C", "POSIX", "it_IT", "deutsch", "\ud800"])
def test_other_languages_are_refused(language: str) -> None:
    with pytest.raises(Invalid) as caught:
        Unknown().public_message_in(BERLIN, language)
    assert caught.value.reason == "language"
    with pytest.raises(TypeError):
        Unknown().public_message_in(BERLIN, 7)  # type: ignore[arg-type]


def test_the_command_has_the_language_of_the_locale(tmp_path: Path) -> None:
    environment = {**os.environ, "LC_ALL": "de_DE.UTF-8"}
    del environment["STOPGAP_LANG"]

    def run(words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "stopgap", *words.split()],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            encoding="utf-8",
        )

    assert run("online issue alice").returncode == 0
    said = run("offline answer alice ZW4F")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == (
        "Das ist kein vollständiger Code. Er muss 8 Zeichen haben, nicht 4. "
        "Fragen Sie noch einmal danach.\n"
    )
