//! Two stores side by side, page by page.

use std::{cmp::Ordering, vec};

use stopgap::Name;

use super::{CopyError, RowPlace};
use crate::{
    row::{Row, Table},
    store::{Result as StoreResult, Store, StoreError, Transaction},
    table,
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
    last: Option<Row>,
    over: bool,
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
            over: false,
        }
    }

    /// Of the source and of the target.
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

    /// Leaves out the rows up to this one.
    pub(super) fn begin_behind(&mut self, row: Option<Row>) {
        self.last = row;
    }

    /// The next rows, none at the end.
    pub(super) fn page(&mut self) -> Result<Vec<Row>, CopyError> {
        if self.over {
            return Ok(Vec::new());
        }
        let last = self.last.as_ref();
        let page = self.side.look(self.store, self.tenant, |rows| {
            let page = table::page(rows, self.table, last, BATCH)?;
            ordered(self.table, last, &page)?;
            Ok(page)
        })?;
        self.over = page.is_empty();
        self.last = page.last().cloned();
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

/// A store whose order is another one would be taken for one that holds other rows.
fn ordered(table: Table, last: Option<&Row>, page: &[Row]) -> StoreResult<()> {
    let rows = last.into_iter().chain(page);
    if rows.is_sorted_by(|one, next| one.key() < next.key()) {
        return Ok(());
    }
    Err(StoreError::Row {
        table: table.as_str(),
        why: "the store does not order its rows by the bytes of their keys".into(),
    })
}

/// What is found at a row of the source.
pub(super) enum Step {
    /// The target has the same.
    Same(Row),
    /// It has none.
    Missing(Row),
}

/// How far two stores are compared.
#[derive(PartialEq, Eq)]
pub(super) enum Extent {
    /// To the last row that the target holds.
    Held,
    /// To the end of both.
    Whole,
}

/// Compares the rows of a source and a target, the one beside the other.
pub(super) fn compare(
    [mut source, mut target]: [Pages<'_>; 2],
    extent: Extent,
    mut each: impl FnMut(Step) -> Result<(), CopyError>,
) -> Result<(), CopyError> {
    let mut held = target.next()?;
    while held.is_some() || extent == Extent::Whole {
        let Some(row) = source.next()? else { break };
        let order = held.as_ref().map(|held| held.key().cmp(&row.key()));
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

/// Which of the two stores.
#[derive(Clone, Copy)]
pub(super) enum Side {
    From,
    To,
}

impl Side {
    /// Looks at a tenant's rows.
    pub(super) fn look<T>(
        self,
        store: &dyn Store,
        tenant: &Name,
        mut work: impl FnMut(&mut dyn Transaction) -> StoreResult<T>,
    ) -> Result<T, CopyError> {
        let mut found = None;
        let mut work = |rows: &mut dyn Transaction| {
            found = Some(work(rows)?);
            Ok(())
        };
        let looked = match self {
            Self::From => store.read(tenant, &mut work),
            // Whatever is read alone may come from a replica that lags behind.
            Self::To => store.write(tenant, &mut work),
        };
        looked.map_err(|error| self.failed(error))?;
        let nothing = || StoreError::Other("the store did not do what it was told".into());
        found.ok_or_else(|| self.failed(nothing()))
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
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_row_comes_once() {
        let row = || Row::Clock(DateTime::UNIX_EPOCH);
        assert!(ordered(Table::Clocks, None, &[row()]).is_ok());
        let again = [
            ordered(Table::Clocks, None, &[row(), row()]),
            ordered(Table::Clocks, Some(&row()), &[row()]),
        ];
        for twice in again {
            assert_eq!(twice.unwrap_err().reason(), "store_row");
        }
    }
}
