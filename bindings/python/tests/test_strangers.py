"""Stopgap against other implementations of the same standards.

========================  ====================================================
value                     implementation
========================  ====================================================
expiry on wall clocks     PyPI ``python-dateutil`` (relativedelta, tz), with the
                          zones of the standard library's ``zoneinfo`` and the
                          data of PyPI ``tzdata``
OCRA's data input         PyPI ``oath``
HMAC, HKDF-Expand         PyPI ``cryptography``, which is OpenSSL
the check symbol          PyPI ``python-stdnum``
========================  ====================================================

All that is random is seeded: the same cases every time.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta, tzinfo

import oath  # type: ignore[import-untyped]
import pytest
from stdnum.iso7064 import mod_37_36

from stopgap import (
    OCRA_SUITE,
    Alphabet,
    CodeFormat,
    EnrolmentKey,
    Malformed,
    Purpose,
    TimeOutOfRange,
    Validity,
)
from strangers import protocol, wall
from zones import names, zone

_OFFLINE = (Purpose.RESET, Purpose.BYPASS)
_VALIDITIES = ["P1M", *(f"P{days}D" for days in range(1, 32))]


# -- expiry


def test_expiry_is_that_of_dateutil() -> None:
    """20,000 random instants, zones and validities; half of them aimed at the jumps of
    the zone's clock, a few at the ends of time. Compared as instants, to the microsecond.

    There are no differences. (dateutil looks at the offsets a day before and after a
    time that is skipped, so two jumps within a day could mislead it; none here do.)
    """
    chance = random.Random(20261121)
    seen: Counter[str] = Counter()
    zones = names()
    for turn in range(20_000):
        place = zone(zones[turn % len(zones)])
        validity = chance.choice(_VALIDITIES)
        issued = _issued(chance, turn, place, validity)
        try:
            shown = issued.astimezone(place)
            expected = wall.expiry(shown, validity)
        except (OverflowError, ValueError):
            seen["beyond"] += 1
            with pytest.raises((OverflowError, TimeOutOfRange)):
                Validity.parse(validity).expires_at(issued.astimezone(place))
            continue
        ours = Validity.parse(validity).expires_at(shown)
        told = f"{shown.isoformat()} {place} {validity}"
        assert ours.tzinfo is place, told
        assert ours.astimezone(wall.UTC) == expected.instant, told
        seen["skipped"] += expected.skipped
        seen["repeated"] += expected.repeated
    assert len(zones) > 590
    assert seen["skipped"] > 700
    assert seen["repeated"] > 1500
    assert seen["beyond"] > 50


def _issued(chance: random.Random, turn: int, place: tzinfo, validity: str) -> datetime:
    if turn % 2:
        aimed = wall.near_a_jump(chance, place, validity)
        if aimed is not None:
            return aimed
    micros = timedelta(microseconds=chance.randrange(1_000_000))
    if turn % 100 == 0:
        # The years 1 and 9999.
        seconds = chance.randrange(20 * 86_400)
        return wall.at(
            chance.choice([-62_135_596_800 + seconds, 253_402_300_799 - seconds])
        )
    return wall.at(chance.randrange(-2_208_988_800, 4_102_444_800)) + micros


# -- OCRA


def test_ocra_data_input_is_that_of_oath() -> None:
    """RFC 6287 by ``oath``: what it would give to HMAC for our suite is what we give.

    Two things differ, and neither is in the data input. ``oath`` knows no minutes before
    1970 (its T is unsigned), where ours is two's complement; so minutes from 0 on are
    compared here. And it truncates to 31 bits as HOTP does, though the suite says 0,
    which in RFC 6287, section 5.2, means no truncation; so its response is compared with
    the truncation of the same mac, and ours with the start of that mac.
    """
    chance = random.Random(6287)
    for _ in range(2_000):
        secret, minute = chance.randbytes(32), chance.choice([40, 63])
        minute = chance.getrandbits(minute)
        purpose, validity = chance.choice(_OFFLINE), chance.choice(_VALIDITIES)
        key, granted = EnrolmentKey(secret), Validity.parse(validity)
        alphabet = _alphabet(chance)

        shown = key.request_code(minute, alphabet=alphabet).canonical
        challenge = "".join(f"{alphabet.symbols.index(symbol):X}" for symbol in shown)
        session = f"stopgap/1 {purpose.value} {validity}".rjust(64, "\0")
        asked = {"Q": challenge, "S": session, "T_precomputed": minute}

        suite = oath.str2ocrasuite(OCRA_SUITE)
        response_key = protocol.response_key(secret)
        response = suite(response_key, **asked)
        suite.crypto_function = lambda _, data: data
        data_input = key.ocra_data_input(minute, purpose, granted)
        assert data_input == suite(b"", **asked)

        mac = protocol.mac(response_key, data_input)
        start = mac[-1] & 15
        truncated = int.from_bytes(mac[start : start + 4], "big") & 0x7FFF_FFFF
        assert response == str(truncated)
        code = key.offline_code(minute, purpose, granted, alphabet=alphabet)
        digits = [alphabet.symbols.index(symbol) for symbol in code.reveal_canonical()]
        number = int("".join(f"{digit:X}" for digit in digits), 16)
        figure = 0 if validity == "P1M" else int(validity[1:-1])
        assert number == figure << 59 | int.from_bytes(mac[:8], "big") >> 5


# -- the check symbol


def test_check_symbol_is_that_of_stdnum() -> None:
    """ISO/IEC 7064, hybrid system, MOD 17,16: ``stdnum.iso7064.mod_37_36``, which by its
    own word is MOD x+1,x for any alphabet of x symbols. (``stdnum.luhn`` is another
    algorithm: Luhn's, mod 16. It does not apply.)
    """
    chance = random.Random(7064)
    alphabets = [
        Alphabet.HEX,
        Alphabet.UNAMBIGUOUS,
        *(_alphabet(chance) for _ in range(98)),
    ]
    for alphabet in alphabets:
        symbols = alphabet.symbols
        for _ in range(20):
            length = chance.randrange(9, 33)
            typed = "".join(chance.choices(symbols, k=length - 1))
            check = alphabet.check_symbol(typed)
            assert check == mod_37_36.calc_check_digit(typed, alphabet=symbols)

            checked = CodeFormat(alphabet=alphabet, length=length, check_symbol=True)
            assert checked.normalize(typed + check).reveal_canonical() == typed + check
            place = chance.randrange(length)
            for other in symbols:
                changed = typed + check
                changed = changed[:place] + other + changed[place + 1 :]
                assert _fits(checked, changed) == mod_37_36.is_valid(changed, symbols)


def _fits(checked: CodeFormat, typed: str) -> bool:
    """Nothing but the check symbol can be wrong."""
    try:
        checked.normalize(typed)
    except Malformed as malformed:
        if malformed.kind == "check_failed":
            return False
        raise
    return True


def _alphabet(chance: random.Random) -> Alphabet:
    return Alphabet("".join(chance.sample("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 16)))
