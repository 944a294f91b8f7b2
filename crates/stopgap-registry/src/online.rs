//! Online codes as people see them: everything but the code.

use chrono::{DateTime, TimeZone, Utc};
use serde::{Serialize, Serializer};
use stopgap::{KeyId, Name, Purposes};

use crate::record_id::RecordId;

/// An online code as it may be shown: neither the code nor its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodeRecord {
    /// Its name, which knows when it was issued.
    pub id: RecordId,
    /// Whose code it is.
    pub user: Name,
    /// The key that made its digest.
    pub key_id: KeyId,
    /// What it may be used for.
    pub purposes: Purposes,
    /// The first instant at which it is valid, where that is not at once.
    pub not_before: Option<DateTime<Utc>>,
    /// The first instant at which it is not valid any more.
    pub expires_at: DateTime<Utc>,
    /// How often it may be used, where that is limited.
    pub max_uses: Option<u32>,
    /// How often it has been used, where that is limited.
    pub uses: u32,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl CodeRecord {
    /// When it was issued.
    #[must_use]
    pub fn issued_at(&self) -> DateTime<Utc> {
        self.id.made_at()
    }

    /// Where it stands at an instant.
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

/// Where an online code stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeState {
    /// It can be used.
    Active,
    /// It can be used later.
    NotYetValid,
    /// It has been used as often as it may be.
    UsedUp,
    /// It has expired.
    Expired,
    /// Somebody revoked it.
    Revoked,
}

impl CodeState {
    /// `active`, `not_yet_valid`, `used_up`, `expired` or `revoked`.
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

    /// Whether it can be used now or later: a code that may still be revoked.
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
    fn states_have_words() {
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
