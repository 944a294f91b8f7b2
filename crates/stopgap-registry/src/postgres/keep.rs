//! Adding many rows of another store at once: each column is sent as one list.

use stopgap::Name;

use super::param::Param;
use crate::store::{Result, Row, StoreError, Table};

/// Returns the parameters of rows of one table: the tenant, and a list for each column.
///
/// # Errors
///
/// [`StoreError::Other`] if the rows are of several tables, or a column cannot have a value.
pub(super) fn lists<'p>(tenant: &'p Name, table: Table, rows: &'p [Row]) -> Result<Vec<Param<'p>>> {
    let columns = table.declaration().columns;
    let fits = |row: &Row| row.table() == table && row.values().len() == columns.len();
    if !rows.iter().all(fits) {
        return Err(StoreError::Other(
            format!("not all rows are of {table}").into(),
        ));
    }
    let mut params = vec![Param::new(table.owner(tenant))];
    for (place, column) in columns.iter().enumerate() {
        let values = rows.iter().filter_map(|row| row.values().get(place));
        params.push(Param::list(column, values)?);
    }
    Ok(params)
}
