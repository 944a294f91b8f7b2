//! Verification in one statement, for stores that support it.

use std::sync::{PoisonError, atomic::Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{
    CodeDigest, CodeFormat, Granted, KeyRing, Name, OnlineGrant, Purpose, Refusal, Role,
};

use super::{
    CLOCK_NOTED_SECONDS, CLOCK_TOLERANCE_SECONDS, Draft, Registry,
    reading::{Reading, read},
};
use crate::{
    error::Error,
    event::{Event, EventKind},
    store::{CodeRow, Presentation, StoreError, Transaction},
};

/// A presented code, prepared for one statement.
pub(super) struct Asked<'a> {
    ring: &'a KeyRing,
    user: &'a Name,
    purpose: Purpose,
    attempt: Option<&'a Name>,
    now: DateTime<Utc>,
    /// The readings of the text, each with its digests.
    readings: Vec<(Reading, Vec<CodeDigest>)>,
    digests: Vec<CodeDigest>,
    event: Event,
}

impl Registry {
    /// Prepares a verification in one statement. Returns `None` if the store does not
    /// support it, or if the text is not a code of a known format.
    pub(super) fn asked<'a>(
        &self,
        ring: &'a KeyRing,
        user: &'a Name,
        typed: &str,
        purpose: Purpose,
        attempt: Option<&'a Name>,
        now: DateTime<Utc>,
    ) -> Result<Option<Asked<'a>>, Error> {
        if self.store.at_once().is_none() {
            return Ok(None);
        }
        let Ok(readings) = read(&self.formats_seen(), typed) else {
            return Ok(None);
        };
        let found_by = |reading: Reading| {
            let digests = ring.online_digests(user, &reading.code);
            let digests: Vec<_> = digests.map(|(_, digest)| digest).collect();
            (reading, digests)
        };
        let readings: Vec<_> = readings.into_iter().map(found_by).collect();
        let mut draft = Draft::of(EventKind::VerifyCode, user);
        draft.detail = Some(purpose.to_string());
        Ok(Some(Asked {
            ring,
            user,
            purpose,
            attempt,
            now,
            digests: readings
                .iter()
                .flat_map(|(_, them)| them)
                .copied()
                .collect(),
            readings,
            event: draft.event(now, user, Role::User)?,
        }))
    }

    /// Grants a code in one statement. Returns `None` if the store does not grant it: a
    /// transaction then decides, and records, the refusal.
    pub(super) fn grant_at_once<'u>(
        &self,
        asked: &Asked<'_>,
        user: &'u str,
    ) -> Result<Option<Granted<'u>>, Error> {
        let Some(store) = self.store.at_once() else {
            return Ok(None);
        };
        let Some(row) = store.grant(&self.tenant, &asked.presentation())? else {
            return Ok(None);
        };
        let micros = asked.now.timestamp_micros();
        self.seen.fetch_max(micros, Ordering::Relaxed);
        match asked.check(&row)? {
            Ok(granted) => Ok(Some(Granted {
                user,
                purpose: granted.purpose,
                expires_at: granted.expires_at,
                uses_left: granted.uses_left,
            })),
            Err(refusal) => {
                self.transact(|rows: &mut dyn Transaction| {
                    Ok(asked.take_back(rows, &row, refusal)?)
                })?;
                Err(refusal.into())
            }
        }
    }

    /// Returns the known formats of this tenant's codes, without asking the store.
    fn formats_seen(&self) -> Vec<CodeFormat> {
        let formats = self.formats.read();
        formats.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers the formats.
    pub(super) fn formats_are(&self, formats: &[CodeFormat]) {
        if self.formats_seen() != formats {
            let mut seen = self.formats.write();
            let seen = seen
                .as_deref_mut()
                .unwrap_or_else(|poisoned| poisoned.get_mut());
            formats.clone_into(seen);
        }
    }
}

impl Asked<'_> {
    /// Returns the question for the store.
    pub(super) fn presentation(&self) -> Presentation<'_> {
        let seconds = |seconds| TimeDelta::try_seconds(seconds).unwrap_or_default();
        let after = self.now.checked_sub_signed(seconds(CLOCK_NOTED_SECONDS));
        let until = self
            .now
            .checked_add_signed(seconds(CLOCK_TOLERANCE_SECONDS));
        Presentation {
            digests: &self.digests,
            user: self.user,
            purpose: self.purpose,
            attempt: self.attempt,
            now: self.now,
            noted: (after.unwrap_or(self.now), until.unwrap_or(self.now)),
            event: &self.event,
        }
    }

    /// Returns the core's verdict on a code that the store granted. The statement checked
    /// times and counts; the core checks that they were not edited.
    pub(super) fn check(&self, row: &CodeRow) -> Result<Result<Granted<'_>, Refusal>, StoreError> {
        let found = |digest: &CodeDigest| digest.as_bytes() == row.digest.as_bytes();
        let reading = self
            .readings
            .iter()
            .find(|(_, them)| them.iter().any(found));
        let Some((reading, _)) = reading else {
            return Err(StoreError::Other("the store granted another code".into()));
        };
        let grant = OnlineGrant {
            format: reading.format,
            ..row.grant()
        };
        let user = self.user.as_str();
        let checked = grant.check_tag(self.ring, &row.tag).and_then(|()| {
            let typed = reading.code.reveal();
            let granted =
                grant.check(self.ring, user, typed.canonical(), self.purpose, self.now)?;
            Ok(granted.expires_at)
        });
        let counted = row.record.uses.saturating_add(1);
        Ok(checked.map(|expires_at| Granted {
            user,
            purpose: self.purpose,
            expires_at,
            uses_left: row.record.max_uses.map(|most| most.saturating_sub(counted)),
        }))
    }

    /// Returns the first reading of the text.
    pub(super) fn first_reading(&self) -> Option<&Reading> {
        self.readings.first().map(|(reading, _)| reading)
    }

    pub(super) fn take_back(
        &self,
        rows: &mut dyn Transaction,
        row: &CodeRow,
        refusal: Refusal,
    ) -> Result<(), StoreError> {
        rows.take_back(&row.digest, self.event.id, refusal.reason())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test says no")]

    use stopgap::{Actor, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Role};

    use super::Registry;
    use crate::Memory;

    /// Otherwise no store would ever be asked in one statement.
    #[test]
    fn formats_are_remembered() {
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
        let registry = Registry::builder(&keys).over(Memory::new()).unwrap();
        assert_eq!(registry.formats_seen(), []);
        let policy = OnlinePolicy::default();
        let dana = Actor::new("dana", Role::HelpDesk).unwrap();
        for _ in 0..2 {
            let issued = registry
                .issue_code(&dana, "alice", &policy, &chrono::Utc)
                .unwrap();
            let typed = issued.code.reveal().to_string();
            let _ = registry
                .verify_code("alice", &typed, Purpose::Bypass, None)
                .unwrap();
            assert_eq!(registry.formats_seen(), [policy.format]);
        }
    }
}
