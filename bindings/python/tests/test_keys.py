"""Keys and rings of keys."""

from __future__ import annotations

import copy
import faulthandler
import pickle
import sys
import threading
from datetime import datetime, timezone
from typing import Any

import pytest

from stopgap import (
    EnrolmentKey,
    Invalid,
    KeyExists,
    KeyMissing,
    KeyRing,
    MasterKey,
    OnlineGrant,
    OnlinePolicy,
    PrimaryKey,
    Purpose,
    Refused,
    VerifyRequest,
)

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
SECRET = bytes(range(32))


def master(byte: int) -> MasterKey:
    return MasterKey(bytes([byte]) * 32)


@pytest.mark.parametrize("kind", [MasterKey, EnrolmentKey])
def test_keys(kind: Any) -> None:
    key = kind(SECRET)
    assert key.reveal() == SECRET
    assert kind.from_hex(f" {SECRET.hex().upper()}\n").reveal() == SECRET
    assert key != kind(SECRET)
    assert repr(key) == str(key) == f"{kind.__name__}(..)"
    assert not hasattr(key, "__dict__")
    for dump in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="reveal"):
            dump(key)


@pytest.mark.parametrize("kind", [MasterKey, EnrolmentKey])
def test_what_is_no_key(kind: Any) -> None:
    with pytest.raises(Invalid, match="a key has 32 bytes, not 31") as short:
        kind(SECRET[1:])
    assert (short.value.reason, short.value.found) == ("invalid_key", 31)
    with pytest.raises(Invalid, match="64 hexadecimal digits, not 2 characters"):
        kind.from_hex("7f")
    with pytest.raises(Invalid, match="hexadecimal digits only") as error:
        kind.from_hex("g" * 64)
    assert error.value.reason == "invalid_key"
    with pytest.raises(TypeError):
        kind("7" * 32)


def test_generated_keys() -> None:
    assert MasterKey.generate().reveal() != MasterKey.generate().reveal()
    asked: list[int] = []

    def random(count: int) -> bytes:
        asked.append(count)
        return SECRET[:count]

    assert MasterKey.generate(random=random).reveal() == SECRET
    assert asked == [32]


def test_tenants() -> None:
    key = MasterKey(SECRET)
    tenant = key.tenant("acme")
    assert tenant.reveal() not in (SECRET, key.tenant("emca").reveal())
    ring = KeyRing(1, key)
    ring.add(2, master(2))
    of_ring = ring.tenant("acme")
    assert of_ring.ids == (2, 1)
    assert of_ring.check_values()[1] == KeyRing(1, tenant).check_values()[0]
    # Changes of one do not change the other.
    of_ring.add(3, master(3))
    of_ring.retire(2)
    assert of_ring.ids == (3, 1)
    assert of_ring.check_values()[1] == KeyRing(1, tenant).check_values()[0]
    assert tuple(ring.ids) == (2, 1)
    with pytest.raises(Invalid, match="must not be empty"):
        ring.tenant("")


def test_adding_and_retiring() -> None:
    ring = KeyRing(1, master(1))
    assert (ring.primary_id, ring.ids) == (1, (1,))
    ring.add(7, master(7))
    ring.add(3, master(3))
    assert (ring.primary_id, ring.ids) == (3, (3, 7, 1))
    assert repr(ring) == "KeyRing(ids=(3, 7, 1))"
    with pytest.raises(KeyExists):
        ring.add(7, master(9))
    with pytest.raises(PrimaryKey):
        ring.retire(3)
    with pytest.raises(KeyMissing) as error:
        ring.retire(4)
    assert error.value.key_id == 4
    assert tuple(ring.ids) == (3, 7, 1)
    ring.retire(1)
    assert tuple(ring.ids) == (3, 7)
    ring.add(1, master(8))
    assert tuple(ring.ids) == (1, 3, 7)
    values = dict(ring.check_values())
    assert values[7] == KeyRing(7, master(7)).check_values()[0][1]
    assert values[1] == KeyRing(1, master(8)).check_values()[0][1]


def test_a_ring_is_neither_pickled_nor_compared() -> None:
    ring = KeyRing(1, master(1))
    assert ring != KeyRing(1, master(1))
    with pytest.raises(TypeError, match="key ring"):
        pickle.dumps(ring)


@pytest.mark.parametrize("wrong", [-1, 2**32, "1", None, 1.0])
def test_ids_are_numbers(wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        KeyRing(wrong, master(1))
    with pytest.raises((TypeError, ValueError)):
        KeyRing(1, master(1)).add(wrong, master(2))


def test_digests() -> None:
    ring = KeyRing(1, master(1))
    ring.add(2, master(2))
    code, record = OnlinePolicy().issue(ring, "alice", now=NOW)
    digests = ring.online_digests("alice", code)
    assert [id for id, _ in digests] == [2, 1]
    assert digests[0] == (2, record.digest)
    assert ring.online_digests("bob", code)[0] != digests[0]
    security = ring.security_digests(code)
    assert [id for id, _ in security] == [2, 1]
    assert {len(digest) for _, digest in [*digests, *security]} == {32}
    with pytest.raises(Invalid, match="control character"):
        ring.online_digests("a\nb", code)


def test_a_retired_key_verifies_no_more() -> None:
    ring = KeyRing(1, master(1))
    code, record = OnlinePolicy().issue(ring, "alice", now=NOW)
    ring.add(2, master(2))
    record.verify(ring, VerifyRequest("alice", code.reveal(), Purpose.RESET), now=NOW)
    ring.retire(1)
    with pytest.raises(KeyMissing) as error:
        record.verify(ring, VerifyRequest("alice", code.reveal(), Purpose.RESET), now=NOW)
    assert error.value.key_id == 1
    assert error.value.public_message == "That code is not valid."


def test_a_callback_may_change_the_ring() -> None:
    """No lock is held while Python is called."""
    ring = KeyRing(1, master(1))

    def random(count: int) -> bytes:
        ring.add(ring.primary_id + 1, master(2))
        return SECRET[:count]

    code, record = OnlinePolicy().issue(ring, "alice", now=NOW, random=random)
    assert record.key_id == 1
    # For the code, and for the id of the record.
    assert tuple(ring.ids) == (3, 2, 1)
    request = VerifyRequest("alice", code.reveal(), Purpose.RESET)
    record.verify(ring, request, now=NOW)
    issued = OnlinePolicy().issue_many(ring, ["alice"] * 2, now=NOW, random=random)
    assert [record.key_id for _, record in issued] == [3, 3]
    assert tuple(ring.ids) == (7, 6, 5, 4, 3, 2, 1)


def test_a_ring_in_threads() -> None:
    ring = KeyRing(0, master(1))
    code, record = OnlinePolicy().issue(ring, "alice", now=NOW)
    request = VerifyRequest("alice", code.reveal(), Purpose.RESET)
    requests = [(record, request)] * 200
    over = threading.Event()
    troubles: list[BaseException] = []

    def verify() -> None:
        try:
            while not over.is_set():
                verdicts = OnlineGrant.verify_many(requests, ring, now=NOW)
                for verdict in verdicts:
                    assert not isinstance(verdict, Refused)
                record.verify(
                    ring, VerifyRequest("alice", code.reveal(), Purpose.RESET), now=NOW
                )
                OnlinePolicy().issue(ring, "bob", now=NOW)
        except BaseException as trouble:
            troubles.append(trouble)

    def change(first: int) -> None:
        try:
            for id in range(first, first + 100):
                ring.add(id, master(id % 256))
                if id > first:
                    ring.retire(id - 1)
        except BaseException as trouble:
            troubles.append(trouble)

    readers = [threading.Thread(target=verify) for _ in range(4)]
    writers = [threading.Thread(target=change, args=(first,)) for first in (1000, 2000)]
    for thread in [*readers, *writers]:
        thread.start()
    for thread in writers:
        thread.join(60)
    over.set()
    for thread in readers:
        thread.join(60)
    assert not troubles
    assert not any(thread.is_alive() for thread in [*readers, *writers])
    assert ring.ids[-1] == 0


def test_a_refused_change_does_not_stop_readers() -> None:
    """An error is made without the lock: to make it, the interpreter may be let go."""
    ring = KeyRing(1, master(1))
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            assert ring.primary_id == 1
            with pytest.raises(Invalid):
                ring.tenant("")

    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    # Threads that wait for each other and hold the interpreter: only C can end that.
    faulthandler.dump_traceback_later(60, exit=True, file=2)
    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(5_000):
            with pytest.raises(KeyExists):
                ring.add(1, master(1))
    finally:
        done.set()
        reader.join()
        faulthandler.cancel_dump_traceback_later()
        sys.setswitchinterval(switching)
