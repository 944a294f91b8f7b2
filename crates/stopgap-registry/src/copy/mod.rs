//! Copying a store: every row of every tenant, as it is.

mod error;
mod walk;

use serde::Serialize;
use stopgap::Name;

pub use self::error::{CopyError, RowPlace};
use self::walk::{Extent, Pages, Side, Step, compare};
use crate::store::{Store, Table, Value};

/// The progress of a copy.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'c> {
    /// The stage.
    pub stage: Stage,
    /// The tenant whose rows it works on.
    pub tenant: &'c Name,
    /// The table.
    pub table: Table,
    /// The number of rows that this stage has seen.
    pub rows: u64,
    /// The number of rows that it will see; at most, when it looks at the target.
    pub total: u64,
}

/// The stages of a copy, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Compares the rows that the target holds already.
    Looking,
    /// Copies the rows that it does not hold.
    Copying,
    /// Reads both stores again, and compares every row.
    Verifying,
}

/// The numbers of rows that were copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Copied {
    /// The number of tenants that have rows.
    pub tenants: usize,
    /// The rows of each table, of all tenants together.
    pub tables: Vec<CopiedRows>,
}

/// The numbers of rows of one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CopiedRows {
    /// The table.
    pub table: Table,
    /// The number of rows that were copied.
    pub copied: u64,
    /// The number of rows that were there already.
    pub already_there: u64,
    /// The number of rows that were read from both stores at the end, and were the same.
    pub verified: u64,
}

/// Copies every row of every tenant from one store to another, with their tags:
/// codes that were issued before are good afterwards under the same keys. It needs no key.
///
/// **No program may write to either store meanwhile.** At the end both are read again, and
/// every field of every row is compared, so that a row that was changed during the copy is
/// found and named.
///
/// The target must hold nothing that the source does not: it is empty, or an earlier copy
/// was cut off, which this call continues. It must not have been opened by a
/// [`Registry`](crate::Registry), which stores its key and the time in it.
///
/// Each batch of rows is one transaction of the target. Rows are read page by page,
/// and never more than two pages are in memory.
///
/// # Errors
///
/// [`CopyError`] if a store fails, or if the target holds anything else. Rows that were
/// copied before stay.
pub fn copy(
    from: &dyn Store,
    to: &dyn Store,
    progress: impl FnMut(Progress<'_>),
) -> Result<Copied, CopyError> {
    if std::ptr::addr_eq(from, to) {
        return Err(CopyError::SameStore);
    }
    let tenants = from.tenants().map_err(CopyError::From)?;
    let strange = |tenant: &Name| tenants.binary_search(tenant).is_err();
    if let Some(tenant) = to
        .tenants()
        .map_err(CopyError::To)?
        .into_iter()
        .find(strange)
    {
        return Err(CopyError::Tenant { tenant });
    }
    let mut copy = Copy {
        from,
        to,
        progress,
        total: 0,
        rows: 0,
    };
    copy.all(&tenants)
}

/// Returns the tables of each tenant. Store-wide tables come once, with the first tenant.
fn parts(tenants: &[Name]) -> Vec<(&Name, Table)> {
    let tables = |(place, tenant)| {
        let tables = Table::ALL.into_iter();
        let once = move |table: &Table| place == 0 || !table.declaration().is_store_wide;
        tables.filter(once).map(move |table| (tenant, table))
    };
    tenants.iter().enumerate().flat_map(tables).collect()
}

struct Copy<'s, P> {
    from: &'s dyn Store,
    to: &'s dyn Store,
    progress: P,
    total: u64,
    /// The number of rows that were seen in this stage.
    rows: u64,
}

impl<P: FnMut(Progress<'_>)> Copy<'_, P> {
    fn all(&mut self, tenants: &[Name]) -> Result<Copied, CopyError> {
        let parts = parts(tenants);
        for (tenant, table) in parts.iter().copied() {
            let rows = self.from.count(tenant, table).map_err(CopyError::From)?;
            self.total = self.total.saturating_add(rows);
        }
        // Before anything is written: the target may hold other data.
        let mut begins = Vec::new();
        for (tenant, table) in parts.iter().copied() {
            begins.push(self.look(tenant, table)?);
        }
        let mut tables = Table::ALL.map(|table| CopiedRows {
            table,
            copied: 0,
            already_there: 0,
            verified: 0,
        });
        self.rows = 0;
        for ((tenant, table), begin) in parts.iter().copied().zip(begins) {
            let copied = self.copy(tenant, table, begin)?;
            for rows in tables.iter_mut().filter(|rows| rows.table == table) {
                rows.copied = rows.copied.saturating_add(copied);
            }
        }
        self.rows = 0;
        for (tenant, table) in parts.iter().copied() {
            let verified = self.verify(tenant, table)?;
            for rows in tables.iter_mut().filter(|rows| rows.table == table) {
                rows.verified = rows.verified.saturating_add(verified);
            }
        }
        for rows in &mut tables {
            rows.already_there = rows.verified.saturating_sub(rows.copied);
        }
        Ok(Copied {
            tenants: tenants.len(),
            tables: tables.to_vec(),
        })
    }

    fn saw(&mut self, stage: Stage, tenant: &Name, table: Table, rows: usize) {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.rows = self.rows.saturating_add(rows);
        (self.progress)(Progress {
            stage,
            tenant,
            table,
            rows: self.rows,
            total: self.total,
        });
    }

    /// Compares the rows that the target holds. Returns the key of the last row before the
    /// first gap.
    fn look(&mut self, tenant: &Name, table: Table) -> Result<Option<Vec<Value>>, CopyError> {
        let (mut last, mut gap) = (None, false);
        let pages = Pages::of_both(self.from, self.to, tenant, table);
        compare(pages, Extent::Held, |step| {
            match step {
                Step::Same(row) if !gap => last = Some(row.key().to_vec()),
                Step::Same(_) => {}
                Step::Missing(_) => gap = true,
            }
            self.saw(Stage::Looking, tenant, table, 1);
            Ok(())
        })?;
        Ok(last)
    }

    /// Copies the rows after a key. Returns the number of those that were not there.
    fn copy(
        &mut self,
        tenant: &Name,
        table: Table,
        begin: Option<Vec<Value>>,
    ) -> Result<u64, CopyError> {
        let mut copied = 0_u64;
        let mut pages = Pages::new(self.from, tenant, table, Side::From);
        pages.begin_after(begin);
        loop {
            let page = pages.page()?;
            if page.is_empty() {
                return Ok(copied);
            }
            let kept = self.to.keep(tenant, &page).map_err(CopyError::To)?;
            copied = copied.saturating_add(u64::try_from(kept).unwrap_or(u64::MAX));
            self.saw(Stage::Copying, tenant, table, page.len());
        }
    }

    /// Compares every row. Returns their number.
    fn verify(&mut self, tenant: &Name, table: Table) -> Result<u64, CopyError> {
        let mut verified = 0_u64;
        let pages = Pages::of_both(self.from, self.to, tenant, table);
        compare(pages, Extent::Whole, |step| {
            if let Step::Missing(row) = step {
                return Err(CopyError::Missing(RowPlace::of(tenant, &row)));
            }
            verified = verified.saturating_add(1);
            self.saw(Stage::Verifying, tenant, table, 1);
            Ok(())
        })?;
        Ok(verified)
    }
}
