"""The calls for the login page, for a code instead of a second factor."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, SecretStr

from stopgap import Purpose, Refused, VerifyRequest

from . import people
from .login_session import IdempotencyKey, renew_key
from .registry import Registry, RequestContext

router = APIRouter(tags=["login page"])


class TypedCode(BaseModel):
    user: str
    #: A type that hides the code in ``repr``.
    code: SecretStr
    purpose: Purpose


@router.get("/login", status_code=204)
async def login(request: Request) -> None:
    """Starts a login session. Return your login page here."""
    renew_key(request)


@router.post("/verify")
async def verify(
    request: Request,
    body: TypedCode,
    registry: Registry,
    context: RequestContext,
    idempotency_key: IdempotencyKey,
) -> dict[str, Any]:
    typed = VerifyRequest(
        people.name_of(body.user),
        body.code.get_secret_value(),
        body.purpose,
        idempotency_key=idempotency_key,
        context=context,
    )
    try:
        verified = await registry.verify_code(typed)
    except Refused:
        renew_key(request)
        raise
    # After any other error, the use may have been counted. The session keeps its key, and
    # the page may send the same request again.
    renew_key(request)
    # Continue here, in this session only: let the user set a password or register a
    # factor, or note until when the second factor is bypassed.
    return verified.to_dict()
