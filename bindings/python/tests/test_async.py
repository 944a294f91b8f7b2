"""The registry for asyncio."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
import traceback
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Optional

import pytest

from callers import Waiting, Within
from stopgap import (
    Access,
    Alphabet,
    AsyncRegistry,
    OfflinePolicy,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    Scopes,
    SecurityFormat,
    SecurityRequest,
    StopgapError,
    StoreError,
    Throttled,
    ThrottlePolicy,
    Unknown,
    UsedUp,
    Validity,
    Verified,
    VerifyRequest,
    minute_of,
)
from world import ADMIN, DESK, NOW, ROOT, Clock, key_ring


def public(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


def test_nothing_is_forgotten() -> None:
    assert public(AsyncRegistry) == public(Registry)
    for name in public(Registry) - {"closed", "tenant"}:
        here = inspect.signature(getattr(AsyncRegistry, name))
        there = inspect.signature(getattr(Registry, name))
        names, native = (
            [(one.name, one.kind) for one in signature.parameters.values()]
            for signature in (here, there)
        )
        # Only C knows a self that cannot be named.
        assert names[name != "open" :] == native[name != "open" :], name
        assert inspect.iscoroutinefunction(getattr(AsyncRegistry, name)) == (name != "open")
        for one in here.parameters.values():
            default = there.parameters[one.name].default
            # Rust writes what Python cannot show as three dots.
            assert default is ... or default == one.default, (name, one)


def test_a_whole_story(tmp_path: Path) -> None:
    clock = Clock()

    async def story() -> None:
        opening = AsyncRegistry.open(tmp_path / "stopgap.db", key_ring(), clock=clock)
        async with opening as registry:
            assert (registry.tenant, registry.closed) == ("default", False)
            issued = await registry.issue_code(DESK, "alice", OnlinePolicy(max_uses=1))
            typed = issued.code.reveal()
            verified = await registry.verify_code(
                VerifyRequest("alice", typed, Purpose.RESET)
            )
            assert verified.uses_left == 0
            with pytest.raises(UsedUp):
                await registry.verify_code(VerifyRequest("alice", typed, Purpose.RESET))
            (verdict,) = await registry.verify_many(
                [VerifyRequest("alice", typed, Purpose.RESET)]
            )
            assert isinstance(verdict, UsedUp)
            (record,) = await registry.codes(DESK, "alice")
            assert await registry.all_codes(DESK) == [record]
            assert await registry.revoke_all_codes(DESK, "alice") == 0
            await registry.set_preset(ADMIN, "once", OnlinePolicy(max_uses=1))
            assert list(await registry.presets(DESK)) == ["once"]
            await registry.enrol_machine(DESK, "alice", "LAPTOP-17")
            created = await registry.create_security_code(
                ROOT, SecurityRequest(Access.same_as("bob"), Scopes.UNLIMITED)
            )
            authenticated = await registry.authenticate(
                created.code.reveal(), lambda user: Role.HELP_DESK
            )
            assert authenticated.role is Role.HELP_DESK
            edited = await registry.edit_security_code(
                ROOT, created.record.id, NOW + timedelta(hours=1)
            )
            assert edited.expires_at == NOW + timedelta(hours=1)
            assert len(await registry.events(ADMIN, limit=3)) == 3
            assert (await registry.purge(ROOT)).codes == 0
        assert registry.closed
        with pytest.raises(StoreError):
            await registry.codes(DESK, "alice")

    asyncio.run(story())


def test_it_is_opened_by_await_too() -> None:
    async def story() -> None:
        registry = await AsyncRegistry.open("memory:", key_ring(), tenant="acme")
        assert repr(registry) == "AsyncRegistry(<stopgap.Registry of tenant 'acme'>)"
        async with registry as same:
            assert same is registry
        assert registry.closed
        with pytest.raises(StoreError):
            await AsyncRegistry.open("", key_ring())
        with pytest.raises(StoreError):
            async with AsyncRegistry.open("", key_ring()):
                pass

    asyncio.run(story())


def test_every_method_calls_its_own() -> None:
    """By the order of the arguments, which the checker of types does not see."""

    class Spy:
        def __getattr__(self, name: str) -> object:
            return lambda *arguments, **words: (name, arguments, words)

    async def story() -> None:
        with Registry.open("memory:", key_ring()) as closed:
            registry = AsyncRegistry(closed)
        registry._registry = Spy()  # type: ignore[assignment]
        for name in sorted(public(AsyncRegistry) - {"open", "close", "closed", "tenant"}):
            method = getattr(registry, name)
            places, words = [], {}
            for one in inspect.signature(method).parameters.values():
                if one.kind is one.KEYWORD_ONLY:
                    words[one.name] = object()
                else:
                    places.append(object())
            assert await method(*places, **words) == (name, tuple(places), words)

    asyncio.run(story())


def test_the_loop_goes_on_while_a_call_waits(tmp_path: Path) -> None:
    path = tmp_path / "stopgap.db"
    waits = Waiting()
    with Registry.open(path, key_ring()) as trial:
        zone = Within(trial, waits)

    async def story() -> None:
        async with AsyncRegistry.open(path, key_ring()) as registry:
            holding = asyncio.ensure_future(registry.issue_code(DESK, "alice", zone=zone))
            while not waits.inside.is_set():
                await asyncio.sleep(0.01)
            waiting = asyncio.ensure_future(registry.issue_code(DESK, "bob"))
            loop = asyncio.get_running_loop()
            longest, last = 0.0, loop.time()
            for _ in range(50):
                await asyncio.sleep(0.005)
                now = loop.time()
                longest, last = max(longest, now - last), now
            assert not waiting.done()
            assert longest < 0.2
            waits.go_on.set()
            await holding
            assert (await waiting).record.user == "bob"

    asyncio.run(story())


def test_many_tasks_share_one_registry(tmp_path: Path) -> None:
    async def story() -> None:
        async with AsyncRegistry.open(tmp_path / "stopgap.db", key_ring()) as registry:
            issued = await registry.issue_code(DESK, "alice", OnlinePolicy(max_uses=5))
            typed = issued.code.reveal()
            verdicts = await asyncio.gather(
                *(
                    registry.verify_code(VerifyRequest("alice", typed, Purpose.RESET))
                    for _ in range(40)
                ),
                return_exceptions=True,
            )
        assert sum(isinstance(verdict, Verified) for verdict in verdicts) == 5
        assert sum(isinstance(verdict, UsedUp) for verdict in verdicts) == 35

    asyncio.run(story())


def test_a_cancelled_call_is_asked_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with AsyncRegistry.open(tmp_path / "stopgap.db", key_ring()) as registry:
            issued = await registry.issue_code(DESK, "alice", OnlinePolicy(max_uses=1))
            typed = issued.code.reveal()
            first = asyncio.ensure_future(
                registry.verify_code(
                    VerifyRequest("alice", typed, Purpose.RESET, idempotency_key="a-1")
                )
            )
            await asyncio.sleep(0)
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            again = await registry.verify_code(
                VerifyRequest("alice", typed, Purpose.RESET, idempotency_key="a-1")
            )
            assert again.uses_left == 0

    asyncio.run(story())


def test_defaults_mean_the_same() -> None:
    async def story() -> None:
        async with AsyncRegistry.open("memory:", key_ring(), clock=Clock()) as registry:
            enrolled = await registry.enrol_machine(DESK, "alice", "LAPTOP-17")
            shown = enrolled.key.request_code(29_395_620 + 300).text
            with pytest.raises(Exception, match="code"):
                await registry.answer_request(
                    DESK, VerifyRequest("alice", shown, Purpose.BYPASS)
                )
        default = (
            inspect.signature(AsyncRegistry.answer_request).parameters["validity"].default
        )
        assert default == Validity.DAY

    asyncio.run(story())


def test_a_call_before_it_is_open_says_what_to_do() -> None:
    opening = AsyncRegistry.open("memory:", key_ring())
    with pytest.raises(AttributeError, match="await AsyncRegistry"):
        _ = opening.issue_code  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no attribute 'issue_cod'"):
        _ = opening.issue_cod  # type: ignore[attr-defined]


def test_who_needs_no_loop_does_not_wait_for_one() -> None:
    program = "import stopgap, sys; sys.exit('asyncio' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("call", ["verify_code", "verify_many", "authenticate"])
def test_a_traceback_with_locals_shows_no_code(call: str) -> None:
    shown = "3F9A-77C2-01BE"
    request = VerifyRequest("alice", shown, Purpose.RESET)
    arguments: dict[str, tuple[object, ...]] = {
        "verify_code": (request,),
        "verify_many": ([request, None],),
        "authenticate": (shown, str),
    }

    async def main() -> None:
        async with AsyncRegistry.open("memory:", key_ring()) as registry:
            await getattr(registry, call)(*arguments[call])

    with pytest.raises((StopgapError, TypeError)) as raised:
        asyncio.run(main())
    frames = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    ours = [frame for frame in frames.stack if frame.filename != __file__]
    assert "AsyncRegistry" in str([frame.locals for frame in ours])
    assert shown not in str([frame.locals for frame in ours])


def test_policies_arrive() -> None:
    async def main() -> None:
        async with AsyncRegistry.open(
            "memory:",
            key_ring(),
            throttle=ThrottlePolicy(free=1),
            offline=OfflinePolicy(alphabet=Alphabet.HEX),
            security_format=SecurityFormat(prefix="acme"),
        ) as registry:
            created = await registry.create_security_code(
                ROOT, SecurityRequest(Access.SUPER_ADMINISTRATOR, ["a"])
            )
            assert created.code.reveal().startswith("acme_")
            enrolled = await registry.enrol_machine(DESK, "alice", "LAPTOP-17")
            minute = minute_of(datetime.now(timezone.utc))
            shown = enrolled.key.request_code(minute, alphabet=Alphabet.HEX).text
            answered = await registry.answer_request(
                DESK, VerifyRequest("alice", shown, Purpose.BYPASS)
            )
            assert answered.minute == minute
            with pytest.raises(Unknown):
                await registry.verify_code(
                    VerifyRequest("alice", "000000000000", Purpose.RESET)
                )
            with pytest.raises(Throttled):
                await registry.verify_code(
                    VerifyRequest("alice", "000000000000", Purpose.RESET)
                )

    asyncio.run(main())


def test_role_of_may_be_a_coroutine_function() -> None:
    async def story() -> None:
        async with AsyncRegistry.open("memory:", key_ring()) as registry:
            request = SecurityRequest(Access.same_as("bob"), ["reports:read"])
            created = await registry.create_security_code(ROOT, request)
            secret = created.code.reveal()
            loop = asyncio.get_running_loop()

            async def role_of(user: str) -> Optional[Role]:
                assert asyncio.get_running_loop() is loop
                await asyncio.sleep(0)
                return Role.HELP_DESK if user == "bob" else None

            assert (await registry.authenticate(secret, role_of)).role is Role.HELP_DESK

            async def nobody(user: str) -> Optional[Role]:
                return None

            with pytest.raises(Unknown):
                await registry.authenticate(secret, nobody)

            async def boom(user: str) -> Role:
                raise LookupError(user)

            with pytest.raises(LookupError, match="bob"):
                await registry.authenticate(secret, boom)

    asyncio.run(story())
