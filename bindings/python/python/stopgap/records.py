"""What a registry gives back: immutable records."""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from stopgap._native import Code
from stopgap.words import CodeState, EventKind, LifeState, Purpose, Role
