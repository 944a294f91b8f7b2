"""The registry, as a dependency."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Annotated, Callable, Optional, TypedDict

from fastapi import Depends, FastAPI, Header, Query, Request

from stopgap import Actor, AsyncRegistry, Context

from .people import SignedIn
from .settings import Settings

Clock = Callable[[], datetime]


class State(TypedDict):
    """The state of the server."""

    registry: AsyncRegistry


def lifespan_of(
    settings: Settings, clock: Optional[Clock]
) -> Callable[[FastAPI], AbstractAsyncContextManager[State]]:
    """Opens the registry before the first request, and closes it after the last.

    With a wrong key or a damaged store, the server does not start.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        async with AsyncRegistry.open(
            settings.store, settings.key_ring, clock=clock
        ) as registry:
            yield {"registry": registry}

    return lifespan


def _registry(request: Request) -> AsyncRegistry:
    registry: AsyncRegistry = request.state.registry
    return registry


def _actor(person: SignedIn) -> Actor:
    return Actor(person.name, person.role)


def _context(
    request: Request, x_request_id: Annotated[Optional[str], Header()] = None
) -> Context:
    client = request.client
    return Context(
        source_address=None if client is None else client.host, request_id=x_request_id
    )


Registry = Annotated[AsyncRegistry, Depends(_registry)]

#: The circumstances of a request, for the audit log.
RequestContext = Annotated[Context, Depends(_context)]

#: The person who is signed in. The registry checks the role; its audit log has refusals.
SignedInActor = Annotated[Actor, Depends(_actor)]

#: The size of a page of a list.
PageSize = Annotated[int, Query(ge=1, le=1000)]
