//! Authentication of security codes: one read, and rarely a write.

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Access, Actor, ComputedDigest, Name, RecordId, Refusal, Role, Scopes};

use super::{Registry, loaded::Needs, parts::EventParts, tally::Subject, time};
use crate::{
    error::Error,
    event::EventKind,
    record::{
        Record,
        security_code::{self, SecurityRow},
    },
    store::Selection,
};

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

/// A security code that was presented, and its verdict for a plain user. Nothing is recorded yet.
#[derive(Debug)]
#[must_use]
pub struct Presented {
    row: SecurityRow,
    digest: ComputedDigest,
    now: DateTime<Utc>,
    verdict: Result<Authenticated, Refusal>,
}

impl Presented {
    /// Returns the user whose role is needed; `None` if the code is refused whatever the role
    /// is, or has no user.
    #[must_use]
    pub fn user(&self) -> Option<&Name> {
        self.verdict.as_ref().ok()?.user.as_ref()
    }
}

/// The actor of an event about an unknown code.
const UNKNOWN: &str = "unknown";

impl Registry {
    /// Authenticates a security code that a program presents, and returns its rights;
    /// `role_of` returns the role of a user.
    ///
    /// This reads once. The first use in a minute is stored at once, with an event; the
    /// number of the others in one event when the minute has passed
    /// ([`flush`](Self::flush)). Refusals are counted likewise, and only a granted use counts
    /// as one. A malformed code is refused without a look-up, and leaves no event.
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
        let found = self.find_presented(presented)?;
        let role = match found.user() {
            // This may take long, and may call the registry, so nothing is locked.
            Some(user) => Some(role_of(user)?),
            None => None,
        };
        Ok(self.authenticate_found(found, role)?)
    }

    /// Finds the security code that a program presents: the first half of
    /// [`try_authenticate`](Self::try_authenticate), for a program that cannot look up a role
    /// within a function.
    ///
    /// # Errors
    ///
    /// As [`authenticate`](Self::authenticate).
    pub fn find_presented(&self, presented: &str) -> Result<Presented, Error> {
        let read = self.security_format.read(presented);
        let computed: Vec<_> = match &read {
            Ok(code) => self.keys_ring().security_digests(code).collect(),
            Err(_) => Vec::new(),
        };
        let mut needs = Needs::new();
        let digests = computed.iter().map(|digest| (&digest.digest()).into());
        let slot = needs.select::<SecurityRow>(
            Selection::index(SecurityRow::TABLE, &security_code::BY_DIGEST, Vec::new())
                .any_of(digests.collect()),
        );
        let (now, rows) = self.look(&needs, |act| {
            time::not_set_back(act.now, act.tenant().seen_at)?;
            Ok((act.now, act.loaded.all(slot)?))
        })?;
        read.map_err(|malformed| Error::Refused(malformed.into()))?;
        let Some((row, digest)) = find(rows, computed) else {
            self.count(
                Subject::Unknown,
                now,
                Role::User,
                None,
                Some(Refusal::Unknown),
            )?;
            return Err(Error::Refused(Refusal::Unknown));
        };
        let verdict = self.verdict(&row, &digest, Role::User, now);
        Ok(Presented {
            row,
            digest,
            now,
            verdict,
        })
    }

    /// Authenticates a code that was found. `role` is that of its [`user`](Presented::user); if
    /// there is no such user any more, it is `None`, and the code is refused as unknown.
    ///
    /// # Errors
    ///
    /// As [`authenticate`](Self::authenticate).
    pub fn authenticate_found(
        &self,
        found: Presented,
        role: Option<Role>,
    ) -> Result<Authenticated, Error> {
        let verdict = match (found.user(), role) {
            (Some(_), None) => Err(Refusal::Unknown),
            (Some(_), Some(role)) if role != Role::User => {
                self.verdict(&found.row, &found.digest, role, found.now)
            }
            _ => found.verdict,
        };
        let record = found.row.record.unverified();
        let (subject, role, refusal) = match &verdict {
            Ok(granted) => (Subject::Used(record.id, granted.role), granted.role, None),
            Err(refusal) => {
                let role = match record.access {
                    Access::SameAs(_) => Role::User,
                    Access::SuperAdministrator => Role::SuperAdministrator,
                };
                (
                    Subject::Refused(record.id, refusal.reason()),
                    role,
                    Some(*refusal),
                )
            }
        };
        self.count(subject, found.now, role, Some(&found.row), refusal)?;
        verdict.map_err(Error::Refused)
    }

    fn verdict(
        &self,
        row: &SecurityRow,
        digest: &ComputedDigest,
        role: Role,
        now: DateTime<Utc>,
    ) -> Result<Authenticated, Refusal> {
        let ring = self.keys_ring();
        let rights = row
            .record
            .authenticate_digest(&ring, digest, |_| role, now)?;
        Ok(Authenticated {
            id: row.record.unverified().id,
            role: rights.role,
            user: rights.user.cloned(),
            limited: rights.limited,
            scopes: rights.scopes.clone(),
        })
    }

    /// Counts an authentication. The first in a minute is stored at once.
    fn count(
        &self,
        subject: Subject,
        now: DateTime<Utc>,
        role: Role,
        row: Option<&SecurityRow>,
        refusal: Option<Refusal>,
    ) -> Result<(), Error> {
        let id = row.map(|row| row.record.unverified().id);
        let user = row.and_then(|row| match &row.record.unverified().access {
            Access::SameAs(user) => Some(user.clone()),
            Access::SuperAdministrator => None,
        });
        let name = match (&user, id) {
            (Some(user), _) => user.clone(),
            (None, Some(id)) => Name::new(id.to_string())?,
            (None, None) => Name::new(UNKNOWN)?,
        };
        let actor = Actor {
            name,
            role,
            on_behalf_of: None,
        };
        let mut parts = EventParts::new(EventKind::Authenticate);
        parts.subject = id.map(|id| id.to_string());
        parts.user = user;
        parts.reason = refusal.map(|refusal| refusal.reason().into());
        let is_counted = self
            .tally()
            .add_or_begin(subject.clone(), now, || (parts.clone(), actor.clone()));
        if is_counted {
            self.flush_due();
            return Ok(());
        }
        let mut needs = Needs::new();
        let slot = id.filter(|_| refusal.is_none()).map(|id| {
            needs.lock_code(id);
            needs.get::<SecurityRow>(vec![id.into()])
        });
        let stored = self.transact(&needs, |act| {
            if let Some(slot) = slot {
                act.observe();
                if let Some(row) = act.loaded.one(slot)?
                    && let Some(later) = row.use_at(now)
                {
                    act.replace(&later, &row);
                }
            }
            act.insert(&parts.event(now, &actor)?);
            Ok(())
        });
        if stored.is_err() {
            // The next one is stored instead.
            self.tally().forget(&subject);
        }
        self.flush_due();
        stored
    }
}

/// Returns the code that was presented, and the digest by which it was found.
fn find(
    rows: Vec<SecurityRow>,
    mut computed: Vec<ComputedDigest>,
) -> Option<(SecurityRow, ComputedDigest)> {
    rows.into_iter().find_map(|row| {
        let stored = *row.record.unverified().digest.as_bytes();
        let place = computed
            .iter()
            .position(|digest| *digest.digest().as_bytes() == stored)?;
        Some((row, computed.swap_remove(place)))
    })
}
