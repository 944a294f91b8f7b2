"""A toy directory, with roles and sessions.

Replace it by your directory and your sessions; the other modules use only the names that
are defined here.
"""

from dataclasses import dataclass
from typing import Annotated, Optional

from fastapi import Depends, Header, HTTPException

from stopgap import Role


@dataclass(frozen=True)
class Person:
    """A person in the directory."""

    name: str
    role: Role


class UnknownPersonError(LookupError):
    """No person in the directory has this name."""


_DIRECTORY = {
    "alice": Person("alice", Role.USER),
    "bob": Person("bob", Role.USER),
    "dana": Person("dana", Role.HELP_DESK),
    "adam": Person("adam", Role.ADMINISTRATOR),
    "sue": Person("sue", Role.SUPER_ADMINISTRATOR),
}


def name_of(typed: str) -> str:
    """The name as the directory spells it: for Stopgap, ``Alice`` is not ``alice``.

    An unknown name is returned as it is, so that the login page refuses it like a wrong
    code, and does not tell which names exist.
    """
    name = typed.strip().casefold()
    return name if name in _DIRECTORY else typed


def find(typed: str) -> Person:
    """The person of this name.

    Raises:
        UnknownPersonError: there is no such person.
    """
    person = _DIRECTORY.get(name_of(typed))
    if person is None:
        raise UnknownPersonError
    return person


def everybody() -> list[Person]:
    """All people."""
    return list(_DIRECTORY.values())


def role_of(name: str) -> Role:
    """The present role of a person. Stopgap calls this when a security code is used.

    Raises:
        UnknownPersonError: the person has left, so the security code is refused.
    """
    return find(name).role


def signed_in(x_session: Annotated[Optional[str], Header()] = None) -> Person:
    """The person who sends this request. Replace this toy by your session."""
    try:
        return find(x_session or "")
    except UnknownPersonError:
        raise HTTPException(401, "Please log in.") from None


SignedIn = Annotated[Person, Depends(signed_in)]
