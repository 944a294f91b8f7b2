//! Machines.

use stopgap::{Sealed, offline::Enrolment};

use super::{
    declaration::{Column, Declaration, Index, Only},
    encode::Record,
    fields::Fields,
    table::Table,
    value::{Kind, Value},
};
use crate::store::Result;

/// The machines that are not retired. It shows if a key is still needed.
pub(crate) static BY_KEY: Index = Index {
    name: "machines_by_key",
    columns: &["key_id"],
    is_unique: false,
    only: Only::Null("retired_at"),
};

pub(super) static TABLE: Declaration = Declaration {
    name: "machines",
    columns: &[
        Column::new("user_name", Kind::Text),
        Column::new("machine", Kind::Text),
        Column::new("key_id", Kind::Integer),
        Column::new("generation", Kind::Integer),
        Column::new("enrolled_at", Kind::Instant),
        Column::nullable("retired_at", Kind::Instant),
        Column::new("tag", Kind::Bytes),
    ],
    key: 2,
    version: Some("tag"),
    indexes: &[&BY_KEY],
    is_store_wide: false,
};

/// The enrolment of a user on a machine.
impl Record for Sealed<Enrolment> {
    const TABLE: Table = Table::Machines;

    fn values(&self) -> Vec<Value> {
        let record = self.unverified();
        vec![
            (&record.user).into(),
            (&record.machine).into(),
            record.key_id.into(),
            record.generation.into(),
            record.enrolled_at.into(),
            record.retired_at.into(),
            self.tag().into(),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self> {
        let record = Enrolment {
            user: fields.name()?,
            machine: fields.name()?,
            key_id: fields.key_id()?,
            generation: fields.number()?,
            enrolled_at: fields.instant()?,
            retired_at: fields.instant_or_none()?,
        };
        Ok(Self::from_parts(record, fields.tag()?))
    }
}
