-- Instants are microseconds since 1970 in UTC. The tenant stands first in every
-- key. Tags bind a row to a key that is not in here (SPEC, "Records at rest").

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

-- Not by its digest but by age, so that new rows go to its end, and old ones are
-- purged from its beginning, instead of each from a page of its own.
CREATE TABLE online_codes (
    tenant     TEXT    NOT NULL,
    digest     BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    user_name  TEXT    NOT NULL,
    key_id     INTEGER NOT NULL,
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

CREATE TABLE attempts (
    tenant      TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    key_id      INTEGER NOT NULL,
    answer      TEXT    NOT NULL,
    tag         BLOB    NOT NULL,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_age ON attempts (tenant, answered_at);

CREATE TABLE throttles (
    tenant       TEXT    NOT NULL,
    user_name    TEXT    NOT NULL,
    failures     INTEGER NOT NULL,
    closed_until INTEGER,
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
    PRIMARY KEY (tenant, user_name, machine),
    FOREIGN KEY (tenant, key_id) REFERENCES keys (tenant, id)
) STRICT, WITHOUT ROWID;

-- The access is that of the user named by same_as, or a super administrator's. Scopes
-- are JSON: "unlimited", or a list. A code without an expiry is permanent.
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
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_user ON events (tenant, user_name, id) WHERE user_name IS NOT NULL;
-- Most events are of one kind, and are found as fast by their ids: each that is not
-- noted here as well is a page less to write.
CREATE INDEX events_by_kind ON events (tenant, kind, id) WHERE kind <> 'online.verify';
