"""Registries: stores, online codes, replays, presets, throttles."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import pickle
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from stopgap import (
    Access,
    Action,
    CodeRecord,
    CodeState,
    Context,
    EventKind,
    Expired,
    ExpiryNotInFuture,
    Forbidden,
    IdempotencyKeyExpired,
    IdempotencyKeyReused,
    Invalid,
    InvalidIdempotencyKey,
    InvalidName,
    IssueRequest,
    KeyRing,
    Malformed,
    MasterKey,
    NoCode,
    NoPreset,
    NotEnrolled,
    OnlinePolicy,
    Purpose,
    Refused,
    Registry,
    ReplayPolicy,
    Revoked,
    Role,
    SecurityRequest,
    StoreError,
    Throttled,
    ThrottlePolicy,
    Unknown,
    UsedUp,
    Validity,
    Verified,
    VerifyRequest,
)
from world import ADMIN, DAY, DESK, KEY, NOW, ROOT, USER, Clock, key_ring


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "file"])
def registry(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Clock
) -> Iterator[Registry]:
    url = "memory:" if request.param == "memory" else tmp_path / "stopgap.db"
    with Registry.open(url, key_ring(), clock=clock) as registry:
        yield registry


def test_a_code_is_issued_and_verified_once(registry: Registry, clock: Clock) -> None:
    policy = OnlinePolicy(validity=Validity.days(7), purposes=Purpose.RESET, max_uses=1)
    issued = registry.issue_code(DESK, "alice", policy)
    record = issued.record
    assert (record.user, record.key_id) == ("alice", 1)
    assert record.purposes == frozenset({Purpose.RESET})
    assert (record.not_before, record.expires_at) == (None, NOW + 7 * DAY)
    assert (record.max_uses, record.uses, record.revoked_at) == (1, 0, None)
    assert uuid.UUID(record.id).version == 7
    assert record.issued_at == NOW
    assert record.issued_at.tzinfo is timezone.utc

    clock.advance(DAY)
    verified = registry.verify_code(
        VerifyRequest("alice", issued.code.reveal().lower(), Purpose.RESET)
    )
    assert verified == Verified(
        record.id, "alice", Purpose.RESET, NOW + 7 * DAY, 0, replayed=False
    )
    with pytest.raises(UsedUp) as refused:
        registry.verify_code(VerifyRequest("alice", issued.code.reveal(), Purpose.RESET))
    assert refused.value.public_message
    (shown,) = registry.codes(DESK, "alice")
    assert (shown.id, shown.uses) == (record.id, 1)
    assert shown.state(now=clock.now) is CodeState.USED_UP


def test_a_code_expires_on_the_wall_clock_of_the_zone(
    registry: Registry, clock: Clock
) -> None:
    clock.now = datetime(2026, 10, 24, 10, 0, tzinfo=timezone.utc)
    berlin = ZoneInfo("Europe/Berlin")
    issued = registry.issue_code(DESK, "alice", zone=berlin)
    assert issued.record.expires_at == clock.now + timedelta(hours=25)
    utc = registry.issue_code(DESK, "alice")
    assert utc.record.expires_at == clock.now + timedelta(hours=24)
    (many,) = registry.issue_many(DESK, [("alice", OnlinePolicy())], zone=berlin)
    assert many.record.expires_at == clock.now + timedelta(hours=25)
    clock.advance(timedelta(hours=24, minutes=30))
    registry.verify_code(VerifyRequest("alice", issued.code.reveal(), Purpose.RESET))
    with pytest.raises(Expired) as refused:
        registry.verify_code(VerifyRequest("alice", utc.code.reveal(), Purpose.RESET))
    assert refused.value.expired_at == utc.record.expires_at


def test_many_are_issued_or_none(registry: Registry) -> None:
    issued = registry.issue_many(DESK, ((f"user-{n}", OnlinePolicy()) for n in range(50)))
    assert [one.record.user for one in issued] == [f"user-{n}" for n in range(50)]
    assert len({one.code.reveal() for one in issued}) == 50

    late = OnlinePolicy(not_before=NOW - 2 * DAY)
    with pytest.raises(Invalid) as refused:
        registry.issue_many(DESK, [("carol", OnlinePolicy()), ("dave", late)])
    assert (refused.value.reason, refused.value.index) == ("never_valid", 1)
    for name, kind in (("", "empty"), ("carol\udfff", "invalid_unicode")):
        with pytest.raises(InvalidName) as unnamed:
            registry.issue_many(DESK, [("carol", OnlinePolicy()), (name, OnlinePolicy())])
        assert (unnamed.value.kind, unnamed.value.index) == (kind, 1)
    assert registry.codes(DESK, "carol") == []
    with pytest.raises(TypeError):
        registry.issue_many(DESK, [("carol", "policy")])  # type: ignore[list-item]


def test_many_are_verified_in_one_call(registry: Registry) -> None:
    once = OnlinePolicy(max_uses=1)
    alice = registry.issue_code(DESK, "alice", once).code.reveal()
    bob = registry.issue_code(DESK, "bob").code.reveal()
    verdicts = registry.verify_many(
        [
            VerifyRequest("alice", alice, Purpose.RESET),
            VerifyRequest("alice", alice, Purpose.RESET),
            VerifyRequest("bob", alice, Purpose.RESET),
            VerifyRequest("bob", "nonsense", Purpose.RESET),
            VerifyRequest("bob", bob, Purpose.BYPASS),
            VerifyRequest("", bob, Purpose.BYPASS),
            VerifyRequest("bob\udfff", bob, Purpose.BYPASS),
        ]
    )
    kinds = [Verified, UsedUp, Unknown, Malformed, Verified, InvalidName, InvalidName]
    assert [type(verdict) for verdict in verdicts] == kinds
    assert registry.throttle(DESK, "bob").failures == 0

    for verdict in verdicts[5:]:
        assert isinstance(verdict, InvalidName)
        assert verdict.public_message == "That code is not valid."


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("", "empty"),
        ("é" * 128, "too_long"),
        ("al\tice", "control_character"),
        ("al\u200dice", "invisible_character"),
        ("\ud800", "invalid_unicode"),
        (" ", "blank"),
    ],
)
def test_every_call_checks_names(registry: Registry, name: str, kind: str) -> None:
    policy = OnlinePolicy(max_uses=1)
    typed = registry.issue_code(DESK, "alice", policy).code.reveal()
    calls: list[Callable[[], object]] = [
        lambda: registry.issue_code(DESK, name),
        lambda: registry.verify_code(VerifyRequest(name, typed, Purpose.RESET)),
        lambda: registry.issue_code(DESK, IssueRequest(name)),
        lambda: registry.codes(DESK, name),
        lambda: registry.revoke_last_code(DESK, name),
        lambda: registry.revoke_all_codes(DESK, name),
        lambda: registry.set_preset(ADMIN, name, policy),
        lambda: registry.preset(name),
        lambda: registry.remove_preset(ADMIN, name),
        lambda: registry.enrol_machine(DESK, name, "LAPTOP-17"),
        lambda: registry.enrol_machine(DESK, "alice", name),
        lambda: registry.machines(DESK, name),
        lambda: registry.retire_machine(DESK, name, "LAPTOP-17"),
        lambda: registry.retire_machine(DESK, "alice", name),
        lambda: registry.answer_request(
            DESK, VerifyRequest(name, "ZZZZ-ZZZZ", Purpose.RESET)
        ),
        lambda: registry.throttle(DESK, name),
        lambda: registry.unlock(ADMIN, name),
        lambda: registry.events(ADMIN, user=name),
        lambda: Registry.open("memory:", key_ring(), tenant=name),
    ]
    for call in calls:
        with pytest.raises(InvalidName) as refused:
            call()
        assert (refused.value.reason, refused.value.kind) == ("invalid_name", kind)
        assert isinstance(refused.value, Invalid)
    assert registry.verify_code(VerifyRequest("alice", typed, Purpose.RESET)).uses_left == 0


def test_codes_for_minutes(registry: Registry, clock: Clock) -> None:
    policy = OnlinePolicy(validity=Validity.minutes(15), not_before=NOW + DAY)
    issued = registry.issue_code(DESK, "alice", policy, zone=ZoneInfo("Asia/Tokyo"))
    assert issued.record.expires_at == NOW + DAY + timedelta(minutes=15)
    registry.set_preset(ADMIN, "quarter", policy)
    assert registry.preset("quarter") == policy
    clock.advance(DAY)
    registry.verify_code(VerifyRequest("alice", issued.code.reveal(), Purpose.RESET))


def test_codes_are_listed_in_pages_and_revoked(registry: Registry, clock: Clock) -> None:
    for user in ("bob", "alice", "alice"):
        registry.issue_code(DESK, user)
        clock.advance(timedelta(seconds=1))
    newest, oldest = registry.codes(DESK, "alice")
    assert newest.issued_at > oldest.issued_at
    pages: list[CodeRecord] = []
    while page := registry.all_codes(DESK, after=pages[-1] if pages else None, limit=2):
        assert len(page) <= 2
        pages += page
    assert [record.user for record in pages] == ["bob", "alice", "alice"]
    assert pages == registry.all_codes(DESK)

    assert registry.revoke_last_code(DESK, "alice").id == newest.id
    assert registry.revoke_all_codes(DESK, "alice") == 1
    assert registry.revoke_all_codes(DESK, "alice") == 0
    with pytest.raises(NoCode):
        registry.revoke_last_code(DESK, "alice")
    states = [record.state(now=clock.now) for record in registry.codes(DESK, "alice")]
    assert states == [CodeState.REVOKED, CodeState.REVOKED]


def test_a_revoked_code_is_refused(registry: Registry, clock: Clock) -> None:
    typed = registry.issue_code(DESK, "alice").code.reveal()
    revoked = registry.revoke_last_code(DESK, "alice")
    assert revoked.revoked_at == NOW
    with pytest.raises(Revoked) as refused:
        registry.verify_code(VerifyRequest("alice", typed, Purpose.RESET))
    assert refused.value.revoked_at == NOW


def test_a_request_with_an_idempotency_key_is_replayed(
    registry: Registry, clock: Clock
) -> None:
    typed = registry.issue_code(DESK, "alice", OnlinePolicy(max_uses=1)).code.reveal()

    def request(key: str, purpose: Purpose = Purpose.RESET) -> VerifyRequest:
        return VerifyRequest("alice", typed, purpose, idempotency_key=key)

    first = registry.verify_code(request("a-1"))
    assert (first.uses_left, first.replayed) == (0, False)
    clock.advance(timedelta(minutes=9, seconds=59))
    again = registry.verify_code(request("a-1"))
    assert again == dataclasses.replace(first, replayed=True)
    # A refusal is replayed too.
    for _ in range(2):
        with pytest.raises(UsedUp):
            registry.verify_code(request("a-2"))
    with pytest.raises(IdempotencyKeyReused) as reused:
        registry.verify_code(request("a-1", Purpose.BYPASS))
    assert reused.value.reason == "idempotency_key_reused"
    assert reused.value.public_message == "That code is not valid."
    assert registry.throttle(DESK, "alice").failures == 0
    wrong = VerifyRequest("alice", "0000-0000-0000", Purpose.RESET, idempotency_key="a-1")
    with pytest.raises(IdempotencyKeyReused):
        registry.verify_code(wrong)
    assert registry.throttle(DESK, "alice").failures == 1
    details = [event.detail for event in registry.events(ADMIN, user="alice")]
    assert "reset, replay" in details
    clock.advance(timedelta(seconds=1))
    with pytest.raises(IdempotencyKeyExpired):
        registry.verify_code(request("a-1"))
    # Of another user it is another key.
    with pytest.raises(Unknown):
        registry.verify_code(
            VerifyRequest("bob", typed, Purpose.RESET, idempotency_key="a-1")
        )


@pytest.mark.parametrize(("key", "found"), [("", 0), ("x" * 256, 256), ("é" * 128, 256)])
def test_an_idempotency_key_has_a_length(registry: Registry, key: str, found: int) -> None:
    request = VerifyRequest("alice", "x", Purpose.RESET, idempotency_key=key)
    (verdict,) = registry.verify_many([request])
    with pytest.raises(InvalidIdempotencyKey) as refused:
        registry.verify_code(request)
    for error in (verdict, refused.value):
        assert isinstance(error, InvalidIdempotencyKey)
        assert isinstance(error, Invalid)
        assert error.found == found


def test_the_time_of_replay(clock: Clock) -> None:
    policy = ReplayPolicy(replay_seconds=60)
    with Registry.open("memory:", key_ring(), clock=clock, replay=policy) as registry:
        typed = registry.issue_code(DESK, "alice").code.reveal()
        request = VerifyRequest("alice", typed, Purpose.RESET, idempotency_key="k")
        registry.verify_code(request)
        clock.advance(timedelta(seconds=59))
        assert registry.verify_code(request).replayed
        registry.revoke_all_codes(DESK, "alice")
        # What was granted is not granted again after it was revoked.
        with pytest.raises(Revoked):
            registry.verify_code(request)
        clock.advance(timedelta(seconds=1))
        with pytest.raises(IdempotencyKeyExpired):
            registry.verify_code(request)
    with pytest.raises(TypeError):
        Registry.open("memory:", key_ring(), replay=60)  # type: ignore[arg-type]


def test_the_log_has_the_context_of_a_request(registry: Registry, clock: Clock) -> None:
    lost = Context(reason="lost token", ticket="INC-4711")
    web = Context(source_address="192.0.2.7", request_id="r-1")
    wrong = VerifyRequest("alice", "0000-0000-0000", Purpose.RESET, context=web)
    shown = VerifyRequest("alice", "ZZZZ-ZZZZ", Purpose.RESET, context=lost)
    secret = SecurityRequest(Access.same_as("bob"), ["a"], context=web)
    typed = registry.issue_code(DESK, IssueRequest("alice", context=lost)).code.reveal()
    calls: list[Callable[[], object]] = [
        lambda: registry.verify_code(right(web)),
        lambda: registry.verify_code(wrong),
        lambda: registry.answer_request(DESK, shown),
        lambda: registry.create_security_code(ROOT, secret),
        # One without anything in it is none.
        lambda: registry.verify_code(right(Context())),
    ]

    def right(context: Context) -> VerifyRequest:
        return VerifyRequest("alice", typed, Purpose.RESET, context=context)

    for call in calls:
        clock.advance(timedelta(seconds=1))
        with contextlib.suppress(Unknown, NotEnrolled):
            call()
    contexts = [event.context for event in registry.events(ADMIN)]
    assert contexts == [None, web, lost, web, web, lost]


def test_presets_have_names(registry: Registry) -> None:
    week = OnlinePolicy(validity=Validity.days(7), max_uses=1)
    registry.set_preset(ADMIN, "week", week)
    registry.set_preset(ADMIN, "day", OnlinePolicy())
    assert registry.preset("week") == week
    assert registry.presets(DESK) == {"day": OnlinePolicy(), "week": week}
    registry.remove_preset(ADMIN, "day")
    with pytest.raises(NoPreset):
        registry.preset("day")
    with pytest.raises(NoPreset):
        registry.remove_preset(ADMIN, "day")
    with pytest.raises(Forbidden) as refused:
        registry.set_preset(DESK, "mine", week)
    assert (refused.value.role, refused.value.action) == (
        Role.HELP_DESK,
        Action.MANAGE_PRESET,
    )


def test_a_lockout_ends(tmp_path: Path, clock: Clock) -> None:
    policy = ThrottlePolicy(free=2, first_delay_seconds=60, max_delay_seconds=60)
    with Registry.open("memory:", key_ring(), clock=clock, throttle=policy) as registry:
        typed = registry.issue_code(DESK, "alice").code.reveal()
        for _ in range(2):
            with pytest.raises(Unknown):
                registry.verify_code(
                    VerifyRequest("alice", "0000-0000-0000", Purpose.RESET)
                )
        with pytest.raises(Throttled) as refused:
            registry.verify_code(VerifyRequest("alice", typed, Purpose.RESET))
        assert refused.value.retry_at == NOW + timedelta(seconds=60)
        throttle = registry.throttle(DESK, "alice")
        assert (throttle.failures, throttle.locked_until) == (2, refused.value.retry_at)
        with pytest.raises(Forbidden):
            registry.unlock(DESK, "alice")
        registry.unlock(ADMIN, "alice")
        registry.verify_code(VerifyRequest("alice", typed, Purpose.RESET))
        assert registry.throttle(DESK, "alice").failures == 0


def test_who_may_not_is_told_so(registry: Registry) -> None:
    with pytest.raises(Forbidden):
        registry.issue_code(USER, "alice")
    with pytest.raises(Forbidden):
        registry.issue_many(USER, [("alice", OnlinePolicy())])
    with pytest.raises(TypeError):
        registry.issue_code("dana", "alice")  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        registry.issue_code(DESK, "")
    with pytest.raises(ValueError, match="a number is from"):
        registry.all_codes(DESK, limit=-1)
    assert registry.all_codes(DESK, limit=2**64 - 1) == []
    with pytest.raises(TypeError):
        registry.all_codes(DESK, after="id")  # type: ignore[arg-type]


# Stores


def test_two_registries_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "stopgap.db"
    with Registry.open(f"sqlite:{path}", key_ring()) as one:
        typed = one.issue_code(DESK, "alice", OnlinePolicy(max_uses=1)).code.reveal()
        with Registry.open(str(path), key_ring()) as other:
            other.verify_code(VerifyRequest("alice", typed, Purpose.RESET))
        with pytest.raises(UsedUp):
            one.verify_code(VerifyRequest("alice", typed, Purpose.RESET))


OTHER_PROCESS = """
import sys
from stopgap import *
registry = Registry.open(sys.argv[1], KeyRing(1, MasterKey(bytes(range(32)))))
print("ready", flush=True)
typed = sys.stdin.readline()
try:
    registry.verify_code(VerifyRequest("alice", typed.strip(), Purpose.RESET))
    print("verified")
except UsedUp:
    print("used up")
"""


def test_two_processes_share_a_file(tmp_path: Path) -> None:
    path = str(tmp_path / "stopgap.db")
    with Registry.open(path, key_ring()) as registry:
        typed = registry.issue_code(DESK, "alice", OnlinePolicy(max_uses=1)).code.reveal()
        others = [
            subprocess.Popen(
                [sys.executable, "-c", OTHER_PROCESS, path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        for other in others:
            assert other.stdout is not None
            assert other.stdout.readline() == "ready\n"
        for other in others:
            assert other.stdin is not None
            other.stdin.write(typed + "\n")
            other.stdin.flush()
        said = sorted(other.communicate()[0] for other in others)
        assert said == ["used up\n", "used up\n", "verified\n"]


def test_a_path_is_a_file_whatever_it_looks_like(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("memory:", "sqlite:x", "postgres:x", "plain", "ü", ":memory:"):
        Registry.open(Path(name), key_ring()).close()
        assert (tmp_path / name).is_file(), name
    Registry.open(tmp_path / "whole", key_ring()).close()
    assert (tmp_path / "whole").is_file()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgres:secret", "store_url"),
        ("", "store_url"),
        ("sqlite:", "store_url"),
        (":memory:", "store_url"),
        ("sqlite://:memory:", "store_url"),
        ("no/such/folder/stopgap.db", "store_cannot_open"),
    ],
)
def test_a_store_that_is_none(url: str, reason: str) -> None:
    with pytest.raises(StoreError) as refused:
        Registry.open(url, key_ring())
    assert refused.value.reason == reason
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", [7, None, b"stopgap.db", KEY])
def test_an_address_is_text_or_a_path(url: object) -> None:
    with pytest.raises(TypeError):
        Registry.open(url, key_ring())  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["\ud800.db", Path("\udcff.db"), "a\0b"])
def test_an_address_that_cannot_be_one(url: object, tmp_path: Path) -> None:
    with pytest.raises((ValueError, StoreError)):
        Registry.open(url, key_ring())  # type: ignore[arg-type]


def test_something_else_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Alice, " * 500)
    with pytest.raises(StoreError) as refused:
        Registry.open(path, key_ring())
    assert refused.value.reason == "store_foreign"
    assert path.read_text() == "Dear Alice, " * 500


def test_the_wrong_key_is_noticed(tmp_path: Path) -> None:
    Registry.open(tmp_path / "stopgap.db", key_ring()).close()
    with pytest.raises(StoreError) as refused:
        Registry.open(tmp_path / "stopgap.db", KeyRing(1, MasterKey.generate()))
    assert refused.value.reason == "wrong_key"


def test_a_closed_registry_says_so(registry: Registry) -> None:
    assert not registry.closed
    registry.close()
    registry.close()
    assert registry.closed
    calls = [
        lambda: registry.issue_code(DESK, "alice"),
        lambda: registry.verify_code(VerifyRequest("alice", "x", Purpose.RESET)),
        lambda: registry.verify_many([]),
        lambda: registry.authenticate("x", lambda user: Role.USER),
        lambda: registry.keys(ROOT),
        lambda: registry.preset("week"),
        lambda: registry.__enter__(),
    ]
    for call in calls:
        with pytest.raises(StoreError) as refused:
            call()
        assert refused.value.reason == "closed"


def test_an_error_within_closes_it_and_comes_out(tmp_path: Path) -> None:
    registry = Registry.open(tmp_path / "stopgap.db", key_ring())
    with pytest.raises(KeyError), registry as same:
        assert same is registry
        raise KeyError
    assert registry.closed


def test_a_source_of_keys() -> None:
    """A function that returns the ring of the tenant, which was derived elsewhere."""
    ring, asked = key_ring(), list[str]()

    def keys(tenant: str) -> KeyRing:
        asked.append(tenant)
        return ring.tenant(tenant)

    with Registry.open("memory:", keys, tenant="acme") as registry:
        typed = registry.issue_code(DESK, "alice").code.reveal()
        registry.add_key(ROOT, 2, MasterKey(bytes(32)))
        registry.verify_code(VerifyRequest("alice", typed, Purpose.RESET))
        assert registry.issue_code(DESK, "alice").record.key_id == 2
    assert asked == ["acme"]
    assert ring.ids == (1,)


def test_a_source_of_keys_gives_the_same_keys(tmp_path: Path) -> None:
    path, ring = tmp_path / "stopgap.db", key_ring()
    with Registry.open(path, ring, tenant="acme") as registry:
        typed = registry.issue_code(DESK, "alice").code.reveal()
    with Registry.open(path, ring.tenant, tenant="acme") as registry:
        registry.verify_code(VerifyRequest("alice", typed, Purpose.RESET))
    with pytest.raises(StoreError) as refused:
        Registry.open(path, lambda tenant: ring, tenant="acme")
    assert refused.value.reason == "wrong_key"


def test_a_source_of_keys_that_fails() -> None:
    def fails(tenant: str) -> KeyRing:
        raise LookupError("no such vault")

    with pytest.raises(LookupError, match="no such vault"):
        Registry.open("memory:", fails)
    for wrong in (7, None, KEY, lambda tenant: KEY, lambda: key_ring()):
        with pytest.raises(TypeError):
            Registry.open("memory:", wrong)  # type: ignore[arg-type]


def test_it_shows_its_tenant_alone() -> None:
    registry = Registry.open("memory:", key_ring(), tenant="ac'me")
    assert registry.tenant == "ac'me"
    assert repr(registry) == '<stopgap.Registry of tenant "ac\'me">'
    registry.close()
    assert repr(registry) == '<stopgap.Registry of tenant "ac\'me", closed>'
    with pytest.raises(TypeError):
        pickle.dumps(registry)
    with pytest.raises(TypeError):
        Registry()


def test_a_clock_that_knows_its_registry_goes_with_it() -> None:
    class Knowing(Clock):
        registry: Registry

    clock = Knowing()
    clock.registry = Registry.open("memory:", key_ring(), clock=clock)
    clock.registry.issue_code(DESK, "alice")
    before = sum(isinstance(kept, Knowing) for kept in gc.get_objects())
    del clock
    gc.collect()
    assert sum(isinstance(kept, Knowing) for kept in gc.get_objects()) == before - 1


def test_refusals_of_a_batch_are_whole(registry: Registry) -> None:
    request = VerifyRequest("alice", "0000-0000-0000", Purpose.RESET)
    (refused,) = registry.verify_many([request])
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.index) == ("unknown", None)
    assert str(pickle.loads(pickle.dumps(refused))) == str(refused)


def test_a_user_whom_the_directory_does_not_know(url: str) -> None:
    """The code is refused, and the log says so."""
    with Registry.open(url, key_ring()) as registry:
        request = SecurityRequest(Access.same_as("bob"), ["reports:read"])
        created = registry.create_security_code(ROOT, request)
        roles: dict[str, Role] = {}
        with pytest.raises(Unknown):
            registry.authenticate(created.code.reveal(), roles.get)
        (event,) = registry.events(ADMIN, kind=EventKind.AUTHENTICATE)
        assert (event.reason, event.subject) == ("unknown", created.record.id)
        assert registry.security_code(ROOT, created.record.id).last_used_at is None
        roles["bob"] = Role.HELP_DESK
        assert registry.authenticate(created.code.reveal(), roles.get).user == "bob"


def test_an_expiry_of_a_security_code_beside_its_request() -> None:
    clock = Clock()
    with Registry.open("memory:", key_ring(), clock=clock) as registry:
        for permanent in (False, True):
            request = SecurityRequest(
                Access.same_as("bob"), ["reports:read"], permanent=permanent
            )
            created = registry.create_security_code(ROOT, request, expires_at=NOW + 3 * DAY)
            assert created.record.expires_at == NOW + 3 * DAY
        with pytest.raises(ExpiryNotInFuture):
            registry.create_security_code(ROOT, request, expires_at=NOW)
        with pytest.raises(TypeError):
            registry.create_security_code(
                ROOT, request, expires_at=NOW.replace(tzinfo=None)
            )
