//! Who has rows in a file.

use std::collections::BTreeSet;

use rusqlite::Connection;
use stopgap::Name;

use super::columns::Columns;
use crate::store::{Result, Table};

/// Everybody who has a row in any table, by name.
pub(super) fn all(connection: &Connection) -> Result<Vec<Name>> {
    let mut tenants = BTreeSet::new();
    for table in Table::ALL {
        // From one to the next by the key, which begins with the tenant: SQLite would
        // read all the rows of each for a list without doubles.
        let table = table.as_str();
        let sql = format!("SELECT min(tenant) FROM {table} WHERE tenant > ?1");
        let mut next = connection.prepare(&sql)?;
        let mut last = String::new();
        loop {
            let mut rows = next.query([&last])?;
            let Some(row) = rows.next()? else { break };
            let Some(tenant) = (Columns { table, row }).name_or_none(0)? else {
                break;
            };
            tenant.as_str().clone_into(&mut last);
            tenants.insert(tenant);
        }
    }
    Ok(tenants.into_iter().collect())
}
