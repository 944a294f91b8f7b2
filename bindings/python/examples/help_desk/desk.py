"""The calls for the help desk, which helps a user on the telephone."""

from typing import Annotated, Any, Optional

from fastapi import APIRouter
from pydantic import BaseModel, Field

from stopgap import Code, IssueRequest, OnlinePolicy, Purpose, Validity, VerifyRequest

from . import people
from .registry import Registry, RequestContext, SignedInActor
from .zone import DeskZone

router = APIRouter(tags=["help desk"])


class NewCode(BaseModel):
    user: str
    purposes: frozenset[Purpose] = frozenset({Purpose.BYPASS})
    #: ``90m``, ``8h``, ``7d`` or ``1 month``.
    validity: str = "1d"
    #: ``null`` for any number.
    max_uses: Optional[Annotated[int, Field(ge=1, le=1000)]] = 1


class NewMachine(BaseModel):
    user: str
    machine: str


class RequestCode(BaseModel):
    user: str
    request_code: str
    purpose: Purpose = Purpose.BYPASS
    #: ``7d`` or ``1 month``.
    validity: str = "1d"


@router.post("/codes", status_code=201)
async def issue_code(
    body: NewCode,
    actor: SignedInActor,
    registry: Registry,
    zone: DeskZone,
    context: RequestContext,
) -> dict[str, Any]:
    policy = OnlinePolicy(
        validity=Validity.parse(body.validity),
        purposes=body.purposes,
        max_uses=body.max_uses,
    )
    user = people.find(body.user).name
    request = IssueRequest(user, context=context)
    issued = await registry.issue_code(actor, request, policy, zone=zone)
    return {**issued.record.to_dict(), **_told(issued.code)}


@router.get("/codes")
async def codes(
    user: str, actor: SignedInActor, registry: Registry
) -> list[dict[str, Any]]:
    # A person who has left may still have codes.
    records = await registry.codes(actor, people.name_of(user))
    return [record.to_dict() for record in records]


@router.delete("/codes/last")
async def revoke_last_code(
    user: str, actor: SignedInActor, registry: Registry
) -> dict[str, Any]:
    record = await registry.revoke_last_code(actor, people.name_of(user))
    return record.to_dict()


@router.delete("/codes")
async def revoke_all_codes(
    user: str, actor: SignedInActor, registry: Registry
) -> dict[str, int]:
    return {"revoked": await registry.revoke_all_codes(actor, people.name_of(user))}


@router.delete("/throttle", status_code=204)
async def unlock(user: str, actor: SignedInActor, registry: Registry) -> None:
    await registry.unlock(actor, people.name_of(user))


@router.post("/machines", status_code=201)
async def enrol_machine(
    body: NewMachine, actor: SignedInActor, registry: Registry
) -> dict[str, Any]:
    user = people.find(body.user).name
    enrolled = await registry.enrol_machine(actor, user, body.machine)
    # The machine's agent stores the key where the machine's users cannot read it.
    return {**enrolled.enrolment.to_dict(), "key": enrolled.key.reveal().hex()}


@router.post("/answers")
async def answer_request(
    body: RequestCode,
    actor: SignedInActor,
    registry: Registry,
    zone: DeskZone,
    context: RequestContext,
) -> dict[str, Any]:
    user = people.find(body.user).name
    request = VerifyRequest(user, body.request_code, body.purpose, context=context)
    validity = Validity.parse(body.validity)
    answered = await registry.answer_request(actor, request, validity, zone=zone)
    return {
        **_told(answered.code),
        "machine": answered.machine,
        "expires_at": answered.expires_at,
        "late": answered.late,
    }


def _told(code: Code) -> dict[str, str]:
    """The code, for the answer that shows it."""
    return {"code": code.reveal(), "spoken": code.reveal_spoken()}
