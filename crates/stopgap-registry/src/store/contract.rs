//! Stores.

use stopgap::Name;

use super::{error::Result, transaction::Transaction};

/// The work of a transaction. It may be called again after a call that was undone, so it
/// must keep nothing from that one.
pub type Work<'w> = &'w mut dyn FnMut(&mut dyn Transaction) -> Result<()>;

/// A store of a registry's records: [`Memory`](crate::Memory),
/// [`Sqlite`](crate::Sqlite), or your own.
pub trait Store: std::fmt::Debug + Send + Sync {
    /// Works on a tenant's rows in one transaction, alone or as if alone. If the work
    /// returns `Ok`, everything is kept durably; if it returns `Err`, nothing is.
    ///
    /// # Errors
    ///
    /// The work's own, or the store's; then nothing was kept.
    fn write(&self, tenant: &Name, work: Work<'_>) -> Result<()>;

    /// Reads a tenant's rows without waiting for writers. Each call is consistent by
    /// itself; a write may come between two.
    ///
    /// # Errors
    ///
    /// The work's own, or the store's.
    fn read(&self, tenant: &Name, work: Work<'_>) -> Result<()>;

    /// Returns the tenants that have a row in any table, by name.
    ///
    /// # Errors
    ///
    /// The store's own.
    fn tenants(&self) -> Result<Vec<Name>>;

    /// The number of rows that a purge deletes in one transaction: few enough that
    /// others need not wait long.
    fn purge_batch(&self) -> usize {
        40
    }

    /// Does work that the store has deferred, between two of many writes, so that other
    /// callers need not. Does nothing by default.
    ///
    /// # Errors
    ///
    /// The store's own. No row depends on it.
    fn rest(&self) -> Result<()> {
        Ok(())
    }
}

/// One store, shared by the registries of several tenants.
impl<S: Store + ?Sized> Store for std::sync::Arc<S> {
    fn write(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        (**self).write(tenant, work)
    }

    fn read(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        (**self).read(tenant, work)
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        (**self).tenants()
    }

    fn purge_batch(&self) -> usize {
        (**self).purge_batch()
    }

    fn rest(&self) -> Result<()> {
        (**self).rest()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Store;
    use crate::memory::Memory;

    #[test]
    fn a_shared_store_purges_as_many() {
        let most = Memory::new().purge_batch();
        assert!(most > 1);
        assert_eq!(Store::purge_batch(&Arc::new(Memory::new())), most);
    }
}
