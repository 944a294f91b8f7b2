"""Alphabets, formats, codes and validities."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import stopgap
from stopgap import Alphabet, Code, CodeFormat, Invalid, LookAlike, Malformed, Validity

HEX = "0123456789ABCDEF"


def test_the_module_has_what_it_says() -> None:
    for name in stopgap.__all__:
        assert hasattr(stopgap, name)
    assert stopgap.__version__.count(".") == 2


@pytest.mark.parametrize(
    "value",
    [
        Alphabet.HEX,
        Alphabet.UNAMBIGUOUS,
        Alphabet("BCDFGHJKMPQRTVWX"),
        Alphabet.HEX.fold_look_alikes(),
        Alphabet(HEX, look_alikes=[LookAlike.I_AS_ONE]),
        CodeFormat.ONLINE,
        CodeFormat(alphabet=Alphabet.UNAMBIGUOUS, length=8, check_symbol=True),
        Validity.days(3),
        Validity.MONTH,
    ],
    ids=repr,
)
def test_values_can_be_copied_compared_and_written_down(value: Any) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
    for again in (copy.copy(value), copy.deepcopy(value), eval(repr(value), vars(stopgap))):
        assert again == value
        assert hash(again) == hash(value)
    assert value != "another"
    assert not hasattr(value, "__dict__")
    with pytest.raises((AttributeError, TypeError)):
        value.symbols = "1"


def test_alphabets_differ_by_symbols_and_by_look_alikes() -> None:
    folded = Alphabet.HEX.fold_look_alikes()
    assert folded.symbols == Alphabet.HEX.symbols == HEX
    assert folded != Alphabet.HEX
    assert folded.look_alikes == frozenset(LookAlike)
    assert Alphabet(HEX, look_alikes=LookAlike) == folded
    assert Alphabet.HEX.look_alikes == frozenset()
    assert len({Alphabet.HEX, folded, Alphabet.UNAMBIGUOUS}) == 3
    # There is no figure that a letter could be read as.
    assert Alphabet("BCDFGHJKMPQRTVWX").fold_look_alikes().look_alikes == frozenset()


@pytest.mark.parametrize(
    ("symbols", "message"),
    [
        (HEX[:15], "an alphabet has 16 symbols, this one has 15"),
        (HEX[:15] + "f", "the symbol at position 15 is a small letter; use the capital"),
        (HEX[:15] + "E", "the symbol at position 15 is there twice"),
        ("-" + HEX[1:], "the symbol at position 0 is not one of 0-9 and A-Z"),
        ("\ud800", "the symbol at position 0 is not one of 0-9 and A-Z"),
        ("", "an alphabet has 16 symbols, this one has 0"),
    ],
)
def test_what_is_no_alphabet(symbols: str, message: str) -> None:
    with pytest.raises(Invalid) as error:
        Alphabet(symbols)
    assert str(error.value) == message
    assert error.value.reason == "alphabet"


def test_a_symbol_is_read_as_itself() -> None:
    with pytest.raises(Invalid, match="O cannot be read as 0"):
        Alphabet("0O23456789ABCDEF").fold_look_alikes()
    with pytest.raises(Invalid, match="O cannot be read as 0"):
        Alphabet("0O23456789ABCDEF", look_alikes=[LookAlike.O_AS_ZERO])


@pytest.mark.parametrize("wrong", ["O=0", ["O=0"], [None], 7, [stopgap.Purpose.RESET]])
def test_look_alikes_are_members(wrong: Any) -> None:
    with pytest.raises(TypeError):
        Alphabet(HEX, look_alikes=wrong)


def test_check_symbols() -> None:
    assert Alphabet.HEX.check_symbol("D13C978E") == "6"
    with pytest.raises(Malformed) as error:
        Alphabet.HEX.check_symbol("D13c")
    assert (error.value.kind, error.value.position) == ("unexpected_symbol", 3)


def test_formats() -> None:
    assert CodeFormat() == CodeFormat.ONLINE
    assert CodeFormat(length=32) == CodeFormat.SECURITY
    code_format = CodeFormat(alphabet=Alphabet.UNAMBIGUOUS, length=9, check_symbol=True)
    assert code_format.alphabet == Alphabet.UNAMBIGUOUS
    assert code_format.length == 9
    assert code_format.check_symbol is True
    assert len({CodeFormat(), CodeFormat(length=13), CodeFormat(check_symbol=True)}) == 3


@pytest.mark.parametrize("length", [0, 7, 33, 2**31])
def test_no_code_has_that_length(length: int) -> None:
    with pytest.raises(Invalid) as error:
        CodeFormat(length=length)
    assert str(error.value) == f"a code has 8 to 32 symbols, not {length}"


@pytest.mark.parametrize("length", [-1, 2**64])
def test_a_length_that_is_far_off_is_a_value_error(length: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        CodeFormat(length=length)


@pytest.mark.parametrize(
    ("typed", "details"),
    [
        ("3F9A-7?C2-01BE", {"kind": "unexpected_symbol", "position": 6}),
        ("3F9A-7\ud8ffC2-01BE", {"kind": "unexpected_symbol", "position": 6}),
        ("3F9A-77C2-01B", {"kind": "wrong_length", "expected": 12, "found": 11}),
        ("", {"kind": "wrong_length", "expected": 12, "found": 0}),
        ("-" * 257, {"kind": "too_long"}),
    ],
)
def test_what_is_no_code(typed: str, details: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as error:
        CodeFormat.ONLINE.normalize(typed)
    found = {name: getattr(error.value, name) for name in details}
    assert found == details
    assert error.value.reason == "malformed"
    assert error.value.public_message.startswith("That is not a complete code;")
    for text in (str(error.value), repr(error.value), error.value.public_message):
        assert not typed or typed not in text
    again = pickle.loads(pickle.dumps(error.value))
    assert (type(again), str(again), again.__dict__) == (
        Malformed,
        str(error.value),
        error.value.__dict__,
    )


def test_a_typo_is_told_from_a_wrong_code() -> None:
    checked = CodeFormat(length=9, check_symbol=True)
    assert checked.normalize("D13C978E6").reveal_canonical() == "D13C978E6"
    with pytest.raises(Malformed) as error:
        checked.normalize("D13C978E7")
    assert error.value.kind == "check_failed"


def test_people_type_as_they_like() -> None:
    code = CodeFormat.ONLINE.normalize(" 3f9a 77c2–01be\n")
    assert code.reveal() == "3F9A-77C2-01BE"
    assert code.reveal_canonical() == "3F9A77C201BE"
    assert code.reveal_spoken().startswith("Three Foxtrot Nine Alfa, ")


def test_encoding() -> None:
    encoded = CodeFormat.ONLINE.encode(bytes.fromhex("3f9a77c201be"))
    assert encoded.reveal() == "3F9A-77C2-01BE"
    with pytest.raises(Invalid, match="need 6 bytes, not 5"):
        CodeFormat.ONLINE.encode(bytes(5))
    with pytest.raises(TypeError):
        CodeFormat.ONLINE.encode("3f9a77c201be")  # type: ignore[arg-type]


def test_codes_do_not_show_themselves() -> None:
    code = Code.from_canonical("3F9A77C201BE")
    for text in (repr(code), str(code), f"{code}", f"{[code]}"):
        assert "3F9A" not in text
    assert code != Code.from_canonical("3F9A77C201BE")
    assert not hasattr(code, "__dict__")
    for dump in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="reveal"):
            dump(code)
    with pytest.raises(TypeError):
        Code()  # type: ignore[call-arg]
