//! Errors of a copy.

use std::fmt;

use stopgap::Name;

use crate::store::{Row, StoreError, Table};

/// The reason why a store was not copied whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// There is only one store.
    #[error("a store cannot be copied to itself; name another one")]
    SameStore,
    /// The store that is copied from failed.
    #[error("the store that is copied from: {0}")]
    From(#[source] StoreError),
    /// The store that is copied to failed.
    #[error("the store that is copied to: {0}")]
    To(#[source] StoreError),
    /// The target has rows of a tenant that the source does not know.
    #[error(
        "the store that is copied to has rows of the tenant {tenant}, and the other one has \
        none; copy to an empty store"
    )]
    Tenant {
        /// The tenant.
        tenant: Name,
    },
    /// The target holds a row that the source does not.
    #[error(
        "the store that is copied to holds a row that the other one does not: {0}; copy to an \
        empty store, and see that nobody writes to either meanwhile"
    )]
    Extra(RowPlace),
    /// Both stores have a row of that key, and the rows differ.
    #[error(
        "a row is not the same in both stores: {0}; copy to an empty store, and see that nobody \
        opens or writes to either meanwhile"
    )]
    Differs(RowPlace),
    /// A row that was copied is not there, or one was added meanwhile.
    #[error(
        "a row is missing in the store that was copied to: {0}; see that nobody writes to either \
        store meanwhile, and copy once more"
    )]
    Missing(RowPlace),
}

impl CopyError {
    /// Returns one word for the log, which never changes: `copy_same_store`, `copy_tenant`,
    /// `copy_extra`, `copy_differs`, `copy_missing`, and those of [`StoreError`].
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::SameStore => "copy_same_store",
            Self::From(error) | Self::To(error) => error.reason(),
            Self::Tenant { .. } => "copy_tenant",
            Self::Extra(_) => "copy_extra",
            Self::Differs(_) => "copy_differs",
            Self::Missing(_) => "copy_missing",
        }
    }
}

/// The place of a row. It holds neither a digest nor a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowPlace {
    /// The tenant to whom the row belongs.
    pub tenant: Name,
    /// The table.
    pub table: Table,
    /// The key, as people see it: a user and a machine, a name, an id.
    pub row: String,
}

impl RowPlace {
    pub(super) fn of(tenant: &Name, row: &Row) -> Self {
        Self {
            tenant: tenant.clone(),
            table: row.table(),
            row: row.to_string(),
        }
    }
}

impl fmt::Display for RowPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenant, table, row } = self;
        if table.declaration().is_store_wide {
            return write!(f, "{table}, {row}");
        }
        write!(f, "{table} of the tenant {tenant}, {row}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_reason() {
        let place = || RowPlace {
            tenant: Name::new("acme").unwrap(),
            table: Table::Keys,
            row: "7".into(),
        };
        let tenant = place().tenant;
        let known = [
            (CopyError::SameStore, "copy_same_store"),
            (CopyError::From(StoreError::Exhausted), "store_exhausted"),
            (CopyError::To(StoreError::Missing), "store_missing"),
            (CopyError::Tenant { tenant }, "copy_tenant"),
            (CopyError::Extra(place()), "copy_extra"),
            (CopyError::Differs(place()), "copy_differs"),
            (CopyError::Missing(place()), "copy_missing"),
        ];
        for (error, word) in known {
            assert_eq!(error.reason(), word);
        }
        assert_eq!(place().to_string(), "keys of the tenant acme, 7");
        let shared = RowPlace {
            table: Table::RingKeys,
            ..place()
        };
        assert_eq!(shared.to_string(), "ring_keys, 7");
    }
}
