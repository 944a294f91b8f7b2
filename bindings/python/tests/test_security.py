"""Actors, access levels, scopes, lifetimes and security codes."""

from __future__ import annotations

import copy
import json
import pickle
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import stopgap
from stopgap import (
    Access,
    Action,
    Actor,
    Authentication,
    Code,
    KeyRing,
    LifecycleState,
    Lifetime,
    MasterKey,
    Role,
    Scopes,
    SecurityCode,
    SecurityFormat,
    SecurityRequest,
    SecurityText,
)

NOW = datetime(2026, 11, 21, 15, 0, 0, 250_000, tzinfo=timezone.utc)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)

#: For arguments of wrong types.
untyped: Any = stopgap

sasha = Actor("sasha", Role.SUPER_ADMINISTRATOR)
WHOLE = SecurityRequest(Access.SUPER_ADMINISTRATOR, Scopes.UNLIMITED)

adam = Actor("adam", Role.ADMINISTRATOR)


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing(1, MasterKey(bytes([7] * 32)))


def role_of(user: str) -> Role:
    return {"root": Role.SUPER_ADMINISTRATOR, "dana": Role.HELP_DESK}[user]


# -- actors


def test_an_actor_is_a_value() -> None:
    dana = Actor("dana", Role.HELP_DESK)
    assert (dana.name, dana.role) == ("dana", Role.HELP_DESK)
    assert repr(dana) == "Actor('dana', Role.HELP_DESK)"
    odd = Actor("d'Arc \"\\ é", Role.USER)
    root = Actor("root", Role.SUPER_ADMINISTRATOR, on_behalf_of="dana")
    assert (root.on_behalf_of, dana.on_behalf_of) == ("dana", None)
    assert repr(root).endswith(", on_behalf_of='dana')")
    assert root != Actor("root", Role.SUPER_ADMINISTRATOR)
    with pytest.raises(stopgap.InvalidName):
        Actor("root", Role.USER, on_behalf_of="")
    for actor in (dana, odd, root):
        assert eval(repr(actor)) == actor
        assert pickle.loads(pickle.dumps(actor)) == actor
        assert copy.deepcopy(actor) == actor
        assert hash(copy.copy(actor)) == hash(actor)
    others = {dana, Actor("dana", Role.USER), Actor("Dana", Role.HELP_DESK)}
    assert len(others) == 3
    assert len({hash(actor) for actor in others}) == 3
    assert Actor(name="dana", role=Role.HELP_DESK) in others
    assert dana != untyped.Role.USER
    with pytest.raises(AttributeError):
        dana.role = Role.USER  # type: ignore[misc]
    with pytest.raises(AttributeError):
        dana.other = 1  # type: ignore[attr-defined]


def test_what_an_actor_may() -> None:
    least = {
        Role.HELP_DESK: [
            Action.ISSUE_CODE,
            Action.REVOKE_CODE,
            Action.ANSWER_REQUEST,
            Action.READ_USER,
            Action.MANAGE_MACHINE,
        ],
        Role.ADMINISTRATOR: [
            Action.RESET_THROTTLE,
            Action.MANAGE_PRESET,
            Action.READ_LOG,
            Action.PURGE,
        ],
        Role.SUPER_ADMINISTRATOR: [
            Action.MANAGE_SECURITY_CODE,
            Action.MANAGE_KEY,
            Action.ACCEPT_CLOCK,
            Action.LOWER_LOG_RETENTION,
            Action.MANAGE_TENANT,
        ],
    }
    roles = list(Role)
    asked = 0
    for needed, actions in least.items():
        for action in actions:
            asks = [
                (role, who.may) for role in roles for who in (role, Actor("anna", role))
            ]
            for role, may in asks:
                asked += 1
                if roles.index(role) >= roles.index(needed):
                    may(action)
                    continue
                with pytest.raises(stopgap.Forbidden) as caught:
                    may(action)
                assert (caught.value.role, caught.value.action) == (role, action)
                assert caught.value.reason == "forbidden"
                again = pickle.loads(pickle.dumps(caught.value))
                assert (again.role, again.action) == (role, action)
    assert asked == len(Action) * len(Role) * 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("", "empty"),
        ("x" * 256, "too_long"),
        ("a\0b", "control_character"),
        ("tab\there", "control_character"),
        ("a\u2029", "control_character"),
        ("\ufeffa", "invisible_character"),
        ("\t\udfff", "invalid_unicode"),
        (" \u2003", "blank"),
    ],
)
def test_no_name(name: str, kind: str, ring: KeyRing) -> None:
    for make in (
        lambda: Actor(name, Role.USER),
        lambda: Access.same_as(name),
        lambda: MasterKey(bytes(32)).tenant(name),
        lambda: ring.tenant(name),
    ):
        with pytest.raises(stopgap.InvalidName) as caught:
            make()
        assert (caught.value.reason, caught.value.kind) == ("invalid_name", kind)
        assert isinstance(caught.value, (stopgap.Invalid, ValueError))
        # The person may know what is wrong with the name.
        assert caught.value.public_message == str(caught.value)


def test_a_role_is_no_text() -> None:
    for role in ("help_desk", 1, None, Role, Action.PURGE):
        with pytest.raises(TypeError, match=r"stopgap\.Role"):
            Actor("dana", role)  # type: ignore[arg-type]


# -- access levels


def test_access_is_a_value() -> None:
    whole = Access.SUPER_ADMINISTRATOR
    dana = Access.same_as("dana")
    assert (whole.user, dana.user) == (None, "dana")
    assert (repr(whole), repr(dana)) == (
        "Access.SUPER_ADMINISTRATOR",
        "Access.same_as('dana')",
    )
    for access in (whole, dana, Access.same_as("d'Arc")):
        assert eval(repr(access)) == access
        assert pickle.loads(pickle.dumps(access)) == access
        assert copy.deepcopy(access) == access
        assert hash(copy.copy(access)) == hash(access)
    assert whole != dana
    others = {whole, dana, Access.same_as("dana"), Access.same_as("root")}
    assert len(others) == 3
    assert len({hash(access) for access in others}) == 3


def interrupted(user: str) -> Role:
    raise KeyboardInterrupt


# -- scopes


def test_scopes_are_a_value() -> None:
    scopes = Scopes(iter(["reports:read", "audit:*", "reports:read"]))
    assert list(scopes) == ["audit:*", "reports:read"]
    assert not scopes.is_unlimited
    assert "audit:*" in scopes
    assert "audit:read" not in scopes
    assert "audit\udfff" not in scopes
    unlimited = Scopes.UNLIMITED
    assert (list(unlimited), unlimited.is_unlimited) == ([], True)
    assert "audit:read" in unlimited
    # Neither is false.
    assert scopes
    assert unlimited
    assert repr(scopes) == "Scopes(['audit:*', 'reports:read'])"
    assert repr(unlimited) == "Scopes.UNLIMITED"
    for one in (scopes, unlimited):
        assert eval(repr(one)) == one
        assert pickle.loads(pickle.dumps(one)) == one
        assert copy.deepcopy(one) == one
        assert hash(copy.copy(one)) == hash(one)
        with pytest.raises(AttributeError):
            one.is_unlimited = True  # type: ignore[misc]
    assert len({scopes, unlimited, Scopes(["audit:*"]), Scopes(list(scopes))}) == 3


@pytest.mark.parametrize(
    ("scopes", "reason", "index"),
    [
        ([], "no_scope", None),
        ([f"scope-{number}" for number in range(33)], "too_many_scopes", None),
        (["audit", ""], "scope", 1),
        (["Audit"], "scope", 0),
        (["audit", "a b"], "scope", 1),
        (["x" * 65], "scope", 0),
        (["\ud800"], "scope", 0),
        (["é"], "scope", 0),
    ],
)
def test_no_scopes(scopes: list[str], reason: str, index: int | None) -> None:
    for make in (
        lambda: Scopes(scopes),
        lambda: SecurityRequest(Access.SUPER_ADMINISTRATOR, scopes),
    ):
        with pytest.raises(stopgap.Invalid) as caught:
            make()
        assert (caught.value.reason, caught.value.index) == (reason, index)
    assert list(Scopes(f"scope-{number}" for number in range(32)))


@pytest.mark.parametrize("scopes", ["audit", 7, None, [7], [None], b"audit"])
def test_scopes_are_several_strings(scopes: Any) -> None:
    with pytest.raises(TypeError):
        Scopes(scopes)
    with pytest.raises(TypeError):
        SecurityRequest(Access.SUPER_ADMINISTRATOR, scopes)


def test_scopes_must_be_passed() -> None:
    with pytest.raises(TypeError, match="scopes"):
        untyped.SecurityRequest(Access.SUPER_ADMINISTRATOR)


# -- lifetimes


def test_a_lifetime_is_a_value() -> None:
    day = Lifetime.until(NOW + DAY)
    assert day.expires_at == NOW + DAY
    assert Lifetime.PERMANENT.expires_at is None
    assert Lifetime.DELETED.expires_at is None
    tokyo = (NOW + DAY).astimezone(ZoneInfo("Asia/Tokyo"))
    assert Lifetime.until(tokyo) == day
    assert day.expires_at.tzinfo is timezone.utc
    lifetimes = [day, Lifetime.PERMANENT, Lifetime.DELETED, Lifetime.until(NOW)]
    names = {"Lifetime": Lifetime, "datetime": __import__("datetime")}
    for lifetime in lifetimes:
        assert eval(repr(lifetime), names) == lifetime
        assert pickle.loads(pickle.dumps(lifetime)) == lifetime
        assert copy.deepcopy(lifetime) == lifetime
    assert len({*lifetimes, Lifetime.until(NOW + DAY)}) == 4
    assert repr(Lifetime.PERMANENT) == "Lifetime.PERMANENT"
    assert repr(Lifetime.DELETED) == "Lifetime.DELETED"


def test_states() -> None:
    lifetime = Lifetime.until(NOW)
    assert lifetime.state(now=NOW - TICK) is LifecycleState.ACTIVE
    assert lifetime.state(now=NOW) is LifecycleState.EXPIRED
    assert lifetime.state(now=NOW + WEEK - TICK) is LifecycleState.EXPIRED
    assert lifetime.state(now=NOW + WEEK) is LifecycleState.GONE
    assert Lifetime.PERMANENT.state(now=NOW) is LifecycleState.PERMANENT
    assert Lifetime.DELETED.state(now=NOW) is LifecycleState.GONE


def test_lifetimes_outside_the_calendar() -> None:
    beyond = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2)))
    with pytest.raises(stopgap.TimeOutOfRange):
        Lifetime.until(beyond)
    with pytest.raises(TypeError, match="time zone"):
        Lifetime.until(NOW.replace(tzinfo=None))


# -- security codes


def created(
    ring: KeyRing,
    access: Access = Access.SUPER_ADMINISTRATOR,
    *,
    scopes: Any = Scopes.UNLIMITED,
    description: str = "",
    now: datetime = NOW,
    **more: Any,
) -> tuple[Code, SecurityCode]:
    """A code, as it is read from its text, and its record."""
    request = SecurityRequest(access, scopes, description=description)
    text, record = SecurityCode.create(ring, sasha, request, now=now, **more)
    assert text.reveal().startswith("stopgap_")
    return SecurityFormat().read(text.reveal()), record


#: Every event, on a code that is active, permanent or expired at NOW, in this order: its
#: lifetime after the event, or the refusal.
TABLE: list[tuple[str, Callable[[SecurityCode, KeyRing], SecurityCode], list[Any]]] = [
    (
        "edit",
        lambda record, ring: record.edit(ring, sasha, NOW + WEEK, now=NOW),
        [Lifetime.until(NOW + WEEK), Lifetime.until(NOW + WEEK), stopgap.Expired],
    ),
    (
        "edit into the past",
        lambda record, ring: record.edit(ring, sasha, NOW, now=NOW),
        [stopgap.ExpiryNotInFuture, stopgap.ExpiryNotInFuture, stopgap.Expired],
    ),
    (
        "make_permanent",
        lambda record, ring: record.make_permanent(ring, sasha, now=NOW),
        [Lifetime.PERMANENT, Lifetime.PERMANENT, stopgap.Expired],
    ),
    (
        "reset",
        lambda record, ring: record.reset(ring, sasha, now=NOW),
        [Lifetime.until(NOW + DAY), Lifetime.until(NOW + DAY), stopgap.Expired],
    ),
    (
        "reactivate",
        lambda record, ring: record.reactivate(ring, sasha, now=NOW),
        [stopgap.AlreadyActive, stopgap.AlreadyActive, Lifetime.until(NOW + DAY)],
    ),
    (
        "describe",
        lambda record, ring: record.describe(ring, sasha, "weekly", now=NOW),
        [Lifetime.until(NOW + TICK), Lifetime.PERMANENT, Lifetime.until(NOW)],
    ),
    (
        "delete",
        lambda record, ring: record.delete(ring, sasha, now=NOW),
        [Lifetime.DELETED, Lifetime.DELETED, Lifetime.DELETED],
    ),
]


@pytest.mark.parametrize(("event", "outcomes"), [row[1:] for row in TABLE])
def test_the_table_of_events(
    ring: KeyRing,
    event: Callable[[SecurityCode, KeyRing], SecurityCode],
    outcomes: list[Any],
) -> None:
    active = created(ring, now=NOW - DAY + TICK)[1]
    permanent = active.make_permanent(ring, sasha, now=NOW)
    expired = created(ring, now=NOW - DAY)[1]
    for record, outcome in zip((active, permanent, expired), outcomes):
        before = repr(record), record.tag
        if isinstance(outcome, Lifetime):
            after = event(record, ring)
            assert after.lifetime == outcome
            assert after.open(ring).id == record.id
        else:
            with pytest.raises(outcome) as caught:
                event(record, ring)
            if outcome is stopgap.Expired:
                assert caught.value.expired_at == NOW
        assert (repr(record), record.tag) == before
    for gone in (
        created(ring, now=NOW - DAY - WEEK)[1],
        active.delete(ring, sasha, now=NOW),
    ):
        with pytest.raises(stopgap.NotFound) as caught:
            event(gone, ring)
        assert caught.value.reason == "not_found"


def test_the_number_of_the_key_is_kept() -> None:
    seventh = KeyRing(7, MasterKey(bytes(32)))
    assert created(seventh)[1].key_id == 7
    _, record = stopgap.OnlinePolicy().issue(seventh, "alice", now=NOW)
    assert record.key_id == 7


def test_outside_the_calendar(ring: KeyRing) -> None:
    late = datetime(9999, 12, 31, 12, tzinfo=timezone.utc)
    with pytest.raises(stopgap.TimeOutOfRange):
        created(ring, now=late)
    record = created(ring)[1].make_permanent(ring, sasha, now=NOW)
    with pytest.raises(stopgap.TimeOutOfRange) as error:
        record.reset(ring, sasha, now=late)
    assert error.value.public_message == "This computer's clock is wrong."
    beyond = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2)))
    with pytest.raises(stopgap.TimeOutOfRange):
        record.edit(ring, sasha, beyond, now=NOW)


def test_the_lifecycle_of_a_security_code(ring: KeyRing) -> None:
    access = Access.same_as("dana")
    request = SecurityRequest(access, ["backup:write"], description="backup")
    text, record = SecurityCode.create(ring, sasha, request, now=NOW)
    assert isinstance(text, SecurityText)
    code = SecurityFormat().read(text.reveal())
    assert len(code.reveal_canonical()) == 32
    assert uuid.UUID(record.id).version == 7
    assert record.scopes == Scopes(["backup:write"])
    assert (record.key_id, record.description, record.access) == (1, "backup", access)
    assert (record.created_at, record.lifetime) == (NOW, Lifetime.until(NOW + DAY))
    assert (1, record.digest) in ring.security_digests(code)

    def authenticate(record: SecurityCode, now: datetime) -> Authentication:
        return record.authenticate(ring, code, role_of, now=now)

    assert authenticate(record, NOW).role is Role.HELP_DESK
    assert record.state(now=NOW) is LifecycleState.ACTIVE
    after = NOW + DAY
    with pytest.raises(stopgap.Expired) as expired:
        authenticate(record, after)
    assert expired.value.expired_at == after
    back = record.reactivate(ring, sasha, now=after)
    assert authenticate(back, after).user == "dana"
    edited = back.edit(ring, sasha, after + WEEK, now=after)
    assert edited.lifetime == Lifetime.until(after + WEEK)
    permanent = edited.make_permanent(ring, sasha, now=after)
    assert permanent.state(now=after) is LifecycleState.PERMANENT
    described = permanent.describe(ring, sasha, "nightly", now=after)
    assert (described.description, permanent.description) == ("nightly", "backup")
    assert described.lifetime == Lifetime.PERMANENT
    deleted = described.delete(ring, sasha, now=after)
    assert deleted.state(now=after) is LifecycleState.GONE
    with pytest.raises(stopgap.Unknown):
        authenticate(deleted, after)
    # The records before are unchanged.
    assert (record.lifetime, record.description) == (Lifetime.until(NOW + DAY), "backup")
    assert authenticate(described, after).role is Role.HELP_DESK
    states = (record, back, edited, permanent, described, deleted)
    assert len({state.tag for state in states}) == len(states)
    for changed in states:
        assert changed.open(ring) is changed
        assert (changed.id, changed.digest, changed.key_id) == (record.id, record.digest, 1)
        assert (changed.access, changed.created_at) == (access, NOW)
        assert changed.scopes == record.scopes


def test_only_a_super_administrator(ring: KeyRing) -> None:
    _, record = created(ring)
    assert record.description == ""
    request = SecurityRequest(Access.SUPER_ADMINISTRATOR, Scopes.UNLIMITED)
    for call in (
        lambda: SecurityCode.create(ring, adam, request, now=NOW),
        lambda: record.edit(ring, adam, NOW + WEEK, now=NOW),
        lambda: record.make_permanent(ring, adam, now=NOW),
        lambda: record.reset(ring, adam, now=NOW),
        lambda: record.reactivate(ring, adam, now=NOW),
        lambda: record.describe(ring, adam, "x", now=NOW),
        lambda: record.delete(ring, adam, now=NOW),
    ):
        with pytest.raises(stopgap.Forbidden) as caught:
            call()
        assert caught.value.role is Role.ADMINISTRATOR
        assert caught.value.action is Action.MANAGE_SECURITY_CODE


def test_authentication_has_rights_and_scopes(ring: KeyRing) -> None:
    scopes = Scopes(["audit:read", "reports:*"])
    code, record = created(ring, Access.same_as("root"), scopes=scopes)
    root = record.authenticate(ring, code, role_of, now=NOW)
    assert (root.role, root.user, root.limited) == (Role.USER, "root", True)
    assert root.scopes == scopes
    assert repr(root) == (
        "Authentication(role=Role.USER, user='root', limited=True, "
        "scopes=Scopes(['audit:read', 'reports:*']))"
    )
    plain = record.authenticate(ring, code, lambda user: Role.USER, now=NOW)
    assert (plain.role, plain.limited) == (Role.USER, False)
    code, record = created(ring)
    whole = record.authenticate(ring, code, role_of, now=NOW)
    assert (whole.role, whole.user, whole.limited) == (
        Role.SUPER_ADMINISTRATOR,
        None,
        False,
    )
    assert whole.scopes.is_unlimited
    assert repr(whole) == (
        "Authentication(role=Role.SUPER_ADMINISTRATOR, user=None, limited=False, "
        "scopes=Scopes.UNLIMITED)"
    )
    for one in (root, plain, whole):
        assert isinstance(one, Authentication)
        assert pickle.loads(pickle.dumps(one)) == one
        assert copy.deepcopy(one) == one
        assert hash(copy.copy(one)) == hash(one)
    assert len({root, plain, whole}) == 3
    with pytest.raises(TypeError):
        Authentication()


def test_role_of(ring: KeyRing) -> None:
    code, record = created(ring, Access.same_as("bob"))
    with pytest.raises(KeyError, match="bob"):
        record.authenticate(ring, code, role_of, now=NOW)
    for role in ("help_desk", 3):
        roles: Any = {"bob": role}
        with pytest.raises(TypeError, match=r"stopgap\.Role"):
            record.authenticate(ring, code, roles.get, now=NOW)
    nobody: dict[str, Role] = {}
    with pytest.raises(stopgap.Unknown):
        record.authenticate(ring, code, nobody.get, now=NOW)
    with pytest.raises(KeyboardInterrupt):
        record.authenticate(ring, code, interrupted, now=NOW)
    with pytest.raises(TypeError, match="function"):
        record.authenticate(ring, code, Role.USER, now=NOW)  # type: ignore[arg-type]


def test_a_format_shows_its_prefix(ring: KeyRing) -> None:
    acme = SecurityFormat(prefix="acme", accepted=["stopgap"])
    request = SecurityRequest(Access.SUPER_ADMINISTRATOR, Scopes.UNLIMITED)
    text, record = SecurityCode.create(ring, sasha, request, now=NOW, format=acme)
    shown = text.reveal()
    assert shown.startswith("acme_")
    code = acme.read(shown)
    for presented in (shown, SecurityFormat().text(code).reveal(), f"“{shown.upper()}”"):
        record.authenticate(ring, acme.read(presented), role_of, now=NOW)
    # Neither another prefix nor groups with hyphens are a code.
    for presented in (shown, code.reveal(), code.reveal_canonical()):
        with pytest.raises(stopgap.Malformed):
            SecurityFormat().read(presented)
    with pytest.raises(TypeError):
        SecurityCode.create(ring, sasha, request, now=NOW, format="acme")  # type: ignore[arg-type]


def test_authenticate_refuses(ring: KeyRing) -> None:
    code, record = created(ring, Access.same_as("dana"))
    called: list[str] = []
    nothing: Any = called.append

    def refusal(code: Code = code, ring: KeyRing = ring) -> stopgap.Refused:
        with pytest.raises(stopgap.Refused) as caught:
            record.authenticate(ring, code, nothing, now=NOW)
        assert code.reveal_canonical() not in str(caught.value).upper()
        return caught.value

    assert isinstance(refusal(created(ring)[0]), stopgap.Unknown)
    missing = refusal(ring=KeyRing(2, MasterKey(bytes(32))))
    assert isinstance(missing, stopgap.KeyMissing)
    assert missing.key_id == 1
    assert isinstance(refusal(ring=KeyRing(1, MasterKey(bytes(32)))), stopgap.Unknown)
    assert called == []
    with pytest.raises(stopgap.Unknown):
        record.authenticate(ring, code, nothing, now=NOW)
    assert called == ["dana"]
    # A super administrator's own code needs no role.
    code, own = created(ring)
    authentication = own.authenticate(ring, code, interrupted, now=NOW)
    assert authentication.role is Role.SUPER_ADMINISTRATOR


@pytest.mark.parametrize(
    ("description", "reason", "detail"),
    [
        ("x" * 1025, "description_too_long", ("found", 1025)),
        ("é" * 513, "description_too_long", ("found", 1026)),
        ("two\nlines", "description_control", ("position", 3)),
        ("\x7f", "description_control", ("position", 0)),
    ],
)
def test_what_is_no_description(
    ring: KeyRing, description: str, reason: str, detail: tuple[str, int]
) -> None:
    _, record = created(ring, description="x" * 1024)
    for call in (
        lambda: created(ring, description=description),
        lambda: record.describe(ring, sasha, description, now=NOW),
    ):
        with pytest.raises(stopgap.Invalid) as caught:
            call()
        assert caught.value.reason == reason
        assert getattr(caught.value, detail[0]) == detail[1]


def test_random_numbers_of_the_caller(ring: KeyRing) -> None:
    def shown(random: Callable[[int], bytes] | None) -> str:
        return created(ring, random=random)[0].reveal()

    assert shown(lambda count: bytes(range(count))) == shown(lambda n: bytes(range(n)))
    assert shown(None) != shown(None)
    with pytest.raises(ValueError, match="gave 3 bytes"):
        shown(lambda count: b"abc")
    with pytest.raises(OSError, match="no entropy"):
        shown(no_entropy)


def no_entropy(count: int) -> bytes:
    raise OSError("no entropy")


def test_a_record_as_a_caller_keeps_it(ring: KeyRing) -> None:
    access = Access.same_as("dana")
    code, record = created(ring, access, description="b", scopes=["audit", "backup"])
    stored = record.to_dict()
    assert set(stored) == {"record", "tag"}
    kept = stored["record"]
    assert set(kept) == {
        "id", "key_id", "digest", "access", "scopes", "description", "created_at",
        "lifetime",
    }  # fmt: skip
    assert kept["scopes"] == ["audit", "backup"]
    assert created(ring)[1].to_dict()["record"]["scopes"] == "unlimited"
    assert kept["digest"] == record.digest.hex()
    assert stored["tag"] == record.tag.hex()
    for again in (
        SecurityCode.from_dict(json.loads(json.dumps(stored))),
        pickle.loads(pickle.dumps(record)),
        copy.deepcopy(record),
    ):
        assert again.to_dict() == stored
        assert again.open(ring).tag == record.tag
        found = again.authenticate(ring, code, role_of, now=NOW)
        assert (found.user, list(found.scopes)) == ("dana", ["audit", "backup"])
    wrong: list[dict[str, Any]] = [
        {"digest": "00"},
        {"lifetime": "eternal"},
        {"access": {"same_as": ""}},
        {"access": {"same_as": "\ud800"}},
        {"scopes": []},
        {"scopes": "audit"},
        {"scopes": None},
    ]
    for broken in (
        {},
        kept,
        {"record": kept},
        {**stored, "tag": "00"},
        {**stored, "record": {name: kept[name] for name in kept if name != "scopes"}},
        *({**stored, "record": {**kept, **one}} for one in wrong),
    ):
        with pytest.raises(stopgap.Invalid) as caught:
            SecurityCode.from_dict(broken)
        assert caught.value.reason == "record"
    with pytest.raises(TypeError, match="cannot create"):
        SecurityCode()
    assert not hasattr(SecurityCode, "seal")


def test_a_record_tells_no_digest(ring: KeyRing) -> None:
    _, record = created(ring, Access.same_as("dana"), description="b")
    assert (
        repr(record)
        == str(record)
        == (
            f"SecurityCode(id='{record.id}', key_id=1, digest=.., "
            "access=Access.same_as('dana'), scopes=Scopes.UNLIMITED, "
            f"created_at={NOW!r}, lifetime={record.lifetime!r}, description='b')"
        )
    )
    assert record.digest.hex() not in repr(record)
    assert record == SecurityCode.from_dict(record.to_dict())
    assert record == record
    with pytest.raises(AttributeError):
        record.lifetime = Lifetime.PERMANENT  # type: ignore[misc]


@pytest.mark.parametrize(
    "call",
    [
        lambda ring: untyped.SecurityCode.create(ring, "sasha", WHOLE, now=NOW),
        lambda ring: untyped.SecurityCode.create(ring, sasha, "dana", now=NOW),
        lambda ring: untyped.SecurityRequest("dana", []),
        lambda ring: created(ring, description=untyped.Validity.DAY),
        lambda ring: created(ring, now=NOW.replace(tzinfo=None)),
        lambda ring: created(ring, random=3),
        lambda ring: untyped.SecurityCode.from_dict([]),
        lambda ring: untyped.Lifetime.PERMANENT.state(),
        lambda ring: untyped.Lifetime.until(1.0),
        lambda ring: untyped.Lifetime(),
        lambda ring: untyped.Access(),
        lambda ring: untyped.Access.same_as(None),
        lambda ring: untyped.Actor("dana"),
        lambda ring: sasha.may(untyped.words.Role.USER),
    ],
)
def test_other_types_are_type_errors(
    ring: KeyRing, call: Callable[[KeyRing], object]
) -> None:
    with pytest.raises(TypeError):
        call(ring)
