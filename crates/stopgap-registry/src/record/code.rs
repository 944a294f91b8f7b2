//! Online codes.

use chrono::{DateTime, Utc};
use stopgap::{OnlineGrant, Sealed};

use super::{
    declaration::{Column, Declaration, Index, Only},
    encode::{Record, json},
    fields::Fields,
    table::Table,
    value::{Kind, Value},
};
use crate::store::Result;

pub(crate) static BY_DIGEST: Index = Index {
    name: "online_codes_by_digest",
    columns: &["digest"],
    is_unique: true,
    only: Only::All,
};

pub(crate) static BY_USER: Index = Index {
    name: "online_codes_by_user",
    columns: &["user_name", "number"],
    is_unique: true,
    only: Only::All,
};

/// The codes of each key by their ends. It serves the purge, and shows if a key is still
/// needed.
pub(crate) static BY_KEY: Index = Index {
    name: "online_codes_by_key",
    columns: &["key_id", "ends_at"],
    is_unique: false,
    only: Only::All,
};

pub(super) static TABLE: Declaration = Declaration {
    name: "online_codes",
    columns: &[
        Column::new("id", Kind::Id),
        Column::new("digest", Kind::Bytes),
        Column::new("user_name", Kind::Text),
        Column::new("number", Kind::Integer),
        Column::new("key_id", Kind::Integer),
        Column::new("format", Kind::Text),
        Column::new("purposes", Kind::Integer),
        Column::nullable("not_before", Kind::Instant),
        Column::new("expires_at", Kind::Instant),
        Column::nullable("max_uses", Kind::Integer),
        Column::new("uses", Kind::Integer),
        Column::nullable("revoked_at", Kind::Instant),
        Column::new("ends_at", Kind::Instant),
        Column::new("tag", Kind::Bytes),
    ],
    key: 1,
    version: Some("tag"),
    indexes: &[&BY_DIGEST, &BY_USER, &BY_KEY],
    is_store_wide: false,
};

/// An online code.
#[derive(Clone, Debug)]
pub(crate) struct CodeRow {
    /// The sealed record.
    pub(crate) sealed: Sealed<OnlineGrant>,
    /// The number of the user's changes at issue, which orders the user's codes.
    pub(crate) number: u64,
    /// The time at which the code ended, or will end: its expiry, its revocation or its last
    /// use. It only tells a purge which rows are old.
    pub(crate) ends_at: DateTime<Utc>,
}

impl Record for CodeRow {
    const TABLE: Table = Table::Codes;

    fn values(&self) -> Vec<Value> {
        let record = self.sealed.unverified();
        vec![
            record.id.into(),
            (&record.digest).into(),
            (&record.user).into(),
            self.number.into(),
            record.key_id.into(),
            json(&record.format),
            u32::from(record.purposes.bits()).into(),
            record.not_before.into(),
            record.expires_at.into(),
            record.max_uses.into(),
            record.uses.into(),
            record.revoked_at.into(),
            self.ends_at.into(),
            self.sealed.tag().into(),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self> {
        let id = fields.id()?;
        let digest = fields.digest()?;
        let user = fields.name()?;
        let number = fields.number()?;
        let record = OnlineGrant {
            id,
            digest,
            user,
            key_id: fields.key_id()?,
            format: fields.json()?,
            purposes: fields.purposes()?,
            issued_at: id.created_at(),
            not_before: fields.instant_or_none()?,
            expires_at: fields.instant()?,
            max_uses: fields.number_or_none()?,
            uses: fields.number()?,
            revoked_at: fields.instant_or_none()?,
        };
        let ends_at = fields.instant()?;
        Ok(Self {
            sealed: Sealed::from_parts(record, fields.tag()?),
            number,
            ends_at,
        })
    }
}
