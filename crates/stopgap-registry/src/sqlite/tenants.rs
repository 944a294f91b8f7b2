//! The tenants that have rows in a file.

use std::collections::BTreeSet;

use rusqlite::Connection;
use stopgap::Name;

use super::values;
use crate::store::{Kind, Result, StoreError, Table, Value};

/// Returns the tenants that have a row in any table, by name.
pub(super) fn all(connection: &Connection) -> Result<Vec<Name>> {
    let mut tenants = BTreeSet::new();
    for table in Table::ALL {
        // From one tenant to the next by the key: SQLite would read all rows for a list
        // without doubles. The owner of the rows of a store-wide table, the empty text, is
        // left out.
        let sql = format!("SELECT min(tenant) FROM {table} WHERE tenant > ?1");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut last = String::new();
        loop {
            let next = statement
                .query_row([&last], |row| Ok(values::read(Kind::Text, row.get_ref(0)?)))?;
            last = match next {
                Value::Null => break,
                Value::Text(tenant) => tenant,
                other => return Err(invalid(table, format!("tenant: {other:?}"))),
            };
            let tenant = Name::new(last.as_str()).map_err(|error| invalid(table, error))?;
            tenants.insert(tenant);
        }
    }
    Ok(tenants.into_iter().collect())
}

fn invalid(table: Table, why: impl ToString) -> StoreError {
    StoreError::Row {
        table: table.as_str(),
        why: why.to_string(),
    }
}
