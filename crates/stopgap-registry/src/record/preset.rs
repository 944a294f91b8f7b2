//! Named policies.

use stopgap::{Preset, Sealed};

use super::{
    declaration::{Column, Declaration},
    encode::{Record, json},
    fields::Fields,
    table::Table,
    value::{Kind, Value},
};
use crate::store::Result;

pub(super) static TABLE: Declaration = Declaration {
    name: "presets",
    columns: &[
        Column::new("name", Kind::Text),
        Column::new("key_id", Kind::Integer),
        Column::new("policy", Kind::Text),
        Column::new("tag", Kind::Bytes),
    ],
    key: 1,
    version: Some("tag"),
    indexes: &[],
    is_store_wide: false,
};

/// A preset.
impl Record for Sealed<Preset> {
    const TABLE: Table = Table::Presets;

    fn values(&self) -> Vec<Value> {
        let record = self.unverified();
        vec![
            (&record.name).into(),
            record.key_id.into(),
            json(&record.policy),
            self.tag().into(),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self> {
        let record = Preset {
            name: fields.name()?,
            key_id: fields.key_id()?,
            policy: fields.json()?,
        };
        Ok(Self::from_parts(record, fields.tag()?))
    }
}
