-- The tenant comes first in every key, so that a distributed engine may distribute all of
-- them by it. Keys are random, or begin with a user. A key that grows with time has one of
-- 16 buckets before it, so that not all new rows go to one place. A tag protects the fields
-- of its row by a key that is not stored here (SPEC, "Records at rest"). Texts are ordered
-- by their bytes.

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

-- No index contains uses, revoked_at or tag, so a use changes only the row; a tenth of each
-- page is left free for that. The format is JSON, as in the table formats.
CREATE TABLE stopgap.online_codes (
    tenant     text        COLLATE "C" NOT NULL,
    digest     bytea       NOT NULL,
    id         uuid        NOT NULL,
    user_name  text        COLLATE "C" NOT NULL,
    key_id     bigint      NOT NULL,
    format     text        NOT NULL,
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

-- Verifications under an idempotency key. The key is in UTF-8; a text could not contain
-- every character.
CREATE TABLE stopgap.verifications (
    tenant          text        COLLATE "C" NOT NULL,
    user_name       text        COLLATE "C" NOT NULL,
    idempotency_key bytea       NOT NULL,
    key_id          bigint      NOT NULL,
    purpose         text        NOT NULL,
    digest          bytea       NOT NULL,
    answered_at     timestamptz NOT NULL,
    answer          bytea       NOT NULL,
    tag             bytea       NOT NULL,
    bucket          smallint    NOT NULL,
    PRIMARY KEY (tenant, user_name, idempotency_key)
);
CREATE INDEX verifications_by_age ON stopgap.verifications (tenant, bucket, answered_at);

-- A verification locks the user's row, so each user with a code has one, also without
-- failures.
CREATE TABLE stopgap.throttles (
    tenant       text   COLLATE "C" NOT NULL,
    user_name    text   COLLATE "C" NOT NULL,
    failures     bigint NOT NULL,
    locked_until timestamptz,
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
    tag         bytea       NOT NULL,
    PRIMARY KEY (tenant, user_name, machine),
    FOREIGN KEY (tenant, key_id) REFERENCES stopgap.keys (tenant, id)
);
CREATE INDEX machines_by_key ON stopgap.machines (tenant, key_id) WHERE retired_at IS NULL;

-- A code has the rights of the user same_as, or those of a super administrator. Scopes are
-- JSON: "unlimited", or a list. A code without an expiry is permanent.
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

-- The context is a JSON object.
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
    context   text,
    PRIMARY KEY (tenant, bucket, id)
);
CREATE INDEX events_by_user ON stopgap.events (tenant, user_name, id) WHERE user_name IS NOT NULL;
-- Most events are of one kind, and are found as fast by their ids. Each that is not in this
-- index is one page less to write.
CREATE INDEX events_by_kind ON stopgap.events (tenant, kind, id)
    WHERE kind <> 'online.verify';
