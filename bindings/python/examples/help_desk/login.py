"""The call for the login page, for a code instead of a second factor."""

from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, SecretStr

from stopgap import Purpose, VerifyRequest

from . import people
from .registry import Registry, RequestContext

router = APIRouter(tags=["login page"])


class TypedCode(BaseModel):
    user: str
    #: A type that hides the code in ``repr``.
    code: SecretStr
    purpose: Purpose


@router.post("/verify")
async def verify(
    body: TypedCode,
    registry: Registry,
    context: RequestContext,
    idempotency_key: Annotated[str, Header()],
) -> dict[str, Any]:
    # The page makes a new key each time the button is pressed, and sends it again if the
    # answer was lost. So a code with one use is not lost. No other retry is needed.
    request = VerifyRequest(
        people.name_of(body.user),
        body.code.get_secret_value(),
        body.purpose,
        idempotency_key=idempotency_key,
        context=context,
    )
    verified = await registry.verify_code(request)
    # Continue here: let the user set a password or register a factor, or note in the
    # session until when the second factor is bypassed.
    return verified.to_dict()
