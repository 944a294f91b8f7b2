//! Authentication of security codes: one read, and rarely a write.

use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use stopgap::{Access, Name, Refusal, Role, Scopes};

use super::{Draft, Registry};
use crate::{error::Error, event::EventKind, record_id::RecordId, store::SecurityRow};

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

/// The seconds between two notes of the use of a security code.
const NOTED_SECONDS: i64 = 60;
/// The actor of an event about an unknown code.
const NOBODY: &str = "unknown";

impl Registry {
    /// Authenticates a security code that a program presents, and returns what it may
    /// do; `role_of` returns the role of a user.
    ///
    /// This reads once. Its use is noted in the record and in the log at most once a
    /// minute, and so is an unknown code. A malformed code is refused without a look at
    /// the store.
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
    /// can fail: then nothing is noted, because nothing was decided.
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
        let ring = self.keys_ring();
        let digests: Vec<_> = ring.security_digests(&code).map(|(_, it)| it).collect();
        let mut found = None;
        let looked = self.store.read(&self.tenant, &mut |rows| {
            found = rows.security_code_of(&digests)?;
            Ok(())
        });
        looked.map_err(Error::Store)?;
        let Some(row) = found else {
            self.note_unknown(now)?;
            return Err(Error::Refused(Refusal::Unknown).into());
        };
        let checked = row.code.check_tag(&ring, &row.tag).and_then(|()| {
            let nobody = |_: &Name| Role::User;
            row.code
                .authenticate(&ring, format, presented, nobody, now)
                .map(drop)
        });
        // `role_of` may take long, and may call the registry.
        drop(ring);
        let mut failed = None;
        let verdict = checked.map(|()| {
            let role_of = |user: &Name| {
                let role = role_of(user).map_err(|error| failed = Some(error));
                role.unwrap_or(Role::User)
            };
            let rights = row.code.access.rights(role_of);
            Authenticated {
                id: row.id,
                role: rights.role,
                user: rights.user.cloned(),
                limited: rights.limited,
                scopes: row.code.scopes.clone(),
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        let unnoted = |last: DateTime<Utc>| {
            now.signed_duration_since(last).num_seconds().abs() >= NOTED_SECONDS
        };
        if row.last_used_at.is_none_or(unnoted) {
            self.note_use(&row, now, verdict.as_ref())?;
        }
        verdict.map_err(|refusal| Error::Refused(refusal).into())
    }

    /// Notes the use of a code, and its outcome.
    fn note_use(
        &self,
        row: &SecurityRow,
        now: DateTime<Utc>,
        verdict: Result<&Authenticated, &Refusal>,
    ) -> Result<(), Error> {
        let user = match &row.code.access {
            Access::SameAs(user) => Some(user),
            Access::SuperAdministrator => None,
        };
        let mut draft = Draft::about(EventKind::Authenticate, row.id);
        draft.user = user.cloned();
        let actor = match user {
            Some(user) => user.clone(),
            None => Name::new(row.id.to_string())?,
        };
        let role = match (verdict, user) {
            (Ok(granted), _) => granted.role,
            (Err(_), Some(_)) => Role::User,
            (Err(_), None) => Role::SuperAdministrator,
        };
        let quiet = TimeDelta::try_seconds(NOTED_SECONDS).unwrap_or_default();
        self.transact(|rows| {
            self.observe(rows)?;
            // Of many calls at the same moment, one notes it.
            if !rows.use_security_code(row.id, now, quiet)? {
                return Ok(());
            }
            let mut event = draft.event(now, &actor, role)?;
            event.reason = verdict.err().map(|refusal| refusal.reason().into());
            Ok(rows.append(&event)?)
        })
    }

    /// Notes an unknown code, at most once a minute: 128 random bits cannot be guessed,
    /// but many guesses must not fill the log.
    fn note_unknown(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let micros = now.timestamp_micros();
        let due = |last: i64| {
            let since = micros.saturating_sub(last).unsigned_abs();
            (since >= NOTED_SECONDS.unsigned_abs().saturating_mul(1_000_000)).then_some(micros)
        };
        let noted = self
            .unknown_noted
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, due);
        if noted.is_err() {
            return Ok(());
        }
        let nobody = Name::new(NOBODY)?;
        let kept = self.transact(|rows| {
            self.observe(rows)?;
            let draft = Draft::new(EventKind::Authenticate);
            let mut event = draft.event(now, &nobody, Role::User)?;
            event.reason = Some(Refusal::Unknown.reason().into());
            Ok(rows.append(&event)?)
        });
        if kept.is_err() {
            // The next one is noted instead.
            self.unknown_noted.store(i64::MIN, Ordering::Relaxed);
        }
        kept
    }
}
