"""The answer to a refusal, and its line in the log. Neither holds a code."""

import logging
from datetime import timedelta, timezone
from email.utils import format_datetime

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

import stopgap

from .people import UnknownPersonError
from .zone import reader_zone

log = logging.getLogger("help_desk")

#: The status of each class and its subclasses. Refusals that a guesser must not tell apart
#: (unknown, revoked, not yet valid, for another purpose) have one status and one sentence.
_STATUS: dict[type[BaseException], int] = {
    stopgap.StoreError: 503,
    stopgap.ClockRolledBack: 503,
    stopgap.Throttled: 429,
    stopgap.Invalid: 422,
    stopgap.Malformed: 422,
    stopgap.InvalidName: 422,
    stopgap.InvalidIdempotencyKey: 422,
    stopgap.IdempotencyKeyExpired: 409,
    stopgap.IdempotencyKeyReused: 409,
    stopgap.TimeOutOfRange: 422,
    stopgap.Unrecognised: 422,
    stopgap.ExpiryNotInFuture: 422,
    stopgap.Expired: 409,
    stopgap.UsedUp: 409,
    stopgap.ClockSkew: 409,
    stopgap.AlreadyActive: 409,
    stopgap.NotConfirmed: 409,
    stopgap.NoCode: 404,
    stopgap.NoMachine: 404,
    stopgap.NotEnrolled: 404,
    stopgap.NotFound: 404,
    stopgap.Forbidden: 403,
    stopgap.Refused: 403,
    stopgap.StopgapError: 500,
}


def status_of(error: stopgap.StopgapError) -> int:
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def log_refusal(error: stopgap.StopgapError) -> None:
    """Logs ``reason`` and the text. The audit log has the actor and the user."""
    level = logging.ERROR if status_of(error) >= 500 else logging.WARNING
    log.log(level, "%s: %s", error.reason, error)


def _sentence(request: Request, error: stopgap.StopgapError) -> str:
    """The sentence for the person at the screen."""
    if isinstance(error, stopgap.Refused):
        return error.public_message_in(reader_zone(request))
    if isinstance(error, stopgap.Invalid):
        return str(error)
    if isinstance(error, stopgap.Forbidden):
        return "You may not do that."
    return "This service is out of order; please try again later."


async def _on_stopgap_error(request: Request, error: stopgap.StopgapError) -> JSONResponse:
    log_refusal(error)
    headers = {}
    if isinstance(error, stopgap.Throttled) and error.retry_at is not None:
        # Whole seconds, rounded up.
        at = error.retry_at.astimezone(timezone.utc) + timedelta(seconds=1)
        headers["Retry-After"] = format_datetime(at, usegmt=True)
    return JSONResponse({"detail": _sentence(request, error)}, status_of(error), headers)


async def _on_unknown_person(request: Request, error: UnknownPersonError) -> JSONResponse:
    return JSONResponse({"detail": "There is no person of that name."}, 404)


async def _on_invalid_request(
    request: Request, error: RequestValidationError
) -> JSONResponse:
    # FastAPI's own answer repeats the request, which may hold a code.
    wrong = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    return JSONResponse({"detail": "; ".join(wrong)}, 422)


def add_handlers(app: FastAPI) -> None:
    app.exception_handler(stopgap.StopgapError)(_on_stopgap_error)
    app.exception_handler(UnknownPersonError)(_on_unknown_person)
    app.exception_handler(RequestValidationError)(_on_invalid_request)
