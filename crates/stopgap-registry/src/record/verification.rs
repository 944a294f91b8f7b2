//! Verifications under an idempotency key.

use stopgap::{Sealed, Verification};

use super::{
    declaration::{Column, Declaration, Index, Only},
    encode::Record,
    fields::Fields,
    table::Table,
    value::{Kind, Value},
};
use crate::store::Result;

pub(crate) static BY_AGE: Index = Index {
    name: "verifications_by_age",
    columns: &["answered_at"],
    is_unique: false,
    only: Only::All,
};

pub(super) static TABLE: Declaration = Declaration {
    name: "verifications",
    columns: &[
        Column::new("user_name", Kind::Text),
        // In UTF-8: some stores have texts without a NUL only.
        Column::new("idempotency_key", Kind::Bytes),
        Column::new("key_id", Kind::Integer),
        Column::new("purpose", Kind::Text),
        Column::new("digest", Kind::Bytes),
        Column::new("answered_at", Kind::Instant),
        Column::new("answer", Kind::Bytes),
        Column::new("tag", Kind::Bytes),
    ],
    key: 2,
    version: Some("tag"),
    indexes: &[&BY_AGE],
    is_store_wide: false,
};

/// A verification.
impl Record for Sealed<Verification> {
    const TABLE: Table = Table::Verifications;

    fn values(&self) -> Vec<Value> {
        let record = self.unverified();
        vec![
            (&record.user).into(),
            record.idempotency_key.as_bytes().into(),
            record.key_id.into(),
            record.purpose.as_str().into(),
            (&record.digest).into(),
            record.answered_at.into(),
            record.answer.as_slice().into(),
            self.tag().into(),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self> {
        let user = fields.name()?;
        let idempotency_key = String::from_utf8(fields.bytes()?.to_vec());
        let record = Verification {
            user,
            idempotency_key: idempotency_key.map_err(|error| fields.invalid(error))?,
            key_id: fields.key_id()?,
            purpose: fields.parsed()?,
            digest: fields.digest()?,
            answered_at: fields.instant()?,
            answer: fields.bytes()?.to_vec(),
        };
        Ok(Self::from_parts(record, fields.tag()?))
    }
}
