//! Schemas that were altered.

use super::place::{Place, at};
use crate::{Postgres, StoreError};

/// The error of opening a store, both to write and to read.
fn refusal(place: &Place) -> String {
    let url = place.database.url();
    let errors = [Postgres::open(url, at(0)), Postgres::open_source(url)].map(|opened| {
        let error = opened.expect_err("it was opened");
        assert!(matches!(error, StoreError::Altered { .. }), "{error:?}");
        error.to_string()
    });
    assert_eq!(errors[0], errors[1]);
    errors[0].clone()
}

/// Each is refused, and accepted again after the statement of the message.
fn refused(alterations: &[(&str, &str)]) {
    let Some(place) = Place::new() else { return };
    place.psql(
        "CREATE FUNCTION public.spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE FUNCTION public.f(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1';
         CREATE FUNCTION public.g() RETURNS text LANGUAGE sql AS 'SELECT ''x''';
         CREATE DOMAIN public.short AS text CHECK (length(value) < 9)",
    );
    for (alter, says) in alterations {
        place.psql(alter);
        let message = refusal(&place);
        assert!(message.contains(says), "{alter}: {message}");
        let undo = message.split_once("(undo it by ").map(|(_, rest)| rest);
        let undo = undo.and_then(|rest| rest.rsplit_once("); find out who"));
        let (undo, _) = undo.expect(&message);
        place.psql(undo);
        let opened = Postgres::open(place.database.url(), at(0));
        assert!(opened.is_ok(), "{alter}: {undo}: {opened:?}");
    }
}

#[test]
fn foreign_objects() {
    refused(&[
        (
            "CREATE TRIGGER t BEFORE UPDATE ON stopgap.online_codes FOR EACH ROW
             EXECUTE FUNCTION public.spy()",
            "the trigger t on online_codes",
        ),
        (
            "CREATE RULE r AS ON DELETE TO stopgap.heads DO INSTEAD NOTHING",
            "the rule r on heads",
        ),
        (
            "CREATE POLICY p ON stopgap.keys USING (false)",
            "the policy p on keys",
        ),
        (
            "ALTER TABLE stopgap.keys ENABLE ROW LEVEL SECURITY",
            "row security is on for keys",
        ),
        ("CREATE VIEW stopgap.v AS SELECT 1", "there is the view v"),
        (
            "CREATE MATERIALIZED VIEW stopgap.v AS SELECT 1",
            "there is the materialized view v",
        ),
        (
            "ALTER TABLE stopgap.events ADD CONSTRAINT few CHECK (actor <> 'root')",
            "the constraint few on stopgap.events",
        ),
        (
            "ALTER TABLE stopgap.events ADD CONSTRAINT one EXCLUDE (actor WITH =)",
            "the constraint one on stopgap.events",
        ),
        (
            "ALTER TABLE stopgap.events ADD CONSTRAINT one UNIQUE (tenant, actor)",
            "the constraint one on stopgap.events",
        ),
        (
            "ALTER TABLE stopgap.online_codes ADD CONSTRAINT known
             FOREIGN KEY (tenant, key_id) REFERENCES stopgap.keys",
            "the constraint known on stopgap.online_codes",
        ),
        (
            "CREATE TABLE public.mine (tenant text, id bigint,
                CONSTRAINT kept FOREIGN KEY (tenant, id) REFERENCES stopgap.keys)",
            "the constraint kept on public.mine",
        ),
        (
            "CREATE TABLE public.heir () INHERITS (stopgap.events)",
            "public.heir inherits from stopgap.events",
        ),
        ("ALTER TABLE stopgap.events SET UNLOGGED", "empties events"),
        (
            "CREATE INDEX i ON stopgap.events (public.f(actor))",
            "the index stopgap.i on events calls functions",
        ),
        (
            "CREATE INDEX i ON stopgap.events (actor) WHERE public.f(actor) = 'x'",
            "the index stopgap.i on events calls functions",
        ),
        (
            "ALTER TABLE stopgap.events ADD COLUMN extra text DEFAULT public.g()",
            "the column extra of events has a default",
        ),
        (
            "ALTER TABLE stopgap.events ADD COLUMN extra public.short",
            "the column extra of events has a domain",
        ),
    ]);
}

#[test]
fn columns() {
    refused(&[
        (
            "ALTER TABLE stopgap.online_codes ALTER COLUMN uses TYPE integer",
            "the column uses of online_codes is integer and not bigint",
        ),
        (
            "ALTER TABLE stopgap.events ALTER COLUMN actor TYPE text COLLATE \"default\"",
            "is text COLLATE \"default\" and not text COLLATE \"C\"",
        ),
        (
            "ALTER TABLE stopgap.events ALTER COLUMN actor TYPE varchar(9) COLLATE \"C\"",
            "the column actor of events is character varying(9) COLLATE \"C\"",
        ),
        (
            "ALTER TABLE stopgap.heads ALTER COLUMN failed_at TYPE timestamp",
            "is timestamp without time zone and not timestamp with time zone",
        ),
        (
            "ALTER TABLE stopgap.heads ALTER COLUMN failures DROP NOT NULL",
            "the column failures of heads may be null",
        ),
        (
            "ALTER TABLE stopgap.heads ALTER COLUMN locked_until SET NOT NULL",
            "the column locked_until of heads may not be null",
        ),
        (
            "ALTER TABLE stopgap.heads ALTER COLUMN changes ADD GENERATED ALWAYS AS IDENTITY",
            "the column changes of heads is bigint GENERATED ALWAYS AS IDENTITY",
        ),
        (
            "ALTER TABLE stopgap.presets DROP COLUMN policy, ADD COLUMN policy text
                COLLATE \"C\" NOT NULL GENERATED ALWAYS AS (name) STORED",
            "the column policy of presets is text COLLATE \"C\" GENERATED ALWAYS",
        ),
        (
            "ALTER TABLE stopgap.heads ADD COLUMN \"Extra\" text NOT NULL",
            "the column \"Extra\" of heads, which needs a value",
        ),
    ]);
}

/// PostgreSQL 18 can compute a column at each read. It cannot make it an ordinary one.
#[test]
fn virtual_columns() {
    let Some(place) = Place::new() else { return };
    let has_them = "SELECT current_setting('server_version_num')::int >= 180000";
    if place.psql(has_them) != "t" {
        return;
    }
    place.psql(
        "ALTER TABLE stopgap.presets DROP COLUMN policy, ADD COLUMN policy text
            COLLATE \"C\" NOT NULL GENERATED ALWAYS AS (name) VIRTUAL",
    );
    let message = refusal(&place);
    let says = "GENERATED ALWAYS VIRTUAL and not text COLLATE \"C\"; restore a backup";
    assert!(message.contains(says), "{message}");
}

#[test]
fn keys_and_indexes() {
    refused(&[
        (
            "ALTER TABLE stopgap.keys DROP CONSTRAINT keys_pkey",
            "keys has no primary key",
        ),
        (
            "ALTER TABLE stopgap.keys DROP CONSTRAINT keys_pkey, ADD PRIMARY KEY (id, tenant)",
            "keys has the PRIMARY KEY (id, tenant) and not the PRIMARY KEY (tenant, id)",
        ),
        (
            "ALTER TABLE stopgap.keys DROP CONSTRAINT keys_pkey,
                ADD PRIMARY KEY (tenant, id) DEFERRABLE",
            "keys has the PRIMARY KEY (tenant, id) DEFERRABLE",
        ),
        (
            "DROP INDEX stopgap.online_codes_by_digest",
            "the index online_codes_by_digest is missing",
        ),
        (
            "DROP INDEX stopgap.online_codes_by_digest;
             CREATE INDEX online_codes_by_digest ON stopgap.online_codes (tenant, digest)",
            "the index online_codes_by_digest is another: CREATE INDEX",
        ),
        (
            "DROP INDEX stopgap.events_by_user;
             CREATE INDEX events_by_user ON stopgap.events (tenant, id, user_name)",
            "the index events_by_user is another",
        ),
        (
            "DROP INDEX stopgap.events_by_kind;
             CREATE INDEX events_by_kind ON stopgap.events (tenant, kind, id)",
            "the index events_by_kind is another",
        ),
        (
            "UPDATE pg_catalog.pg_index SET indisvalid = false
             WHERE indexrelid = 'stopgap.heads_by_failure'::regclass",
            "the index heads_by_failure is not valid",
        ),
        (
            "UPDATE pg_catalog.pg_index SET indisvalid = false
             WHERE indexrelid = 'stopgap.heads_pkey'::regclass",
            "the index heads_pkey is not valid",
        ),
        (
            "CREATE UNIQUE INDEX \"One\" ON stopgap.heads (tenant, failures)",
            "the unique index \"One\" on heads",
        ),
    ]);
}

#[test]
fn parts_that_only_a_backup_has() {
    for (alter, says) in [
        (
            "DROP TABLE stopgap.heads",
            "the table heads is missing; restore a backup",
        ),
        (
            "ALTER TABLE stopgap.heads DROP COLUMN failures",
            "the column failures of heads is missing; restore a backup",
        ),
        (
            "CREATE TABLE stopgap.parts (n int) PARTITION BY LIST (n)",
            "parts is partitioned; restore a backup",
        ),
    ] {
        let Some(place) = Place::new() else { return };
        place.psql(alter);
        let message = refusal(&place);
        assert!(message.contains(says), "{alter}: {message}");
    }
}

#[test]
fn additions_of_an_operator() {
    let Some(place) = Place::new() else { return };
    place.psql(
        "CREATE INDEX mine ON stopgap.events (actor, reason) WHERE reason IS NOT NULL;
         CREATE INDEX other ON stopgap.events (lower(actor));
         ALTER INDEX stopgap.events_by_kind SET (fillfactor = 70);
         ALTER TABLE stopgap.events ADD COLUMN extra text,
             ADD COLUMN known bigint NOT NULL DEFAULT 1;
         ALTER TABLE stopgap.events SET (autovacuum_vacuum_scale_factor = 0.01);
         CREATE STATISTICS stopgap.s ON actor, role FROM stopgap.events;
         CREATE TABLE stopgap.notes (n int PRIMARY KEY);
         CREATE TABLE public.t (n int);
         CREATE RULE r AS ON DELETE TO public.t DO NOTHING",
    );
    assert!(Postgres::open(place.database.url(), at(0)).is_ok());
    assert!(Postgres::open_source(place.database.url()).is_ok());
}
