//! Foreign objects in the schema, whose SQL the server would run within our statements.

use super::{connection::Connection, deadline::Deadline, error::Trouble};
use crate::store::{Result, StoreError};

/// Selects a description of the first foreign object. The owner of a schema or a table can add
/// triggers and rules at any time, so another owner counts as a foreign object.
const ALTERED: &str = "
WITH ours AS (
    SELECT c.oid, c.relname, c.relkind, c.relowner, c.relrowsecurity
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'stopgap'
), owner AS (
    SELECT coalesce($1::text, current_user::text) AS name
)
SELECT what FROM (
    SELECT 1 AS place, format('the schema belongs to the role %s and not to %s',
        pg_get_userbyid(nspowner), owner.name) AS what
    FROM pg_catalog.pg_namespace, owner
    WHERE nspname = 'stopgap' AND pg_get_userbyid(nspowner) <> owner.name
    UNION ALL
    SELECT 2, format('%s belongs to the role %s and not to %s', relname,
        pg_get_userbyid(relowner), owner.name)
    FROM ours, owner
    WHERE relkind <> 'i' AND pg_get_userbyid(relowner) <> owner.name
    UNION ALL
    SELECT 3, format('there is the trigger %s on %s', tgname, relname)
    FROM pg_catalog.pg_trigger JOIN ours ON ours.oid = tgrelid WHERE NOT tgisinternal
    UNION ALL
    SELECT 4, format('there is the rule %s on %s', rulename, relname)
    FROM pg_catalog.pg_rewrite JOIN ours ON ours.oid = ev_class
    UNION ALL
    SELECT 5, format('there is the policy %s on %s', polname, relname)
    FROM pg_catalog.pg_policy JOIN ours ON ours.oid = polrelid
    UNION ALL
    SELECT 6, format('row security is on for %s', relname) FROM ours WHERE relrowsecurity
) AS found ORDER BY place, what LIMIT 1";

/// Refuses a schema that has triggers, rules or policies, or an owner other than `owner`,
/// which is the current user if it is `None`. It reads only the catalog.
pub(super) fn is_unaltered(
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
