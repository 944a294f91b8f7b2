"""Alphabets, reading what was typed, and showing codes."""

from __future__ import annotations

from stopgap import (
    Alphabet,
    Code,
    CodeFormat,
    Invalid,
    KeyRing,
    LookAlike,
    Malformed,
    MasterKey,
    SecurityFormat,
)
from vectors.file import Object

_NAMED = {"hex": Alphabet.HEX, "unambiguous": Alphabet.UNAMBIGUOUS}


def alphabets(_: Object, test: Object) -> None:
    try:
        alphabet = Alphabet(test["input"])
    except Invalid as invalid:
        assert test["result"] == "invalid", invalid
        assert invalid.reason == test["error"]
        assert (invalid.position, invalid.found) == (
            test.get("position"),
            test.get("found"),
        )
    else:
        assert test["result"] == "valid"
        assert alphabet.symbols == test["input"]


def normalize(group: Object, test: Object) -> None:
    alphabet = Alphabet(group["alphabet"])
    if group.get("alphabetName") in _NAMED:
        assert alphabet == _NAMED[group["alphabetName"]]
    if group.get("lookAlikes", False):
        alphabet = alphabet.fold_look_alikes()
        assert alphabet == Alphabet(group["alphabet"], look_alikes=LookAlike)
    shape = CodeFormat(
        alphabet=alphabet,
        length=group["length"],
        check_symbol=group.get("checkSymbol", False),
    )
    try:
        code = shape.normalize(test["input"])
    except Malformed as malformed:
        assert test["result"] == "invalid", malformed
        refused(malformed, shape.length, test)
    else:
        assert test["result"] == "valid"
        assert code.reveal_canonical() == test["canonical"]


def refused(malformed: Malformed, length: int, test: Object) -> None:
    assert malformed.reason == "malformed"
    assert malformed.kind == test["error"]
    position = test["position"] if malformed.kind == "unexpected_symbol" else None
    assert malformed.position == position
    counted = malformed.kind == "wrong_length"
    expected = (length, test["found"]) if counted else (None, None)
    assert (malformed.expected, malformed.found) == expected


def texts(group: Object, test: Object) -> None:
    assert test["result"] == "valid"
    data = bytes.fromhex(test["bytes"])
    symbols = len(data) * 2
    alphabet = Alphabet(group["alphabet"])
    shape = CodeFormat(alphabet=alphabet, length=symbols)

    typed = shape.normalize(test["canonical"])
    again = Code.from_canonical(test["canonical"])
    for code in [typed, again, shape.encode(data)]:
        assert code.reveal_canonical() == test["canonical"]
        assert code.reveal() == test["grouped"]
        assert code.reveal_spoken() == test["spoken"]

    check = test["checkSymbol"]
    assert alphabet.check_symbol(test["canonical"]) == check

    # As part of a code, if there is room for another symbol.
    if symbols + 1 > 32:
        return
    checked = CodeFormat(alphabet=alphabet, length=symbols + 1, check_symbol=True)
    code = checked.encode(data + b"\xff")
    assert code.reveal_canonical() == test["canonical"] + check
    checked.normalize(test["canonical"] + check)


#: For comparing codes: two codes are the same if their digests are.
_KEYS = KeyRing(1, MasterKey(bytes(range(32))))


def security(_: Object, test: Object) -> None:
    shape = SecurityFormat(prefix=test["prefix"], accepted=test.get("accepted", ()))
    formats = [shape]
    if not shape.accepted and test["result"] == "valid":
        # Another prefix in front changes nothing about a code that reads.
        other = "zz" if test["prefix"][0] != "z" else "yy"
        formats.append(SecurityFormat(prefix=other, accepted=[test["prefix"]]))
    for each in formats:
        try:
            code = each.read(test["input"])
        except Malformed as malformed:
            assert test["result"] == "invalid", malformed
            refused(malformed, 40, test)
        else:
            assert test["result"] == "valid"
            assert code.reveal_canonical() == test["canonical"]
            digests = _KEYS.security_digests(Code.from_canonical(test["canonical"]))
            assert _KEYS.security_digests(code) == digests
            assert shape.text(code).reveal() == test["text"]
