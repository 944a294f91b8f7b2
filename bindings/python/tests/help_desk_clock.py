"""The help desk of the examples with a clock that its test sets."""

import os
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI
from help_desk import app


def create_app() -> FastAPI:
    clock = Path(os.environ["HELP_DESK_CLOCK"])
    return app.create_app(clock=lambda: datetime.fromisoformat(clock.read_text()))
