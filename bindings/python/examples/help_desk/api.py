"""What scripts may ask, with a security code: ``Authorization: Bearer <code>``."""

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
    """Which script this is, and with which role's rights it acts.

    The role is its user's of this moment. A script that acts as a super administrator's
    "same as" has a plain user's rights and is ``limited``.
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
        # Expired or unknown or half of it: the script's owner is told, its log is not.
        raise _not_authenticated() from None


def _not_authenticated() -> HTTPException:
    challenge = {"WWW-Authenticate": "Bearer"}
    return HTTPException(401, "That security code is not valid.", challenge)


Script = Annotated[Authenticated, Depends(script)]


def needs(*roles: Role) -> params.Depends:
    """A dependency: a script with one of these roles. For what is yours alone."""

    def check(script: Script) -> None:
        if script.role not in roles:
            raise HTTPException(403, "This security code may not do that.")

    return params.Depends(check)


def script_actor(script: Script) -> Actor:
    """The script, for what the registry does: there it is the registry that refuses."""
    return Actor(script.user or script.id, script.role)


@router.get("/whoami")
async def whoami(script: Script) -> dict[str, Any]:
    return script.to_dict()


@router.get("/roster", dependencies=[needs(Role.ADMINISTRATOR, Role.SUPER_ADMINISTRATOR)])
async def roster() -> dict[str, str]:
    return {person.name: person.role.value for person in people.everybody()}


@router.get("/events")
async def events(
    actor: Annotated[Actor, Depends(script_actor)],
    registry: Registry,
    before: Optional[str] = None,
    limit: PageSize = 100,
) -> list[dict[str, Any]]:
    """The audit log, newest first, for whoever collects logs."""
    page = await registry.events(actor, before=before, limit=limit)
    return [event.to_dict() for event in page]
