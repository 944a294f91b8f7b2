"""The store on PostgreSQL, by its address.

``STOPGAP_TEST_POSTGRES`` names a database that may be written to; each test has a tenant
of its own in it. ``cargo xtask test`` starts a server for that.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Optional

import pytest

from stopgap import (
    Access,
    AsyncRegistry,
    KeyRing,
    MasterKey,
    OnlinePolicy,
    Purpose,
    Refused,
    Registry,
    Role,
    SecurityRequest,
    StoreError,
    Throttled,
    ThrottlePolicy,
    Unknown,
    UsedUp,
    VerifyRequest,
)
from world import DAY, DESK, KEY, ROOT, Clock, key_ring

ALICE = "alice"
URL = os.environ.get("STOPGAP_TEST_POSTGRES", "")

pytestmark = pytest.mark.skipif(
    not URL, reason="PostgreSQL was not tested: set STOPGAP_TEST_POSTGRES"
)


@pytest.fixture
def tenant() -> str:
    return f"python-{uuid.uuid4()}"


def test_codes_live_there(tenant: str) -> None:
    with Registry.open(URL, key_ring(), tenant=tenant) as registry:
        issued = registry.issue_code(DESK, ALICE, OnlinePolicy(max_uses=2))
        typed = issued.code.reveal().lower()
        assert (
            registry.verify_code(VerifyRequest(ALICE, typed, Purpose.BYPASS)).uses_left == 1
        )
        created = registry.create_security_code(
            ROOT,
            SecurityRequest(
                Access.SUPER_ADMINISTRATOR, ["reports:read"], description="nightly"
            ),
        )
    with Registry.open(URL, key_ring(), tenant=tenant) as registry:
        request = VerifyRequest(
            ALICE, typed, Purpose.BYPASS, idempotency_key=str(uuid.uuid4())
        )
        first = registry.verify_code(request)
        assert (first.uses_left, first.replayed) == (0, False)
        assert registry.verify_code(request) == dataclasses.replace(first, replayed=True)
        with pytest.raises(UsedUp):
            registry.verify_code(VerifyRequest(ALICE, typed, Purpose.BYPASS))
        presented = created.code.reveal()
        granted = registry.authenticate(presented, lambda user: Role.USER)
        assert granted.role is Role.SUPER_ADMINISTRATOR
        assert list(granted.scopes) == ["reports:read"]


def test_tenants_do_not_see_each_other(tenant: str) -> None:
    with Registry.open(URL, key_ring(), tenant=tenant) as registry:
        registry.issue_code(DESK, ALICE)
        assert len(registry.codes(DESK, ALICE)) == 1
    with Registry.open(URL, key_ring(), tenant=f"{tenant}-2") as registry:
        assert registry.codes(DESK, ALICE) == []


def test_a_code_is_granted_once_over_threads(tenant: str) -> None:
    with Registry.open(URL, key_ring(), tenant=tenant) as registry:
        for _ in range(5):
            issued = registry.issue_code(DESK, ALICE, OnlinePolicy(max_uses=1))
            typed = issued.code.reveal()

            def ask(_: int, typed: str = typed) -> bool:
                try:
                    registry.verify_code(VerifyRequest(ALICE, typed, Purpose.BYPASS))
                except UsedUp:
                    return False
                return True

            with ThreadPoolExecutor(8) as pool:
                assert sum(pool.map(ask, range(24))) == 1


def test_asyncio(tenant: str) -> None:
    async def work() -> int:
        async with AsyncRegistry.open(URL, key_ring(), tenant=tenant) as registry:
            issued = await registry.issue_code(DESK, ALICE, OnlinePolicy(max_uses=1))
            typed = issued.code.reveal()
            asked = [
                registry.verify_code(VerifyRequest(ALICE, typed, Purpose.BYPASS))
                for _ in range(10)
            ]
            answers = await asyncio.gather(*asked, return_exceptions=True)
            granted = [it for it in answers if not isinstance(it, BaseException)]
            refused = [it for it in answers if isinstance(it, Refused)]
            assert len(granted) + len(refused) == len(asked)
            return len(granted)

    assert asyncio.run(work()) == 1


def test_a_clock_that_differs_from_the_servers_is_refused(tenant: str) -> None:
    clock = Clock(datetime.now(timezone.utc))
    with Registry.open(URL, key_ring(), tenant=tenant, clock=clock) as registry:
        registry.issue_code(DESK, ALICE)
        for minutes in (60, -120):
            clock.advance(timedelta(minutes=minutes))
            with pytest.raises(StoreError) as refused:
                registry.issue_code(DESK, ALICE)
            assert refused.value.reason == "clock_differs"
            assert refused.value.seconds is not None
            ahead = timedelta(minutes=60 if minutes > 0 else -60)
            assert abs(timedelta(seconds=refused.value.seconds) - ahead) < DAY / 1000
            assert refused.value.outcome_is_known
        clock.advance(timedelta(minutes=60))
        assert len(registry.codes(DESK, ALICE)) == 1


@pytest.mark.parametrize(
    ("tolerance", "is_allowed"),
    [(timedelta(minutes=50), False), (timedelta(minutes=70), True), (None, True)],
)
def test_the_clock_tolerance(
    tenant: str, tolerance: Optional[timedelta], is_allowed: bool
) -> None:
    clock = Clock(datetime.now(timezone.utc))
    with Registry.open(
        URL, key_ring(), tenant=tenant, clock=clock, clock_tolerance=tolerance
    ) as registry:
        clock.advance(timedelta(hours=1))
        if is_allowed:
            registry.issue_code(DESK, ALICE)
        else:
            with pytest.raises(StoreError) as refused:
                registry.issue_code(DESK, ALICE)
            assert refused.value.reason == "clock_differs"


def test_counted_events_are_stored_at_the_end(tenant: str) -> None:
    wrong = VerifyRequest(ALICE, "0000-0000-0000", Purpose.RESET)
    throttle = ThrottlePolicy(free=1)
    with Registry.open(URL, key_ring(), tenant=tenant, throttle=throttle) as registry:
        for _ in range(4):
            with pytest.raises((Unknown, Throttled)):
                registry.verify_code(wrong)
    with Registry.open(URL, key_ring(), tenant=tenant) as registry:
        counts = [event.count for event in registry.events(ROOT, user=ALICE)]
        assert sorted(counts) == [1, 3]


def test_records_of_a_compromised_key_are_ended(tenant: str) -> None:
    # A key is retired for all tenants, so this one is of no other test.
    old, new = (uuid.uuid4().int % 2**31 for _ in range(2))
    with Registry.open(URL, KeyRing(old, KEY), tenant=tenant) as registry:
        issued = registry.issue_code(DESK, ALICE)
        registry.add_key(ROOT, new, MasterKey(bytes(32)))
        ended = registry.retire_compromised_key(ROOT, old)
        assert [code.id for code in ended.codes] == [issued.record.id]
        (kept,) = registry.issue_many(DESK, [(ALICE, OnlinePolicy())], keep=len)
        assert kept.record.number > issued.record.number
        assert registry.revoke_code(DESK, kept.record.id).revoked_at


def trouble(url: str) -> StoreError:
    with pytest.raises(StoreError) as caught:
        Registry.open(url, key_ring())
    return caught.value


def test_trouble_says_what_to_do() -> None:
    nobody = trouble("postgres://somebody@127.0.0.1:1/stopgap?sslmode=disable")
    assert nobody.reason == "store_unreachable"
    assert "127.0.0.1:1" in str(nobody)
    assert nobody.outcome_is_known
    odd = trouble("postgres://somebody:hunter2@localhost/stopgap?colour=red")
    assert odd.reason == "store_url"
    # A name that is not known may be a piece of a password.
    assert "colour" not in str(odd)
    assert "application_name" in str(odd)
    assert "hunter2" not in str(odd)
    for reason in ("store_unknown", "store_replaced"):
        assert not StoreError("lost", reason=reason).outcome_is_known
