//! The contract.

use std::sync::Arc;

use stopgap::Name;

use super::{
    change::Changes,
    error::Result,
    query::{Query, Selection, Snapshot},
};
use crate::record::{Row, Table};

/// Decides what to change. It may be called again after a conflict, so it must keep nothing
/// from the call before. No changes are no error: then nothing is written.
pub type Decide<'d> = &'d mut dyn FnMut(&Snapshot) -> Result<Changes>;

/// A store of a registry's records: [`Memory`](crate::Memory), [`Sqlite`](crate::Sqlite), or
/// your own.
///
/// A store knows no rule of the codes. It loads rows, compares versions and applies changes,
/// and works from the declarations of the [`tables`](Table::declaration). Rows of a tenant
/// are seen and changed only through calls for that tenant; those of a store-wide table
/// through calls for any ([`Table::owner`]).
pub trait Store: std::fmt::Debug + Send + Sync {
    /// Loads a snapshot, lets the caller decide, and applies the changes: all of them,
    /// durably, before it returns `Ok`, or not one. Nothing that was loaded may change in
    /// between; if it did, the store starts again.
    ///
    /// # Errors
    ///
    /// The caller's own, or the store's; then nothing was changed, unless it is
    /// [`StoreError::Unknown`](super::StoreError::Unknown).
    fn update(&self, tenant: &Name, query: &Query, decide: Decide<'_>) -> Result<()>;

    /// Loads a snapshot, without locks and without waiting for writers. It may come from a
    /// replica.
    ///
    /// # Errors
    ///
    /// The store's own.
    fn load(&self, tenant: &Name, query: &Query) -> Result<Snapshot>;

    /// Deletes the selected rows in one transaction, and returns their number.
    ///
    /// # Errors
    ///
    /// The store's own.
    fn delete(&self, tenant: &Name, selection: &Selection) -> Result<usize>;

    /// Adds rows of one table as they are, in one transaction, and returns the number of
    /// new ones. A row whose key is there is left as it is.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`](super::StoreError::Conflict) if another row has the values of
    /// a unique index; the store's own.
    fn keep(&self, tenant: &Name, rows: &[Row]) -> Result<usize>;

    /// Returns the number of rows of a table.
    ///
    /// # Errors
    ///
    /// The store's own.
    fn count(&self, tenant: &Name, table: Table) -> Result<u64>;

    /// Returns the tenants that have a row in any table, by name.
    ///
    /// # Errors
    ///
    /// The store's own.
    fn tenants(&self) -> Result<Vec<Name>>;

    /// Does work that the store has deferred, between two of many writes, so that other
    /// callers need not. Does nothing by default.
    ///
    /// # Errors
    ///
    /// The store's own. No row depends on it.
    fn maintain(&self) -> Result<()> {
        Ok(())
    }
}

/// One store, shared by the registries of several tenants.
impl<S: Store + ?Sized> Store for Arc<S> {
    fn update(&self, tenant: &Name, query: &Query, decide: Decide<'_>) -> Result<()> {
        (**self).update(tenant, query, decide)
    }

    fn load(&self, tenant: &Name, query: &Query) -> Result<Snapshot> {
        (**self).load(tenant, query)
    }

    fn delete(&self, tenant: &Name, selection: &Selection) -> Result<usize> {
        (**self).delete(tenant, selection)
    }

    fn keep(&self, tenant: &Name, rows: &[Row]) -> Result<usize> {
        (**self).keep(tenant, rows)
    }

    fn count(&self, tenant: &Name, table: Table) -> Result<u64> {
        (**self).count(tenant, table)
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        (**self).tenants()
    }

    fn maintain(&self) -> Result<()> {
        (**self).maintain()
    }
}
