"""What the login page asks when somebody types a code in place of a second factor."""

from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, SecretStr

from stopgap import Purpose

from . import people
from .registry import Registry

router = APIRouter(tags=["login page"])


class TypedCode(BaseModel):
    user: str
    #: A secret to pydantic as well, so that no ``repr`` shows it.
    code: SecretStr
    purpose: Purpose


@router.post("/verify")
async def verify(
    body: TypedCode, registry: Registry, idempotency_key: Annotated[str, Header()]
) -> dict[str, Any]:
    # The page makes a new key each time that somebody presses the button, and sends the
    # same one when it has to ask again: a code that is good once is not lost with an
    # answer. There is no other retry in here, and none is needed.
    verified = await registry.verify_code(
        people.name_of(body.user),
        body.code.get_secret_value(),
        body.purpose,
        attempt=idempotency_key,
    )
    # Here yours goes on: let them set a password, or register a factor, or note in the
    # session that the second factor is bypassed until then.
    return verified.to_dict()
