"""The application: ``uvicorn --factory help_desk.app:create_app``."""

from typing import Optional

from fastapi import Depends, FastAPI, Response

from . import api, desk, login, security
from .errors import add_handlers
from .login_session import add_sessions
from .registry import Clock, lifespan_of
from .settings import Settings


def create_app(
    settings: Optional[Settings] = None, clock: Optional[Clock] = None
) -> FastAPI:
    """Makes the application. ``clock`` is for tests."""
    settings = settings or Settings.from_environment()
    app = FastAPI(
        title="Help desk",
        lifespan=lifespan_of(settings, clock),
        dependencies=[Depends(_keep_nothing)],
    )
    for router in (desk.router, login.router, security.router, api.router):
        app.include_router(router)
    add_sessions(app, settings)
    add_handlers(app)
    return app


def _keep_nothing(response: Response) -> None:
    # Answers hold codes and keys, which browsers and proxies must not store.
    response.headers["Cache-Control"] = "no-store"
