"""The settings of this server, from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Secret

from stopgap import KeyRing, MasterKey


@dataclass(frozen=True)
class Settings:
    """The store, and the keys, which must lie elsewhere."""

    store: str
    key_ring: KeyRing
    #: Signs the cookies of login sessions. Every process of the server has the same key,
    #: also after a restart.
    cookie_key: Secret

    @classmethod
    def from_environment(cls) -> "Settings":
        """Reads the variables that the command ``stopgap`` reads too, and one more."""
        key_file = os.environ.get("STOPGAP_MASTER_KEY_FILE", "stopgap.key")
        cookie_key_file = os.environ.get("HELP_DESK_COOKIE_KEY_FILE", "cookie.key")
        return cls(
            store=os.environ.get("STOPGAP_STORE", "stopgap.db"),
            key_ring=read_key_ring(Path(key_file)),
            cookie_key=read_cookie_key(Path(cookie_key_file)),
        )


def read_key_ring(path: Path) -> KeyRing:
    """Reads 64 hex digits, or the command's lines ``ID HEX``, oldest first."""
    ring = None
    for line in path.read_text(encoding="ascii").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        *number, digits = line.split()
        key_id, key = int(number[0]) if number else 1, MasterKey.from_hex(digits)
        if ring is None:
            ring = KeyRing(key_id, key)
        else:
            # The last key is the primary key; those before still verify.
            ring.add(key_id, key)
    if ring is None:
        raise ValueError(f"there is no key in {path}")
    return ring


def read_cookie_key(path: Path) -> Secret:
    """Reads 64 hex digits."""
    digits = path.read_text(encoding="ascii").strip()
    if len(bytes.fromhex(digits)) != 32:
        raise ValueError(f"there are not 64 hex digits in {path}")
    return Secret(digits)
