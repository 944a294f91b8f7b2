"""Values that are derived from keys: digests, request codes, offline codes."""

from __future__ import annotations

import hashlib
import hmac

from stopgap import (
    OCRA_SUITE,
    Agent,
    Alphabet,
    ClockSkew,
    Code,
    CodeFormat,
    Enrolment,
    EnrolmentKey,
    KeyRing,
    MasterKey,
    OfflinePolicy,
    Purpose,
    Refused,
    Validity,
)
from vectors.file import Object
from vectors.times import instant


def ring(test: Object) -> tuple[MasterKey, KeyRing]:
    master = MasterKey.from_hex(test["master"])
    return master, KeyRing(1, master)


def code_of(canonical: str) -> Code:
    """A code of any alphabet. Digests do not depend on the alphabet."""
    others = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    symbols = "".join(dict.fromkeys([*canonical, *others]))[:16]
    code = CodeFormat(alphabet=Alphabet(symbols), length=len(canonical)).normalize(
        canonical
    )
    assert code.reveal_canonical() == Code.from_canonical(canonical).reveal_canonical()
    return code


def digests(_: Object, test: Object) -> None:
    assert test["result"] == "valid"
    user, tenant = test["user"], test["tenant"]
    master, keys = ring(test)

    [(key_id, digest)] = keys.online_digests(user, code_of(test["code"]))
    assert (key_id, digest.hex()) == (1, test["onlineDigest"])

    secret = CodeFormat(length=32).normalize(test["securityCode"])
    [(key_id, digest)] = keys.security_digests(secret)
    assert (key_id, digest.hex()) == (1, test["securityDigest"])

    of_tenant_key = master.tenant(tenant)
    assert of_tenant_key.reveal().hex() == test["tenantMaster"]
    # A ring's tenant has the same keys.
    of_master = KeyRing(1, of_tenant_key).security_digests(secret)
    assert keys.tenant(tenant).security_digests(secret) == of_master


def _mac(key: str, message: bytes) -> bytes:
    return hmac.new(bytes.fromhex(key), message, hashlib.sha256).digest()


def offline(group: Object, test: Object) -> None:
    assert group["ocraSuite"] == OCRA_SUITE
    assert test["result"] == "valid"
    _, keys = ring(test)
    user, machine = test["user"], test["machine"]
    enrolment = Enrolment.migrate(
        keys,
        user=user,
        machine=machine,
        generation=test["generation"],
        enrolled_at=instant(0),
    )
    key = enrolment.key(keys)
    assert key.reveal().hex() == test["enrolmentKey"]

    alphabet = Alphabet(test["alphabet"])
    minute = test["minute"]
    purpose, validity = Purpose(test["purpose"]), Validity.parse(test["validity"])
    assert str(validity) == test["validity"]

    assert key.request_code(minute, alphabet=alphabet).canonical == test["request"]
    data = key.ocra_data_input(minute, purpose, validity)
    assert data.hex() == test["ocraDataInput"]
    assert data[-72:-8].hex() == test["session"]
    code = key.offline_code(minute, purpose, validity, alphabet=alphabet)
    assert code.reveal_canonical() == test["code"]

    # The derived keys are not visible, but their results are.
    mac = _mac(test["responseKey"], data)
    assert mac.hex() == test["mac"]
    read = str.maketrans(alphabet.symbols, "0123456789ABCDEF")
    number = int(code.reveal_canonical().translate(read), 16)
    assert number & (1 << 59) - 1 == int.from_bytes(mac[:8], "big") >> 5
    shown = _mac(test["requestKey"], minute.to_bytes(8, "big", signed=True))[:4]
    request = key.request_code(minute, alphabet=alphabet).canonical
    assert request.translate(read) == shown.hex().upper()
    state = Agent(key).seal()
    assert state[44:] == _mac(test["stateKey"], state[:44])


def requests(group: Object, test: Object) -> None:
    assert test["result"] == "valid"
    names = {
        "pastMinutes": "past_minutes",
        "aheadMinutes": "ahead_minutes",
        "diagnoseMinutes": "diagnose_minutes",
        "windowMinutes": "window_minutes",
    }
    figures = {ours: group[theirs] for theirs, ours in names.items() if theirs in group}
    keys = [EnrolmentKey.from_hex(key) for key in test["enrolmentKeys"]]
    try:
        index, minute, late = OfflinePolicy(**figures).locate(
            keys, test["request"], now=instant(test["now"])
        )
    except Refused as refused:
        assert refused.reason == test["located"]
        if isinstance(refused, ClockSkew):
            assert (refused.index, refused.minutes) == (test["index"], test["skewMinutes"])
            assert refused.machine is None
    else:
        assert test["located"] == "ok"
        expected = (test["index"], test["minute"], test["late"])
        assert (index, minute, late) == expected
