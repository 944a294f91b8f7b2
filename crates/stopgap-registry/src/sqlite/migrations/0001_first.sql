-- Instants are microseconds since 1970 in UTC. The tenant comes first in every key. A tag
-- protects the fields of its row by a key that is not stored here (SPEC, "Records at
-- rest").

CREATE TABLE clocks (
    tenant  TEXT    NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (tenant)
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
    tenant      TEXT    NOT NULL,
    id          INTEGER NOT NULL,
    check_value BLOB    NOT NULL,
    added_at    INTEGER NOT NULL,
    retired_at  INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE formats (
    tenant TEXT NOT NULL,
    format TEXT NOT NULL,
    PRIMARY KEY (tenant, format)
) STRICT, WITHOUT ROWID;

CREATE TABLE presets (
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL,
    policy TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- With row ids, so that rows are stored by age: new ones are added at the end, and old ones
-- are purged from the beginning, instead of each from a page of its own. The format is
-- JSON, as in the table formats.
CREATE TABLE online_codes (
    tenant     TEXT    NOT NULL,
    digest     BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    user_name  TEXT    NOT NULL,
    key_id     INTEGER NOT NULL,
    format     TEXT    NOT NULL,
    purposes   INTEGER NOT NULL,
    not_before INTEGER,
    expires_at INTEGER NOT NULL,
    max_uses   INTEGER,
    uses       INTEGER NOT NULL,
    revoked_at INTEGER,
    tag        BLOB    NOT NULL,
    PRIMARY KEY (tenant, digest),
    FOREIGN KEY (tenant, key_id) REFERENCES keys (tenant, id)
) STRICT;
CREATE UNIQUE INDEX online_codes_by_user ON online_codes (tenant, user_name, id);
CREATE INDEX online_codes_by_expiry ON online_codes (tenant, expires_at);

-- Verifications under an idempotency key.
CREATE TABLE verifications (
    tenant          TEXT    NOT NULL,
    user_name       TEXT    NOT NULL,
    idempotency_key TEXT    NOT NULL,
    key_id          INTEGER NOT NULL,
    purpose         TEXT    NOT NULL,
    digest          BLOB    NOT NULL,
    answered_at     INTEGER NOT NULL,
    answer          BLOB    NOT NULL,
    tag             BLOB    NOT NULL,
    PRIMARY KEY (tenant, user_name, idempotency_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX verifications_by_age ON verifications (tenant, answered_at);

CREATE TABLE throttles (
    tenant       TEXT    NOT NULL,
    user_name    TEXT    NOT NULL,
    failures     INTEGER NOT NULL,
    locked_until INTEGER,
    PRIMARY KEY (tenant, user_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE machines (
    tenant      TEXT    NOT NULL,
    user_name   TEXT    NOT NULL,
    machine     TEXT    NOT NULL,
    key_id      INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    enrolled_at INTEGER NOT NULL,
    retired_at  INTEGER,
    tag         BLOB    NOT NULL,
    PRIMARY KEY (tenant, user_name, machine),
    FOREIGN KEY (tenant, key_id) REFERENCES keys (tenant, id)
) STRICT, WITHOUT ROWID;

-- A code has the rights of the user same_as, or those of a super administrator. Scopes are
-- JSON: "unlimited", or a list. A code without an expiry is permanent.
CREATE TABLE security_codes (
    tenant       TEXT    NOT NULL,
    digest       BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    key_id       INTEGER NOT NULL,
    same_as      TEXT,
    scopes       TEXT    NOT NULL,
    description  TEXT    NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    tag          BLOB    NOT NULL,
    PRIMARY KEY (tenant, digest),
    FOREIGN KEY (tenant, key_id) REFERENCES keys (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX security_codes_by_id ON security_codes (tenant, id);
CREATE INDEX security_codes_by_expiry ON security_codes (tenant, expires_at);

-- The context is a JSON object.
CREATE TABLE events (
    tenant    TEXT NOT NULL,
    id        BLOB NOT NULL,
    actor     TEXT NOT NULL,
    role      TEXT NOT NULL,
    kind      TEXT NOT NULL,
    user_name TEXT,
    subject   TEXT,
    detail    TEXT,
    reason    TEXT,
    context   TEXT,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_user ON events (tenant, user_name, id) WHERE user_name IS NOT NULL;
-- Most events are of one kind, and are found as fast by their ids. Each that is not in this
-- index is one page less to write.
CREATE INDEX events_by_kind ON events (tenant, kind, id) WHERE kind <> 'online.verify';
