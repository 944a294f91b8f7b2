"""The calls for super administrators, who manage security codes."""

from typing import Any, Literal, Optional, Union

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from stopgap import Access, Scopes, SecurityRequest

from . import people
from .registry import PageSize, Registry, RequestContext, SignedInActor

router = APIRouter(prefix="/security-codes", tags=["security codes"])


class NewSecurityCode(BaseModel):
    #: The user; ``null``, which must be sent, for a super administrator.
    same_as: Optional[str]
    #: The scopes of ``api.py``, or the word ``unlimited``.
    scopes: Union[Literal["unlimited"], list[str]]
    description: str = ""


class Expiry(BaseModel):
    expires_at: AwareDatetime


@router.post("", status_code=201)
async def create(
    body: NewSecurityCode,
    actor: SignedInActor,
    registry: Registry,
    context: RequestContext,
) -> dict[str, Any]:
    if body.same_as is None:
        access = Access.SUPER_ADMINISTRATOR
    else:
        access = Access.same_as(people.find(body.same_as).name)
    scopes = Scopes.UNLIMITED if body.scopes == "unlimited" else Scopes(body.scopes)
    request = SecurityRequest(access, scopes, description=body.description, context=context)
    created = await registry.create_security_code(actor, request)
    return {**created.record.to_dict(), "code": created.code.reveal()}


@router.get("")
async def list_all(
    actor: SignedInActor,
    registry: Registry,
    after: Optional[str] = None,
    limit: PageSize = 100,
) -> list[dict[str, Any]]:
    records = await registry.security_codes(actor, after=after, limit=limit)
    return [record.to_dict() for record in records]


@router.put("/{code_id}/expiry")
async def edit(
    code_id: str, body: Expiry, actor: SignedInActor, registry: Registry
) -> dict[str, Any]:
    record = await registry.edit_security_code(actor, code_id, body.expires_at)
    return record.to_dict()


@router.post("/{code_id}/permanent")
async def make_permanent(
    code_id: str, actor: SignedInActor, registry: Registry
) -> dict[str, Any]:
    return (await registry.make_security_code_permanent(actor, code_id)).to_dict()


@router.post("/{code_id}/reset")
async def reset(code_id: str, actor: SignedInActor, registry: Registry) -> dict[str, Any]:
    return (await registry.reset_security_code(actor, code_id)).to_dict()


@router.post("/{code_id}/reactivate")
async def reactivate(
    code_id: str, actor: SignedInActor, registry: Registry
) -> dict[str, Any]:
    return (await registry.reactivate_security_code(actor, code_id)).to_dict()


@router.post("/{code_id}/deletion")
async def request_deletion(
    code_id: str, actor: SignedInActor, registry: Registry
) -> dict[str, Any]:
    """The first of two steps: returns the record, to be looked at."""
    return (await registry.request_deletion(actor, code_id)).to_dict()


@router.delete("/{code_id}", status_code=204)
async def confirm_deletion(
    code_id: str, confirmation: str, actor: SignedInActor, registry: Registry
) -> None:
    """The second step: deletes the code, if its record is unchanged."""
    await registry.confirm_deletion(actor, code_id, confirmation)
