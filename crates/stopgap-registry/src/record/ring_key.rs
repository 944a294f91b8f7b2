//! The state of the server's keys, which all tenants share.

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
    name: "ring_keys",
    columns: &[
        Column::new("id", Kind::Integer),
        Column::new("is_closed", Kind::Integer),
        Column::nullable("retired_at", Kind::Instant),
        Column::new("is_compromised", Kind::Integer),
        Column::new("changes", Kind::Integer),
    ],
    key: 1,
    version: Some("changes"),
    indexes: &[],
    is_store_wide: true,
};

/// The state of a key of the server. A key without a row is in use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RingKeyRow {
    /// The id.
    pub(crate) id: KeyId,
    /// `true` if no process issues with it: it is about to be retired, or was.
    pub(crate) is_closed: bool,
    /// The time at which it was retired; `None` if it is in use.
    pub(crate) retired_at: Option<DateTime<Utc>>,
    /// `true` if an attacker may know the key.
    pub(crate) is_compromised: bool,
    /// The number of changes of this row.
    pub(crate) changes: u32,
}

impl RingKeyRow {
    pub(crate) const fn new(id: KeyId) -> Self {
        Self {
            id,
            is_closed: false,
            retired_at: None,
            is_compromised: false,
            changes: 0,
        }
    }
}

impl Record for RingKeyRow {
    const TABLE: Table = Table::RingKeys;

    fn values(&self) -> Vec<Value> {
        vec![
            self.id.into(),
            self.is_closed.into(),
            self.retired_at.into(),
            self.is_compromised.into(),
            self.changes.into(),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self> {
        Ok(Self {
            id: fields.key_id()?,
            is_closed: fields.is_true()?,
            retired_at: fields.instant_or_none()?,
            is_compromised: fields.is_true()?,
            changes: fields.number()?,
        })
    }
}
