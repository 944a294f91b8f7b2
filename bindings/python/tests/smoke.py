"""That an installed Stopgap works, on any Python and with no other package."""

import platform

import stopgap
from stopgap import (
    Actor,
    KeyRing,
    MasterKey,
    OnlinePolicy,
    Purpose,
    Registry,
    Role,
    VerifyRequest,
)

keys = KeyRing(1, MasterKey(bytes(range(32))))
dana = Actor("dana", Role.HELP_DESK)
with Registry.open("memory:", keys) as registry:
    issued = registry.issue_code(dana, "alice", OnlinePolicy(max_uses=1))
    typed = issued.code.reveal().lower()
    request = VerifyRequest("alice", typed, Purpose.BYPASS)
    verified = registry.verify_code(request)
    assert verified.user == "alice", verified
    assert verified.expires_at.utcoffset() is not None, verified
    assert typed not in repr((issued, request)), "a code in a repr"
    refused = registry.verify_many([request])
    assert isinstance(refused[0], stopgap.UsedUp), refused
print(f"Stopgap {stopgap.__version__} works on Python {platform.python_version()}.")
