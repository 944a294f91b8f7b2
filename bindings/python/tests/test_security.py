"""Actors, access levels, scopes, lifetimes and security codes."""

from __future__ import annotations

import copy
import pickle
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
    KeyRing,
    Life,
    LifeState,
    MasterKey,
    Rights,
    Role,
    Scopes,
    SecurityCode,
    SecurityFormat,
)

NOW = datetime(2026, 11, 21, 15, 0, 0, 250_000, tzinfo=timezone.utc)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)

#: For arguments of wrong types.
untyped: Any = stopgap

sasha = Actor("sasha", Role.SUPER_ADMINISTRATOR)
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
    for actor in (dana, odd):
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


# -- access levels and rights


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


def test_rights() -> None:
    whole = Access.SUPER_ADMINISTRATOR.rights(role_of)
    parts = (whole.role, whole.user, whole.limited)
    assert parts == (Role.SUPER_ADMINISTRATOR, None, False)
    dana = Access.same_as("dana").rights(role_of)
    assert (dana.role, dana.user, dana.limited) == (Role.HELP_DESK, "dana", False)
    root = Access.same_as("root").rights(role_of)
    assert (root.role, root.user, root.limited) == (Role.USER, "root", True)
    assert repr(root) == "Rights(role=Role.USER, user='root', limited=True)"
    assert repr(whole) == "Rights(role=Role.SUPER_ADMINISTRATOR, user=None, limited=False)"
    plain = Access.same_as("root").rights(lambda user: Role.USER)
    assert plain != root
    assert len({whole, dana, root, plain, Access.same_as("dana").rights(role_of)}) == 4
    for one in (whole, dana, root):
        assert isinstance(one, Rights)
        assert pickle.loads(pickle.dumps(one)) == one
        assert copy.deepcopy(one) == one
    with pytest.raises(TypeError):
        Rights()


def test_role_of() -> None:
    with pytest.raises(KeyError, match="bob"):
        Access.same_as("bob").rights(role_of)
    for role in ("help_desk", None, 3):
        roles: Any = {"bob": role}
        with pytest.raises(TypeError, match=r"stopgap\.Role"):
            Access.same_as("bob").rights(roles.get)
    for access in (Access.same_as("bob"), Access.SUPER_ADMINISTRATOR):
        with pytest.raises(TypeError, match="function"):
            access.rights(Role.USER)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        Access.same_as("bob").rights(interrupted)


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
    ("scopes", "index"),
    [
        ([], None),
        ([f"scope-{number}" for number in range(33)], None),
        (["audit", ""], 1),
        (["Audit"], 0),
        (["audit", "a b"], 1),
        (["x" * 65], 0),
        (["\ud800"], 0),
        (["é"], 0),
    ],
)
def test_no_scopes(ring: KeyRing, scopes: list[str], index: int | None) -> None:
    access = Access.SUPER_ADMINISTRATOR
    for make in (
        lambda: Scopes(scopes),
        lambda: SecurityCode.create(ring, sasha, access, scopes=scopes, now=NOW),
    ):
        with pytest.raises(stopgap.Invalid) as caught:
            make()
        assert (caught.value.reason, caught.value.index) == ("scopes", index)
    assert list(Scopes(f"scope-{number}" for number in range(32)))


@pytest.mark.parametrize("scopes", ["audit", 7, None, [7], [None], b"audit"])
def test_scopes_are_several_strings(ring: KeyRing, scopes: Any) -> None:
    access = Access.SUPER_ADMINISTRATOR
    with pytest.raises(TypeError):
        Scopes(scopes)
    with pytest.raises(TypeError):
        SecurityCode.create(ring, sasha, access, scopes=scopes, now=NOW)


def test_scopes_must_be_passed(ring: KeyRing) -> None:
    access = Access.SUPER_ADMINISTRATOR
    with pytest.raises(TypeError, match="scopes"):
        untyped.SecurityCode.create(ring, sasha, access, now=NOW)


# -- lives


def test_a_life_is_a_value() -> None:
    begun = Life.begin(now=NOW)
    assert begun == Life.until(NOW + DAY)
    assert begun.expires_at == NOW + DAY
    assert Life.PERMANENT.expires_at is None
    assert Life.DELETED.expires_at is None
    tokyo = (NOW + DAY).astimezone(ZoneInfo("Asia/Tokyo"))
    assert Life.until(tokyo) == begun
    assert begun.expires_at.tzinfo is timezone.utc
    lives = [begun, Life.PERMANENT, Life.DELETED, Life.until(NOW)]
    for life in lives:
        assert eval(repr(life), {"Life": Life, "datetime": __import__("datetime")}) == life
        assert pickle.loads(pickle.dumps(life)) == life
        assert copy.deepcopy(life) == life
    assert len({*lives, Life.begin(now=NOW)}) == 4
    assert repr(Life.PERMANENT) == "Life.PERMANENT"
    assert repr(Life.DELETED) == "Life.DELETED"


def test_where_a_life_stands() -> None:
    life = Life.until(NOW)
    assert life.state(now=NOW - TICK) is LifeState.ACTIVE
    assert life.state(now=NOW) is LifeState.EXPIRED
    assert life.state(now=NOW + WEEK - TICK) is LifeState.EXPIRED
    assert life.state(now=NOW + WEEK) is LifeState.GONE
    assert Life.PERMANENT.state(now=NOW) is LifeState.PERMANENT
    assert Life.DELETED.state(now=NOW) is LifeState.GONE


#: Every event, on a life that stands there at NOW: the life after it, or the refusal.
TABLE: list[tuple[str, Callable[[Life], Life], list[Any]]] = [
    (
        "edit",
        lambda life: life.edit(NOW + WEEK, now=NOW),
        [Life.until(NOW + WEEK), Life.until(NOW + WEEK), stopgap.Expired],
    ),
    (
        "edit into the past",
        lambda life: life.edit(NOW, now=NOW),
        [stopgap.ExpiryNotInFuture, stopgap.ExpiryNotInFuture, stopgap.Expired],
    ),
    (
        "make_permanent",
        lambda life: life.make_permanent(now=NOW),
        [Life.PERMANENT, Life.PERMANENT, stopgap.Expired],
    ),
    (
        "reset",
        lambda life: life.reset(now=NOW),
        [Life.until(NOW + DAY), Life.until(NOW + DAY), stopgap.Expired],
    ),
    (
        "reactivate",
        lambda life: life.reactivate(now=NOW),
        [stopgap.AlreadyActive, stopgap.AlreadyActive, Life.until(NOW + DAY)],
    ),
    (
        "describe",
        lambda life: life.describe(now=NOW),
        [Life.until(NOW + TICK), Life.PERMANENT, Life.until(NOW)],
    ),
    (
        "delete",
        lambda life: life.delete(now=NOW),
        [Life.DELETED, Life.DELETED, Life.DELETED],
    ),
]
STANDING = [Life.until(NOW + TICK), Life.PERMANENT, Life.until(NOW)]
GONE = [Life.until(NOW - WEEK), Life.DELETED]


@pytest.mark.parametrize(("event", "outcomes"), [row[1:] for row in TABLE])
def test_the_table_of_lives(event: Callable[[Life], Life], outcomes: list[Any]) -> None:
    for life, outcome in zip(STANDING, outcomes):
        before = repr(life)
        if isinstance(outcome, Life):
            assert event(life) == outcome
        else:
            with pytest.raises(outcome) as caught:
                event(life)
            if outcome is stopgap.Expired:
                assert caught.value.expired_at == NOW
        assert repr(life) == before
    for life in GONE:
        with pytest.raises(stopgap.NotFound) as caught:
            event(life)
        assert caught.value.reason == "not_found"


def test_the_number_of_the_key_is_kept() -> None:
    seventh = KeyRing(7, MasterKey(bytes(32)))
    _, record = create(seventh, now=NOW)
    assert record.key_id == 7
    _, grant = stopgap.OnlinePolicy().issue(seventh, "alice", now=NOW)
    assert grant.key_id == 7


def test_one_made_at_the_end_of_the_calendar(ring: KeyRing) -> None:
    late = datetime(9999, 12, 31, 12, tzinfo=timezone.utc)
    with pytest.raises(stopgap.TimeOutOfRange):
        create(ring, now=late)


def test_lives_outside_the_calendar() -> None:
    late = datetime(9999, 12, 31, 12, tzinfo=timezone.utc)
    with pytest.raises(stopgap.TimeOutOfRange):
        Life.begin(now=late)
    with pytest.raises(stopgap.TimeOutOfRange) as error:
        Life.PERMANENT.reset(now=late)
    assert error.value.public_message == "This computer's clock is wrong."
    beyond = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2)))
    with pytest.raises(stopgap.TimeOutOfRange):
        Life.PERMANENT.edit(beyond, now=NOW)
    with pytest.raises(stopgap.TimeOutOfRange):
        assert Life.until(beyond).expires_at
    with pytest.raises(TypeError, match="time zone"):
        Life.until(NOW.replace(tzinfo=None))


# -- security codes


def create(
    ring: KeyRing, access: Access = Access.SUPER_ADMINISTRATOR, *words: str, **named: Any
) -> tuple[str, SecurityCode]:
    """A code that is not limited by scopes: its text and its record."""
    named = {"scopes": Scopes.UNLIMITED, "now": NOW, **named}
    code, record = SecurityCode.create(ring, sasha, access, *words, **named)
    return SecurityFormat().text(code).reveal(), record


def test_the_lifecycle_of_a_security_code(ring: KeyRing) -> None:
    access = Access.same_as("dana")
    code, record = SecurityCode.create(
        ring, sasha, access, "backup", scopes=["backup:write"], now=NOW
    )
    text = SecurityFormat().text(code).reveal()
    assert len(code.reveal_canonical()) == 32
    assert record.scopes == Scopes(["backup:write"])
    assert (record.key_id, record.description, record.access) == (1, "backup", access)
    assert (record.created_at, record.life) == (NOW, Life.until(NOW + DAY))
    assert (1, record.digest) in ring.security_digests(code)

    def authenticate(record: SecurityCode, now: datetime) -> Authentication:
        return record.authenticate(ring, text, role_of=role_of, now=now)

    assert authenticate(record, NOW).role is Role.HELP_DESK
    assert record.state(now=NOW) is LifeState.ACTIVE
    after = NOW + DAY
    with pytest.raises(stopgap.Expired) as expired:
        authenticate(record, after)
    assert expired.value.expired_at == after
    with pytest.raises(stopgap.Expired):
        record.make_permanent(sasha, now=after)
    back = record.reactivate(sasha, now=after)
    assert authenticate(back, after).user == "dana"
    with pytest.raises(stopgap.AlreadyActive):
        back.reactivate(sasha, now=after)
    with pytest.raises(stopgap.ExpiryNotInFuture):
        back.edit(sasha, after, now=after)
    edited = back.edit(sasha, after + WEEK, now=after)
    assert edited.life == Life.until(after + WEEK)
    permanent = edited.make_permanent(sasha, now=after)
    assert permanent.state(now=after) is LifeState.PERMANENT
    assert permanent.reset(sasha, now=after).life == Life.until(after + DAY)
    described = permanent.describe(sasha, "nightly", now=after)
    assert (described.description, permanent.description) == ("nightly", "backup")
    assert described.life == Life.PERMANENT
    deleted = described.delete(sasha, now=after)
    assert deleted.state(now=after) is LifeState.GONE
    with pytest.raises(stopgap.Unknown):
        authenticate(deleted, after)
    with pytest.raises(stopgap.NotFound):
        deleted.describe(sasha, "again", now=after)
    # The records before are unchanged.
    assert (record.life, record.description) == (Life.until(NOW + DAY), "backup")
    assert authenticate(described, after).role is Role.HELP_DESK
    for changed in (back, edited, permanent, described, deleted):
        assert changed is not record
        assert (changed.digest, changed.key_id) == (record.digest, 1)
        assert (changed.access, changed.created_at) == (access, NOW)
        assert changed.scopes == record.scopes


def test_only_a_super_administrator(ring: KeyRing) -> None:
    access, scopes = Access.SUPER_ADMINISTRATOR, Scopes.UNLIMITED
    _, record = create(ring)
    assert record.description == ""
    for call in (
        lambda: SecurityCode.create(ring, adam, access, scopes=scopes, now=NOW),
        lambda: record.edit(adam, NOW + WEEK, now=NOW),
        lambda: record.make_permanent(adam, now=NOW),
        lambda: record.reset(adam, now=NOW),
        lambda: record.reactivate(adam, now=NOW),
        lambda: record.describe(adam, "x", now=NOW),
        lambda: record.delete(adam, now=NOW),
    ):
        with pytest.raises(stopgap.Forbidden) as caught:
            call()
        assert caught.value.role is Role.ADMINISTRATOR
        assert caught.value.action is Action.MANAGE_SECURITY_CODE


def test_authentication_has_rights_and_scopes(ring: KeyRing) -> None:
    scopes = Scopes(["audit:read", "reports:*"])
    text, record = create(ring, Access.same_as("root"), scopes=scopes)
    root = record.authenticate(ring, text, role_of=role_of, now=NOW)
    assert (root.role, root.user, root.limited) == (Role.USER, "root", True)
    assert root.scopes == scopes
    assert repr(root) == (
        "Authentication(role=Role.USER, user='root', limited=True, "
        "scopes=Scopes(['audit:read', 'reports:*']))"
    )
    text, record = create(ring)
    whole = record.authenticate(ring, text, role_of=role_of, now=NOW)
    assert (whole.role, whole.user, whole.limited) == (
        Role.SUPER_ADMINISTRATOR,
        None,
        False,
    )
    assert whole.scopes is not None
    assert whole.scopes.is_unlimited
    for one in (root, whole):
        assert isinstance(one, Authentication)
        assert pickle.loads(pickle.dumps(one)) == one
        assert copy.deepcopy(one) == one
        assert hash(copy.copy(one)) == hash(one)
    assert root != whole
    with pytest.raises(TypeError):
        Authentication()


def test_a_format_reads_its_prefixes(ring: KeyRing) -> None:
    text, record = create(ring)
    acme = SecurityFormat(prefix="acme", accepted=["stopgap"])
    code = acme.read(text)
    shown = acme.text(code).reveal()
    for presented in (text, shown, f"“{shown.upper()}”"):
        record.authenticate(ring, presented, role_of=role_of, now=NOW, format=acme)
    record.authenticate(ring, text, role_of=role_of, now=NOW)
    # Neither another prefix nor groups with hyphens are a code.
    for presented in (shown, code.reveal(), code.reveal_canonical()):
        with pytest.raises(stopgap.Malformed):
            record.authenticate(ring, presented, role_of=role_of, now=NOW)
    with pytest.raises(TypeError):
        record.authenticate(ring, text, role_of=role_of, now=NOW, format="acme")  # type: ignore[arg-type]


def test_authenticate_refuses(ring: KeyRing) -> None:
    text, record = create(ring, Access.same_as("dana"))
    called: list[str] = []

    nothing: Any = called.append

    def refusal(presented: str, ring: KeyRing = ring) -> stopgap.Refused:
        with pytest.raises(stopgap.Refused) as caught:
            record.authenticate(ring, presented, role_of=nothing, now=NOW)
        assert text[8:40] not in str(caught.value)
        return caught.value

    assert isinstance(refusal(create(ring)[0]), stopgap.Unknown)
    error = refusal(text[:-1])
    assert isinstance(error, stopgap.Malformed)
    assert (error.expected, error.found) == (40, 39)
    typo = refusal(text[:8] + text[9:-1] + text[8] + text[-1])
    assert isinstance(typo, stopgap.Malformed)
    missing = refusal(text, KeyRing(2, MasterKey(bytes(32))))
    assert isinstance(missing, stopgap.KeyMissing)
    assert missing.key_id == 1
    assert isinstance(refusal(text, KeyRing(1, MasterKey(bytes(32)))), stopgap.Unknown)
    assert called == []
    with pytest.raises(TypeError, match=r"stopgap\.Role"):
        record.authenticate(ring, text, role_of=nothing, now=NOW)
    assert called == ["dana"]
    with pytest.raises(KeyboardInterrupt):
        record.authenticate(ring, text, role_of=interrupted, now=NOW)
    with pytest.raises(TypeError, match="function"):
        record.authenticate(ring, "0", role_of=Role.USER, now=NOW)  # type: ignore
    # A super administrator's own code needs no role.
    text, own = create(ring)
    authentication = own.authenticate(ring, text, role_of=interrupted, now=NOW)
    assert authentication.role is Role.SUPER_ADMINISTRATOR


@pytest.mark.parametrize("description", ["x" * 1025, "é" * 513, "two\nlines", "\x7f"])
def test_what_is_no_description(ring: KeyRing, description: str) -> None:
    access = Access.SUPER_ADMINISTRATOR
    with pytest.raises(stopgap.Invalid) as caught:
        create(ring, access, description)
    assert caught.value.reason == "description"
    _, record = create(ring, access, "x" * 1024)
    with pytest.raises(stopgap.Invalid):
        record.describe(sasha, description, now=NOW)


def test_random_numbers_of_the_caller(ring: KeyRing) -> None:
    def text(random: Callable[[int], bytes] | None) -> str:
        return create(ring, random=random)[0]

    assert text(lambda count: bytes(range(count))) == text(lambda n: bytes(range(n)))
    assert text(None) != text(None)
    with pytest.raises(ValueError, match="gave 3 bytes"):
        text(lambda count: b"abc")
    with pytest.raises(OSError, match="no entropy"):
        text(no_entropy)


def no_entropy(count: int) -> bytes:
    raise OSError("no entropy")


def test_a_record_as_a_caller_keeps_it(ring: KeyRing) -> None:
    text, record = create(ring, Access.same_as("dana"), "b", scopes=["audit", "backup"])
    kept = record.to_dict()
    assert set(kept) == {
        "key_id", "digest", "access", "scopes", "description", "created_at", "life"
    }  # fmt: skip
    assert kept["scopes"] == ["audit", "backup"]
    assert create(ring)[1].to_dict()["scopes"] == "unlimited"
    assert kept["digest"] == record.digest.hex()
    parts = SecurityCode(
        key_id=record.key_id,
        digest=record.digest,
        access=record.access,
        scopes=record.scopes,
        description=record.description,
        created_at=record.created_at,
        life=record.life,
    )
    tag = record.tag(ring)
    for again in (
        SecurityCode.from_dict(kept),
        pickle.loads(pickle.dumps(record)),
        copy.deepcopy(record),
        parts,
    ):
        assert again.to_dict() == kept
        again.check_tag(ring, tag)
        found = again.authenticate(ring, text, role_of=role_of, now=NOW)
        assert (found.user, list(found.scopes)) == ("dana", ["audit", "backup"])
    for life in (Life.PERMANENT, Life.DELETED, Life.until(NOW + TICK)):
        other = SecurityCode.from_dict({**kept, "life": lives(life)})
        assert other.life == life
    for broken in (
        {},
        {**kept, "digest": "00"},
        {**kept, "life": "eternal"},
        {**kept, "access": {"same_as": ""}},
        {**kept, "access": {"same_as": "\ud800"}},
        {**kept, "scopes": []},
        {**kept, "scopes": "audit"},
        {**kept, "scopes": None},
        {name: value for name, value in kept.items() if name != "scopes"},
    ):
        with pytest.raises(stopgap.Invalid) as caught:
            SecurityCode.from_dict(broken)
        assert caught.value.reason == "record"
    with pytest.raises(stopgap.Invalid, match="32 bytes") as invalid:
        SecurityCode(
            key_id=1,
            digest=b"",
            access=record.access,
            scopes=record.scopes,
            created_at=NOW,
            life=record.life,
        )
    assert invalid.value.reason == "digest"


def lives(life: Life) -> object:
    """A life as a dict of a record has it."""
    code = SecurityCode(
        key_id=1,
        digest=bytes(32),
        access=Access.SUPER_ADMINISTRATOR,
        scopes=Scopes.UNLIMITED,
        created_at=NOW,
        life=life,
    )
    return code.to_dict()["life"]


def test_a_tag_binds_the_record(ring: KeyRing) -> None:
    _, record = create(ring, Access.same_as("dana"), "b")
    tag = record.tag(ring)
    assert isinstance(tag, bytes)
    assert len(tag) == 32
    record.check_tag(ring, tag)
    record.describe(sasha, "another", now=NOW).check_tag(ring, tag)
    kept = record.to_dict()
    for changed, kept_tag in (
        (record.make_permanent(sasha, now=NOW), tag),
        (SecurityCode.from_dict({**kept, "access": "super_administrator"}), tag),
        (SecurityCode.from_dict({**kept, "digest": "00" * 32}), tag),
        (record, bytes(32)),
        (record, tag[:-1]),
        (record, b""),
    ):
        with pytest.raises(stopgap.Tampered) as caught:
            changed.check_tag(ring, kept_tag)
        assert caught.value.reason == "tampered"
    other = KeyRing(2, MasterKey(bytes(32)))
    for call in (lambda: record.tag(other), lambda: record.check_tag(other, tag)):
        with pytest.raises(stopgap.KeyMissing):
            call()


def test_a_record_tells_no_digest(ring: KeyRing) -> None:
    _, record = create(ring, Access.same_as("dana"), "b")
    assert (
        repr(record)
        == str(record)
        == (
            "SecurityCode(key_id=1, digest=.., access=Access.same_as('dana'), "
            f"scopes=Scopes.UNLIMITED, created_at={NOW!r}, life={record.life!r}, "
            "description='b')"
        )
    )
    assert record.digest.hex() not in repr(record)
    assert record != SecurityCode.from_dict(record.to_dict())
    assert record == record
    with pytest.raises(AttributeError):
        record.life = Life.PERMANENT  # type: ignore[misc]


@pytest.mark.parametrize(
    "call",
    [
        lambda ring: untyped.SecurityCode.create(
            ring, "sasha", Access.SUPER_ADMINISTRATOR, scopes=Scopes.UNLIMITED, now=NOW
        ),
        lambda ring: untyped.SecurityCode.create(
            ring, sasha, "dana", scopes=Scopes.UNLIMITED, now=NOW
        ),
        lambda ring: create(ring, Access.SUPER_ADMINISTRATOR, untyped.Role.USER),
        lambda ring: create(ring, now=NOW.replace(tzinfo=None)),
        lambda ring: create(ring, random=3),
        lambda ring: untyped.SecurityCode.from_dict([]),
        lambda ring: untyped.Life.begin(),
        lambda ring: untyped.Life.begin(now=1.0),
        lambda ring: untyped.Life(),
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
