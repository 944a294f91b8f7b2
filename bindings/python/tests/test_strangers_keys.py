"""Every derivation of the protocol against HMAC and HKDF-Expand of ``cryptography``.

``strangers/protocol.py`` is SPEC.md written down once more with them; here random inputs
go through both. There are no differences.
"""

from __future__ import annotations

import random
import string
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from stopgap import (
    Agent,
    Alphabet,
    Code,
    CodeFormat,
    Enrolment,
    EnrolmentKey,
    KeyRing,
    LookAlike,
    MasterKey,
    OnlineGrant,
    OnlinePolicy,
    Preset,
    Purpose,
    SecurityCode,
    Throttle,
    Unknown,
    UserThrottle,
    Validity,
    Verification,
    VerifyRequest,
)
from strangers import protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_LETTERS = string.ascii_letters + string.digits + " .-@\\\u00a0ßéЖ山田\u0301🔑"
_SYMBOLS = string.digits + string.ascii_uppercase
#: How many random inputs each.
_TIMES = 500


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.node.name)


def _name(chance: random.Random) -> str:
    while True:
        name = "".join(chance.choices(_LETTERS, k=chance.choice([1, 5, 20, 80, 255])))
        if len(name.encode()) <= 255 and not name.isspace():
            return name


def _alphabet(chance: random.Random) -> Alphabet:
    return Alphabet("".join(chance.sample(_SYMBOLS, 16)))


def _code(chance: random.Random) -> Code:
    data = chance.randbytes(16)
    shape = CodeFormat(alphabet=_alphabet(chance), length=chance.randrange(8, 33))
    canonical = protocol.symbols(data, shape.alphabet.symbols)[: shape.length]
    return shape.normalize(canonical)


def _instant(chance: random.Random) -> datetime:
    """Any that Python has."""
    first = datetime.min.replace(tzinfo=timezone.utc)
    last = datetime.max.replace(tzinfo=timezone.utc)
    return chance.choice(
        [first, last, _EPOCH, first + chance.random() * (last - first), _near(chance)]
    )


def _near(chance: random.Random) -> datetime:
    return _EPOCH + chance.randrange(-(10**6), 10**16) * _MICROSECOND


def _written(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def _maybe(chance: random.Random) -> str | None:
    return chance.choice([None, _written(_instant(chance))])


def _purposes(chance: random.Random) -> list[str]:
    chosen = chance.sample(list(Purpose), chance.randrange(1, 4))
    return [purpose.value for purpose in Purpose if purpose in chosen]


def _shape(chance: random.Random) -> dict[str, Any]:
    alphabet: dict[str, Any] = {"symbols": _alphabet(chance).symbols}
    if chance.random() < 0.5:
        folds = chance.sample(list(LookAlike), chance.randrange(1, 4))
        alphabet = {
            "symbols": "0123456789ABCDEF",
            "look_alikes": [fold.value for fold in LookAlike if fold in folds],
        }
    check = chance.choice([True, False])
    return {"alphabet": alphabet, "length": chance.randrange(9, 33), "check_symbol": check}


def _number(chance: random.Random) -> int:
    return chance.choice([0, 1, 2**32 - 1, chance.randrange(2**32)])


def _id(chance: random.Random) -> str:
    return str(uuid.UUID(bytes=chance.randbytes(16)))


def _online(chance: random.Random) -> dict[str, Any]:
    return {
        "id": _id(chance),
        "digest": chance.randbytes(32).hex(),
        "user": _name(chance),
        "format": _shape(chance),
        "purposes": _purposes(chance),
        "issued_at": _written(_instant(chance)),
        "not_before": _maybe(chance),
        "expires_at": _written(_instant(chance)),
        "max_uses": chance.choice([None, _number(chance) or 1]),
        "uses": _number(chance),
        "revoked_at": _maybe(chance),
    }


def _security(chance: random.Random) -> dict[str, Any]:
    letters = string.ascii_lowercase + string.digits + "._:/*-"
    scopes = {
        "".join(chance.choices(letters, k=chance.choice([1, 9, 64])))
        for _ in range(chance.choice([1, 2, 32]))
    }
    until = {"until": _written(_instant(chance))}
    return {
        "id": _id(chance),
        "digest": chance.randbytes(32).hex(),
        "access": chance.choice(["super_administrator", {"same_as": _name(chance)}]),
        "scopes": chance.choice(["unlimited", sorted(scopes)]),
        "description": chance.choice(["", _name(chance)]),
        "created_at": _written(_instant(chance)),
        "lifetime": chance.choice([until, "permanent", "deleted"]),
    }


def _enrolment(chance: random.Random) -> dict[str, Any]:
    return {
        "user": _name(chance),
        "machine": _name(chance),
        "generation": _number(chance),
        "enrolled_at": _written(_instant(chance)),
        "retired_at": _maybe(chance),
    }


def _throttle(chance: random.Random) -> dict[str, Any]:
    throttle = {"failures": _number(chance), "locked_until": _maybe(chance)}
    return {"user": _name(chance), "throttle": throttle}


def _preset(chance: random.Random) -> dict[str, Any]:
    days, minutes = chance.randrange(1, 32), chance.randrange(1, 1441)
    validities = [Validity.MONTH, Validity.days(days), Validity.minutes(minutes)]
    policy = {
        **_shape(chance),
        "validity": str(chance.choice(validities)),
        "purposes": _purposes(chance),
        "not_before": _maybe(chance),
        "max_uses": chance.choice([None, _number(chance) or 1]),
    }
    return {"name": _name(chance), "policy": policy}


def _verification(chance: random.Random) -> dict[str, Any]:
    return {
        "user": _name(chance),
        "idempotency_key": _name(chance),
        "purpose": chance.choice(list(Purpose)).value,
        "digest": chance.randbytes(32).hex(),
        "answered_at": _written(_instant(chance)),
        "answer": list(chance.randbytes(chance.choice([0, 1, 40, 1000]))),
    }


_RECORDS: list[tuple[str, Any, Any]] = [
    ("online", OnlineGrant, _online),
    ("security", SecurityCode, _security),
    ("enrolment", Enrolment, _enrolment),
    ("throttle", UserThrottle, _throttle),
    ("preset", Preset, _preset),
    ("verification", Verification, _verification),
]


def test_keys(chance: random.Random) -> None:
    for _ in range(_TIMES):
        secret, user, machine = chance.randbytes(32), _name(chance), _name(chance)
        master = MasterKey(secret)
        of_tenant = protocol.tenant_key(secret, user)
        assert master.tenant(user).reveal() == of_tenant

        # Of a ring and its tenant's ring, of any of its keys.
        ring = KeyRing(7, MasterKey(chance.randbytes(32)))
        ring.add(9, master)
        tenant = ring.tenant(user)
        generation = chance.choice([1, 2, 2**32 - 1, chance.randrange(1, 2**32)])
        for keys, key in [(ring, secret), (tenant, of_tenant)]:
            enrolment = Enrolment.migrate(
                keys,
                user=user,
                machine=machine,
                generation=generation,
                enrolled_at=_EPOCH,
            )
            expected = protocol.enrolment_key(key, user, machine, generation)
            assert enrolment.key(keys).reveal() == expected
            assert dict(keys.check_values())[9] == protocol.record_tag(key, b"check")


def test_digests(chance: random.Random) -> None:
    for _ in range(_TIMES):
        secrets = {1: chance.randbytes(32), 5: chance.randbytes(32)}
        ring = KeyRing(1, MasterKey(secrets[1]))
        ring.add(5, MasterKey(secrets[5]))
        user, code = _name(chance), _code(chance)
        typed = code.reveal_canonical()
        assert dict(ring.online_digests(user, code)) == {
            key_id: protocol.online_digest(secret, user, typed)
            for key_id, secret in secrets.items()
        }
        assert dict(ring.security_digests(code)) == {
            key_id: protocol.security_digest(secret, typed)
            for key_id, secret in secrets.items()
        }


@pytest.mark.parametrize(("label", "kind", "make"), _RECORDS, ids=lambda one: str(one))
def test_tags(label: str, kind: Any, make: Any, chance: random.Random) -> None:
    """Records of every kind open under the tag of the second implementation."""
    for _ in range(_TIMES):
        secret, key_id = chance.randbytes(32), _number(chance)
        record = {"key_id": key_id, **make(chance)}
        tag = protocol.tag(secret, label, record)
        sealed = kind.from_dict({"record": record, "tag": tag.hex()})
        assert sealed.open(KeyRing(key_id, MasterKey(secret))) is sealed
        assert (sealed.tag, sealed.key_id) == (tag, key_id)
        again = sealed.to_dict()
        assert again["tag"] == tag.hex()
        assert protocol.tag(secret, label, again["record"]) == tag


def test_tags_of_what_is_sealed_here(chance: random.Random) -> None:
    for _ in range(_TIMES):
        secret, user, code = chance.randbytes(32), _name(chance), _code(chance)
        ring, now = KeyRing(7, MasterKey(secret)), _near(chance)
        policy = OnlinePolicy(max_uses=_number(chance) or None)
        request = VerifyRequest(
            user, "", chance.choice(list(Purpose)), idempotency_key=_name(chance)
        )
        throttle = Throttle(failures=_number(chance), locked_until=_instant(chance))
        sealed: list[tuple[str, Any]] = [
            ("online", policy.issue(ring, user, now=now)[1]),
            ("enrolment", Enrolment.first(ring, user, _name(chance), now=now)),
            ("throttle", UserThrottle.seal(ring, user, throttle)),
            ("preset", Preset.seal(ring, user, policy)),
            ("verification", Verification.seal(ring, request, code, b"yes", now=now)),
        ]
        for label, one in sealed:
            assert one.tag == protocol.tag(secret, label, one.to_dict()["record"])
        digest = protocol.online_digest(secret, user, code.reveal_canonical())
        assert sealed[-1][1].digest == digest


def test_request_and_offline_codes(chance: random.Random) -> None:
    for _ in range(_TIMES):
        secret, alphabet = chance.randbytes(32), _alphabet(chance)
        key, symbols = EnrolmentKey(secret), alphabet.symbols
        minute = chance.choice([-(2**63), -1, 0, 2**63 - 1, chance.randrange(2**32)])
        request = protocol.symbols(protocol.request(secret, minute), symbols)
        assert key.request_code(minute, alphabet=alphabet).canonical == request

        purpose = chance.choice([Purpose.RESET, Purpose.BYPASS])
        written = chance.choice(["P1M", f"P{chance.randrange(1, 32)}D"])
        asked = (minute, purpose, Validity.parse(written))
        data = protocol.ocra_data_input(secret, minute, purpose.value, written)
        assert key.ocra_data_input(*asked) == data
        code = protocol.offline_code(secret, minute, purpose.value, written)
        shown = key.offline_code(*asked, alphabet=alphabet).reveal_canonical()
        assert shown == protocol.symbols(code, symbols)


def test_sealed_state(chance: random.Random) -> None:
    never = protocol.NEVER
    for _ in range(_TIMES):
        secret = chance.randbytes(32)
        key, kept = EnrolmentKey(secret), list[bytes]()
        agent = Agent(key)
        assert agent.seal() == protocol.sealed(secret, never, never, never, never, 0)

        now = _near(chance)
        seconds = (now - _EPOCH) // timedelta(seconds=1)
        minute = seconds // 60
        for _ in range(5):
            with pytest.raises(Unknown):
                agent.redeem("Z" * 16, Purpose.BYPASS, now=now, keep=kept.append)
        end = seconds + 60
        assert kept[-1] == protocol.sealed(secret, never, never, seconds, end, 5)

        days = chance.randrange(1, 32)
        agent = Agent(key)
        code = protocol.offline_code(secret, minute, "bypass", f"P{days}D")
        typed = protocol.symbols(code, Alphabet.UNAMBIGUOUS.symbols)
        lock = agent.redeem(typed, Purpose.BYPASS, now=now, keep=kept.append)
        until = minute * 60 + days * 86_400
        assert lock.until == _EPOCH + timedelta(seconds=until)
        assert kept[-1] == protocol.sealed(secret, minute, until, seconds, never, 0)
