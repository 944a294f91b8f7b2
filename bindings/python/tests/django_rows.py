"""Verifies codes with a throttle in a row of a database, by Django::

python django_rows.py sqlite PATH
python django_rows.py postgres NAME HOST PORT USER PASSWORD
"""

from __future__ import annotations

import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import django
from django.conf import settings
from django.db import connection, models, transaction

from stopgap import (
    Granted,
    KeyRing,
    MasterKey,
    OnlineGrant,
    OnlinePolicy,
    Purpose,
    Refused,
    Throttle,
    UserThrottle,
    VerifyRequest,
)

KEYS = KeyRing(1, MasterKey.generate())
NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
WRONG = "0000-0000-0000"


def database(kind: str, name: str, *server: str) -> dict[str, Any]:
    if kind == "sqlite":
        # SQLite has no row locks: the transaction must lock the file before it reads.
        options = {"transaction_mode": "IMMEDIATE", "timeout": 60}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": options}
    parts = dict(zip(("HOST", "PORT", "USER", "PASSWORD"), server))
    return {"ENGINE": "django.db.backends.postgresql", "NAME": name, **parts}


settings.configure(DATABASES={"default": database(*sys.argv[1:])}, USE_TZ=True)
django.setup()


class Login(models.Model):  # type: ignore[misc, unused-ignore]
    """The code and the throttle of a user."""

    user = models.CharField(primary_key=True, max_length=255)
    code = models.BinaryField()
    throttle = models.BinaryField()

    class Meta:
        app_label = "logins"
        # Several tests may use one database.
        db_table = f"stopgap_logins_{uuid.uuid4().hex}"


def verify(user: str, typed: str) -> Granted:
    """Verifies a code as the README shows it."""
    request = VerifyRequest(user, typed, Purpose.BYPASS)
    with transaction.atomic():
        row = Login.objects.select_for_update().get(user=user)
        record = OnlineGrant.from_bytes(row.code)
        throttle = UserThrottle.from_bytes(row.throttle).open(KEYS).throttle
        verdict = throttle.attempt(lambda: record.verify(KEYS, request, now=NOW), now=NOW)
        row.throttle = UserThrottle.seal(KEYS, user, verdict.throttle).to_bytes()
        if verdict.refusal is None:
            row.code = verdict.result().record.to_bytes()
        row.save()
    return verdict.result()


def add(user: str) -> str:
    code, record = OnlinePolicy(max_uses=1).issue(KEYS, user, now=NOW)
    throttle = UserThrottle.seal(KEYS, user, Throttle())
    Login.objects.create(user=user, code=record.to_bytes(), throttle=throttle.to_bytes())
    return code.reveal()


def stored(user: str) -> Throttle:
    row = Login.objects.get(user=user)
    return UserThrottle.from_bytes(row.throttle).open(KEYS).throttle


def outcome(user: str, typed: str) -> str:
    try:
        verify(user, typed)
    except Refused as refusal:
        return refusal.reason
    else:
        return "granted"
    finally:
        connection.close()


def main() -> None:
    code = add("alice")
    outcomes = [outcome("alice", WRONG) for _ in range(30)]
    # Each failure was stored, although it was raised.
    assert outcomes == ["unknown"] * 5 + ["throttled"] * 25, outcomes
    assert stored("alice").failures == 5
    assert outcome("alice", code) == "throttled"

    # Many at once: each failure counts.
    add("bob")
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(outcome, ["bob"] * 30, [WRONG] * 30))
    assert outcomes.count("unknown") == 5, outcomes
    assert outcomes.count("throttled") == 25, outcomes

    # A code that is good once is granted once.
    code = add("carol")
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(outcome, ["carol"] * 20, [code] * 20))
    assert outcomes.count("granted") == 1, outcomes
    assert outcomes.count("used_up") == 19, outcomes
    assert stored("carol") == Throttle()


with connection.schema_editor() as editor:
    editor.create_model(Login)
try:
    main()
finally:
    with connection.schema_editor() as editor:
        editor.delete_model(Login)
