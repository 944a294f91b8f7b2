"""Alphabets, formats, codes, the text of security codes, and validities."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import stopgap
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
    Validity,
)

HEX = "0123456789ABCDEF"


def test_every_public_name_exists() -> None:
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
        CodeFormat(alphabet=Alphabet.UNAMBIGUOUS, length=9, check_symbol=True),
        SecurityFormat(),
        SecurityFormat(prefix="acme", accepted=["stopgap", "old1"]),
        Validity.days(3),
        Validity.MONTH,
        Validity.minutes(90),
        Validity.minutes(59),
        Validity.hours(24),
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
    # There is no digit that a letter could be read as.
    assert Alphabet("BCDFGHJKMPQRTVWX").fold_look_alikes().look_alikes == frozenset()


@pytest.mark.parametrize(
    ("symbols", "reason", "number", "message"),
    [
        (HEX[:15], "wrong_count", 15, "an alphabet has 16 symbols, this one has 15"),
        (HEX[:15] + "f", "lower_case", 15, "position 16 is a lower-case letter"),
        (HEX[:15] + "E", "repeated", 15, "position 16 is a repetition"),
        ("-" + HEX[1:], "not_a_symbol", 0, "position 1 is not one of 0-9 and A-Z"),
        (HEX[:9] + "\ud800" + HEX[10:], "not_a_symbol", 9, "position 10 is not one of"),
        ("\ud800", "wrong_count", 1, "this one has 1"),
        ("", "wrong_count", 0, "this one has 0"),
    ],
)
def test_no_alphabet(symbols: str, reason: str, number: int, message: str) -> None:
    with pytest.raises(Invalid, match=message) as error:
        Alphabet(symbols)
    assert error.value.reason == reason
    counted = reason == "wrong_count"
    assert error.value.found == (number if counted else None)
    assert error.value.position == (None if counted else number)
    again = pickle.loads(pickle.dumps(error.value))
    assert (again.reason, again.__dict__) == (reason, error.value.__dict__)


def test_a_symbol_is_read_as_itself() -> None:
    with pytest.raises(Invalid, match="O cannot be read as 0") as error:
        Alphabet("0O23456789ABCDEF").fold_look_alikes()
    assert error.value.reason == "ambiguous"
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
    code_format = CodeFormat(alphabet=Alphabet.UNAMBIGUOUS, length=9, check_symbol=True)
    assert code_format.alphabet == Alphabet.UNAMBIGUOUS
    assert code_format.length == 9
    assert code_format.check_symbol is True
    assert len({CodeFormat(), CodeFormat(length=13), CodeFormat(check_symbol=True)}) == 3


@pytest.mark.parametrize("length", [0, 7, 33, 255])
def test_no_code_has_that_length(length: int) -> None:
    with pytest.raises(Invalid) as error:
        CodeFormat(length=length)
    assert str(error.value) == f"a code has 8 to 32 symbols, not {length}"
    assert (error.value.reason, error.value.found) == ("length", length)


def test_eight_symbols_remain_beside_a_check_symbol() -> None:
    with pytest.raises(Invalid, match="9 to 32 symbols, not 8") as error:
        CodeFormat(length=8, check_symbol=True)
    assert (error.value.reason, error.value.found) == ("checked_length", 8)
    assert CodeFormat(length=9, check_symbol=True).length == 9


@pytest.mark.parametrize("length", [-1, 256, 2**64])
def test_a_length_that_is_far_off_is_a_value_error(length: int) -> None:
    with pytest.raises(ValueError, match="a number is from"):
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
    assert error.value.public_message == "That code has a typo; check each character."


def test_one_of_several_formats() -> None:
    short, checked = CodeFormat(length=8), CodeFormat(length=9, check_symbol=True)
    formats = [short, checked, CodeFormat.ONLINE, CodeFormat.ONLINE]

    def read(typed: str) -> list[str]:
        codes = CodeFormat.normalize_any(iter(formats), typed)
        return [code.reveal_canonical() for code in codes]

    assert read("3f9a 77c2 01be") == ["3F9A77C201BE"]
    assert read("D13C978E6") == ["D13C978E6"]
    refused: list[tuple[str, dict[str, Any]]] = [
        ("D13C978E7", {"kind": "check_failed"}),
        ("3F9A-77C2-01B", {"kind": "wrong_length", "expected": 12, "found": 11}),
        ("3F9A-7?C2", {"kind": "unexpected_symbol", "position": 6}),
    ]
    for typed, details in refused:
        with pytest.raises(Malformed) as error:
            read(typed)
        assert {name: getattr(error.value, name) for name in details} == details
    both = CodeFormat.normalize_any(
        [CodeFormat(length=9), CodeFormat(length=9, alphabet=Alphabet(HEX[::-1]))],
        "D13C978E6",
    )
    # Two readings, one code.
    assert [code.reveal_canonical() for code in both] == ["D13C978E6"]
    with pytest.raises(Malformed):
        CodeFormat.normalize_any([], "D13C978E6")
    with pytest.raises(TypeError):
        CodeFormat.normalize_any([None], "x")  # type: ignore[list-item]


def test_people_type_as_they_like() -> None:
    code = CodeFormat.ONLINE.normalize(" “3f9a\u200b 77c2–01be”.\n")
    assert code.reveal() == "3F9A-77C2-01BE"
    assert code.reveal_canonical() == "3F9A77C201BE"
    assert code.reveal_spoken().startswith("Three Foxtrot Nine Alfa, ")


def test_encoding() -> None:
    encoded = CodeFormat.ONLINE.encode(bytes.fromhex("3f9a77c201be"))
    assert encoded.reveal() == "3F9A-77C2-01BE"
    with pytest.raises(Invalid, match="need 6 bytes, not 5") as error:
        CodeFormat.ONLINE.encode(bytes(5))
    assert error.value.reason == "bytes"
    assert (error.value.expected, error.value.found) == (6, 5)
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
        Code()


# -- the text of security codes

TEXT = "stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7"


def test_the_text_of_a_security_code() -> None:
    shape = SecurityFormat()
    assert (shape.prefix, shape.accepted) == ("stopgap", ())
    code = shape.read(f" “{TEXT.upper()}”. ")
    assert code.reveal_canonical() == TEXT[8:40].upper()
    text = shape.text(code)
    assert text.reveal() == TEXT
    for shown in (repr(text), str(text), f"{[text]}"):
        assert TEXT[8:16] not in shown
    assert text != shape.text(code)
    assert not hasattr(text, "__dict__")
    for dump in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="reveal"):
            dump(text)


def test_a_new_prefix_keeps_old_codes() -> None:
    code = SecurityFormat().read(TEXT)
    shape = SecurityFormat(prefix="acme", accepted=iter(["stopgap"]))
    assert (shape.prefix, shape.accepted) == ("acme", ("stopgap",))
    shown = shape.text(code).reveal()
    assert shown.startswith("acme_c73e7c2106e664166e61eb3b998604de")
    ring = KeyRing(1, MasterKey(bytes(32)))
    for text in (TEXT, shown):
        read = shape.read(text)
        assert ring.security_digests(read) == ring.security_digests(code)
    # The default format does not know the new prefix.
    with pytest.raises(Malformed) as error:
        SecurityFormat().read(shown)
    assert (error.value.kind, error.value.position) == ("unexpected_symbol", 0)


@pytest.mark.parametrize(
    ("text", "details"),
    [
        (TEXT[8:], {"kind": "unexpected_symbol", "position": 0}),
        (TEXT[:-1], {"kind": "wrong_length", "expected": 40, "found": 39}),
        (TEXT[:-1] + "0", {"kind": "check_failed"}),
        (TEXT[:20] + "\ud800" + TEXT[21:], {"kind": "unexpected_symbol", "position": 20}),
        # Of the two prefixes, the first agrees longer.
        ("stopgab" + TEXT[7:], {"kind": "unexpected_symbol", "position": 6}),
        ("", {"kind": "wrong_length", "found": 0}),
    ],
)
def test_no_security_code(text: str, details: dict[str, Any]) -> None:
    for shape in (SecurityFormat(), SecurityFormat(prefix="stop2", accepted=["stopgap"])):
        with pytest.raises(Malformed) as error:
            shape.read(text)
        assert {name: getattr(error.value, name) for name in details} == details


@pytest.mark.parametrize("prefix", ["", "a", "A1", "1a", "a_b", "a" * 17, "a\ud800"])
def test_no_prefix(prefix: str) -> None:
    for words in ({"prefix": prefix}, {"accepted": ["stopgap", prefix]}):
        with pytest.raises(Invalid) as error:
            SecurityFormat(**words)
        assert error.value.reason == "prefix"


@pytest.mark.parametrize(
    "words", [{"prefix": 7}, {"accepted": "acme"}, {"accepted": [7]}, {"accepted": 7}]
)
def test_prefixes_are_text(words: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        SecurityFormat(**words)


# -- validities


def test_validities() -> None:
    assert Validity.minutes(60) == Validity.hours(1) == Validity.parse("PT1H")
    assert Validity.minutes(90) == Validity.parse("1h30m") == Validity.parse("90 min")
    assert [str(Validity.minutes(n)) for n in (1, 90, 1440)] == ["PT1M", "PT90M", "PT24H"]
    assert Validity.parse("8 hours") == Validity.hours(8)
    assert [v.is_calendar for v in (Validity.DAY, Validity.MONTH)] == [True, True]
    assert not Validity.hours(24).is_calendar
    assert Validity.hours(24) != Validity.DAY
    assert len({Validity.hours(24), Validity.DAY, Validity.minutes(1440)}) == 2


@pytest.mark.parametrize(
    ("make", "reason", "found"),
    [
        (lambda: Validity.days(0), "days", 0),
        (lambda: Validity.days(32), "days", 32),
        (lambda: Validity.hours(0), "minutes", 0),
        (lambda: Validity.hours(25), "minutes", 1500),
        (lambda: Validity.minutes(0), "minutes", 0),
        (lambda: Validity.minutes(1441), "minutes", 1441),
        (lambda: Validity.parse("32d"), "days", 32),
        (lambda: Validity.parse("2 months"), "months", 2),
        (lambda: Validity.parse("pt1h"), "validity", None),
        (lambda: Validity.parse("1\ud800"), "validity", None),
    ],
)
def test_no_validity(make: Any, reason: str, found: int | None) -> None:
    with pytest.raises(Invalid) as error:
        make()
    assert (error.value.reason, error.value.found) == (reason, found)
