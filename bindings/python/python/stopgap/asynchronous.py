"""The registry for asyncio."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Generator, Iterable
from datetime import datetime, timedelta, timezone, tzinfo
from os import PathLike
from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, TypeVar, Union

from stopgap._native import (
    Actor,
    IssueRequest,
    KeyRing,
    MasterKey,
    OfflinePolicy,
    OnlinePolicy,
    Registry,
    ReplayPolicy,
    SecurityFormat,
    SecurityRequest,
    Throttle,
    ThrottlePolicy,
    Validity,
    VerifyRequest,
)
from stopgap.errors import Refused
from stopgap.records import (
    Answered,
    Authenticated,
    CodeRecord,
    Compromised,
    CreatedSecurityCode,
    Deletion,
    Enrolled,
    EnrolmentRecord,
    Event,
    Issued,
    KeyRecord,
    Purged,
    RotatedSecurityCode,
    SecurityRecord,
    Verified,
)
from stopgap.words import EventKind, Role

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

__all__ = ["AsyncRegistry"]

_T = TypeVar("_T")
#: The result of a plain function, or of a coroutine function.
_MaybeAwaitable = Union[_T, Awaitable[_T]]
#: The clock tolerance of a registry, if none is given.
_CLOCK_TOLERANCE = timedelta(seconds=120)


async def _in_thread(work: Callable[..., _T], *arguments: object, **words: object) -> _T:
    # Imported here, because it takes longer than everything else in `import stopgap`.
    import asyncio

    return await asyncio.to_thread(work, *arguments, **words)


def _awaited(
    function: Callable[[str], _MaybeAwaitable[_T]], loop: AbstractEventLoop
) -> Callable[[str], _T]:
    """A plain function for a worker thread: it waits for a coroutine, which runs in the
    loop. What is no function is returned as it is, to be refused."""
    import asyncio

    if not callable(function):
        return function

    def called(argument: str) -> _T:
        given = function(argument)
        if not isinstance(given, Awaitable):
            return given

        async def wait() -> _T:
            return await given

        return asyncio.run_coroutine_threadsafe(wait(), loop).result()

    return called


class _Call(Generic[_T]):
    """A call to be made in a thread. It hides its arguments, which may be codes: some
    programs log the local variables of a traceback."""

    __slots__ = ("_arguments", "_work")

    def __init__(self, work: Callable[..., _T], *arguments: object) -> None:
        self._work = work
        self._arguments = arguments

    def __call__(self) -> _T:
        return self._work(*self._arguments)


class _Opening:
    """A registry that is being opened. It can be awaited, or used by ``async with``."""

    def __init__(self, open_it: Callable[[], Registry]) -> None:
        self._open_it = open_it
        self._registry: Optional[AsyncRegistry] = None

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            if not hasattr(AsyncRegistry, name):
                raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
            raise AttributeError(
                f"the registry is not open yet: await AsyncRegistry.open(...) before "
                f"{name!r}, or use async with"
            )

    async def _open(self) -> AsyncRegistry:
        return AsyncRegistry(await _in_thread(self._open_it))

    def __await__(self) -> Generator[Any, None, AsyncRegistry]:
        return self._open().__await__()

    async def __aenter__(self) -> AsyncRegistry:
        self._registry = await self._open()
        return self._registry

    async def __aexit__(self, *exception: object) -> None:
        if self._registry is not None:
            await self._registry.close()


class AsyncRegistry:
    """A :class:`Registry` for asyncio: its methods are coroutines with the same results
    and the same exceptions.

    Each call runs in a worker thread of the loop's executor and never blocks the loop.
    ``keep``, ``role_of``, ``clock`` and time zones are called in that thread. They must be
    plain functions, except for ``role_of``.

    Cancelling a call only ends the wait: the thread finishes the call. Give a
    :class:`VerifyRequest` an idempotency key, and repeat the call to get its answer.
    ``issued.code`` of a cancelled call is lost: revoke the code, and issue another.

    >>> import asyncio
    >>> async def main():
    ...     key_ring = KeyRing(1, MasterKey.generate())
    ...     dana = Actor("dana", Role.HELP_DESK)
    ...     async with AsyncRegistry.open("memory:", key_ring) as registry:
    ...         issued = await registry.issue_code(dana, "alice")
    ...         request = VerifyRequest("alice", issued.code.reveal(), Purpose.RESET)
    ...         return await registry.verify_code(request)
    >>> asyncio.run(main()).user
    'alice'
    """

    def __init__(self, registry: Registry) -> None:
        """Wraps a registry. Both may be used.

        Raises:
            TypeError: that is no :class:`Registry`; :meth:`open` takes an address.
        """
        if not isinstance(registry, Registry):
            raise TypeError(
                f"a stopgap.Registry is expected, not {type(registry).__name__}; "
                "AsyncRegistry.open(url, key_ring) opens one"
            )
        self._registry = registry

    @staticmethod
    def open(
        url: Union[str, PathLike[str]],
        key_ring: Union[KeyRing, Callable[[str], KeyRing]],
        *,
        tenant: str = "default",
        clock: Optional[Callable[[], datetime]] = None,
        clock_tolerance: Optional[timedelta] = _CLOCK_TOLERANCE,
        throttle: Optional[ThrottlePolicy] = None,
        offline: Optional[OfflinePolicy] = None,
        security_format: Optional[SecurityFormat] = None,
        replay: Optional[ReplayPolicy] = None,
    ) -> _Opening:
        """Open a store as :meth:`Registry.open`: ``await`` it, or use it with
        ``async with``, which closes it at the end."""
        return _Opening(
            functools.partial(
                Registry.open,
                url,
                key_ring,
                tenant=tenant,
                clock=clock,
                clock_tolerance=clock_tolerance,
                throttle=throttle,
                offline=offline,
                security_format=security_format,
                replay=replay,
            )
        )

    async def __aenter__(self) -> AsyncRegistry:
        self._registry.__enter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncRegistry({self._registry!r})"

    async def close(self) -> None:
        """As :meth:`Registry.close`."""
        await _in_thread(self._registry.close)

    async def flush(self) -> None:
        """As :meth:`Registry.flush`."""
        return await _in_thread(self._registry.flush)

    @property
    def closed(self) -> bool:
        """``True`` if the registry was closed."""
        return self._registry.closed

    @property
    def tenant(self) -> str:
        """The tenant."""
        return self._registry.tenant

    # Online codes

    async def issue_code(
        self,
        actor: Actor,
        request: Union[IssueRequest, str],
        policy: Optional[OnlinePolicy] = None,
        *,
        zone: tzinfo = timezone.utc,
    ) -> Issued:
        """As :meth:`Registry.issue_code`."""
        return await _in_thread(
            self._registry.issue_code, actor, request, policy, zone=zone
        )

    async def issue_many(
        self,
        actor: Actor,
        requests: Iterable[tuple[str, OnlinePolicy]],
        *,
        zone: tzinfo = timezone.utc,
        keep: Optional[Callable[[list[Issued]], object]] = None,
    ) -> list[Issued]:
        """As :meth:`Registry.issue_many`."""
        return await _in_thread(
            self._registry.issue_many, actor, requests, zone=zone, keep=keep
        )

    async def verify_code(self, request: VerifyRequest) -> Verified:
        """As :meth:`Registry.verify_code`."""
        return await _in_thread(self._registry.verify_code, request)

    async def verify_many(
        self, requests: Iterable[VerifyRequest]
    ) -> list[Union[Verified, Refused]]:
        """As :meth:`Registry.verify_many`."""
        return await _in_thread(self._registry.verify_many, requests)

    async def codes(self, actor: Actor, user: str) -> list[CodeRecord]:
        """As :meth:`Registry.codes`."""
        return await _in_thread(self._registry.codes, actor, user)

    async def all_codes(
        self, actor: Actor, *, after: Optional[CodeRecord] = None, limit: int = 100
    ) -> list[CodeRecord]:
        """As :meth:`Registry.all_codes`."""
        return await _in_thread(self._registry.all_codes, actor, after=after, limit=limit)

    async def revoke_last_code(self, actor: Actor, user: str) -> CodeRecord:
        """As :meth:`Registry.revoke_last_code`."""
        return await _in_thread(self._registry.revoke_last_code, actor, user)

    async def revoke_code(self, actor: Actor, id: str) -> CodeRecord:
        """As :meth:`Registry.revoke_code`."""
        return await _in_thread(self._registry.revoke_code, actor, id)

    async def revoke_all_codes(self, actor: Actor, user: str) -> int:
        """As :meth:`Registry.revoke_all_codes`."""
        return await _in_thread(self._registry.revoke_all_codes, actor, user)

    # Presets

    async def set_preset(self, actor: Actor, name: str, policy: OnlinePolicy) -> None:
        """As :meth:`Registry.set_preset`."""
        return await _in_thread(self._registry.set_preset, actor, name, policy)

    async def preset(self, name: str) -> OnlinePolicy:
        """As :meth:`Registry.preset`."""
        return await _in_thread(self._registry.preset, name)

    async def presets(self, actor: Actor) -> dict[str, OnlinePolicy]:
        """As :meth:`Registry.presets`."""
        return await _in_thread(self._registry.presets, actor)

    async def remove_preset(self, actor: Actor, name: str) -> None:
        """As :meth:`Registry.remove_preset`."""
        return await _in_thread(self._registry.remove_preset, actor, name)

    # Machines and offline codes

    async def enrol_machine(self, actor: Actor, user: str, machine: str) -> Enrolled:
        """As :meth:`Registry.enrol_machine`."""
        return await _in_thread(self._registry.enrol_machine, actor, user, machine)

    async def machines(self, actor: Actor, user: str) -> list[EnrolmentRecord]:
        """As :meth:`Registry.machines`."""
        return await _in_thread(self._registry.machines, actor, user)

    async def retire_machine(
        self, actor: Actor, user: str, machine: str
    ) -> EnrolmentRecord:
        """As :meth:`Registry.retire_machine`."""
        return await _in_thread(self._registry.retire_machine, actor, user, machine)

    async def answer_request(
        self,
        actor: Actor,
        request: VerifyRequest,
        validity: Union[Validity, timedelta] = Validity.DAY,
        *,
        zone: tzinfo = timezone.utc,
    ) -> Answered:
        """As :meth:`Registry.answer_request`."""
        return await _in_thread(
            self._registry.answer_request, actor, request, validity, zone=zone
        )

    # Security codes

    async def create_security_code(
        self,
        actor: Actor,
        request: SecurityRequest,
        *,
        expires_at: Optional[datetime] = None,
    ) -> CreatedSecurityCode:
        """As :meth:`Registry.create_security_code`."""
        return await _in_thread(
            self._registry.create_security_code, actor, request, expires_at=expires_at
        )

    async def security_codes(
        self, actor: Actor, *, after: Optional[str] = None, limit: int = 100
    ) -> list[SecurityRecord]:
        """As :meth:`Registry.security_codes`."""
        return await _in_thread(
            self._registry.security_codes, actor, after=after, limit=limit
        )

    async def security_code(self, actor: Actor, id: str) -> SecurityRecord:
        """As :meth:`Registry.security_code`."""
        return await _in_thread(self._registry.security_code, actor, id)

    async def edit_security_code(
        self, actor: Actor, id: str, expires_at: datetime
    ) -> SecurityRecord:
        """As :meth:`Registry.edit_security_code`."""
        return await _in_thread(self._registry.edit_security_code, actor, id, expires_at)

    async def make_security_code_permanent(self, actor: Actor, id: str) -> SecurityRecord:
        """As :meth:`Registry.make_security_code_permanent`."""
        return await _in_thread(self._registry.make_security_code_permanent, actor, id)

    async def reset_security_code(self, actor: Actor, id: str) -> SecurityRecord:
        """As :meth:`Registry.reset_security_code`."""
        return await _in_thread(self._registry.reset_security_code, actor, id)

    async def reactivate_security_code(self, actor: Actor, id: str) -> SecurityRecord:
        """As :meth:`Registry.reactivate_security_code`."""
        return await _in_thread(self._registry.reactivate_security_code, actor, id)

    async def rotate_security_code(
        self,
        actor: Actor,
        id: str,
        overlap: timedelta,
        *,
        expires_at: Optional[datetime] = None,
        permanent: bool = False,
    ) -> RotatedSecurityCode:
        """As :meth:`Registry.rotate_security_code`."""
        return await _in_thread(
            self._registry.rotate_security_code,
            actor,
            id,
            overlap,
            expires_at=expires_at,
            permanent=permanent,
        )

    async def describe_security_code(
        self, actor: Actor, id: str, description: str
    ) -> SecurityRecord:
        """As :meth:`Registry.describe_security_code`."""
        return await _in_thread(
            self._registry.describe_security_code, actor, id, description
        )

    async def request_deletion(self, actor: Actor, id: str) -> Deletion:
        """As :meth:`Registry.request_deletion`."""
        return await _in_thread(self._registry.request_deletion, actor, id)

    async def confirm_deletion(self, actor: Actor, id: str, confirmation: str) -> None:
        """As :meth:`Registry.confirm_deletion`."""
        return await _in_thread(self._registry.confirm_deletion, actor, id, confirmation)

    async def authenticate(
        self, presented: str, role_of: Callable[[str], _MaybeAwaitable[Optional[Role]]]
    ) -> Authenticated:
        """As :meth:`Registry.authenticate`. ``role_of`` may be a coroutine function too:
        its coroutine runs in the loop of the caller."""
        import asyncio

        told = _awaited(role_of, asyncio.get_running_loop())
        call = _Call(self._registry.authenticate, presented, told)
        del presented
        return await _in_thread(call)

    # Upkeep

    async def throttle(self, actor: Actor, user: str) -> Throttle:
        """As :meth:`Registry.throttle`."""
        return await _in_thread(self._registry.throttle, actor, user)

    async def unlock(self, actor: Actor, user: str) -> None:
        """As :meth:`Registry.unlock`."""
        return await _in_thread(self._registry.unlock, actor, user)

    async def add_key(self, actor: Actor, id: int, key: MasterKey) -> None:
        """As :meth:`Registry.add_key`."""
        return await _in_thread(self._registry.add_key, actor, id, key)

    async def keys(self, actor: Actor) -> list[KeyRecord]:
        """As :meth:`Registry.keys`."""
        return await _in_thread(self._registry.keys, actor)

    async def retire_key(self, actor: Actor, id: int) -> None:
        """As :meth:`Registry.retire_key`."""
        return await _in_thread(self._registry.retire_key, actor, id)

    async def retire_compromised_key(self, actor: Actor, id: int) -> Compromised:
        """As :meth:`Registry.retire_compromised_key`."""
        return await _in_thread(self._registry.retire_compromised_key, actor, id)

    async def accept_clock(self, actor: Actor) -> None:
        """As :meth:`Registry.accept_clock`."""
        return await _in_thread(self._registry.accept_clock, actor)

    async def set_log_retention(self, actor: Actor, days: int) -> None:
        """As :meth:`Registry.set_log_retention`."""
        return await _in_thread(self._registry.set_log_retention, actor, days)

    async def log_retention(self, actor: Actor) -> int:
        """As :meth:`Registry.log_retention`."""
        return await _in_thread(self._registry.log_retention, actor)

    async def purge(
        self,
        actor: Actor,
        *,
        codes_days: int = 30,
        verifications_days: int = 7,
        events_days: int = 400,
    ) -> Purged:
        """As :meth:`Registry.purge`."""
        return await _in_thread(
            self._registry.purge,
            actor,
            codes_days=codes_days,
            verifications_days=verifications_days,
            events_days=events_days,
        )

    async def events(
        self,
        actor: Actor,
        *,
        user: Optional[str] = None,
        kind: Optional[EventKind] = None,
        since: Optional[datetime] = None,
        until: Optional[datetime] = None,
        before: Optional[str] = None,
        limit: int = 100,
    ) -> list[Event]:
        """As :meth:`Registry.events`."""
        return await _in_thread(
            self._registry.events,
            actor,
            user=user,
            kind=kind,
            since=since,
            until=until,
            before=before,
            limit=limit,
        )
