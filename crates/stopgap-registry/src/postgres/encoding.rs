//! The encoding of a database.

use super::{connection::Connection, deadline::Deadline, error::Trouble};
use crate::store::{Result, StoreError};

/// Refuses a database in an encoding other than UTF-8: it could not store every name.
pub(super) fn is_unicode(connection: &mut Connection, deadline: Deadline) -> Result<()> {
    let sql = "SELECT pg_catalog.current_setting('server_encoding')";
    let rows = connection.query(deadline, sql, &[]);
    let rows = rows.map_err(Trouble::before_commit)?;
    let found: Option<String> = rows.first().and_then(|row| row.try_get(0).ok());
    match found {
        Some(found) if found == "UTF8" => Ok(()),
        found => Err(StoreError::Encoding {
            found: found.unwrap_or_else(|| "unknown".into()),
        }),
    }
}
