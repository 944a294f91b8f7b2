//! Moving a store: every row of every tenant, as it is.

mod error;
mod walk;

use serde::Serialize;
use stopgap::Name;

pub use self::error::{CopyError, RowPlace};
use self::walk::{Extent, Pages, Side, Step, compare};
use crate::{
    row::{Row, Table},
    store::Store,
};

/// Where a copy stands.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'c> {
    /// What it does.
    pub stage: Stage,
    /// With whose rows.
    pub tenant: &'c Name,
    /// With which of them.
    pub table: Table,
    /// How many rows this stage has seen.
    pub rows: u64,
    /// How many it will see; when it looks at the target, at most.
    pub total: u64,
}

/// What a copy does, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Compares what the target holds already.
    Looking,
    /// Copies what it does not hold.
    Copying,
    /// Reads both anew, and compares every row.
    Verifying,
}

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Copied {
    /// How many tenants have rows.
    pub tenants: usize,
    /// Each table's rows, of all tenants together.
    pub tables: Vec<CopiedRows>,
}

/// Of one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CopiedRows {
    /// Which.
    pub table: Table,
    /// How many rows were copied.
    pub copied: u64,
    /// How many were there already.
    pub already_there: u64,
    /// How many were read from both in the end, and were the same.
    pub verified: u64,
}

/// Copies every row of every tenant from one store to another, tags and all: what
/// was issued before is good afterwards under the same keys. It needs no key itself.
///
/// **Nobody may write to either store meanwhile.** In the end both are read anew, and
/// every field of every row is compared; a row that was changed during the copy is
/// found then, and named.
///
/// The target must hold nothing that the source does not, so it is either empty or
/// what an earlier copy left: one that was cut off, at whatever moment, is taken up
/// again by calling this once more. It must not have been opened by a
/// [`Registry`](crate::Registry), which notes its key and the time in it.
///
/// Each batch of rows is one transaction of the target. Rows are read page by page,
/// and never more than two pages are in memory.
///
/// # Errors
///
/// [`CopyError`] where a store fails, or where the target holds anything else.
/// Whatever was copied before stays.
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

struct Copy<'s, P> {
    from: &'s dyn Store,
    to: &'s dyn Store,
    progress: P,
    total: u64,
    /// Seen in this stage.
    rows: u64,
}

impl<P: FnMut(Progress<'_>)> Copy<'_, P> {
    fn all(&mut self, tenants: &[Name]) -> Result<Copied, CopyError> {
        let parts = || {
            let of = |tenant| Table::ALL.map(|table| (tenant, table));
            tenants.iter().flat_map(of)
        };
        for (tenant, table) in parts() {
            let rows = Side::From.look(self.from, tenant, |rows| rows.count(table))?;
            self.total = self.total.saturating_add(rows);
        }
        // Before anything is written: the target may be somebody else's.
        let mut begins = Vec::new();
        for (tenant, table) in parts() {
            begins.push(self.look(tenant, table)?);
        }
        let mut tables = Table::ALL.map(|table| CopiedRows {
            table,
            copied: 0,
            already_there: 0,
            verified: 0,
        });
        self.rows = 0;
        for ((tenant, table), begin) in parts().zip(begins) {
            let copied = self.copy(tenant, table, begin)?;
            for rows in tables.iter_mut().filter(|rows| rows.table == table) {
                rows.copied = rows.copied.saturating_add(copied);
            }
        }
        self.rows = 0;
        for (tenant, table) in parts() {
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

    /// Compares what the target holds; the row behind which something is missing.
    fn look(&mut self, tenant: &Name, table: Table) -> Result<Option<Row>, CopyError> {
        let (mut last, mut gap) = (None, false);
        let pages = Pages::of_both(self.from, self.to, tenant, table);
        compare(pages, Extent::Held, |step| {
            match step {
                Step::Same(row) if !gap => last = Some(row),
                Step::Same(_) => {}
                Step::Missing(_) => gap = true,
            }
            self.saw(Stage::Looking, tenant, table, 1);
            Ok(())
        })?;
        Ok(last)
    }

    /// Copies the rows behind one; how many were not there.
    fn copy(&mut self, tenant: &Name, table: Table, begin: Option<Row>) -> Result<u64, CopyError> {
        let mut copied = 0_u64;
        let mut pages = Pages::new(self.from, tenant, table, Side::From);
        pages.begin_behind(begin);
        loop {
            let page = pages.page()?;
            if page.is_empty() {
                return Ok(copied);
            }
            let mut kept = 0;
            let written = self.to.write(tenant, &mut |rows| {
                kept = rows.keep(&page)?;
                Ok(())
            });
            written.map_err(CopyError::To)?;
            copied = copied.saturating_add(u64::try_from(kept).unwrap_or(u64::MAX));
            self.saw(Stage::Copying, tenant, table, page.len());
        }
    }

    /// Compares every row; how many there are.
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
