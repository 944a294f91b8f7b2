"""Temporary access codes, online and offline, and API secrets that end."""

from stopgap._native import Alphabet, Code, EnrolmentKey, MasterKey, Validity
from stopgap.errors import *  # noqa: F403
from stopgap.words import *  # noqa: F403

__all__ = ["Alphabet", "Code", "EnrolmentKey", "MasterKey", "Validity"]
