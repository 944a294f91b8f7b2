"""Temporary access codes, online and offline, and API secrets that end."""

from stopgap import errors, words
from stopgap._native import (
    Alphabet,
    Attempt,
    Code,
    CodeFormat,
    EnrolmentKey,
    Granted,
    KeyRing,
    Lock,
    MasterKey,
    OnlineGrant,
    OnlinePolicy,
    Throttle,
    ThrottlePolicy,
    Validity,
    __version__,
)
from stopgap.errors import *  # noqa: F403
from stopgap.words import *  # noqa: F403

__all__ = [
    "Alphabet",
    "Attempt",
    "Code",
    "CodeFormat",
    "EnrolmentKey",
    "Granted",
    "KeyRing",
    "Lock",
    "MasterKey",
    "OnlineGrant",
    "OnlinePolicy",
    "Throttle",
    "ThrottlePolicy",
    "Validity",
    "__version__",
]
__all__ += errors.__all__
__all__ += words.__all__
