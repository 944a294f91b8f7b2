//! Security codes as people see them: everything but the code.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer, ser::SerializeMap};
use stopgap::{Access, KeyId, LifeState};

use crate::{record_id::RecordId, store::SecurityRow};

/// A security code as it may be shown: neither the code nor its digest.
#[derive(Clone, Debug)]
pub struct SecurityRecord {
    /// Its name, which knows when it was created.
    pub id: RecordId,
    /// The key that made its digest.
    pub key_id: KeyId,
    /// With whose rights it acts.
    pub access: Access,
    /// What it is for, in somebody's words.
    pub description: String,
    /// Where its life stood when the registry was asked.
    pub state: LifeState,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl SecurityRecord {
    pub(crate) fn of(row: &SecurityRow, now: DateTime<Utc>) -> Self {
        Self {
            id: row.id,
            key_id: row.code.key_id,
            access: row.code.access.clone(),
            description: row.code.description.clone(),
            state: row.code.state(now),
            last_used_at: row.last_used_at,
        }
    }

    /// When it was created.
    #[must_use]
    pub fn created_at(&self) -> DateTime<Utc> {
        self.id.made_at()
    }

    /// When it expires, or expired; none where it is permanent.
    #[must_use]
    pub const fn expires_at(&self) -> Option<DateTime<Utc>> {
        match self.state {
            LifeState::Active { expires_at } => Some(expires_at),
            LifeState::Expired { expired_at } => Some(expired_at),
            LifeState::Permanent | LifeState::Gone => None,
        }
    }
}

impl Serialize for SecurityRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("key_id", &self.key_id)?;
        map.serialize_entry("access", &self.access)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("created_at", &self.created_at())?;
        map.serialize_entry("state", self.state.as_str())?;
        map.serialize_entry("expires_at", &self.expires_at())?;
        map.serialize_entry("last_used_at", &self.last_used_at)?;
        map.end()
    }
}
