"""The login session: a signed cookie with an idempotency key that the server makes.

A verification with the key, the user and the code of a granted one gets the same grant
again, and consumes nothing. So the client must not choose the key: with the key and the
code of another session, it would get the grant of that session.

The cookie of an answer has a new key. If the answer is lost, so is its cookie. Then the
browser repeats the request with the old key, and gets the lost answer. Do not replace the
old key on the server: the server does not know which answers arrived.
"""

from typing import Annotated
from uuid import uuid4

from fastapi import Depends, FastAPI, HTTPException, Request
from starlette.middleware.sessions import SessionMiddleware

from .settings import Settings

_KEY = "idempotency_key"


def add_sessions(app: FastAPI, settings: Settings) -> None:
    """Adds the cookie. A cookie that this server did not sign starts no session."""
    app.add_middleware(
        SessionMiddleware,
        secret_key=settings.cookie_key,
        # Browsers accept a cookie with this prefix only over TLS and only from this host.
        session_cookie="__Host-login",
        https_only=True,
        # Scripts cannot read the cookie: Starlette always sets HttpOnly.
        same_site="strict",
        # An hour to type the code.
        max_age=3600,
    )


def renew_key(request: Request) -> None:
    """Makes the key of the next verification. The cookie of this answer holds it."""
    request.session[_KEY] = str(uuid4())


def _idempotency_key(request: Request) -> str:
    key = request.session.get(_KEY)
    if key is None:
        raise HTTPException(401, "Please load the login page again.")
    return str(key)


#: The key of the session from which this request comes.
IdempotencyKey = Annotated[str, Depends(_idempotency_key)]
