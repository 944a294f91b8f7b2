"""A second implementation of the protocol's derivations, from SPEC.md.

HMAC and HKDF are those of the package ``cryptography``, which uses OpenSSL. All functions
take and return plain values: bytes, numbers, strings.
"""

from __future__ import annotations

from collections.abc import Iterable

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


def online_tag(
    master: bytes,
    digest: bytes,
    purposes: Iterable[str],
    times: tuple[int, int, int],
    uses: int,
) -> bytes:
    """``times`` are the first instant, the expiry and the revocation, in microseconds."""
    first, expiry, revoked = (be(time, 8) for time in times)
    sum_of = sum({"reset": 1, "register": 2, "bypass": 4}[word] for word in purposes)
    return record_tag(
        master, b"online", digest, be(sum_of, 1), first, expiry, be(uses, 4), revoked
    )


def security_tag(master: bytes, digest: bytes, life: int, user: str | None) -> bytes:
    access = b"\x00" if user is None else b"\x01" + text(user)
    return record_tag(master, b"security", digest, be(life, 8), access)


def attempt_tag(
    master: bytes, attempt: str, user: str, purpose: str, code: str, answer: bytes
) -> bytes:
    named = text(attempt) + text(user)
    bit = be({"reset": 1, "register": 2, "bypass": 4}[purpose], 1)
    return record_tag(
        master, b"attempt", named, bit, be(len(code), 2), code.encode(), answer
    )


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
    enrolment: bytes, minute: int, lock: int, floor: int, door: int, failures: int
) -> bytes:
    numbers = b"".join(be(number, 8) for number in (minute, lock, floor, door))
    state = b"stopgap\x01" + numbers + be(failures, 4)
    return state + mac(expand(enrolment, b"stopgap/1/state"), state)
