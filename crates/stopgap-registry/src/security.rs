//! Security codes for lists: everything but the code.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer, ser::SerializeMap};
use stopgap::{Access, KeyId, LifecycleState, RecordId, Scopes};

use crate::record::security_code::SecurityRow;

/// A security code without the code and its digest.
#[derive(Clone, Debug)]
pub struct SecurityRecord {
    /// The id, which contains the time of creation.
    pub id: RecordId,
    /// The id of the key that made the digest.
    pub key_id: KeyId,
    /// The rights with which it acts.
    pub access: Access,
    /// The scopes to which it is limited.
    pub scopes: Scopes,
    /// The description that an administrator wrote.
    pub description: String,
    /// The state of its lifecycle at the time of the call.
    pub state: LifecycleState,
    /// The time of its last use, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The id of the code that it replaces, which may be gone; `None` if it replaces none. The
    /// tag does not cover it.
    pub replaces: Option<RecordId>,
}

impl SecurityRecord {
    pub(crate) fn of(row: &SecurityRow, now: DateTime<Utc>) -> Self {
        let record = row.record.unverified();
        Self {
            id: record.id,
            key_id: record.key_id,
            access: record.access.clone(),
            scopes: record.scopes.clone(),
            description: record.description.clone(),
            state: record.state(now),
            last_used_at: row.last_used_at,
            replaces: row.replaces,
        }
    }

    /// Returns the time of creation.
    #[must_use]
    pub fn created_at(&self) -> DateTime<Utc> {
        self.id.created_at()
    }

    /// Returns the expiry; `None` if it is permanent.
    #[must_use]
    pub const fn expires_at(&self) -> Option<DateTime<Utc>> {
        match self.state {
            LifecycleState::Active { expires_at } => Some(expires_at),
            LifecycleState::Expired { expired_at } => Some(expired_at),
            LifecycleState::Permanent | LifecycleState::Gone => None,
        }
    }
}

impl Serialize for SecurityRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("key_id", &self.key_id)?;
        map.serialize_entry("access", &self.access)?;
        map.serialize_entry("scopes", &self.scopes)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("created_at", &self.created_at())?;
        map.serialize_entry("state", self.state.as_str())?;
        map.serialize_entry("expires_at", &self.expires_at())?;
        map.serialize_entry("last_used_at", &self.last_used_at)?;
        map.serialize_entry("replaces", &self.replaces)?;
        map.end()
    }
}
