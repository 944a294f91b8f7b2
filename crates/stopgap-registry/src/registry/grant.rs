//! The short way of a verification: one statement, where a store has one.

use std::sync::PoisonError;

use chrono::TimeDelta;
use stopgap::{CodeDigest, CodeFormat, Granted, KeyRing, Name, OnlineGrant, Purpose, Role};

use super::{
    CLOCK_NOTED_SECONDS, CLOCK_TOLERANCE_SECONDS, Draft, Registry,
    verify::{Reading, read},
};
use crate::{
    error::Error,
    event::EventKind,
    store::{CodeRow, Presentation, StoreError, Transaction},
};

impl Registry {
    /// What is granted where nothing stands in the way. None where anything does:
    /// whatever there is to refuse is decided, and noted, in a transaction.
    pub(super) fn grant_at_once<'u>(
        &self,
        ring: &KeyRing,
        user: &'u str,
        typed: &str,
        purpose: Purpose,
    ) -> Result<Option<Granted<'u>>, Error> {
        let Some(store) = self.store.at_once() else {
            return Ok(None);
        };
        let name = Name::new(user)?;
        let now = self.observe_here()?;
        let Ok(readings) = read(&self.formats_seen(), typed) else {
            return Ok(None);
        };
        let found_by = |reading: &Reading| -> Vec<CodeDigest> {
            let digests = ring.online_digests(&name, &reading.code);
            digests.map(|(_, digest)| digest).collect()
        };
        let digests: Vec<_> = readings.iter().map(found_by).collect();
        let mut draft = Draft::of(EventKind::VerifyCode, &name);
        draft.detail = Some(purpose.to_string());
        let event = draft.event(now, &name, Role::User)?;
        let seconds = |seconds| TimeDelta::try_seconds(seconds).unwrap_or_default();
        let noted_after = now.checked_sub_signed(seconds(CLOCK_NOTED_SECONDS));
        let noted_until = now.checked_add_signed(seconds(CLOCK_TOLERANCE_SECONDS));
        let asked = Presentation {
            digests: &digests.concat(),
            user: &name,
            purpose,
            now,
            noted: (noted_after.unwrap_or(now), noted_until.unwrap_or(now)),
            event: &event,
        };
        let Some(row) = store.grant(&self.tenant, &asked)? else {
            return Ok(None);
        };
        let found = |them: &Vec<CodeDigest>| {
            let mut them = them.iter();
            them.any(|digest| digest.as_bytes() == row.digest.as_bytes())
        };
        let reading = digests.iter().position(found);
        let Some(reading) = reading.and_then(|place| readings.get(place)) else {
            return Err(StoreError::Other("the store granted another code".into()).into());
        };
        // The statement saw to the times and the counts. That nobody has changed them
        // from outside is for the core to say.
        let grant = OnlineGrant {
            format: reading.format,
            ..row.grant()
        };
        let checked = grant.check_tag(ring, &row.tag).and_then(|()| {
            let typed = reading.code.reveal();
            grant.check(ring, user, typed.canonical(), purpose, now)
        });
        match checked {
            Ok(granted) => Ok(Some(Granted {
                user,
                purpose,
                expires_at: granted.expires_at,
                uses_left: uses_left(&row),
            })),
            Err(refusal) => {
                self.transact(|rows: &mut dyn Transaction| {
                    Ok(rows.take_back(&row.digest, event.id, refusal.reason())?)
                })?;
                Err(refusal.into())
            }
        }
    }

    /// The ways in which this tenant's codes are written, without asking the store.
    fn formats_seen(&self) -> Vec<CodeFormat> {
        let formats = self.formats.read();
        formats.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers them.
    pub(super) fn formats_are(&self, formats: &[CodeFormat]) {
        let mut seen = self.formats.write().unwrap_or_else(PoisonError::into_inner);
        if *seen != formats {
            seen.clear();
            seen.extend_from_slice(formats);
        }
    }
}

/// What is left of a code that was used once more.
fn uses_left(row: &CodeRow) -> Option<u32> {
    let used = row.record.uses.saturating_add(1);
    row.record.max_uses.map(|most| most.saturating_sub(used))
}
