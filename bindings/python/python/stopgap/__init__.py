"""Temporary access codes, online and offline, and API secrets that end."""

from stopgap import errors, records, words
from stopgap._native import (
    OCRA_SUITE,
    Access,
    Actor,
    Agent,
    AgentPolicy,
    Alphabet,
    Answer,
    Attempt,
    Code,
    CodeFormat,
    Enrolment,
    EnrolmentKey,
    Granted,
    KeyRing,
    Life,
    Lock,
    MasterKey,
    OfflinePolicy,
    OnlineGrant,
    OnlinePolicy,
    Registry,
    RequestCode,
    Scope,
    SecurityCode,
    Throttle,
    ThrottlePolicy,
    Validity,
    __version__,
    locate,
    minute_of,
    seconds_left,
)
from stopgap.asynchronous import AsyncRegistry
from stopgap.errors import *  # noqa: F403
from stopgap.records import *  # noqa: F403
from stopgap.words import *  # noqa: F403

__all__ = [
    "OCRA_SUITE",
    "Access",
    "Actor",
    "Agent",
    "AgentPolicy",
    "Alphabet",
    "Answer",
    "AsyncRegistry",
    "Attempt",
    "Code",
    "CodeFormat",
    "Enrolment",
    "EnrolmentKey",
    "Granted",
    "KeyRing",
    "Life",
    "Lock",
    "MasterKey",
    "OfflinePolicy",
    "OnlineGrant",
    "OnlinePolicy",
    "Registry",
    "RequestCode",
    "Scope",
    "SecurityCode",
    "Throttle",
    "ThrottlePolicy",
    "Validity",
    "__version__",
    "locate",
    "minute_of",
    "seconds_left",
]
__all__ += errors.__all__
__all__ += records.__all__
__all__ += words.__all__
