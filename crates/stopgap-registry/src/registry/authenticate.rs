//! Authentication of security codes: one read, and rarely a write.

use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use stopgap::{Access, ComputedDigest, Name, RecordId, Refusal, Role, Scopes};

use super::{EventParts, Registry};
use crate::{error::Error, event::EventKind, store::SecurityRow};

/// The rights and limits of an authenticated security code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Authenticated {
    /// The code's id.
    pub id: RecordId,
    /// The role with whose rights it acts.
    pub role: Role,
    /// The user with whose rights it acts; `None` if it is a super administrator itself.
    pub user: Option<Name>,
    /// `true` if it has fewer rights than its user: the user is a super administrator,
    /// the code has a plain user's rights.
    pub limited: bool,
    /// The scopes to which it is limited; their meaning is the caller's.
    pub scopes: Scopes,
}

/// The seconds after which the use of a security code is recorded again.
const RECORDED_SECONDS: i64 = 60;
/// The actor of an event about an unknown code.
const UNKNOWN: &str = "unknown";

impl Registry {
    /// Authenticates a security code that a program presents, and returns its rights;
    /// `role_of` returns the role of a user.
    ///
    /// This reads once. Its use is recorded, with an event, at most once a minute, and so
    /// is an unknown code. A malformed code is refused without a
    /// look-up.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `malformed`, `unknown`, `expired`, `tampered`, or a
    /// wrong clock; [`Error::Store`].
    pub fn authenticate(
        &self,
        presented: &str,
        role_of: impl FnOnce(&Name) -> Role,
    ) -> Result<Authenticated, Error> {
        self.try_authenticate(presented, |user| Ok(role_of(user)))
    }

    /// Authenticates as [`authenticate`](Self::authenticate) does, with a `role_of` that
    /// can fail: then nothing is recorded, because nothing was decided.
    ///
    /// # Errors
    ///
    /// As [`authenticate`](Self::authenticate), and the error of `role_of`.
    pub fn try_authenticate<E: From<Error>>(
        &self,
        presented: &str,
        role_of: impl FnOnce(&Name) -> Result<Role, E>,
    ) -> Result<Authenticated, E> {
        let now = self.observe_here()?;
        let format = &self.security_format;
        let code = format
            .read(presented)
            .map_err(|malformed| Error::Refused(malformed.into()))?;
        let computed: Vec<_> = self.keys_ring().security_digests(&code).collect();
        let digests: Vec<_> = computed.iter().map(ComputedDigest::digest).collect();
        let mut found = None;
        let looked = self.store.read(&self.tenant, &mut |rows| {
            found = rows.security_code_of(&digests)?;
            Ok(())
        });
        looked.map_err(Error::Store)?;
        let found = found.and_then(|row| {
            let stored = *row.record.unverified().digest.as_bytes();
            let digest = computed
                .iter()
                .find(|digest| *digest.digest().as_bytes() == stored)?;
            Some((row, digest))
        });
        let Some((row, digest)) = found else {
            self.log_unknown(now)?;
            return Err(Error::Refused(Refusal::Unknown).into());
        };
        let check = |role| {
            let ring = self.keys_ring();
            let checked = row.record.authenticate_digest(&ring, digest, |_| role, now);
            checked.map(|rights| Authenticated {
                id: row.record.unverified().id,
                role: rights.role,
                user: rights.user.cloned(),
                limited: rights.limited,
                scopes: rights.scopes.clone(),
            })
        };
        let mut verdict = check(Role::User);
        if let Ok(Authenticated {
            user: Some(user), ..
        }) = &verdict
        {
            // This may take long, and may call the registry, so nothing is locked.
            let role = role_of(user)?;
            if role != Role::User {
                verdict = check(role);
            }
        }
        let due = |last: DateTime<Utc>| {
            now.signed_duration_since(last).num_seconds().abs() >= RECORDED_SECONDS
        };
        if row.last_used_at.is_none_or(due) {
            self.record_use(&row, now, verdict.as_ref())?;
        }
        verdict.map_err(|refusal| Error::Refused(refusal).into())
    }

    /// Records the use of a code, and its outcome.
    fn record_use(
        &self,
        row: &SecurityRow,
        now: DateTime<Utc>,
        verdict: Result<&Authenticated, &Refusal>,
    ) -> Result<(), Error> {
        let record = row.record.unverified();
        let user = match &record.access {
            Access::SameAs(user) => Some(user),
            Access::SuperAdministrator => None,
        };
        let mut parts = EventParts::about(EventKind::Authenticate, record.id);
        parts.user = user.cloned();
        let actor = match user {
            Some(user) => user.clone(),
            None => Name::new(record.id.to_string())?,
        };
        let role = match (verdict, user) {
            (Ok(granted), _) => granted.role,
            (Err(_), Some(_)) => Role::User,
            (Err(_), None) => Role::SuperAdministrator,
        };
        let quiet = TimeDelta::try_seconds(RECORDED_SECONDS).unwrap_or_default();
        self.transact(|rows| {
            self.observe(rows)?;
            // Of many calls at the same moment, one records it.
            if !rows.use_security_code(record.id, now, quiet)? {
                return Ok(());
            }
            let mut event = parts.event(now, &actor, role)?;
            event.reason = verdict.err().map(|refusal| refusal.reason().into());
            Ok(rows.append(&event)?)
        })
    }

    /// Logs an unknown code, at most once a minute: 128 random bits cannot be guessed,
    /// but many guesses must not fill the log.
    fn log_unknown(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let micros = now.timestamp_micros();
        let due = |last: i64| {
            let since = micros.saturating_sub(last).unsigned_abs();
            (since >= RECORDED_SECONDS.unsigned_abs().saturating_mul(1_000_000)).then_some(micros)
        };
        let logged = self
            .unknown_logged
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, due);
        if logged.is_err() {
            return Ok(());
        }
        let unknown = Name::new(UNKNOWN)?;
        let stored = self.transact(|rows| {
            self.observe(rows)?;
            let parts = EventParts::new(EventKind::Authenticate);
            let mut event = parts.event(now, &unknown, Role::User)?;
            event.reason = Some(Refusal::Unknown.reason().into());
            Ok(rows.append(&event)?)
        });
        if stored.is_err() {
            // The next one is logged instead.
            self.unknown_logged.store(i64::MIN, Ordering::Relaxed);
        }
        stored
    }
}
