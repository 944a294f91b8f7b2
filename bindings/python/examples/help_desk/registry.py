"""The registry, as a dependency of whoever needs it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Annotated, Callable, Optional, TypedDict

from fastapi import Depends, FastAPI, Query, Request

from stopgap import Actor, AsyncRegistry

from .people import SignedIn
from .settings import Settings

Clock = Callable[[], datetime]


class State(TypedDict):
    """What lives as long as the server does."""

    registry: AsyncRegistry


def lifespan_of(
    settings: Settings, clock: Optional[Clock]
) -> Callable[[FastAPI], AbstractAsyncContextManager[State]]:
    """Opens the registry before the first request, and closes it after the last.

    A wrong key or a damaged store ends the server here, and not at the first code.
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


Registry = Annotated[AsyncRegistry, Depends(_registry)]

#: Whoever is signed in. What they may do is for the registry to say; what it refuses
#: stands in its audit log too.
SignedInActor = Annotated[Actor, Depends(_actor)]

#: A list that may be long comes in pages.
PageSize = Annotated[int, Query(ge=1, le=1000)]
