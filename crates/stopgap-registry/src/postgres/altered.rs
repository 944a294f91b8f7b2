//! Foreign objects in the schema, whose SQL the server would run within our statements, or
//! which keep rows out of our tables.

use super::{connection::Connection, deadline::Deadline, error::Trouble};
use crate::store::{Result, StoreError};

/// Selects a description of the first foreign object. The owner of a schema or a table can add
/// triggers and rules at any time, so another owner counts as a foreign object.
const ALTERED: &str = "
WITH ours AS (
    SELECT c.oid, c.relname, c.relkind, c.relowner, c.relrowsecurity, c.relpersistence
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'stopgap'
), owner AS (
    SELECT coalesce($1::text, current_user::text) AS name
), code AS (
    SELECT classid, objid FROM pg_depend
    WHERE refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
)
SELECT what FROM (
    SELECT 1 AS place, format('the schema belongs to the role %s and not to %s (undo it by ALTER '
        'SCHEMA stopgap OWNER TO %I)', pg_get_userbyid(nspowner), name, name) AS what
    FROM pg_namespace, owner WHERE nspname = 'stopgap' AND pg_get_userbyid(nspowner) <> name
    UNION ALL
    SELECT 2, format('%s belongs to the role %s and not to %s (undo it by ALTER TABLE '
        'stopgap.%I OWNER TO %I)', relname, pg_get_userbyid(relowner), name, relname, name)
    FROM ours, owner WHERE relkind <> 'i' AND pg_get_userbyid(relowner) <> name
    UNION ALL
    SELECT 3, format('there is the %s %s (undo it by DROP %s stopgap.%I)',
        lower(kind), relname, upper(kind), relname)
    FROM ours JOIN (VALUES ('v'::\"char\", 'view'), ('m', 'materialized view'),
        ('f', 'foreign table')) AS kinds (letter, kind) ON letter = relkind
    UNION ALL
    SELECT 3, format('%s is partitioned; restore a backup', relname) FROM ours WHERE relkind = 'p'
    UNION ALL
    SELECT 4, format('there is the trigger %s on %s (undo it by DROP TRIGGER %I ON stopgap.%I)',
        tgname, relname, tgname, relname)
    FROM pg_trigger JOIN ours ON ours.oid = tgrelid WHERE NOT tgisinternal
    UNION ALL
    SELECT 5, format('there is the rule %s on %s (undo it by DROP RULE %I ON stopgap.%I)',
        rulename, relname, rulename, relname)
    FROM pg_rewrite JOIN ours ON ours.oid = ev_class
    UNION ALL
    SELECT 6, format('there is the policy %s on %s (undo it by DROP POLICY %I ON stopgap.%I)',
        polname, relname, polname, relname)
    FROM pg_policy JOIN ours ON ours.oid = polrelid
    UNION ALL
    SELECT 7, format('row security is on for %s (undo it by ALTER TABLE stopgap.%I DISABLE ROW '
        'LEVEL SECURITY)', relname, relname)
    FROM ours WHERE relrowsecurity
    UNION ALL
    SELECT 8, format('there is the constraint %s on %s (undo it by ALTER TABLE %s DROP '
        'CONSTRAINT %I)', conname, conrelid::regclass, conrelid::regclass, conname)
    FROM pg_constraint JOIN ours ON ours.oid IN (conrelid, confrelid)
    WHERE contype IN ('c', 'f', 'u', 'x')
    UNION ALL
    SELECT 9, format('%s inherits from %s (undo it by ALTER TABLE %s)', inhrelid::regclass,
        inhparent::regclass, CASE WHEN relispartition
            THEN format('%s DETACH PARTITION %s', inhparent::regclass, inhrelid::regclass)
            ELSE format('%s NO INHERIT %s', inhrelid::regclass, inhparent::regclass) END)
    FROM pg_inherits JOIN ours ON ours.oid IN (inhrelid, inhparent)
        JOIN pg_class AS heir ON heir.oid = inhrelid
    WHERE ours.relkind = 'r'
    UNION ALL
    SELECT 10, format('a crash of the server empties %s (undo it by ALTER TABLE stopgap.%I SET '
        'LOGGED)', relname, relname)
    FROM ours WHERE relkind = 'r' AND relpersistence <> 'p'
    UNION ALL
    SELECT 11, format('the index %s on %s calls functions (undo it by DROP INDEX %s)',
        indexrelid::regclass, relname, indexrelid::regclass)
    FROM pg_index JOIN ours ON ours.oid = indrelid
        JOIN code ON classid = 'pg_class'::regclass AND objid = indexrelid
    UNION ALL
    SELECT 12, format('the column %s of %s has a default that calls functions (undo it by ALTER '
        'TABLE stopgap.%I DROP COLUMN %I)', attname, relname, relname, attname)
    FROM pg_attrdef AS preset JOIN ours ON ours.oid = adrelid
        JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
        JOIN code ON classid = 'pg_attrdef'::regclass AND objid = preset.oid
    UNION ALL
    SELECT 13, format('the column %s of %s has a domain as its type (undo it by ALTER TABLE '
        'stopgap.%I DROP COLUMN %I)', attname, relname, relname, attname)
    FROM pg_attribute JOIN ours ON ours.oid = attrelid JOIN pg_type ON pg_type.oid = atttypid
    WHERE typtype = 'd' AND NOT attisdropped
) AS found ORDER BY place, what LIMIT 1";

/// Refuses a schema that has foreign objects, or an owner other than `owner`, which is the
/// current user if it is `None`. It reads only the catalog.
pub(super) fn has_no_foreign_objects(
    connection: &mut Connection,
    deadline: Deadline,
    owner: Option<&str>,
) -> Result<()> {
    let rows = connection.query(deadline, ALTERED, &[&owner]);
    let rows = rows.map_err(Trouble::before_commit)?;
    match rows.first() {
        None => Ok(()),
        Some(row) => Err(StoreError::Altered {
            what: row.try_get(0).unwrap_or_default(),
        }),
    }
}

/// Returns `true` if the current user may create and migrate the schema.
pub(super) fn is_owner(
    connection: &mut Connection,
    deadline: Deadline,
    owner: Option<&str>,
) -> Result<bool> {
    let sql = "SELECT coalesce($1::text = current_user::text, true)";
    let rows = connection.query(deadline, sql, &[&owner]);
    let rows = rows.map_err(Trouble::before_commit)?;
    Ok(rows.first().and_then(|row| row.try_get(0).ok()) == Some(true))
}
