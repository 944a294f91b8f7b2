//! A table, page by page.

use super::Registry;
use crate::{
    error::Error,
    store::{Query, Row, Selection, Table},
};

/// The rows that are in memory at a time.
const PAGE: usize = 1_000;

impl Registry {
    /// Reads all rows of a table in the order of their keys, a page at a time. Rows that are
    /// stored meanwhile may be left out.
    pub(super) fn pages(
        &self,
        table: Table,
        mut each: impl FnMut(&[Row]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut selection = Selection::all(table).limit(PAGE);
        loop {
            let query = Query {
                selections: vec![selection],
                ..Query::default()
            };
            let snapshot = self.store.load(&self.tenant, &query)?;
            let page: Vec<Row> = snapshot.rows.into_iter().flatten().collect();
            each(&page)?;
            let last = page.last().map(|row| row.key().to_vec());
            selection = match last {
                // A table whose key has no columns has one row.
                Some(key) if page.len() == PAGE && !key.is_empty() => {
                    Selection::all(table).after(key).limit(PAGE)
                }
                _ => return Ok(()),
            };
        }
    }
}
