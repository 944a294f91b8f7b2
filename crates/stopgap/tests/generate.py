#!/usr/bin/env python3
"""Recompute the test vectors: a second implementation of SPEC.md.

Written from the text of the protocol, it shares no code with the crate: a
mistake would have to be made twice to go unnoticed.  The inputs of the vectors
are random or picked by hand; everything else in them is computed here.

    generate.py --check [DIR]   compare; 0 up to date, 1 not, 2 wrong usage
    generate.py --write [DIR]   rewrite the files in place

DIR is the folder `vectors` beside this file unless given.  A file is named by
its kind: `offline.json`, `offline-more.json`.  Python 3.9 or later, nothing
outside its standard library.
"""
from __future__ import annotations

import argparse
import calendar
import hmac
import json
import re
import string
import sys
import unicodedata
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ALPHABET = "Z3467ACEFHJKRWXY"  # of request codes and offline codes
SUITE = "OCRA-1:HOTP-SHA256-0:QH08-S064-T1M"
DAYS = {"P1M": 0, **{f"P{days}D": days for days in range(1, 32)}}
DAY = 24 * 60 * 60
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
NEVER = float("-inf")  # earlier than any time


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def expand(key: bytes, info: bytes) -> bytes:
    """HKDF-Expand with SHA-256 for 32 bytes, which is one block."""
    return mac(key, info + b"\x01")


def be(number: int, bits: int) -> bytes:
    """Big-endian, two's complement where negative."""
    return number.to_bytes(bits // 8, "big", signed=number < 0)


def text(name: str) -> bytes:
    raw = name.encode("utf-8")
    control = any(unicodedata.category(scalar) == "Cc" for scalar in name)
    if control or not 1 <= len(raw) <= 255:
        raise ValueError("a name is 1 to 255 bytes, no control characters")
    return be(len(raw), 16) + raw


# Codes as people read, speak and type them

SPOKEN = dict(zip(string.ascii_uppercase + string.digits, """
    Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima
    Mike November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey
    X-ray Yankee Zulu
    Zero One Two Three Four Five Six Seven Eight Nine""".split()))


def to_symbols(raw: bytes, alphabet: str) -> str:
    return "".join(alphabet[int(nibble, 16)] for nibble in raw.hex())


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


HYPHENS = {
    0x2D, 0xAD, *range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D}
# Unicode White_Space; str.isspace() would take U+001C to U+001F as well.
WHITE_SPACE = {
    *range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B),
    0x2028, 0x2029, 0x202F, 0x205F, 0x3000}
IGNORED = HYPHENS | WHITE_SPACE | {0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF}


def read_code(typed: str, alphabet: str, length: int,
              checked: bool = False) -> dict:
    if len(typed.encode("utf-8")) > 256:
        return {"error": "too_long"}
    code = ""
    for position, scalar in enumerate(map(ord, typed)):
        if scalar in IGNORED:
            continue
        if 0xFF01 <= scalar <= 0xFF5E:
            scalar -= 0xFF01 - 0x21
        if ord("a") <= scalar <= ord("z"):
            scalar -= ord("a") - ord("A")
        if chr(scalar) not in alphabet:
            return {"error": "unexpected_symbol", "position": position}
        code += chr(scalar)
    if len(code) != length:
        return {"error": "wrong_length", "found": len(code)}
    if checked and code[-1] != check_symbol(code[:-1], alphabet):
        return {"error": "check_failed"}
    return {"canonical": code}


def normalize(group: dict, test: dict) -> dict:
    read = read_code(test["input"], group["alphabet"], group["length"],
                     group.get("checkSymbol", False))
    return {"result": "invalid" if "error" in read else "valid", **read}


# Validity and expiry

def expiry_of(issued: datetime, zone: ZoneInfo, validity: str) -> datetime:
    """In UTC; datetime itself refuses years outside 1 to 9999."""
    wall = issued.astimezone(zone).replace(tzinfo=None)
    if validity == "P1M":
        year, month = wall.year + wall.month // 12, wall.month % 12 + 1
        last = calendar.monthrange(year, month)[1]
        wall = wall.replace(year=year, month=month, day=min(wall.day, last))
    else:
        wall += timedelta(days=DAYS[validity])
    # fold=0: the first of a repeated time, and in a gap the offset before.
    return wall.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)


def expiry(group: dict, test: dict) -> dict:
    zone = ZoneInfo(test.get("zone") or "UTC")
    year = int(re.match(r"[+-]?\d+", test["issuedAt"])[0])
    if test["validity"] not in DAYS or not 1 <= year <= 9999:
        return {"result": "invalid"}
    issued = datetime.fromisoformat(test["issuedAt"].replace("Z", "+00:00"))
    try:
        expires = expiry_of(issued, zone, test["validity"])
        local = expires.astimezone(zone)
    except (OverflowError, ValueError):  # no such year
        return {"result": "invalid"}
    return {"expiresAt": expires.isoformat().replace("+00:00", "Z"),
            "expiresAtLocal": local.isoformat()}


# Keys, online codes, security codes

def digests(group: dict, test: dict) -> dict:
    master = bytes.fromhex(test["master"])
    online = expand(master, b"stopgap/1/online")
    security = expand(master, b"stopgap/1/security")
    secret = test["securityCode"].encode("ascii")
    owned = text(test["user"]) + test["code"].encode("ascii")
    tenant = expand(master, b"stopgap/1/tenant" + text(test["tenant"]))
    return {"onlineDigest": mac(online, owned).hex(),
            "securityDigest": mac(security, secret).hex(),
            "tenantMaster": tenant.hex()}


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


# Records at rest

PURPOSES = {"reset": 1, "register": 2, "bypass": 4}


def microseconds(instant: Optional[str]) -> bytes:
    if instant is None:
        return be(-2**63, 64)
    second, _, fraction = instant.rstrip("Z").partition(".")
    since = datetime.fromisoformat(second + "+00:00") - EPOCH
    whole = since // timedelta(seconds=1) * 1_000_000
    return be(whole + int(fraction[:6].ljust(6, "0")), 64)


def online_record(test: dict) -> bytes:
    return b"".join((
        b"online", bytes.fromhex(test["digest"]),
        bytes([sum(PURPOSES[purpose] for purpose in test["purposes"])]),
        microseconds(test["notBefore"]), microseconds(test["expiresAt"]),
        be(test["maxUses"] or 0, 32), microseconds(test["revokedAt"])))


def security_record(test: dict) -> bytes:
    ends = {"permanent": be(2**63 - 1, 64), "deleted": microseconds(None)}
    life, user = test["life"], test["sameAs"]
    return b"".join((
        b"security", bytes.fromhex(test["digest"]),
        ends[life] if life in ends else microseconds(life),
        b"\x00" if user is None else b"\x01" + text(user)))


def attempt_record(test: dict) -> bytes:
    code = test["code"].encode("ascii")
    return b"".join((
        b"attempt", text(test["attempt"]), text(test["user"]),
        bytes([PURPOSES[test["purpose"]]]), be(len(code), 16), code,
        bytes.fromhex(test["answer"])))


RECORDS = {"online": online_record, "security": security_record,
           "attempt": attempt_record, "check": lambda test: b"check"}


def records(group: dict, test: dict) -> dict:
    key = expand(bytes.fromhex(test["master"]), b"stopgap/1/record")
    return {"tag": mac(key, RECORDS[group["record"]](test)).hex()}


# Request codes and offline codes

def request_bytes(enrolment: bytes, minute: int) -> bytes:
    return mac(expand(enrolment, b"stopgap/1/request"), be(minute, 64))[:4]


def find_request(keys: list[bytes], code: str, now: int, past: int,
                 ahead: int) -> Optional[tuple[int, int]]:
    """Whose request code it is, and how many minutes off; nearest first."""
    for index, key in enumerate(keys):
        for offset in sorted(range(-past, ahead + 1), key=abs):
            if to_symbols(request_bytes(key, now + offset), ALPHABET) == code:
                return index, offset
    return None


def requests(group: dict, test: dict) -> dict:
    keys = [bytes.fromhex(key) for key in test["enrolmentKeys"]]
    code = read_code(test["request"], ALPHABET, 8).get("canonical")
    if code is None:
        return {"located": "malformed"}
    if not keys:
        return {"located": "not_enrolled"}
    now, wide = test["now"] // 60, group.get("diagnoseMinutes", 1440)
    past, ahead = group.get("pastMinutes", 60), group.get("aheadMinutes", 5)
    found = find_request(keys, code, now, past, ahead)
    if found:
        return {"located": "ok", "index": found[0], "minute": now + found[1]}
    found = find_request(keys, code, now, wide, wide)
    if found:
        return {"located": "clock_skew", "index": found[0],
                "skewMinutes": found[1]}
    return {"located": "unrecognised"}


def offline_code(suite: str, enrolment: bytes, minute: int, purpose: str,
                 validity: str) -> tuple[bytes, bytes]:
    """The OCRA data input, and the code."""
    if purpose not in ("reset", "bypass"):
        raise ValueError(f"no purpose of an offline code: {purpose}")
    question = request_bytes(enrolment, minute).ljust(128, b"\x00")
    session = f"stopgap/1 {purpose} {validity}".encode().rjust(64, b"\x00")
    data = suite.encode() + b"\x00" + question + session + be(minute, 64)
    response = mac(expand(enrolment, b"stopgap/1/response"), data)
    bits = int.from_bytes(response[:8], "big") >> 5
    return data, be(DAYS[validity] << 59 | bits, 64)


def offline(group: dict, test: dict) -> dict:
    owner = text(test["user"]) + text(test["machine"])
    info = b"stopgap/1/enrolment" + owner + be(test["generation"], 32)
    enrolment = expand(bytes.fromhex(test["master"]), info)
    request = request_bytes(enrolment, test["minute"])
    data, code = offline_code(group["ocraSuite"], enrolment, test["minute"],
                              test["purpose"], test["validity"])
    return {"enrolmentKey": enrolment.hex(), "ocraDataInput": data.hex(),
            "request": to_symbols(request, test["alphabet"]),
            "code": to_symbols(code, test["alphabet"])}


class Throttle:
    """Failures in a row, throttle.json."""

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
        waiting = self.until is not None and now < self.until
        return waiting or self.failures >= self.hard_limit

    def fail(self, now: int) -> None:
        self.failures += 1
        if self.failures >= self.free:
            delay = self.first_delay * 2 ** (self.failures - self.free)
            self.until = now + min(delay, self.max_delay)

    def step(self, step: dict) -> dict:
        now, op = step["at"], step["op"]
        result = {"fail": "counted", "succeed": "ok", "reset": "ok"}[op]
        if op != "reset" and self.closed(now):
            result = "throttled"
        elif op == "fail":
            self.fail(now)
        else:
            self.clear()
        return {"result": result, "failures": self.failures,
                "lockedUntil": self.until}


class Agent:
    """One enrolment at its machine, agent.json."""

    def __init__(self, group: dict, test: dict) -> None:
        self.window = group.get("windowMinutes", 30)
        self.diagnose = group.get("diagnoseMinutes", 1440)
        self.tolerance = group.get("clockToleranceSeconds", 120)
        self.key = bytes.fromhex(test["enrolmentKey"])
        self.zone = ZoneInfo(test.get("zone") or "UTC")
        self.throttle = Throttle(group, test)
        self.last_minute = self.lock_ends = self.floor = NEVER

    def clock_holds(self, now: int) -> bool:
        if now < self.floor - self.tolerance:
            return False
        self.floor = max(self.floor, now)
        return True

    def redeem(self, now: int, typed: str, purpose: str) -> dict:
        code = read_code(typed, ALPHABET, 16).get("canonical")
        if code is None:
            return {"result": "malformed"}
        if purpose == "register":
            return {"result": "wrong_purpose"}
        if not self.clock_holds(now):
            return {"result": "clock_rolled_back"}
        if self.throttle.closed(now):
            return {"result": "throttled"}
        days = ALPHABET.index(code[0]) << 1 | ALPHABET.index(code[1]) >> 3
        validity = f"P{days}D" if days else "P1M"
        for age in range(max(self.window, self.diagnose) + 1):
            minute = now // 60 - age
            _, right = offline_code(SUITE, self.key, minute, purpose, validity)
            if to_symbols(right, ALPHABET) == code:
                return self.match(now, minute, validity)
        self.throttle.fail(now)
        return {"result": "unknown"}

    def match(self, now: int, minute: int, validity: str) -> dict:
        if minute <= self.last_minute:
            return {"result": "used_up"}
        if minute < now // 60 - self.window:
            return {"result": "expired"}
        issued = EPOCH + timedelta(minutes=minute)
        ends = int(expiry_of(issued, self.zone, validity).timestamp())
        if ends <= now:
            return {"result": "expired"}
        self.last_minute = minute
        self.lock_ends = max(self.lock_ends, ends)
        self.throttle.clear()
        return {"result": "ok", "lockExpiresAt": self.lock_ends}

    def step(self, step: dict) -> dict:
        now, op = step["at"], step["op"]
        if op == "redeem":
            return self.redeem(now, step["code"], step["purpose"])
        if op == "requestCode":
            request = request_bytes(self.key, now // 60)
            return {"result": "-".join(groups(to_symbols(request, ALPHABET)))}
        if op == "passwordOnly":
            return {"result": self.clock_holds(now) and now < self.lock_ends}
        if op in ("clear", "clearLock"):
            self.lock_ends = NEVER
        elif op == "resetThrottle":
            self.throttle.clear()
        else:
            raise ValueError(f"no such operation: {op}")
        return {}


# What computes a test or plays its steps, and the names of the outputs.
KINDS = {
    "agent": (Agent, "result lockExpiresAt"),
    "codes": (codes, "result canonical grouped spoken checkSymbol"),
    "digests": (digests, "result onlineDigest securityDigest tenantMaster"),
    "expiry": (expiry, "result expiresAt expiresAtLocal"),
    "lifecycle": (SecurityCode, "result state stateExpiresAt"),
    "normalize": (normalize, "result canonical error position found"),
    "offline": (offline, "result enrolmentKey request ocraDataInput code"),
    "records": (records, "result tag"),
    "requests": (requests, "result located index minute skewMinutes"),
    "throttle": (Throttle, "result failures lockedUntil"),
}


def update(entry: dict, outputs: dict, names: str) -> list[str]:
    """Replace the outputs of these names; what was different."""
    problems = []
    for name in names.split():
        old, new = (json.dumps(fields[name]) if name in fields else "absent"
                    for fields in (entry, outputs))
        if old != new:
            problems.append(f"{name}: expected {old}, computed {new}")
        if name not in outputs:
            entry.pop(name, None)
    entry.update(outputs)
    return problems


def recompute(kind: str, group: dict, test: dict) -> list[str]:
    """Replace the outputs of a test; what was different."""
    compute, names = KINDS[kind]
    computed: Any = compute(group, test)
    if "steps" not in test:
        return update(test, {"result": "valid", **computed}, names)
    problems = update(test, {"result": "valid"}, "result")
    for number, step in enumerate(test["steps"]):
        problems += [f"steps[{number}].{problem}" for problem
                     in update(step, computed.step(step), names)]
    return problems


def process(path: Path, write: bool) -> bool:
    """Check or rewrite a file; false if it differs or cannot be computed."""
    kind = re.split("[^A-Za-z]", path.stem)[0]
    if kind not in KINDS:
        print(f"{path.name}: skipped, no generator")
        return True
    where, count, problems, verdict = "", 0, [], "up to date"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        for group in document["testGroups"]:
            for test in group["tests"]:
                where = f"tcId {test['tcId']}: "
                found = recompute(kind, group, test)
                problems += [where + problem for problem in found]
                count += 1
    except ZoneInfoNotFoundError:
        print(f"{path.name}: skipped, no time zone data")
        return True
    except Exception as error:  # whatever a broken file leads to
        print(f"{path.name}: {where}cannot be computed: {error!r}")
        return False
    problems += update(document, {"numberOfTests": count}, "numberOfTests")
    if write:
        content = json.dumps(document, indent=1) + "\n"
        path.write_bytes(content.encode("ascii"))
        problems, verdict = [], "written"
    for line in problems or [f"{count} tests {verdict}"]:
        print(f"{path.name}: {line}")
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
    return 0 if all([process(path, arguments.write) for path in paths]) else 1


if __name__ == "__main__":
    sys.exit(main())
