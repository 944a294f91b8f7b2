#!/usr/bin/env python3
"""Recompute the test vectors: a second implementation of SPEC.md.

It is written from the text of the protocol and shares no code with the crate,
so that a mistake is noticed unless it is made twice.  The inputs of the
vectors are random or picked by hand; this program computes everything else.

    generate.py --check [DIR]          compare: 0 up to date, 1 not, 2 usage
    generate.py --write-records [DIR]  write records.json

DIR is the folder `vectors` beside this file unless given.  The kind of a file
is its name, or its name up to the first hyphen: `offline.json` and
`offline-more.json` are of one kind.  Python 3.9 or later, nothing outside its
standard library.
"""
from __future__ import annotations

import argparse
import calendar
import hashlib
import hmac
import json
import re
import string
import sys
import unicodedata
import zlib
from collections import Counter
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any, Iterator, Optional
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HEX = "0123456789ABCDEF"
ALPHABET = "Z3467ACEFHJKRWXY"  # of request codes and offline codes
SUITE = "OCRA-1:HOTP-SHA256-0:QH08-S064-T1M"
PURPOSES = {"reset": 1, "register": 2, "bypass": 4}
DAY = 24 * 60 * 60
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
NEVER = -2**63


class Refused(Exception):
    """An expected error, with these fields."""

    def __init__(self, error: Optional[str] = None, **fields: Any) -> None:
        super().__init__(error)
        self.fields = {"error": error, **fields} if error else fields


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def expand(key: bytes, info: bytes) -> bytes:
    """HKDF-Expand with SHA-256 for 32 bytes, which is one block."""
    return mac(key, info + b"\x01")


def be(number: int, bits: int) -> bytes:
    """Big-endian; two's complement if the number is negative."""
    return number.to_bytes(bits // 8, "big", signed=number < 0)


def text(content: str) -> bytes:
    raw = content.encode("utf-8")
    return be(len(raw), 16) + raw


def name(content: str) -> bytes:
    """Return the text of a user's, machine's or tenant's name."""
    check_name(content)
    return text(content)


# Characters

def scalars(ranges: str) -> frozenset[int]:
    """Return the code points of hexadecimal numbers and ranges."""
    found: set[int] = set()
    for part in ranges.split():
        first, _, last = part.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(found)


# These properties are spelled out because Python's edition of Unicode varies.
WHITE_SPACE = scalars("""
    9-D 20 85 A0 1680 2000-200A 2028 2029 202F 205F 3000""")
DEFAULT_IGNORABLE = scalars("""
    AD 34F 61C 115F 1160 17B4-17B5 180B-180F 200B-200F 202A-202E 2060-206F 3164
    FE00-FE0F FEFF FFA0 FFF0-FFF8 1BCA0-1BCA3 1D173-1D17A E0000-E0FFF""")
HYPHENS = scalars("""
    2D 58A 5BE 1400 1806 2010-2015 2053 207B 208B 2212 2E17 2E1A 2E3A 2E3B 2E40
    2E5D 301C 3030 30A0 FE31 FE32 FE58 FE63 FF0D 10D6E 10EAD
    2043 30FC FF70""")
IGNORED = WHITE_SPACE | DEFAULT_IGNORABLE | HYPHENS
PUNCTUATION = frozenset(map(ord, ".,;:!?'\"()[]<>")) | scalars("""
    2018-201F 2039 203A AB BB 3001 3002""")
CONTROL = {"Cc", "Zl", "Zp"}
SURROGATE = re.compile("[\ud800-\udfff]")


def check_name(content: str) -> None:
    if SURROGATE.search(content):
        raise Refused("invalid_unicode")
    if not content:
        raise Refused("empty")
    if len(content.encode("utf-8")) > 255:
        raise Refused("too_long")
    if any(unicodedata.category(scalar) in CONTROL for scalar in content):
        raise Refused("control_character")
    if any(ord(scalar) in DEFAULT_IGNORABLE for scalar in content):
        raise Refused("invisible_character")
    if all(ord(scalar) in WHITE_SPACE for scalar in content):
        raise Refused("blank")


def names(group: dict, test: dict) -> dict:
    check_name(test["input"])
    return {}


def alphabets(group: dict, test: dict) -> dict:
    symbols = test["input"]
    if len(symbols) != 16:
        raise Refused("wrong_count", found=len(symbols))
    for position, symbol in enumerate(symbols):
        if symbol in string.ascii_lowercase:
            raise Refused("lower_case", position=position)
        if symbol not in string.digits + string.ascii_uppercase:
            raise Refused("not_a_symbol", position=position)
        if symbol in symbols[:position]:
            raise Refused("repeated", position=position)
    return {}


# Codes as people read, speak and type them

SPOKEN = dict(zip(string.ascii_uppercase + string.digits, """
    Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima
    Mike November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey
    X-ray Yankee Zulu
    Zero One Two Three Four Five Six Seven Eight Nine""".split()))


def to_symbols(raw: bytes, alphabet: str) -> str:
    return raw.hex().upper().translate(str.maketrans(HEX, alphabet))


def from_symbols(code: str, alphabet: str) -> bytes:
    return bytes.fromhex(code.translate(str.maketrans(alphabet, HEX)))


def groups(code: str) -> list[str]:
    return [code[i:i + 4] for i in range(0, len(code), 4)]


def check_symbol(code: str, alphabet: str) -> str:
    """ISO/IEC 7064, hybrid system, MOD 17,16."""
    product = 16
    for symbol in code:
        product = ((product + alphabet.index(symbol)) % 16 or 16) * 2 % 17
    return alphabet[(1 - product) % 16]


def codes(group: dict, test: dict) -> dict:
    code = to_symbols(bytes.fromhex(test["bytes"]), group["alphabet"])
    spoken = [" ".join(SPOKEN[s] for s in part) for part in groups(code)]
    return {"canonical": code, "grouped": "-".join(groups(code)),
            "spoken": ", ".join(spoken),
            "checkSymbol": check_symbol(code, group["alphabet"])}


def fold(scalar: int) -> int:
    """Convert full-width forms to ASCII, and letters to upper case."""
    if 0xFF01 <= scalar <= 0xFF5E:
        scalar -= 0xFF01 - 0x21
    if ord("a") <= scalar <= ord("z"):
        scalar -= ord("a") - ord("A")
    return scalar


def read(typed: str) -> list[tuple[int, str]]:
    """Return a code's characters, each with its position in the input."""
    typed = SURROGATE.sub("\ufffd", typed)
    if len(typed.encode("utf-8")) > 256:
        raise Refused("too_long")
    left = [(position, fold(scalar))
            for position, scalar in enumerate(map(ord, typed))
            if scalar not in IGNORED]
    while left and left[0][1] in PUNCTUATION:
        del left[0]
    while left and left[-1][1] in PUNCTUATION:
        del left[-1]
    return [(position, chr(scalar)) for position, scalar in left]


LOOK_ALIKES = {"O": "0", "I": "1", "L": "1"}


def look_alikes(alphabet: str, asked: bool) -> dict[str, str]:
    pairs = {letter: digit for letter, digit in LOOK_ALIKES.items()
             if asked and digit in alphabet}
    if any(letter in alphabet for letter in pairs):
        raise Refused("ambiguous")
    return pairs


def read_code(typed: str, alphabet: str, length: int, checked: bool = False,
              folded: bool = False) -> str:
    pairs = look_alikes(alphabet, folded)
    code = ""
    for position, symbol in read(typed):
        symbol = pairs.get(symbol, symbol)
        if symbol not in alphabet:
            raise Refused("unexpected_symbol", position=position)
        code += symbol
    if len(code) != length:
        raise Refused("wrong_length", found=len(code))
    if checked and code[-1] != check_symbol(code[:-1], alphabet):
        raise Refused("check_failed")
    return code


def normalize(group: dict, test: dict) -> dict:
    return {"canonical": read_code(
        test["input"], group["alphabet"], group["length"],
        group.get("checkSymbol", False), group.get("lookAlikes", False))}


# Validity and expiry

NUMBER = "([1-9][0-9]{0,3})"


def validity(written: str) -> str:
    """Return the canonical form of a validity in ISO 8601."""
    if written == "P1M":
        return written
    days = re.fullmatch(f"P{NUMBER}D", written)
    if days and int(days[1]) <= 31:
        return written
    elapsed = re.fullmatch(f"PT(?:{NUMBER}H)?(?:{NUMBER}M)?", written)
    if not elapsed:
        raise Refused
    hours, minutes = (int(number or 0) for number in elapsed.groups())
    if hours and minutes > 59 or not 1 <= hours * 60 + minutes <= 1440:
        raise Refused
    minutes += hours * 60
    return f"PT{minutes}M" if minutes % 60 else f"PT{minutes // 60}H"


def expiry_of(issued: datetime, zone: tzinfo, valid: str) -> datetime:
    """Return it in UTC. datetime refuses years outside 1 to 9999."""
    wall = issued.astimezone(zone).replace(tzinfo=None)
    number, unit = int(valid.strip("PTDHM")), valid[-1]
    if valid.startswith("PT"):
        minutes = number * 60 if unit == "H" else number
        return issued + timedelta(minutes=minutes)
    if unit == "D":
        wall += timedelta(days=number)
    else:
        year, month = wall.year + wall.month // 12, wall.month % 12 + 1
        last = calendar.monthrange(year, month)[1]
        wall = wall.replace(year=year, month=month, day=min(wall.day, last))
    # fold=0: the first of a repeated time; in a gap, the offset before it.
    return wall.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)


def zone_of(test: dict) -> tzinfo:
    key = test.get("zone") or "UTC"
    return timezone.utc if key == "UTC" else ZoneInfo(key)


INSTANT = re.compile(r"([+-]?\d+)(-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?"
                     r"(Z|[+-]\d\d:\d\d)", re.ASCII)


def instant(written: str) -> datetime:
    year, rest, fraction, offset = INSTANT.fullmatch(written).groups()
    if not 1 <= int(year) <= 9999:
        raise ValueError("no such year")
    microseconds = (fraction or ".").ljust(7, "0")[:7]
    return datetime.fromisoformat(
        f"{int(year):04}{rest}{microseconds}{offset.replace('Z', '+00:00')}")


def iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def expiry(group: dict, test: dict) -> dict:
    if group.get("kind") == "parse":
        return {"canonical": validity(test["input"])}
    zone, valid = zone_of(test), validity(test["validity"])
    try:
        issued = instant(test["issuedAt"]).astimezone(timezone.utc)
        expires = expiry_of(issued, zone, valid)
        local = expires.astimezone(zone)
    except (OverflowError, ValueError):  # no such year
        raise Refused from None
    return {"expiresAt": iso(expires), "expiresAtLocal": local.isoformat(),
            "canonicalValidity": valid}


# Keys, online codes, security codes

def tenant_key(master: bytes, tenant: str) -> bytes:
    return expand(master, b"stopgap/1/tenant" + name(tenant))


def online_digest(master: bytes, user: str, code: str) -> bytes:
    key = expand(master, b"stopgap/1/online")
    return mac(key, name(user) + code.encode("ascii"))


def digests(group: dict, test: dict) -> dict:
    master = bytes.fromhex(test["master"])
    security = expand(master, b"stopgap/1/security")
    secret = test["securityCode"].encode("ascii")
    return {"onlineDigest": online_digest(
                master, test["user"], test["code"]).hex(),
            "securityDigest": mac(security, secret).hex(),
            "tenantMaster": tenant_key(master, test["tenant"]).hex()}


def security_text(prefix: str, code: str) -> str:
    body = f"{prefix}_{code.lower()}"
    return f"{body}{zlib.crc32(body.encode('ascii')):08x}"


def agrees(left: list[tuple[int, str]], prefix: str) -> int:
    """Return how many characters agree with the prefix and `_`."""
    count = 0
    for (_, symbol), expected in zip(left, f"{prefix}_".upper()):
        if symbol != expected:
            break
        count += 1
    return count


def read_security(typed: str, prefixes: list[str]) -> str:
    left = read(typed)
    prefix = max(prefixes, key=lambda prefix: agrees(left, prefix))
    count = agrees(left, prefix)
    if count <= len(prefix):
        if count < len(left):
            raise Refused("unexpected_symbol", position=left[count][0])
        raise Refused("wrong_length", found=0)
    code = ""
    for position, symbol in left[count:]:
        if symbol not in HEX:
            raise Refused("unexpected_symbol", position=position)
        code += symbol
    if len(code) != 40:
        raise Refused("wrong_length", found=len(code))
    if security_text(prefix, code[:32]) != f"{prefix}_{code.lower()}":
        raise Refused("check_failed")
    return code[:32]


def security(group: dict, test: dict) -> dict:
    prefix = test["prefix"]
    code = read_security(test["input"], [prefix, *test.get("accepted", [])])
    return {"canonical": code, "text": security_text(prefix, code)}


class SecurityCode:
    """The lifecycle of one security code."""

    def __init__(self, group: dict, test: dict) -> None:
        # `None` if permanent.
        self.expires: Optional[int] = test["createdAt"] + DAY
        self.deleted = False

    def state(self, now: int) -> str:
        if self.deleted:
            return "gone"
        if self.expires is None:
            return "permanent"
        if now < self.expires:
            return "active"
        return "expired" if now < self.expires + 7 * DAY else "gone"

    def apply(self, step: dict) -> str:
        now, op, until = step["at"], step["op"], step.get("expiresAt")
        state = self.state(now)
        if state == "gone":
            return "unknown" if op == "authenticate" else "not_found"
        if op == "delete":
            self.deleted = True
        elif op == "reactivate" and state != "expired":
            return "already_active"
        elif state == "expired" and op not in ("reactivate", "describe"):
            return "expired"
        elif op == "edit" and until <= now:
            return "expiry_not_in_future"
        elif op not in ("authenticate", "describe"):
            self.expires = {"edit": until, "make_permanent": None,
                            "reset": now + DAY, "reactivate": now + DAY}[op]
        return "ok"

    def step(self, step: dict) -> dict:
        result = {} if step["op"] == "state" else {"result": self.apply(step)}
        state = self.state(step["at"])
        ends = None if state == "gone" else self.expires
        return {**result, "state": state, "stateExpiresAt": ends}


# Online codes at a server, with idempotency keys

class Server:
    """The codes of a tenant, without throttles."""

    def __init__(self, group: dict, test: dict) -> None:
        self.replay = group.get("replaySeconds", 600)
        self.codes = {code["label"]: {**code, "uses": 0, "revoked": False}
                      for code in test["codes"]}
        self.answers: dict[tuple[str, str], tuple[int, tuple, dict]] = {}

    def code_of(self, step: dict) -> Optional[dict]:
        code = self.codes.get(step["code"])
        return code if code and code["user"] == step["user"] else None

    def judge(self, step: dict) -> dict:
        code, now = self.code_of(step), step["at"]
        if code is None:
            return {"result": "unknown"}
        if code["revoked"]:
            return {"result": "revoked"}
        if step["purpose"] not in code["purposes"]:
            return {"result": "wrong_purpose"}
        if now < (code.get("notBefore") or NEVER):
            return {"result": "not_yet_valid"}
        if now >= code["expiresAt"]:
            return {"result": "expired"}
        limit = code.get("maxUses")
        if limit is not None and code["uses"] >= limit:
            return {"result": "used_up"}
        code["uses"] += 1
        left = None if limit is None else limit - code["uses"]
        return {"result": "granted", "usesLeft": left}

    def repeat(self, step: dict, first: int, asked: tuple, answer: dict
               ) -> dict:
        """Answer a verification under a key that was used before."""
        code, now = self.code_of(step), step["at"]
        if now >= first + self.replay:
            return {"result": "idempotency_key_expired"}
        if asked != (step["code"], step["purpose"]):
            return {"result": "idempotency_key_reused",
                    "failure": code is None}
        if answer["result"] == "granted" and code["revoked"]:
            return {"result": "revoked"}
        if answer["result"] == "granted" and now >= code["expiresAt"]:
            return {"result": "expired"}
        return {**answer, "replayed": True}

    def step(self, step: dict) -> dict:
        if step["op"] == "revoke":
            self.codes[step["code"]]["revoked"] = True
            return {}
        if step["op"] != "verify":
            raise ValueError(f"no such operation: {step['op']}")
        key = step["user"], step.get("idempotencyKey")
        if key in self.answers:
            return {"replayed": False, "failure": False,
                    **self.repeat(step, *self.answers[key])}
        answer = self.judge(step)
        if key[1] is not None:
            asked = step["code"], step["purpose"]
            self.answers[key] = step["at"], asked, answer
        return {**answer, "replayed": False,
                "failure": answer["result"] == "unknown"}


# Request codes and offline codes

class Enrolment:
    """The secret that a server and one machine share for one user."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.request_key = expand(key, b"stopgap/1/request")
        self.response_key = expand(key, b"stopgap/1/response")
        self.state_key = expand(key, b"stopgap/1/state")

    def request(self, minute: int) -> bytes:
        return mac(self.request_key, be(minute, 64))[:4]

    def data_input(self, minute: int, session: bytes) -> bytes:
        question = self.request(minute).ljust(128, b"\x00")
        return (SUITE.encode() + b"\x00" + question + session
                + be(minute, 64))

    def answer(self, minute: int, session: bytes) -> bytes:
        return mac(self.response_key, self.data_input(minute, session))


def session_of(purpose: str, valid: str) -> bytes:
    return f"stopgap/1 {purpose} {valid}".encode().rjust(64, b"\x00")


def code_bits(valid: str, answer: bytes) -> bytes:
    value = 0 if valid == "P1M" else int(valid[1:-1])
    return be(value << 59 | int.from_bytes(answer[:8], "big") >> 5, 64)


def offline(group: dict, test: dict) -> dict:
    owner = name(test["user"]) + name(test["machine"])
    info = b"stopgap/1/enrolment" + owner + be(test["generation"], 32)
    enrolment = Enrolment(expand(bytes.fromhex(test["master"]), info))
    valid, minute = validity(test["validity"]), test["minute"]
    if test["purpose"] not in ("reset", "bypass"):
        raise Refused("wrong_purpose")
    if valid.startswith("PT"):
        raise Refused
    session = session_of(test["purpose"], valid)
    answer = enrolment.answer(minute, session)
    alphabet = test.get("alphabet", ALPHABET)
    return {"enrolmentKey": enrolment.key.hex(),
            "requestKey": enrolment.request_key.hex(),
            "responseKey": enrolment.response_key.hex(),
            "stateKey": enrolment.state_key.hex(), "session": session.hex(),
            "ocraDataInput": enrolment.data_input(minute, session).hex(),
            "mac": answer.hex(),
            "request": to_symbols(enrolment.request(minute), alphabet),
            "code": to_symbols(code_bits(valid, answer), alphabet)}


def locate(enrolments: list[Enrolment], code: bytes, now: int, past: int,
           ahead: int) -> Optional[tuple[int, int]]:
    """Return the enrolment of this code, and the minutes from now."""
    for index, enrolment in enumerate(enrolments):
        for offset in sorted(range(-past, ahead + 1), key=abs):
            minute = now + offset
            if minute >= 0 and enrolment.request(minute) == code:
                return index, offset
    return None


def requests(group: dict, test: dict) -> dict:
    enrolments = [Enrolment(bytes.fromhex(key))
                  for key in test["enrolmentKeys"]]
    try:
        code = from_symbols(read_code(test["request"], ALPHABET, 8), ALPHABET)
    except Refused:
        return {"located": "malformed"}
    if not enrolments:
        return {"located": "not_enrolled"}
    now, wide = test["now"] // 60, group.get("diagnoseMinutes", 1440)
    past, ahead = group.get("pastMinutes", 60), group.get("aheadMinutes", 5)
    found = locate(enrolments, code, now, past, ahead)
    if found:
        late = -found[1] > group.get("windowMinutes", 30)
        return {"located": "ok", "index": found[0], "minute": now + found[1],
                "late": late}
    found = locate(enrolments, code, now, wide, wide)
    if found:
        return {"located": "clock_skew", "index": found[0],
                "skewMinutes": found[1]}
    return {"located": "unrecognised"}


class Throttle:
    """Failures in a row, and the lockout."""

    def __init__(self, group: dict, test: dict) -> None:
        self.free = group.get("free", 5)
        self.first_delay = group.get("firstDelaySeconds", 60)
        self.max_delay = group.get("maxDelaySeconds", 3600)
        self.hard_limit = group.get("hardLimit", 100)
        self.clear()

    def clear(self) -> None:
        self.failures = 0
        self.until: Optional[int] = None

    def locked(self, now: int) -> bool:
        if self.failures >= self.hard_limit:
            return True
        if self.until is None:
            return False
        self.until = min(self.until, now + self.max_delay)
        return now < self.until

    def fail(self, now: int) -> None:
        self.failures += 1
        self.until = None
        if self.free <= self.failures < self.hard_limit:
            delay = self.first_delay * 2 ** (self.failures - self.free)
            self.until = now + min(delay, self.max_delay)

    def step(self, step: dict) -> dict:
        now, op = step["at"], step["op"]
        result = {"fail": "counted", "succeed": "ok", "check": "ok",
                  "reset": "ok"}[op]
        if op != "reset" and self.locked(now):
            result = "throttled"
        elif op == "fail":
            self.fail(now)
        elif op != "check":
            self.clear()
        return {"result": result, "failures": self.failures,
                "lockedUntil": self.until,
                "untilReset": self.failures >= self.hard_limit}


class Agent:
    """One enrolment at its machine."""

    def __init__(self, group: dict, test: dict) -> None:
        self.window = group.get("windowMinutes", 30)
        self.diagnose = group.get("diagnoseMinutes", 1440)
        self.tolerance = group.get("clockToleranceSeconds", 120)
        self.enrolment = Enrolment(bytes.fromhex(test["enrolmentKey"]))
        self.zone = zone_of(test)
        self.throttle = Throttle(group, test)
        self.last_minute = self.lock_end = self.floor = NEVER

    def clock_holds(self, now: int) -> bool:
        if now < self.floor - self.tolerance:
            return False
        self.floor = max(self.floor, now)
        return True

    def find(self, now: int, code: bytes, purpose: str, valid: str
             ) -> Optional[int]:
        """Return the minute of the request that the code answers."""
        session = session_of(purpose, valid)
        for age in range(max(self.window, self.diagnose) + 1):
            answer = self.enrolment.answer(now // 60 - age, session)
            if code_bits(valid, answer) == code:
                return now // 60 - age
        return None

    def redeem(self, now: int, typed: str, purpose: str) -> dict:
        try:
            code = from_symbols(read_code(typed, ALPHABET, 16), ALPHABET)
        except Refused:
            return {"result": "malformed"}
        if purpose not in ("reset", "bypass"):
            return {"result": "wrong_purpose"}
        if not self.clock_holds(now):
            return {"result": "clock_rolled_back"}
        if self.throttle.locked(now):
            return {"result": "throttled"}
        days = code[0] >> 3
        valid = f"P{days}D" if days else "P1M"
        minute = self.find(now, code, purpose, valid)
        if minute is None:
            self.throttle.fail(now)
            return {"result": "unknown"}
        if minute <= self.last_minute:
            return {"result": "used_up"}
        if minute < now // 60 - self.window:
            return {"result": "expired"}
        until = None
        if purpose == "bypass":
            shown = EPOCH + timedelta(minutes=minute)
            ends = expiry_of(shown, self.zone, valid) - EPOCH
            until = ends // timedelta(seconds=1)
            if until <= now:  # only with a window of a day or more
                return {"result": "expired"}
        self.last_minute = minute
        self.throttle.clear()
        return {"result": "ok"} if until is None else self.activate(until)

    def activate(self, until: int) -> dict:
        self.lock_end = max(self.lock_end, until)
        return {"result": "ok", "lockExpiresAt": self.lock_end}

    def granted_online(self, now: int, until: int) -> dict:
        if not self.clock_holds(now):
            return {"result": "clock_rolled_back"}
        answer = self.activate(until if until > now else NEVER)
        return {**answer, "lockExpiresAt":
                None if self.lock_end == NEVER else self.lock_end}

    def step(self, step: dict) -> dict:
        now, op = step["at"], step["op"]
        if op == "redeem":
            result = self.redeem(now, step["code"], step["purpose"])
            return {**result, "failures": self.throttle.failures}
        if op == "requestCode":
            request = to_symbols(self.enrolment.request(now // 60), ALPHABET)
            return {"result": "-".join(groups(request))}
        if op == "passwordOnly":
            return {"result": self.clock_holds(now) and now < self.lock_end}
        if op == "grantedOnline":
            return self.granted_online(now, step["expiresAt"])
        if op == "clear":
            self.lock_end = NEVER
        elif op == "resetThrottle":
            self.throttle.clear()
        else:
            raise ValueError(f"no such operation: {op}")
        return {}

    def end(self) -> dict:
        until = self.throttle.until
        times = (self.last_minute, self.lock_end, self.floor,
                 NEVER if until is None else until)
        state = (b"stopgap\x01" + b"".join(be(time, 64) for time in times)
                 + be(self.throttle.failures, 32))
        tag = mac(self.enrolment.state_key, state)
        return {"sealedState": (state + tag).hex()}


# Records at rest

def micros(time: Optional[int]) -> bytes:
    return be(NEVER if time is None else time, 64)


def code_format(test: dict) -> bytes:
    bits = {"O=0": 1, "I=1": 2, "L=1": 4}
    folded = sum(bits[pair] for pair in test["lookAlikes"])
    return test["alphabet"].encode("ascii") + bytes(
        [folded, test["length"], test["checkSymbol"]])


def purposes(test: dict) -> bytes:
    return bytes([sum(PURPOSES[purpose] for purpose in test["purposes"])])


def online_record(test: dict) -> bytes:
    return b"".join((
        bytes.fromhex(test["id"]), bytes.fromhex(test["digest"]),
        name(test["user"]), code_format(test), purposes(test),
        micros(test["issuedAt"]), micros(test["notBefore"]),
        micros(test["expiresAt"]), be(test["maxUses"] or 0, 32),
        be(test["uses"], 32), micros(test["revokedAt"])))


def security_record(test: dict) -> bytes:
    user, life, scopes = test["sameAs"], test["lifetime"], test["scopes"]
    ends = {"permanent": b"\x01", "deleted": b"\x02"}
    return b"".join((
        bytes.fromhex(test["id"]), bytes.fromhex(test["digest"]),
        b"\x00" if user is None else b"\x01" + name(user),
        text(test["description"]), micros(test["createdAt"]),
        ends[life] if life in ends else b"\x00" + micros(life),
        be(len(scopes or []), 16), *map(text, scopes or [])))


def enrolment_record(test: dict) -> bytes:
    return (name(test["user"]) + name(test["machine"])
            + be(test["generation"], 32) + micros(test["enrolledAt"])
            + micros(test["retiredAt"]))


def throttle_record(test: dict) -> bytes:
    return (name(test["user"]) + be(test["failures"], 32)
            + micros(test["lockedUntil"]))


def head_record(test: dict) -> bytes:
    return throttle_record(test) + be(test["changes"], 64)


def preset_record(test: dict) -> bytes:
    return b"".join((
        text(test["name"]), code_format(test),
        text(validity(test["validity"])), purposes(test),
        micros(test["notBefore"]), be(test["maxUses"] or 0, 32)))


def verification_record(test: dict) -> bytes:
    answer = bytes.fromhex(test["answer"])
    return b"".join((
        name(test["user"]), text(test["idempotencyKey"]),
        bytes([PURPOSES[test["purpose"]]]), bytes.fromhex(test["digest"]),
        micros(test["answeredAt"]), be(len(answer), 32), answer))


RECORDS = {"online": online_record, "security": security_record,
           "enrolment": enrolment_record, "throttle": throttle_record,
           "head": head_record, "preset": preset_record,
           "verification": verification_record}


def records(group: dict, test: dict) -> dict:
    label = group["record"]
    key = expand(bytes.fromhex(test["master"]), b"stopgap/1/record")
    if label == "check":
        return {"tag": mac(key, b"check").hex()}
    fields = be(test["keyId"], 32) + RECORDS[label](test)
    encoding = label.encode() + b"\x00" + fields
    tag = mac(key, encoding)
    return {"tag": tag.hex(), "bytes": (b"\x01" + encoding + tag).hex()}


# Checking

# The function that computes a test, or the class that runs its steps, then
# the names of the inputs and the outputs.  `result` is always an output.
KINDS = {
    "agent": (Agent, "enrolmentKey zone steps at op code purpose expiresAt",
              "lockExpiresAt failures sealedState"),
    "alphabets": (alphabets, "input", "error found position"),
    "codes": (codes, "bytes", "canonical grouped spoken checkSymbol"),
    "digests": (digests, "master user code securityCode tenant",
                "onlineDigest securityDigest tenantMaster"),
    "expiry": (expiry, "issuedAt zone validity input",
               "expiresAt expiresAtLocal canonicalValidity canonical"),
    "lifecycle": (SecurityCode, "createdAt steps at op expiresAt",
                  "state stateExpiresAt"),
    "names": (names, "input", "error"),
    "normalize": (normalize, "input", "canonical error position found"),
    "offline": (offline, "master user machine generation alphabet minute "
                "purpose validity", "enrolmentKey requestKey responseKey "
                "stateKey session mac request ocraDataInput code"),
    "records": (records, "master keyId id digest user alphabet lookAlikes "
                "length checkSymbol purposes issuedAt notBefore expiresAt "
                "maxUses uses revokedAt sameAs description createdAt lifetime "
                "scopes machine generation enrolledAt retiredAt failures "
                "lockedUntil changes name validity idempotencyKey purpose "
                "answeredAt answer", "tag bytes"),
    "requests": (requests, "enrolmentKeys now request",
                 "located index minute skewMinutes late"),
    "security": (security, "prefix accepted input",
                 "canonical text error position found"),
    "throttle": (Throttle, "steps at op", "failures lockedUntil untilReset"),
    "verify": (Server, "codes steps op at user code purpose idempotencyKey",
               "usesLeft replayed failure"),
}
# Outputs that a file may omit.
OPTIONAL = {"expiresAtLocal", "canonicalValidity", "bytes"}


def compare(found: dict, computed: dict, outputs: str) -> Iterator[str]:
    """Yield the fields that differ."""
    for field in ["result", *outputs.split()]:
        expected, actual = found.get(field), computed.get(field)
        if field not in found and field in OPTIONAL:
            continue
        if json.dumps(expected) != json.dumps(actual):
            yield (f"{field}: expected {json.dumps(expected)}, "
                   f"computed {json.dumps(actual)}")


def check_test(kind: str, group: dict, test: dict) -> Iterator[str]:
    """Yield the fields of a test that differ."""
    compute, _, outputs = KINDS[kind]
    try:
        computed: Any = compute(group, test)
    except Refused as refused:
        yield from compare(test, {"result": "invalid", **refused.fields},
                           outputs)
        return
    if isinstance(computed, dict):
        yield from compare(test, {"result": "valid", **computed}, outputs)
        return
    for number, step in enumerate(test["steps"]):
        for problem in compare(step, computed.step(step), outputs):
            yield f"steps[{number}].{problem}"
    end = computed.end() if hasattr(computed, "end") else {}
    yield from compare(test, {"result": "valid", **end}, outputs)


def unknown_fields(kind: str, tests: list[dict]) -> set[str]:
    """Return the fields that this program neither reads nor computes."""
    _, inputs, outputs = KINDS[kind]
    known = {"tcId", "comment", "flags", "result",
             *inputs.split(), *outputs.split()}
    entries = [*tests, *(s for test in tests for s in test.get("steps", []))]
    return {field for entry in entries for field in entry} - known


def check(path: Path) -> bool:
    """Report on a file; return false if it differs or has no result."""
    kind = path.stem.split("-")[0]
    place, problems, tests = "", [], []
    try:
        if kind not in KINDS:
            raise ValueError(f"no such kind: {kind}")
        document = json.loads(path.read_text(encoding="utf-8"))
        for group in document["testGroups"]:
            for test in group["tests"]:
                place = f"tcId {test['tcId']}: "
                problems += [place + problem for problem
                             in check_test(kind, group, test)]
                tests.append(test)
        place = ""
        problems += compare(document, {"protocol": "stopgap/1", "result": None,
                                       "numberOfTests": len(tests)},
                            "protocol numberOfTests")
        ids = Counter(test["tcId"] for test in tests)
        problems += [f"tcId {number}: not unique"
                     for number, count in ids.items() if count > 1]
    except ZoneInfoNotFoundError:
        print(f"{path.name}: skipped, no time zone data")
        return True
    except Exception as error:  # anything that a broken file leads to
        print(f"{path.name}: {place}cannot be computed: {error!r}")
        return False
    unknown = ", ".join(sorted(unknown_fields(kind, tests)))
    verdict = f"{len(tests)} tests{unknown and f' (not checked: {unknown})'}"
    for line in problems or [f"{verdict} up to date"]:
        print(f"{path.name}: {line}")
    return not problems


# The inputs of records.json

NOW = 1_795_273_242_123_456  # 2026-11-21T15:00:42.123456Z
DAY_LATER = NOW + DAY * 1_000_000
FORMAT = {"alphabet": HEX, "lookAlikes": [], "length": 12,
          "checkSymbol": False}
OTHER_FORMAT = {"alphabet": ALPHABET, "length": 32, "checkSymbol": True}
FOLDED = {"lookAlikes": ["O=0", "I=1", "L=1"]}
LONGEST = "\U0001f511" * 63 + "abc"  # 255 bytes

# The fields of each record, then the tests: a comment and the changed fields.
CASES: dict[str, tuple[dict, list[tuple[str, dict]]]] = {
    "online": ({
        "user": "alice", **FORMAT, "purposes": ["reset", "register", "bypass"],
        "issuedAt": NOW, "notBefore": None, "expiresAt": DAY_LATER,
        "maxUses": None, "uses": 0, "revokedAt": None}, [
            ("every purpose, no limit", {}),
            ("one purpose, once, used", {
                "purposes": ["bypass"], "maxUses": 1, "uses": 1}),
            ("another format", OTHER_FORMAT),
            ("look-alikes fold", {**FOLDED, "length": 8}),
            ("one look-alike folds", {"lookAlikes": ["I=1"]}),
            ("not before, and revoked", {
                "notBefore": NOW + 1, "revokedAt": NOW + 2,
                "purposes": ["reset", "register"]}),
            ("the largest numbers", {
                "keyId": 2**32 - 1, "maxUses": 2**32 - 1, "uses": 2**32 - 1}),
            ("before 1970", {"issuedAt": -1, "expiresAt": 0}),
            ("a name in another script", {"user": "\u5c71\u7530\u592a\u90ce"}),
            ("the longest name", {"user": LONGEST})]),
    "security": ({
        "sameAs": None, "description": "backup job", "createdAt": NOW,
        "lifetime": DAY_LATER, "scopes": None}, [
            ("a super administrator, not limited by scopes", {}),
            ("the same as a user", {"sameAs": "alice"}),
            ("permanent", {"lifetime": "permanent"}),
            ("deleted", {"lifetime": "deleted"}),
            ("one scope", {"scopes": ["read"]}),
            ("scopes of every character", {"scopes": [
                "*", "a/b-c", "codes:issue", "v1.0_x", "z" * 64]}),
            ("32 scopes", {"scopes": [f"s{n:02}" for n in range(32)]}),
            ("no description", {"description": "", "keyId": 0}),
            ("a description in Unicode", {
                "description": "d\u00f6rte \U0001f511"}),
            ("a name in another script", {
                "sameAs": "d\u00f6rte", "lifetime": "permanent"})]),
    "enrolment": ({
        "user": "alice", "machine": "LAPTOP-17", "generation": 1_234_567_890,
        "enrolledAt": NOW, "retiredAt": None}, [
            ("enrolled", {}),
            ("retired", {"retiredAt": DAY_LATER}),
            ("generation 0", {"generation": 0}),
            ("the largest numbers", {
                "keyId": 2**32 - 1, "generation": 2**32 - 1}),
            ("names in another script", {
                "user": "d\u00f6rte", "machine": "\u5c71\u7530\u592a\u90ce"}),
            ("the longest names", {"user": LONGEST, "machine": "m" * 255}),
            ("a part of the name moved: 1", {"user": "ab", "machine": "c"}),
            ("a part of the name moved: 2", {"user": "a", "machine": "bc"})]),
    "throttle": ({
        "user": "alice", "failures": 0, "lockedUntil": None}, [
            ("no failures", {}),
            ("failures, no lockout", {"failures": 4}),
            ("locked out", {"failures": 5, "lockedUntil": NOW + 60_000_000}),
            ("locked out without an end", {"failures": 100}),
            ("the largest numbers", {
                "keyId": 2**32 - 1, "failures": 2**32 - 1,
                "lockedUntil": 253_402_300_799_999_999}),
            ("before 1970", {"failures": 5, "lockedUntil": -1}),
            ("a name in another script", {"user": "d\u00f6rte"}),
            ("the longest name", {"user": LONGEST})]),
    "preset": ({
        "name": "lost token", **FORMAT, "validity": "P1D",
        "purposes": ["bypass"], "notBefore": None, "maxUses": None}, [
            ("a day, no limit", {}),
            ("a month", {"validity": "P1M"}),
            ("hours", {"validity": "PT8H"}),
            ("minutes", {"validity": "PT90M"}),
            ("once, every purpose", {
                "maxUses": 1, "purposes": ["reset", "register", "bypass"]}),
            ("another format", OTHER_FORMAT),
            ("look-alikes fold, not before", {**FOLDED, "notBefore": NOW}),
            ("the largest numbers", {
                "keyId": 2**32 - 1, "maxUses": 2**32 - 1,
                "validity": "P31D"}),
            ("a name in another script", {
                "name": "\u5c71\u7530\u592a\u90ce"})]),
    "verification": ({
        "user": "alice", "idempotencyKey": "7b1f9f0c", "purpose": "bypass",
        "answeredAt": NOW, "answer": "01"}, [
            ("for bypass", {}),
            ("for reset", {"purpose": "reset"}),
            ("for register", {"purpose": "register"}),
            ("no bytes", {"answer": ""}),
            ("an answer of 300 bytes", {"answer": "c0de" * 150}),
            ("a key in another script", {
                "idempotencyKey": "\u5c71\u7530 \U0001f511"}),
            ("the longest key", {
                "keyId": 2**32 - 1, "idempotencyKey": "k" * 255}),
            ("a part of the name moved: 1", {
                "user": "ab", "idempotencyKey": "c"}),
            ("a part of the name moved: 2", {
                "user": "a", "idempotencyKey": "bc"})]),
    "check": ({}, [("a master key", {}), ("another", {})]),
    "head": ({
        "user": "alice", "failures": 0, "lockedUntil": None, "changes": 0}, [
            ("no failures, no changes", {}),
            ("changes, no failures", {"changes": 1}),
            ("failures, no lockout", {"failures": 4, "changes": 257}),
            ("locked out", {
                "failures": 5, "lockedUntil": NOW + 60_000_000,
                "changes": 2**32}),
            ("the largest numbers", {
                "keyId": 2**32 - 1, "failures": 2**32 - 1,
                "lockedUntil": 253_402_300_799_999_999,
                "changes": 2**64 - 1}),
            ("before 1970", {"failures": 5, "lockedUntil": -1, "changes": 1}),
            ("a name in another script", {"user": "d\u00f6rte"}),
            ("the longest name", {"user": LONGEST})]),
}
RANDOM = {"online": {"id": 16, "digest": 32},
          "security": {"id": 16, "digest": 32}, "verification": {"digest": 32}}


def records_document() -> dict:
    """Return records.json, whose random values come from SHAKE256."""
    test_groups, number = [], 0
    for label, (fields, cases) in CASES.items():
        tests = []
        for comment, changes in cases:
            number += 1
            drawn = {
                field: hashlib.shake_256(f"{number} {field}".encode())
                .hexdigest(size) for field, size
                in {"master": 32, **RANDOM.get(label, {})}.items()}
            key_id = {} if label == "check" else {"keyId": 1}
            tests.append({"tcId": number, "comment": comment, "flags": [],
                          **drawn, **key_id, **fields, **changes})
            tests[-1].update(records({"record": label}, tests[-1]),
                             result="valid")
        test_groups.append({"record": label, "tests": tests})
    return {"protocol": "stopgap/1", "numberOfTests": number,
            "notes": {"times": "Unix time in microseconds, null if none"},
            "testGroups": test_groups}


def main() -> int:
    parser = argparse.ArgumentParser(description="Recompute the test vectors.")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true",
                      help="compare every file")
    mode.add_argument("--write-records", action="store_true",
                      help="write records.json")
    parser.add_argument("dir", nargs="?", type=Path, metavar="DIR",
                        default=Path(__file__).resolve().parent / "vectors")
    arguments = parser.parse_args()
    if arguments.write_records:
        content = json.dumps(records_document(), indent=1) + "\n"
        (arguments.dir / "records.json").write_bytes(content.encode("ascii"))
        return 0
    paths = sorted(arguments.dir.glob("*.json"))
    if not paths:
        parser.error(f"no vector files in {arguments.dir}")
    return 0 if all([check(path) for path in paths]) else 1


if __name__ == "__main__":
    sys.exit(main())
