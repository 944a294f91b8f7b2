"""The calls for scripts, which send ``Authorization: Bearer <security code>``."""

from typing import Annotated, Any, Optional

from fastapi import APIRouter, Depends, HTTPException, params
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from stopgap import Actor, Authenticated, Refused, Role

from . import people
from .errors import log_refusal, status_of
from .registry import PageSize, Registry

router = APIRouter(prefix="/api", tags=["scripts"])

_bearer = HTTPBearer(auto_error=False)


async def script(
    registry: Registry,
    credentials: Annotated[Optional[HTTPAuthorizationCredentials], Depends(_bearer)],
) -> Authenticated:
    """Authenticates a script.

    The role is the present role of its user. If the user is a super administrator, the
    script has a plain user's rights and is ``limited``.
    """
    if credentials is None:
        raise _not_authenticated()
    try:
        return await registry.authenticate(credentials.credentials, people.role_of)
    except people.UnknownPersonError:
        raise _not_authenticated() from None
    except Refused as error:
        if status_of(error) == 503:
            raise
        log_refusal(error)
        # The log has the reason; the answer is the same for each.
        raise _not_authenticated() from None


def _not_authenticated() -> HTTPException:
    challenge = {"WWW-Authenticate": "Bearer"}
    return HTTPException(401, "That security code is not valid.", challenge)


Script = Annotated[Authenticated, Depends(script)]


def needs(*roles: Role) -> params.Depends:
    """A dependency on a role, for your own calls. The registry checks roles itself."""

    def check(script: Script) -> None:
        if script.role not in roles:
            raise HTTPException(403, "This security code may not do that.")

    return params.Depends(check)


def in_scope(scope: str) -> params.Depends:
    """A dependency on a scope. Scopes are yours: the registry stores them only."""

    def check(script: Script) -> None:
        if scope not in script.scopes:
            raise HTTPException(403, "This security code may not do that.")

    return params.Depends(check)


def script_actor(script: Script) -> Actor:
    """The script as an actor. The registry refuses actors whose role does not suffice."""
    return Actor(script.user or script.id, script.role)


@router.get("/whoami")
async def whoami(script: Script) -> dict[str, Any]:
    return script.to_dict()


@router.get(
    "/roster",
    dependencies=[
        needs(Role.ADMINISTRATOR, Role.SUPER_ADMINISTRATOR),
        in_scope("roster:read"),
    ],
)
async def roster() -> dict[str, str]:
    return {person.name: person.role.value for person in people.everybody()}


@router.get("/events", dependencies=[in_scope("events:read")])
async def events(
    actor: Annotated[Actor, Depends(script_actor)],
    registry: Registry,
    before: Optional[str] = None,
    limit: PageSize = 100,
) -> list[dict[str, Any]]:
    """The audit log, newest first, for a program that collects logs."""
    page = await registry.events(actor, before=before, limit=limit)
    return [event.to_dict() for event in page]
