#!/usr/bin/env python3
"""Recompute the test vectors: a second implementation of SPEC.md.

This file was written from the text of the protocol and shares no code with
the crate, so that a mistake would have to be made twice to go unnoticed.  The
inputs of the vectors came with the protocol: random, chosen once, or picked
by hand for an edge.  Everything else in them is output, and computed here.

    generate.py --check [DIR]   compare; 0 up to date, 1 not, 2 wrong usage
    generate.py --write [DIR]   rewrite the files in place

DIR is the folder `vectors` beside this file unless given.  Python 3.9 or
later, nothing outside its standard library.
"""
from __future__ import annotations

import argparse
import calendar
import hmac
import json
import re
import sys
import unicodedata
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Iterator, Optional
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ALPHABET = "Z3467ACEFHJKRWXY"  # of request codes and offline codes
SUITE = "OCRA-1:HOTP-SHA256-0:QH08-S064-T1M"
DAY = 24 * 60 * 60


# Words

def mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def expand(key: bytes, info: bytes) -> bytes:
    """HKDF-Expand with SHA-256 for 32 bytes, which is one block."""
    return mac(key, info + b"\x01")


def be(number: int, bits: int) -> bytes:
    return number.to_bytes(bits // 8, "big")


def text(name: str) -> bytes:
    raw = name.encode("utf-8")
    control = any(unicodedata.category(scalar) == "Cc" for scalar in name)
    if control or not 1 <= len(raw) <= 255:
        raise ValueError("a name is 1 to 255 bytes, no control characters")
    return be(len(raw), 16) + raw


# Alphabets, and codes for people

LETTERS = """Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett
    Kilo Lima Mike November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor
    Whiskey X-ray Yankee Zulu"""
DIGITS = "Zero One Two Three Four Five Six Seven Eight Nine"
SPOKEN = {word[0]: word for word in LETTERS.split()}
SPOKEN.update(zip("0123456789", DIGITS.split()))


def to_symbols(raw: bytes, alphabet: str) -> str:
    return "".join(alphabet[int(nibble, 16)] for nibble in raw.hex())


def groups(code: str) -> list[str]:
    return [code[i:i + 4] for i in range(0, len(code), 4)]


def check_symbol(code: str, alphabet: str) -> str:
    """ISO/IEC 7064, hybrid system, MOD 17,16."""
    product = 16
    for symbol in code:
        total = (product + alphabet.index(symbol)) % 16 or 16
        product = total * 2 % 17
    return alphabet[(1 - product) % 16]


def codes(group: dict, test: dict) -> dict:
    alphabet = group["alphabet"]
    code = to_symbols(bytes.fromhex(test["bytes"]), alphabet)
    spoken = [" ".join(SPOKEN[s] for s in part) for part in groups(code)]
    return {
        "canonical": code,
        "grouped": "-".join(groups(code)),
        "spoken": ", ".join(spoken),
        "checkSymbol": check_symbol(code, alphabet),
    }


# Reading what a person typed

HYPHENS = {
    0x2D, 0xAD, *range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D}
# Unicode White_Space; str.isspace() would take U+001C to U+001F as well.
WHITE_SPACE = {
    *range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B),
    0x2028, 0x2029, 0x202F, 0x205F, 0x3000}
INVISIBLE = {0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF}
IGNORED = HYPHENS | WHITE_SPACE | INVISIBLE


def read_code(typed: str, alphabet: str, length: int) -> dict:
    if len(typed.encode("utf-8")) > 256:
        return {"result": "invalid", "error": "too_long"}
    code = ""
    for position, scalar in enumerate(map(ord, typed)):
        if scalar in IGNORED:
            continue
        if 0xFF01 <= scalar <= 0xFF5E:
            scalar -= 0xFF01 - 0x21
        if ord("a") <= scalar <= ord("z"):
            scalar -= ord("a") - ord("A")
        if chr(scalar) not in alphabet:
            return {"result": "invalid", "error": "unexpected_symbol",
                    "position": position}
        code += chr(scalar)
    if len(code) != length:
        return {"result": "invalid", "error": "wrong_length",
                "found": len(code)}
    return {"result": "valid", "canonical": code}


def normalize(group: dict, test: dict) -> dict:
    return read_code(test["input"], group["alphabet"], group["length"])


# Validity and expiry

def days_of(validity: str) -> int:
    """The days of P1D to P31D, and 0 for P1M, as in the bits of a code."""
    match = re.fullmatch(r"P(?:1M|([1-9]|[12][0-9]|3[01])D)", validity)
    if not match:
        raise ValueError(f"no validity: {validity}")
    return int(match[1] or 0)


def expiry_of(issued: datetime, zone: ZoneInfo, validity: str) -> datetime:
    wall = issued.astimezone(zone).replace(tzinfo=None)
    days = days_of(validity)
    if days:
        wall += timedelta(days=days)
    else:
        year, month = wall.year + wall.month // 12, wall.month % 12 + 1
        last = calendar.monthrange(year, month)[1]
        wall = wall.replace(year=year, month=month, day=min(wall.day, last))
    # fold=0: the first of a repeated time, and in a gap the offset before.
    return wall.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)


def expiry(group: dict, test: dict) -> dict:
    issued = datetime.fromisoformat(test["issuedAt"].replace("Z", "+00:00"))
    zone = ZoneInfo(test.get("zone") or "UTC")
    expires = expiry_of(issued, zone, test["validity"])
    return {
        "expiresAt": expires.isoformat().replace("+00:00", "Z"),
        "expiresAtLocal": expires.astimezone(zone).isoformat(),
    }


# Keys, online codes, security codes

def digests(group: dict, test: dict) -> dict:
    master = bytes.fromhex(test["master"])
    online = expand(master, b"stopgap/1/online")
    security = expand(master, b"stopgap/1/security")
    owned = text(test["user"]) + test["code"].encode("ascii")
    tenant = b"stopgap/1/tenant" + text(test["tenant"])
    return {
        "onlineDigest": mac(online, owned).hex(),
        "securityDigest": mac(security, test["securityCode"].encode()).hex(),
        "tenantMaster": expand(master, tenant).hex(),
    }


class SecurityCode:
    """One security code and its life, lifecycle.json."""

    def __init__(self, group: dict, test: dict) -> None:
        # None is permanent.
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
            return "not_found"
        if op == "delete":
            self.deleted = True
        elif op == "reactivate" and state != "expired":
            return "already_active"
        elif state == "expired" and op not in ("reactivate", "describe"):
            return "expired"
        elif op == "edit" and until <= now:
            return "expiry_not_in_future"
        elif op != "describe":
            self.expires = {"edit": until, "make_permanent": None,
                            "reset": now + DAY, "reactivate": now + DAY}[op]
        return "ok"

    def step(self, step: dict) -> dict:
        result = {} if step["op"] == "state" else {"result": self.apply(step)}
        state = self.state(step["at"])
        ends = None if state == "gone" else self.expires
        return {**result, "state": state, "stateExpiresAt": ends}


# Request codes

def request_bytes(enrolment: bytes, minute: int) -> bytes:
    return mac(expand(enrolment, b"stopgap/1/request"), be(minute, 64))[:4]


def find_request(keys: list[bytes], code: str, now: int, past: int,
                 ahead: int) -> Optional[tuple[int, int]]:
    """Whose request code it is and of which minute, nearest first; or None."""
    minutes = range(max(now - past, 0), now + ahead + 1)
    for index, key in enumerate(keys):
        for minute in sorted(minutes, key=lambda minute: abs(minute - now)):
            if to_symbols(request_bytes(key, minute), ALPHABET) == code:
                return index, minute
    return None


def requests(group: dict, test: dict) -> dict:
    keys = [bytes.fromhex(key) for key in test["enrolmentKeys"]]
    code = read_code(test["request"], ALPHABET, 8)["canonical"]
    now, wide = test["now"] // 60, group["diagnoseMinutes"]
    past, ahead = group["pastMinutes"], group["aheadMinutes"]
    if not keys:
        return {"located": "not_enrolled"}
    found = find_request(keys, code, now, past, ahead)
    if found:
        return {"located": "ok", "index": found[0], "minute": found[1]}
    found = find_request(keys, code, now, wide, wide)
    if found:
        return {"located": "clock_skew", "index": found[0],
                "skewMinutes": found[1] - now}
    return {"located": "unrecognised"}


# Offline codes

def data_input(suite: str, enrolment: bytes, minute: int, purpose: str,
               validity: str) -> bytes:
    if purpose not in ("reset", "bypass"):
        raise ValueError(f"no purpose of an offline code: {purpose}")
    question = request_bytes(enrolment, minute).ljust(128, b"\x00")
    session = f"stopgap/1 {purpose} {validity}".encode().rjust(64, b"\x00")
    return suite.encode() + b"\x00" + question + session + be(minute, 64)


def offline_code(enrolment: bytes, data: bytes, validity: str) -> bytes:
    response = mac(expand(enrolment, b"stopgap/1/response"), data)
    bits = int.from_bytes(response[:8], "big") >> 5
    return be(days_of(validity) << 59 | bits, 64)


def offline(group: dict, test: dict) -> dict:
    minute, validity = test["minute"], test["validity"]
    enrolment = expand(
        bytes.fromhex(test["master"]),
        b"stopgap/1/enrolment" + text(test["user"]) + text(test["machine"])
        + be(test["generation"], 32))
    request = request_bytes(enrolment, minute)
    data = data_input(group["ocraSuite"], enrolment, minute, test["purpose"],
                      validity)
    code = offline_code(enrolment, data, validity)
    return {
        "enrolmentKey": enrolment.hex(),
        "request": to_symbols(request, test["alphabet"]),
        "ocraDataInput": data.hex(),
        "code": to_symbols(code, test["alphabet"]),
    }


# Throttle

class Throttle:
    def __init__(self, group: dict, test: dict) -> None:
        self.free = group.get("free", 5)
        self.first_delay = group.get("firstDelaySeconds", 60)
        self.max_delay = group.get("maxDelaySeconds", 3600)
        self.hard_limit = group.get("hardLimit", 100)
        self.clear()

    def clear(self) -> None:
        self.failures = 0
        self.until: Optional[int] = None

    def closed(self, now: int) -> bool:
        if self.failures >= self.hard_limit:
            return True
        return self.until is not None and now < self.until

    def fail(self, now: int) -> None:
        self.failures += 1
        if self.failures >= self.free:
            delay = self.first_delay * 2 ** (self.failures - self.free)
            self.until = now + min(delay, self.max_delay)

    def step(self, step: dict) -> dict:
        if step["op"] == "reset":
            self.clear()
            result = "ok"
        elif step["op"] != "fail":
            raise ValueError(f"no such operation: {step['op']}")
        elif self.closed(step["at"]):
            result = "throttled"
        else:
            self.fail(step["at"])
            result = "counted"
        return {"result": result, "failures": self.failures,
                "lockedUntil": self.until}


# Redeeming, on a machine that is offline

class Agent:
    """One enrolment at its machine, agent.json."""

    def __init__(self, group: dict, test: dict) -> None:
        self.window = group.get("windowMinutes", 30)
        self.diagnose = group.get("diagnoseMinutes", 1440)
        self.tolerance = group.get("clockToleranceSeconds", 120)
        self.key = bytes.fromhex(test["enrolmentKey"])
        self.zone = ZoneInfo(test.get("zone") or "UTC")
        self.throttle = Throttle(group, test)
        self.last_minute = -1
        self.lock_ends = 0
        self.floor = 0

    def clock_holds(self, now: int) -> bool:
        if now < self.floor - self.tolerance:
            return False
        self.floor = max(self.floor, now)
        return True

    def find(self, code: str, purpose: str, validity: str,
             newest: int) -> Optional[int]:
        """The newest minute, of those looked at, whose code this is."""
        oldest = max(newest - max(self.window, self.diagnose), 0)
        for minute in range(newest, oldest - 1, -1):
            data = data_input(SUITE, self.key, minute, purpose, validity)
            right = offline_code(self.key, data, validity)
            if to_symbols(right, ALPHABET) == code:
                return minute
        return None

    def redeem(self, now: int, typed: str, purpose: str) -> dict:
        code = read_code(typed, ALPHABET, 16).get("canonical")
        if code is None:
            return {"result": "malformed"}
        if not self.clock_holds(now):
            return {"result": "clock_rolled_back"}
        if self.throttle.closed(now):
            return {"result": "throttled"}
        days = ALPHABET.index(code[0]) << 1 | ALPHABET.index(code[1]) >> 3
        validity = f"P{days}D" if days else "P1M"
        minute = self.find(code, purpose, validity, now // 60)
        if minute is None:
            self.throttle.fail(now)
            return {"result": "unknown"}
        if minute <= self.last_minute:
            return {"result": "used_up"}
        if minute < now // 60 - self.window:
            return {"result": "expired"}
        issued = datetime.fromtimestamp(minute * 60, timezone.utc)
        ends = expiry_of(issued, self.zone, validity)
        self.last_minute = minute
        self.lock_ends = max(self.lock_ends, int(ends.timestamp()))
        self.throttle.clear()
        return {"result": "ok", "lockExpiresAt": self.lock_ends}

    def step(self, step: dict) -> dict:
        now = step["at"]
        if step["op"] == "requestCode":
            request = request_bytes(self.key, now // 60)
            return {"result": "-".join(groups(to_symbols(request, ALPHABET)))}
        if step["op"] == "passwordOnly":
            return {"result": self.clock_holds(now) and now < self.lock_ends}
        if step["op"] == "redeem":
            return self.redeem(now, step["code"], step["purpose"])
        raise ValueError(f"no such operation: {step['op']}")


# The files: what computes each, and its output fields (of a test or a step)

TESTS = {
    "codes": (codes, {"canonical", "grouped", "spoken", "checkSymbol"}),
    "digests": (digests, {"onlineDigest", "securityDigest", "tenantMaster"}),
    "expiry": (expiry, {"expiresAt", "expiresAtLocal"}),
    "normalize": (normalize, {"canonical", "error", "position", "found"}),
    "offline": (offline, {"enrolmentKey", "request", "ocraDataInput", "code"}),
    "requests": (requests, {"located", "index", "minute", "skewMinutes"}),
}
SESSIONS = {
    "agent": (Agent, {"result", "lockExpiresAt"}),
    "lifecycle": (SecurityCode, {"result", "state", "stateExpiresAt"}),
    "throttle": (Throttle, {"result", "failures", "lockedUntil"}),
}


def merge(entry: dict, computed: dict, fields: set) -> dict:
    """The entry with its outputs replaced in place, new ones at the end."""
    kept = {field: value for field, value in entry.items()
            if field not in fields or field in computed}
    return {**kept, **computed}


def recompute(name: str, group: dict, test: dict) -> dict:
    if name in TESTS:
        function, fields = TESTS[name]
        computed = {"result": "valid", **function(group, test)}
        return merge(test, computed, fields)
    session, fields = SESSIONS[name]
    player: Any = session(group, test)
    steps = [merge(step, player.step(step), fields) for step in test["steps"]]
    return merge(test, {"steps": steps, "result": "valid"}, set())


def differences(old: dict, new: dict, where: str) -> Iterator[str]:
    for field in {**old, **new}:
        if field == "steps":
            for number, pair in enumerate(zip(old[field], new[field])):
                yield from differences(*pair, f"{where}steps[{number}].")
            continue
        expected, computed = (
            json.dumps(entry[field]) if field in entry else "absent"
            for entry in (old, new))
        if expected != computed:
            yield f"{where}{field}: expected {expected}, computed {computed}"


def process(path: Path, write: bool) -> bool:
    """Check or rewrite a file; false if it differs or cannot be computed."""
    name = path.stem
    if name not in TESTS and name not in SESSIONS:
        print(f"{path.name}: skipped, no generator")
        return True
    where, count = "", 0
    problems: list[str] = []
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        for group in document["testGroups"]:
            for index, test in enumerate(group["tests"]):
                where = f"tcId {test['tcId']}: "
                group["tests"][index] = recompute(name, group, test)
                problems += differences(test, group["tests"][index], where)
                count += 1
    except ZoneInfoNotFoundError:
        print(f"{path.name}: skipped, no time zone data")
        return True
    except (ArithmeticError, AttributeError, LookupError, TypeError,
            ValueError) as error:
        print(f"{path.name}: {where}cannot be computed: {error!r}")
        return False
    number = {"numberOfTests": document.get("numberOfTests")}
    problems += differences(number, {"numberOfTests": count}, "")
    if write:
        document["numberOfTests"] = count
        content = json.dumps(document, indent=1) + "\n"
        path.write_bytes(content.encode("ascii"))
        print(f"{path.name}: {count} tests written")
        return True
    for problem in problems:
        print(f"{path.name}: {problem}")
    if not problems:
        print(f"{path.name}: {count} tests up to date")
    return not problems


def main() -> int:
    parser = argparse.ArgumentParser(description="Recompute the test vectors.")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true", help="compare the files")
    mode.add_argument("--write", action="store_true", help="rewrite the files")
    parser.add_argument("dir", nargs="?", type=Path, metavar="DIR",
                        default=Path(__file__).resolve().parent / "vectors")
    arguments = parser.parse_args()
    paths = sorted(arguments.dir.glob("*.json"))
    if not paths:
        parser.error(f"no vector files in {arguments.dir}")
    passed = [process(path, arguments.write) for path in paths]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
