-- The tenant stands first in every key, so that an engine of many machines may
-- distribute all of them by it. Keys are random, or begin with a user; where a key
-- grows with time a bucket of 16 stands before it, so that no one place takes all
-- that is new. Tags bind a row to a key that is not in here (SPEC, "Records at
-- rest"). Texts are ordered by their bytes.

CREATE TABLE stopgap.clocks (
    tenant  text        COLLATE "C" NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (tenant)
);

CREATE TABLE stopgap.keys (
    tenant      text        COLLATE "C" NOT NULL,
    id          bigint      NOT NULL,
    check_value bytea       NOT NULL,
    added_at    timestamptz NOT NULL,
    retired_at  timestamptz,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE stopgap.formats (
    tenant text COLLATE "C" NOT NULL,
    format text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, format)
);

CREATE TABLE stopgap.presets (
    tenant text COLLATE "C" NOT NULL,
    name   text COLLATE "C" NOT NULL,
    policy text NOT NULL,
    PRIMARY KEY (tenant, name)
);

-- No index holds uses, so that counting one changes the row alone; a tenth of each
-- page is left free for that.
CREATE TABLE stopgap.online_codes (
    tenant     text        COLLATE "C" NOT NULL,
    digest     bytea       NOT NULL,
    id         uuid        NOT NULL,
    user_name  text        COLLATE "C" NOT NULL,
    key_id     bigint      NOT NULL,
    purposes   smallint    NOT NULL,
    not_before timestamptz,
    expires_at timestamptz NOT NULL,
    max_uses   bigint,
    uses       bigint      NOT NULL,
    revoked_at timestamptz,
    tag        bytea       NOT NULL,
    bucket     smallint    NOT NULL,
    PRIMARY KEY (tenant, digest),
    FOREIGN KEY (tenant, key_id) REFERENCES stopgap.keys (tenant, id)
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX online_codes_by_user ON stopgap.online_codes (tenant, user_name, id);
-- For the purge, and for the look whether a key is still needed.
CREATE INDEX online_codes_by_expiry
    ON stopgap.online_codes (tenant, bucket, key_id, expires_at);

CREATE TABLE stopgap.attempts (
    tenant      text        COLLATE "C" NOT NULL,
    id          text        COLLATE "C" NOT NULL,
    key_id      bigint      NOT NULL,
    answer      text        NOT NULL,
    tag         bytea       NOT NULL,
    answered_at timestamptz NOT NULL,
    bucket      smallint    NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX attempts_by_age ON stopgap.attempts (tenant, bucket, answered_at);

-- Whoever verifies locks the user's row, so each user of a code has one, also
-- without failures.
CREATE TABLE stopgap.throttles (
    tenant       text   COLLATE "C" NOT NULL,
    user_name    text   COLLATE "C" NOT NULL,
    failures     bigint NOT NULL,
    closed_until timestamptz,
    PRIMARY KEY (tenant, user_name)
) WITH (fillfactor = 90);

CREATE TABLE stopgap.machines (
    tenant      text        COLLATE "C" NOT NULL,
    user_name   text        COLLATE "C" NOT NULL,
    machine     text        COLLATE "C" NOT NULL,
    key_id      bigint      NOT NULL,
    generation  bigint      NOT NULL,
    enrolled_at timestamptz NOT NULL,
    retired_at  timestamptz,
    PRIMARY KEY (tenant, user_name, machine),
    FOREIGN KEY (tenant, key_id) REFERENCES stopgap.keys (tenant, id)
);
CREATE INDEX machines_by_key ON stopgap.machines (tenant, key_id) WHERE retired_at IS NULL;

-- The access is that of the user named by same_as, or a super administrator's. Scopes
-- are JSON: "unlimited", or a list. A code without an expiry is permanent.
CREATE TABLE stopgap.security_codes (
    tenant       text        COLLATE "C" NOT NULL,
    digest       bytea       NOT NULL,
    id           uuid        NOT NULL,
    key_id       bigint      NOT NULL,
    same_as      text        COLLATE "C",
    scopes       text        NOT NULL,
    description  text        NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,
    tag          bytea       NOT NULL,
    PRIMARY KEY (tenant, digest),
    FOREIGN KEY (tenant, key_id) REFERENCES stopgap.keys (tenant, id)
);
CREATE UNIQUE INDEX security_codes_by_id ON stopgap.security_codes (tenant, id);
CREATE INDEX security_codes_by_expiry ON stopgap.security_codes (tenant, key_id, expires_at);

CREATE TABLE stopgap.events (
    tenant    text     COLLATE "C" NOT NULL,
    bucket    smallint NOT NULL,
    id        uuid     NOT NULL,
    actor     text     NOT NULL,
    role      text     NOT NULL,
    kind      text     COLLATE "C" NOT NULL,
    user_name text     COLLATE "C",
    subject   text,
    detail    text,
    reason    text,
    PRIMARY KEY (tenant, bucket, id)
);
CREATE INDEX events_by_user ON stopgap.events (tenant, user_name, id) WHERE user_name IS NOT NULL;
-- Most events are of one kind, and are found as fast by their ids: each that is not
-- noted here as well is a page less to write.
CREATE INDEX events_by_kind ON stopgap.events (tenant, kind, id)
    WHERE kind <> 'online.verify';
