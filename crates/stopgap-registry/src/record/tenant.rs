//! The row of a tenant: the latest time seen, the formats of its codes, and its settings.

use chrono::{DateTime, Utc};
use stopgap::CodeFormat;

use super::{
    declaration::{Column, Declaration},
    encode::{Record, json},
    fields::Fields,
    table::Table,
    value::{Kind, Value},
};
use crate::store::Result;

pub(super) static TABLE: Declaration = Declaration {
    name: "tenants",
    columns: &[
        Column::nullable("seen_at", Kind::Instant),
        Column::new("formats", Kind::Text),
        Column::new("log_days", Kind::Integer),
        Column::new("changes", Kind::Integer),
    ],
    key: 0,
    version: Some("changes"),
    indexes: &[],
    is_store_wide: false,
};

/// The row of a tenant.
#[derive(Clone, Debug)]
pub(crate) struct TenantRow {
    /// The latest time that registries have seen; `None` if none was stored yet.
    pub(crate) seen_at: Option<DateTime<Utc>>,
    /// The formats of the tenant's codes.
    pub(crate) formats: Vec<CodeFormat>,
    /// The days for which a purge must keep events.
    pub(crate) log_days: u32,
    /// The number of changes of this row.
    pub(crate) changes: u32,
}

impl Default for TenantRow {
    fn default() -> Self {
        Self {
            seen_at: None,
            formats: Vec::new(),
            log_days: 90,
            changes: 0,
        }
    }
}

impl Record for TenantRow {
    const TABLE: Table = Table::Tenants;

    fn values(&self) -> Vec<Value> {
        vec![
            self.seen_at.into(),
            json(&self.formats),
            self.log_days.into(),
            self.changes.into(),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self> {
        Ok(Self {
            seen_at: fields.instant_or_none()?,
            formats: fields.json()?,
            log_days: fields.number()?,
            changes: fields.number()?,
        })
    }
}
