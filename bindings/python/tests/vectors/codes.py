"""What is typed, and how a code is shown."""

from __future__ import annotations

from stopgap import Alphabet, Code, CodeFormat, Malformed
from vectors.file import Object

_NAMED = {"hex": Alphabet.HEX, "unambiguous": Alphabet.UNAMBIGUOUS}


def normalize(group: Object, test: Object) -> None:
    shape = CodeFormat(
        alphabet=Alphabet(group["alphabet"]),
        length=group["length"],
        check_symbol=group.get("checkSymbol", False),
    )
    if group.get("alphabetName") in _NAMED:
        assert shape.alphabet == _NAMED[group["alphabetName"]]
    try:
        code = shape.normalize(test["input"])
    except Malformed as malformed:
        assert test["result"] == "invalid", malformed
        refused(malformed, shape, test)
    else:
        assert test["result"] == "valid"
        assert code.reveal_canonical() == test["canonical"]


def refused(malformed: Malformed, shape: CodeFormat, test: Object) -> None:
    assert malformed.reason == "malformed"
    assert malformed.kind == test["error"]
    position = test["position"] if malformed.kind == "unexpected_symbol" else None
    assert malformed.position == position
    counted = malformed.kind == "wrong_length"
    expected = (shape.length, test["found"]) if counted else (None, None)
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

    # As part of a code, where there is room for one symbol more.
    if symbols + 1 > 32:
        return
    checked = CodeFormat(alphabet=alphabet, length=symbols + 1, check_symbol=True)
    code = checked.encode(data + b"\xff")
    assert code.reveal_canonical() == test["canonical"] + check
    checked.normalize(test["canonical"] + check)
