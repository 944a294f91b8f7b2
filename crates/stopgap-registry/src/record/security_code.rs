//! Security codes.

use chrono::{DateTime, Utc};
use stopgap::{Access, Lifetime, RecordId, Sealed, SecurityCode};

use super::{
    declaration::{Column, Declaration, Index, Only},
    encode::{Record, json},
    fields::Fields,
    table::Table,
    value::{Kind, Value},
};
use crate::store::Result;

pub(crate) static BY_DIGEST: Index = Index {
    name: "security_codes_by_digest",
    columns: &["digest"],
    is_unique: true,
    only: Only::All,
};

/// The codes of each key by their ends. It serves the purge, and shows if a key is still
/// needed.
pub(crate) static BY_KEY: Index = Index {
    name: "security_codes_by_key",
    columns: &["key_id", "ends_at"],
    is_unique: false,
    only: Only::All,
};

pub(super) static TABLE: Declaration = Declaration {
    name: "security_codes",
    columns: &[
        Column::new("id", Kind::Id),
        Column::new("digest", Kind::Bytes),
        Column::new("key_id", Kind::Integer),
        // The user with whose rights the code acts; null for a super administrator.
        Column::nullable("same_as", Kind::Text),
        Column::new("scopes", Kind::Text),
        Column::new("description", Kind::Text),
        // Null if the code is permanent.
        Column::nullable("expires_at", Kind::Instant),
        Column::nullable("last_used_at", Kind::Instant),
        // The code that this one replaces; null if none.
        Column::nullable("replaces", Kind::Id),
        Column::new("ends_at", Kind::Instant),
        Column::new("tag", Kind::Bytes),
    ],
    key: 1,
    version: Some("tag"),
    indexes: &[&BY_DIGEST, &BY_KEY],
    is_store_wide: false,
};

/// A security code.
#[derive(Clone, Debug)]
pub(crate) struct SecurityRow {
    /// The record and its tag.
    pub(crate) record: Sealed<SecurityCode>,
    /// The time of its last use, to the minute. The tag does not cover it.
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    /// The id of the code that it replaces. The tag does not cover it.
    pub(crate) replaces: Option<RecordId>,
}

impl SecurityRow {
    /// Returns the row with the time of its last use; `None` if a later one is there.
    pub(crate) fn use_at(&self, now: DateTime<Utc>) -> Option<Self> {
        let is_later = self.last_used_at.is_none_or(|last| last < now);
        is_later.then(|| Self {
            last_used_at: Some(now),
            ..self.clone()
        })
    }

    /// Returns the expiry; `None` if it is permanent. A deleted code has no row.
    fn expires_at(&self) -> Option<DateTime<Utc>> {
        match self.record.unverified().lifetime {
            Lifetime::Until(expires_at) => Some(expires_at),
            Lifetime::Permanent | Lifetime::Deleted => None,
        }
    }
}

/// The end of a permanent code: the last whole second of the year 9999.
fn never() -> DateTime<Utc> {
    DateTime::from_timestamp(253_402_300_799, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

impl Record for SecurityRow {
    const TABLE: Table = Table::SecurityCodes;

    fn values(&self) -> Vec<Value> {
        let record = self.record.unverified();
        let expires_at = self.expires_at();
        let same_as = match &record.access {
            Access::SuperAdministrator => None,
            Access::SameAs(user) => Some(user),
        };
        vec![
            record.id.into(),
            (&record.digest).into(),
            record.key_id.into(),
            same_as.into(),
            json(&record.scopes),
            record.description.as_str().into(),
            expires_at.into(),
            self.last_used_at.into(),
            self.replaces.into(),
            expires_at.unwrap_or_else(never).into(),
            self.record.tag().into(),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self> {
        let id = fields.id()?;
        let digest = fields.digest()?;
        let key_id = fields.key_id()?;
        let same_as = fields.name_or_none()?;
        let scopes = fields.json()?;
        let description = fields.text()?.to_owned();
        let expires_at = fields.instant_or_none()?;
        let last_used_at = fields.instant_or_none()?;
        let replaces = fields.id_or_none()?;
        fields.instant()?;
        let record = SecurityCode {
            id,
            key_id,
            digest,
            access: same_as.map_or(Access::SuperAdministrator, Access::SameAs),
            scopes,
            description,
            created_at: id.created_at(),
            lifetime: expires_at.map_or(Lifetime::Permanent, Lifetime::Until),
        };
        Ok(Self {
            record: Sealed::from_parts(record, fields.tag()?),
            last_used_at,
            replaces,
        })
    }
}
