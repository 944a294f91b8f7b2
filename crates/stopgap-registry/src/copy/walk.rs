//! Two stores side by side, page by page.

use std::{cmp::Ordering, vec};

use stopgap::Name;

use super::{CopyError, RowPlace};
use crate::store::{
    Query, Result as StoreResult, Row, Selection, Snapshot, Store, StoreError, Table, Value,
};

/// The most rows in memory at a time, and in one transaction.
const BATCH: usize = 8_192;

/// The rows of a table in the order of their keys.
pub(super) struct Pages<'s> {
    store: &'s dyn Store,
    tenant: &'s Name,
    table: Table,
    side: Side,
    rows: vec::IntoIter<Row>,
    last: Option<Vec<Value>>,
    is_over: bool,
}

impl<'s> Pages<'s> {
    pub(super) fn new(store: &'s dyn Store, tenant: &'s Name, table: Table, side: Side) -> Self {
        Self {
            store,
            tenant,
            table,
            side,
            rows: vec::IntoIter::default(),
            last: None,
            is_over: false,
        }
    }

    /// Returns the pages of the source and of the target.
    pub(super) fn of_both(
        from: &'s dyn Store,
        to: &'s dyn Store,
        tenant: &'s Name,
        table: Table,
    ) -> [Self; 2] {
        [
            Self::new(from, tenant, table, Side::From),
            Self::new(to, tenant, table, Side::To),
        ]
    }

    /// Leaves out the rows up to this key.
    pub(super) fn begin_after(&mut self, key: Option<Vec<Value>>) {
        self.last = key;
    }

    /// Returns the next rows; an empty list at the end.
    pub(super) fn page(&mut self) -> Result<Vec<Row>, CopyError> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let mut selection = Selection::all(self.table).limit(BATCH);
        if let Some(last) = self.last.clone() {
            // A table whose key has no columns has one row.
            if last.is_empty() {
                return Ok(Vec::new());
            }
            selection = selection.after(last);
        }
        let query = Query {
            selections: vec![selection],
            ..Query::default()
        };
        let snapshot = self.side.load(self.store, self.tenant, &query)?;
        let page: Vec<Row> = snapshot.rows.into_iter().flatten().collect();
        ordered(self.table, self.last.as_deref(), &page)
            .map_err(|error| self.side.failed(error))?;
        self.is_over = page.is_empty();
        self.last = page.last().map(|row| row.key().to_vec());
        Ok(page)
    }

    fn next(&mut self) -> Result<Option<Row>, CopyError> {
        if let Some(row) = self.rows.next() {
            return Ok(Some(row));
        }
        self.rows = self.page()?.into_iter();
        Ok(self.rows.next())
    }
}

/// Refuses a store with another order: it would seem to hold other rows.
fn ordered(table: Table, last: Option<&[Value]>, page: &[Row]) -> StoreResult<()> {
    let keys = last.into_iter().chain(page.iter().map(Row::key));
    if keys.is_sorted_by(|one, next| one < next) {
        return Ok(());
    }
    Err(StoreError::Row {
        table: table.as_str(),
        why: "the store does not order its rows by the bytes of their keys".into(),
    })
}

/// A row of the source, compared with the target.
pub(super) enum Step {
    /// The target has the same row.
    Same(Row),
    /// The target has no such row.
    Missing(Row),
}

/// The extent of a comparison.
#[derive(PartialEq, Eq)]
pub(super) enum Extent {
    /// To the last row that the target holds.
    Held,
    /// To the end of both.
    Whole,
}

/// Compares the rows of a source and a target in the order of their keys.
pub(super) fn compare(
    [mut source, mut target]: [Pages<'_>; 2],
    extent: Extent,
    mut each: impl FnMut(Step) -> Result<(), CopyError>,
) -> Result<(), CopyError> {
    let mut held = target.next()?;
    while held.is_some() || extent == Extent::Whole {
        let Some(row) = source.next()? else { break };
        let order = held.as_ref().map(|held| held.key().cmp(row.key()));
        match order {
            Some(Ordering::Less) => break,
            Some(Ordering::Equal) => {
                if held.as_ref() != Some(&row) {
                    return Err(CopyError::Differs(RowPlace::of(target.tenant, &row)));
                }
                held = target.next()?;
                each(Step::Same(row))?;
            }
            Some(Ordering::Greater) | None => each(Step::Missing(row))?,
        }
    }
    match held {
        Some(row) => Err(CopyError::Extra(RowPlace::of(target.tenant, &row))),
        None => Ok(()),
    }
}

/// One of the two stores.
#[derive(Clone, Copy)]
pub(super) enum Side {
    From,
    To,
}

impl Side {
    /// Loads rows of a tenant.
    fn load(self, store: &dyn Store, tenant: &Name, query: &Query) -> Result<Snapshot, CopyError> {
        let loaded = match self {
            Self::From => store.load(tenant, query),
            // Rows that are loaded alone may come from a replica that lags behind.
            Self::To => {
                let mut loaded = Snapshot::default();
                let updated = store.update(tenant, query, &mut |snapshot| {
                    loaded = snapshot.clone();
                    Ok(Vec::new())
                });
                updated.map(|()| loaded)
            }
        };
        loaded.map_err(|error| self.failed(error))
    }

    fn failed(self, error: StoreError) -> CopyError {
        match self {
            Self::From => CopyError::From(error),
            Self::To => CopyError::To(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_row_is_an_error() {
        let row = || {
            let changes = Value::from(1_u32);
            let values = vec![
                Value::from(7_u32),
                Value::from(false),
                Value::Null,
                Value::from(false),
                changes,
            ];
            Row::new(Table::RingKeys, values)
        };
        assert!(ordered(Table::RingKeys, None, &[row()]).is_ok());
        let again = [
            ordered(Table::RingKeys, None, &[row(), row()]),
            ordered(Table::RingKeys, Some(row().key()), &[row()]),
        ];
        for twice in again {
            assert_eq!(twice.unwrap_err().reason(), "store_row");
        }
    }
}
