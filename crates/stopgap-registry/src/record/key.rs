//! The keys of a tenant: their ids and check values, never the keys.

use chrono::{DateTime, Utc};
use stopgap::KeyId;

use super::{
    declaration::{Column, Declaration},
    encode::Record,
    fields::Fields,
    table::Table,
    value::{Kind, Value},
};
use crate::store::Result;

pub(super) static TABLE: Declaration = Declaration {
    name: "keys",
    columns: &[
        Column::new("id", Kind::Integer),
        Column::new("check_value", Kind::Bytes),
        Column::new("added_at", Kind::Instant),
    ],
    key: 1,
    version: None,
    indexes: &[],
    is_store_wide: false,
};

/// A key of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRow {
    /// The id.
    pub(crate) id: KeyId,
    /// The value that identifies the key, and reveals nothing else (SPEC, "Records at
    /// rest").
    pub(crate) check: [u8; 32],
    /// The time at which it was added.
    pub(crate) added_at: DateTime<Utc>,
}

impl Record for KeyRow {
    const TABLE: Table = Table::Keys;

    fn values(&self) -> Vec<Value> {
        vec![
            self.id.into(),
            self.check.as_slice().into(),
            self.added_at.into(),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self> {
        Ok(Self {
            id: fields.key_id()?,
            check: fields.array()?,
            added_at: fields.instant()?,
        })
    }
}
