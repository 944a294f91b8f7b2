"""Every derivation of the protocol against HMAC and HKDF-Expand of ``cryptography``.

``strangers/protocol.py`` is SPEC.md written down once more with them; here random inputs
go through both. There are no differences.
"""

from __future__ import annotations

import random
import string
from datetime import datetime, timedelta, timezone

import pytest

from stopgap import (
    Access,
    Agent,
    Alphabet,
    Attempt,
    Code,
    CodeFormat,
    Enrolment,
    EnrolmentKey,
    KeyRing,
    Life,
    MasterKey,
    OnlineGrant,
    Purpose,
    Scopes,
    SecurityCode,
    Unknown,
    Validity,
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


def _micros(instant: datetime | None) -> int:
    return protocol.NEVER if instant is None else (instant - _EPOCH) // _MICROSECOND


def _purposes(chance: random.Random) -> list[Purpose]:
    return chance.sample(list(Purpose), chance.randrange(1, 4))


def test_keys(chance: random.Random) -> None:
    for _ in range(_TIMES):
        secret, user, machine = chance.randbytes(32), _name(chance), _name(chance)
        master = MasterKey(secret)
        of_tenant = protocol.tenant_key(secret, user)
        assert master.tenant(user).reveal() == of_tenant

        # Of a ring and its tenant's ring, of any of its keys.
        ring = KeyRing(7, MasterKey(chance.randbytes(32)))
        ring.rotate(9, master)
        tenant = ring.tenant(user)
        generation = chance.choice([1, 2, 2**32 - 1, chance.randrange(1, 2**32)])
        enrolment = Enrolment(key_id=9, user=user, machine=machine, generation=generation)
        for keys, key in [(ring, secret), (tenant, of_tenant)]:
            expected = protocol.enrolment_key(key, user, machine, generation)
            assert enrolment.key(keys).reveal() == expected
            assert dict(keys.check_values())[9] == protocol.record_tag(key, b"check")


def test_digests(chance: random.Random) -> None:
    for _ in range(_TIMES):
        secrets = {1: chance.randbytes(32), 5: chance.randbytes(32)}
        ring = KeyRing(1, MasterKey(secrets[1]))
        ring.rotate(5, MasterKey(secrets[5]))
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


def test_online_tag(chance: random.Random) -> None:
    for _ in range(_TIMES):
        secret, digest = chance.randbytes(32), chance.randbytes(32)
        ring = KeyRing(3, MasterKey(secret))
        first, expiry, revoked = (_instant(chance) for _ in range(3))
        uses = chance.choice([None, 1, 2**32 - 1, chance.randrange(1, 2**32)])
        grant = OnlineGrant(
            key_id=3,
            digest=digest,
            user=_name(chance),
            issued_at=_instant(chance),
            not_before=chance.choice([None, first]),
            expires_at=expiry,
            purposes=_purposes(chance),
            max_uses=uses,
            revoked_at=chance.choice([None, revoked]),
        )
        times = (_micros(grant.not_before), _micros(expiry), _micros(grant.revoked_at))
        words = [purpose.value for purpose in grant.purposes]
        expected = protocol.online_tag(secret, digest, words, times, uses or 0)
        assert grant.tag(ring) == expected
        grant.check_tag(ring, expected)


def test_security_tag(chance: random.Random) -> None:
    for _ in range(_TIMES):
        secret, digest = chance.randbytes(32), chance.randbytes(32)
        ring = KeyRing(3, MasterKey(secret))
        user = chance.choice([None, _name(chance)])
        until = _instant(chance)
        lives = [
            (Life.until(until), _micros(until)),
            (Life.PERMANENT, 2**63 - 1),
            (Life.DELETED, protocol.NEVER),
        ]
        life, number = chance.choice(lives)
        record = SecurityCode(
            key_id=3,
            digest=digest,
            access=Access.SUPER_ADMINISTRATOR if user is None else Access.same_as(user),
            scopes=Scopes.UNLIMITED,
            created_at=_instant(chance),
            life=life,
        )
        expected = protocol.security_tag(secret, digest, number, user)
        assert record.tag(ring) == expected
        record.check_tag(ring, expected)


def test_attempt_tag(chance: random.Random) -> None:
    for _ in range(_TIMES):
        secret, code = chance.randbytes(32), _code(chance)
        ring = KeyRing(3, MasterKey(secret))
        name, user, purpose = _name(chance), _name(chance), chance.choice(list(Purpose))
        answer = chance.randbytes(chance.choice([0, 1, 40, 1000]))
        attempt = Attempt(
            key_id=3, id=name, user=user, purpose=purpose, code=code, answer=answer
        )
        typed = code.reveal_canonical()
        expected = protocol.attempt_tag(secret, name, user, purpose.value, typed, answer)
        assert attempt.tag(ring) == expected
        attempt.check_tag(ring, expected)


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
        door = seconds + 60
        assert kept[-1] == protocol.sealed(secret, never, never, seconds, door, 5)

        days = chance.randrange(1, 32)
        agent = Agent(key)
        code = protocol.offline_code(secret, minute, "bypass", f"P{days}D")
        typed = protocol.symbols(code, Alphabet.UNAMBIGUOUS.symbols)
        lock = agent.redeem(typed, Purpose.BYPASS, now=now, keep=kept.append)
        until = minute * 60 + days * 86_400
        assert lock.until == _EPOCH + timedelta(seconds=until)
        assert kept[-1] == protocol.sealed(secret, minute, until, seconds, never, 0)
