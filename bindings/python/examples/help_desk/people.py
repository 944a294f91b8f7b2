"""Stands for what you have already: people, their roles, their sessions.

Nothing here is Stopgap's. Put your directory and your session in its place; the other
modules ask only for what is defined here.
"""

from dataclasses import dataclass
from typing import Annotated, Optional

from fastapi import Depends, Header, HTTPException

from stopgap import Role


@dataclass(frozen=True)
class Person:
    """Somebody in the directory."""

    name: str
    role: Role


class UnknownPersonError(LookupError):
    """Nobody in the directory has that name, or not any more."""


_DIRECTORY = {
    "alice": Person("alice", Role.USER),
    "bob": Person("bob", Role.USER),
    "dana": Person("dana", Role.HELP_DESK),
    "adam": Person("adam", Role.ADMINISTRATOR),
    "sue": Person("sue", Role.SUPER_ADMINISTRATOR),
}


def name_of(typed: str) -> str:
    """The name as the directory spells it: to Stopgap ``Alice`` is not ``alice``.

    A name that nobody has stays as it is, so that a login page can refuse it as it
    refuses everything else, and nobody learns who exists.
    """
    name = typed.strip().casefold()
    return name if name in _DIRECTORY else typed


def find(typed: str) -> Person:
    """The person of that name.

    Raises:
        UnknownPersonError: there is none.
    """
    person = _DIRECTORY.get(name_of(typed))
    if person is None:
        raise UnknownPersonError
    return person


def everybody() -> list[Person]:
    """All of them, for whoever may ask."""
    return list(_DIRECTORY.values())


def role_of(name: str) -> Role:
    """What a person may do now. Stopgap asks this whenever a security code is used.

    Raises:
        UnknownPersonError: who has left takes their security codes along.
    """
    return find(name).role


def signed_in(x_session: Annotated[Optional[str], Header()] = None) -> Person:
    """Who sends this request. Your session goes here; this one is a toy."""
    try:
        return find(x_session or "")
    except UnknownPersonError:
        raise HTTPException(401, "Please log in.") from None


SignedIn = Annotated[Person, Depends(signed_in)]
