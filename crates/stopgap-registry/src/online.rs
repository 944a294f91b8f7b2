//! Online codes for lists: everything but the code.

use chrono::{DateTime, TimeZone, Utc};
use serde::{Serialize, Serializer};
use stopgap::{KeyId, Name, Purposes, RecordId};

use crate::record::code::CodeRow;

/// An online code without the code and its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodeRecord {
    /// The id, which contains the time of issue.
    pub id: RecordId,
    /// The user.
    pub user: Name,
    /// The place of the code among the user's: a later one has a higher number, whatever the
    /// clocks of the servers were.
    pub number: u64,
    /// The id of the key that made the digest.
    pub key_id: KeyId,
    /// The purposes for which it may be used.
    pub purposes: Purposes,
    /// The instant from which it is valid; `None` if from issue.
    pub not_before: Option<DateTime<Utc>>,
    /// The expiry: the code is valid before this instant.
    pub expires_at: DateTime<Utc>,
    /// The number of uses allowed; `None` for any number.
    pub max_uses: Option<u32>,
    /// The number of uses, counted only if they are limited.
    pub uses: u32,
    /// The time of revocation; `None` if it was not revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl CodeRecord {
    pub(crate) fn of(row: &CodeRow) -> Self {
        let grant = row.sealed.unverified();
        Self {
            id: grant.id,
            user: grant.user.clone(),
            number: row.number,
            key_id: grant.key_id,
            purposes: grant.purposes,
            not_before: grant.not_before,
            expires_at: grant.expires_at,
            max_uses: grant.max_uses,
            uses: grant.uses,
            revoked_at: grant.revoked_at,
        }
    }

    /// Returns the time of issue.
    #[must_use]
    pub fn issued_at(&self) -> DateTime<Utc> {
        self.id.created_at()
    }

    /// Returns the state of the code at an instant.
    #[must_use]
    pub fn state<Tz: TimeZone>(&self, now: DateTime<Tz>) -> CodeState {
        let now = now.to_utc();
        if self.revoked_at.is_some() {
            CodeState::Revoked
        } else if now >= self.expires_at {
            CodeState::Expired
        } else if self.max_uses.is_some_and(|most| self.uses >= most) {
            CodeState::UsedUp
        } else if self.not_before.is_some_and(|first| now < first) {
            CodeState::NotYetValid
        } else {
            CodeState::Active
        }
    }
}

/// The state of an online code at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeState {
    /// It can be used.
    Active,
    /// It can be used later.
    NotYetValid,
    /// It has no use left.
    UsedUp,
    /// It has expired.
    Expired,
    /// It was revoked.
    Revoked,
}

impl CodeState {
    /// All states.
    pub const ALL: [Self; 5] = [
        Self::Active,
        Self::NotYetValid,
        Self::UsedUp,
        Self::Expired,
        Self::Revoked,
    ];

    /// Returns `active`, `not_yet_valid`, `used_up`, `expired` or `revoked`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::NotYetValid => "not_yet_valid",
            Self::UsedUp => "used_up",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// Returns `true` if it can be used now or later.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Active | Self::NotYetValid)
    }
}

impl Serialize for CodeState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_its_name() {
        let words = [
            (CodeState::Active, "active", true),
            (CodeState::NotYetValid, "not_yet_valid", true),
            (CodeState::UsedUp, "used_up", false),
            (CodeState::Expired, "expired", false),
            (CodeState::Revoked, "revoked", false),
        ];
        for (state, word, is_live) in words {
            assert_eq!((state.as_str(), state.is_live()), (word, is_live));
            let json = serde_json::to_string(&state).unwrap();
            assert_eq!(json, format!("{word:?}"));
        }
    }
}
