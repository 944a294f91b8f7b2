"""What is derived from keys: digests, request codes, offline codes."""

from __future__ import annotations

from typing import Callable

from stopgap import (
    OCRA_SUITE,
    Alphabet,
    ClockSkew,
    Code,
    CodeFormat,
    Enrolment,
    EnrolmentKey,
    Invalid,
    KeyRing,
    MasterKey,
    Purpose,
    Refused,
    StopgapError,
    Validity,
    locate,
)
from vectors.file import Object
from vectors.times import instant


def ring(test: Object) -> tuple[MasterKey, KeyRing]:
    master = MasterKey.from_hex(test["master"])
    return master, KeyRing(1, master)


def code_of(canonical: str) -> Code:
    """A code of any alphabet: digests do not depend on it."""
    others = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    symbols = "".join(dict.fromkeys([*canonical, *others]))[:16]
    code = CodeFormat(alphabet=Alphabet(symbols), length=len(canonical)).normalize(
        canonical
    )
    assert code.reveal_canonical() == Code.from_canonical(canonical).reveal_canonical()
    return code


def _fails(call: Callable[[], object]) -> bool:
    try:
        call()
    except StopgapError as error:
        assert isinstance(error, (Invalid, Refused)), error
        return True
    return False


def digests(_: Object, test: Object) -> None:
    user, tenant = test["user"], test["tenant"]
    master, keys = ring(test)
    if test["result"] == "invalid":
        code = Code.from_canonical("0123456789AB")
        of_user = _fails(lambda: keys.online_digests(user, code))
        of_tenant = _fails(lambda: master.tenant(tenant))
        assert _fails(lambda: keys.tenant(tenant)) == of_tenant
        assert of_user or of_tenant
        return
    assert test["result"] == "valid"

    [(key_id, digest)] = keys.online_digests(user, code_of(test["code"]))
    assert (key_id, digest.hex()) == (1, test["onlineDigest"])

    secret = CodeFormat.SECURITY.normalize(test["securityCode"])
    [(key_id, digest)] = keys.security_digests(secret)
    assert (key_id, digest.hex()) == (1, test["securityDigest"])

    of_tenant_key = master.tenant(tenant)
    assert of_tenant_key.reveal().hex() == test["tenantMaster"]
    # A ring's tenant has the same keys.
    of_master = KeyRing(1, of_tenant_key).security_digests(secret)
    assert keys.tenant(tenant).security_digests(secret) == of_master


def offline(group: Object, test: Object) -> None:
    assert group["ocraSuite"] == OCRA_SUITE
    _, keys = ring(test)
    user, machine = test["user"], test["machine"]
    if test["result"] == "invalid":
        register = test["purpose"] == Purpose.REGISTER.value
        unnamed = _fails(lambda: Enrolment.first(keys, user, machine))
        assert unnamed or register or _fails(lambda: Validity.parse(test["validity"]))
        return
    assert test["result"] == "valid"
    first = Enrolment.first(keys, user, machine)
    assert (first.key_id, first.user, first.machine) == (1, user, machine)
    enrolment = Enrolment(
        key_id=1, user=user, machine=machine, generation=test["generation"]
    )
    if enrolment.generation == first.generation:
        assert enrolment == first
    key = enrolment.key(keys)
    assert key.reveal().hex() == test["enrolmentKey"]

    alphabet = Alphabet(test["alphabet"])
    minute = test["minute"]
    purpose, validity = Purpose(test["purpose"]), Validity.parse(test["validity"])
    assert str(validity) == test["validity"]

    assert key.request_code(minute, alphabet=alphabet).canonical == test["request"]
    assert key.ocra_data_input(minute, purpose, validity).hex() == test["ocraDataInput"]
    code = key.offline_code(minute, purpose, validity, alphabet=alphabet)
    assert code.reveal_canonical() == test["code"]


def requests(group: Object, test: Object) -> None:
    assert test["result"] == "valid"
    names = {
        "pastMinutes": "past_minutes",
        "aheadMinutes": "ahead_minutes",
        "diagnoseMinutes": "diagnose_minutes",
    }
    figures = {ours: group[theirs] for theirs, ours in names.items() if theirs in group}
    keys = [EnrolmentKey.from_hex(key) for key in test["enrolmentKeys"]]
    try:
        index, minute = locate(
            test["request"],
            keys,
            now=instant(test["now"]),
            alphabet=Alphabet.UNAMBIGUOUS,
            **figures,
        )
    except Refused as refused:
        assert refused.reason == test["located"]
        if isinstance(refused, ClockSkew):
            assert (refused.index, refused.minutes) == (test["index"], test["skewMinutes"])
    else:
        assert test["located"] == "ok"
        assert (index, minute) == (test["index"], test["minute"])
