"""A second implementation of the protocol's derivations, from SPEC.md.

HMAC and HKDF are those of the package ``cryptography``, which uses OpenSSL. All functions
take and return plain values: bytes, numbers, strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

#: The least number of 64 bits: no instant, never.
NEVER = -(1 << 63)


def mac(key: bytes, message: bytes) -> bytes:
    hmac = HMAC(key, hashes.SHA256())
    hmac.update(message)
    return hmac.finalize()


def expand(key: bytes, info: bytes) -> bytes:
    return HKDFExpand(hashes.SHA256(), 32, info).derive(key)


def be(number: int, octets: int) -> bytes:
    """Big-endian; two's complement if negative."""
    return number.to_bytes(octets, "big", signed=number < 0)


def text(name: str) -> bytes:
    return be(len(name.encode()), 2) + name.encode()


def symbols(data: bytes, alphabet: str) -> str:
    """The most significant nibble stands first."""
    return "".join(alphabet[nibble] for byte in data for nibble in divmod(byte, 16))


# Keys


def tenant_key(master: bytes, tenant: str) -> bytes:
    return expand(master, b"stopgap/1/tenant" + text(tenant))


def enrolment_key(master: bytes, user: str, machine: str, generation: int) -> bytes:
    names = text(user) + text(machine)
    return expand(master, b"stopgap/1/enrolment" + names + be(generation, 4))


# Digests and tags


def online_digest(master: bytes, user: str, code: str) -> bytes:
    return mac(expand(master, b"stopgap/1/online"), text(user) + code.encode())


def security_digest(master: bytes, code: str) -> bytes:
    return mac(expand(master, b"stopgap/1/security"), code.encode())


def record_tag(master: bytes, *parts: bytes) -> bytes:
    return mac(expand(master, b"stopgap/1/record"), b"".join(parts))


def record_parts(label: str, record: dict[str, Any]) -> bytes:
    """The message of the tag of a record, which is a dict as records are stored."""
    fields = _FIELDS[label](record)
    return label.encode() + b"\x00" + be(record["key_id"], 4) + b"".join(fields)


def tag(master: bytes, label: str, record: dict[str, Any]) -> bytes:
    """The tag of a record."""
    return record_tag(master, record_parts(label, record))


def _time(written: str | None) -> bytes:
    return be(NEVER if written is None else micros(written), 8)


def micros(written: str) -> int:
    """The Unix time in microseconds, rounded down, of RFC 3339 text in UTC."""
    match = _WRITTEN.fullmatch(written)
    assert match, written
    *numbers, fraction = match.groups()
    year, month, day, hour, minute, second = map(int, numbers)
    at = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    seconds = (at - _EPOCH) // timedelta(seconds=1)
    return seconds * 10**6 + int((fraction or "").ljust(6, "0")[:6])


def _format(shape: dict[str, Any]) -> bytes:
    alphabet: dict[str, Any] = shape["alphabet"]
    written: str = alphabet["symbols"]
    folded = sum(_LOOK_ALIKES[name] for name in alphabet.get("look_alikes", []))
    check = shape.get("check_symbol", False)
    return written.encode() + bytes([folded, shape["length"], check])


def _purposes(words: list[str]) -> bytes:
    return bytes([sum({_PURPOSES[word] for word in words})])


def _online(record: dict[str, Any]) -> list[bytes]:
    return [
        bytes.fromhex(record["id"].replace("-", "")),
        bytes.fromhex(record["digest"]),
        text(record["user"]),
        _format(record["format"]),
        _purposes(record["purposes"]),
        _time(record["issued_at"]),
        _time(record["not_before"]),
        _time(record["expires_at"]),
        be(record["max_uses"] or 0, 4),
        be(record["uses"], 4),
        _time(record["revoked_at"]),
    ]


def _security(record: dict[str, Any]) -> list[bytes]:
    access, lifetime, scopes = record["access"], record["lifetime"], record["scopes"]
    ends = {"permanent": b"\x01", "deleted": b"\x02"}
    several = [] if scopes == "unlimited" else sorted(set(scopes))
    return [
        bytes.fromhex(record["id"].replace("-", "")),
        bytes.fromhex(record["digest"]),
        b"\x00" if access == "super_administrator" else b"\x01" + text(access["same_as"]),
        text(record["description"]),
        _time(record["created_at"]),
        ends[lifetime] if isinstance(lifetime, str) else b"\x00" + _time(lifetime["until"]),
        be(len(several), 2),
        *map(text, several),
    ]


def _enrolment(record: dict[str, Any]) -> list[bytes]:
    return [
        text(record["user"]),
        text(record["machine"]),
        be(record["generation"], 4),
        _time(record["enrolled_at"]),
        _time(record["retired_at"]),
    ]


def _throttle(record: dict[str, Any]) -> list[bytes]:
    throttle = record["throttle"]
    end = _time(throttle["locked_until"])
    return [text(record["user"]), be(throttle["failures"], 4), end]


def _preset(record: dict[str, Any]) -> list[bytes]:
    policy = record["policy"]
    return [
        text(record["name"]),
        _format(policy),
        text(policy["validity"]),
        _purposes(policy["purposes"]),
        _time(policy["not_before"]),
        be(policy["max_uses"] or 0, 4),
    ]


def _verification(record: dict[str, Any]) -> list[bytes]:
    return [
        text(record["user"]),
        text(record["idempotency_key"]),
        _purposes([record["purpose"]]),
        bytes.fromhex(record["digest"]),
        _time(record["answered_at"]),
        be(len(record["answer"]), 4),
        bytes(record["answer"]),
    ]


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_WRITTEN = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z")
_PURPOSES = {"reset": 1, "register": 2, "bypass": 4}
_LOOK_ALIKES = {"O=0": 1, "I=1": 2, "L=1": 4}
#: The fields of each record, after the id of the key.
_FIELDS: dict[str, Callable[[dict[str, Any]], list[bytes]]] = {
    "online": _online,
    "security": _security,
    "enrolment": _enrolment,
    "throttle": _throttle,
    "preset": _preset,
    "verification": _verification,
}


# Offline codes


def request(enrolment: bytes, minute: int) -> bytes:
    return mac(expand(enrolment, b"stopgap/1/request"), be(minute, 8))[:4]


def response_key(enrolment: bytes) -> bytes:
    return expand(enrolment, b"stopgap/1/response")


def session(purpose: str, validity: str) -> bytes:
    return f"stopgap/1 {purpose} {validity}".encode("ascii").rjust(64, b"\x00")


def ocra_data_input(enrolment: bytes, minute: int, purpose: str, validity: str) -> bytes:
    suite = b"OCRA-1:HOTP-SHA256-0:QH08-S064-T1M\x00"
    challenge = request(enrolment, minute).ljust(128, b"\x00")
    return suite + challenge + session(purpose, validity) + be(minute, 8)


def offline_code(enrolment: bytes, minute: int, purpose: str, validity: str) -> bytes:
    data = ocra_data_input(enrolment, minute, purpose, validity)
    figure = 0 if validity == "P1M" else int(validity[1:-1])
    start = int.from_bytes(mac(response_key(enrolment), data)[:8], "big")
    return be(figure << 59 | start >> 5, 8)


def sealed(
    enrolment: bytes, minute: int, lock: int, floor: int, lockout: int, failures: int
) -> bytes:
    numbers = b"".join(be(number, 8) for number in (minute, lock, floor, lockout))
    state = b"stopgap\x01" + numbers + be(failures, 4)
    return state + mac(expand(enrolment, b"stopgap/1/state"), state)
