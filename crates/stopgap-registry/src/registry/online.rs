//! Online codes: issuing, listing, revoking.

use chrono::TimeZone;
use stopgap::{
    Action, Actor, Code, IssueRequest, KeyRing, Name, NameError, OnlineGrant, OnlinePolicy,
    Purpose, Purposes, Refusal, Sealed, SysRng,
};

use super::{Act, EventParts, NO_TAG, Registry, TRIES, whole_micros};
use crate::{
    error::Error,
    event::EventKind,
    online::CodeRecord,
    store::{Cause, StoreError},
};

/// A new code, to be shown once and not stored.
#[derive(Debug)]
#[must_use]
pub struct Issued {
    /// The code.
    pub code: Code,
    /// Its record, without the code.
    pub record: CodeRecord,
}

/// The number of a user's codes that are read at a time.
const PAGE: usize = 500;

impl Registry {
    /// Issues a code to a user: `"alice"`, or an [`IssueRequest`] with a context. Days and months of its validity count on the wall clock
    /// of `zone`, from `not_before` if the policy has one, otherwise from now.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::InvalidName`],
    /// [`Error::InvalidValue`] if the policy is not valid, [`Error::NeverValid`] if the
    /// code would have expired already, [`Error::Refused`] if the clock is wrong,
    /// [`Error::Store`].
    pub fn issue_code<'r, Z: TimeZone>(
        &self,
        actor: &Actor,
        request: impl Into<IssueRequest<'r>>,
        policy: &OnlinePolicy,
        zone: &Z,
    ) -> Result<Issued, Error> {
        let request = request.into();
        let user = Name::new(request.user)?;
        let ring = self.keys_ring();
        let parts = EventParts::of(EventKind::IssueCode, &user).context(&request.context);
        self.act(actor, Action::IssueCode, parts, |act| {
            Self::may_issue(act.rows, &ring)?;
            issue(act, &ring, &user, policy, zone)
        })
    }

    /// Issues many codes in one transaction: all of them, or none.
    ///
    /// # Errors
    ///
    /// As [`issue_codes_and_keep`](Self::issue_codes_and_keep).
    pub fn issue_codes<Z: TimeZone>(
        &self,
        actor: &Actor,
        requests: impl IntoIterator<Item = (impl Into<String>, OnlinePolicy)>,
        zone: &Z,
    ) -> Result<Vec<Issued>, Error> {
        self.issue_codes_and_keep(actor, requests, zone, |_| Ok(()))
    }

    /// Issues many codes in one transaction, and passes them to `keep` just before it
    /// commits: if `keep` fails, none is issued. If the store repeats the transaction,
    /// `keep` is called again with other codes.
    ///
    /// The iterator advances as codes are issued, while other writers wait, so it should
    /// be quick. Neither it nor `keep` may call a registry of this store: the call would
    /// wait for ever.
    ///
    /// # Errors
    ///
    /// [`Error::Batch`] with the place and the reason of the first code that is refused;
    /// [`Error::NotKept`] with the error of `keep`; otherwise as
    /// [`issue_code`](Self::issue_code). After an [`Error::Store`] discard the codes.
    pub fn issue_codes_and_keep<Z: TimeZone>(
        &self,
        actor: &Actor,
        requests: impl IntoIterator<Item = (impl Into<String>, OnlinePolicy)>,
        zone: &Z,
        mut keep: impl FnMut(&[Issued]) -> Result<(), Cause>,
    ) -> Result<Vec<Issued>, Error> {
        let at = |index, source: Error| Error::Batch {
            index,
            source: Box::new(source),
        };
        if let Err(forbidden) = actor.may(Action::IssueCode) {
            // One event for the batch, not one for each code.
            let parts = EventParts::new(EventKind::IssueCode);
            return self.act(actor, Action::IssueCode, parts, |_| Err(forbidden.into()));
        }
        let ring = self.keys_ring();
        let mut requests = requests.into_iter().fuse();
        // Taken from `requests`, in case the store repeats the transaction.
        let mut taken: Vec<(Result<Name, NameError>, OnlinePolicy)> = Vec::new();
        let issued = self.transact(|rows| {
            let now = self.observe(rows)?;
            Self::may_issue(rows, &ring)?;
            let mut all = Vec::new();
            // An iterator may announce more items than fit into memory.
            let _ = all.try_reserve_exact(requests.size_hint().0);
            for index in 0.. {
                if index == taken.len() {
                    let Some((user, policy)) = requests.next() else {
                        break;
                    };
                    taken.push((Name::new(user.into()), policy));
                }
                let Some((user, policy)) = taken.get(index) else {
                    break;
                };
                let user = user.as_ref().map_err(|error| at(index, (*error).into()))?;
                let mut parts = EventParts::of(EventKind::IssueCode, user);
                let mut act = Act {
                    rows,
                    now,
                    parts: &mut parts,
                };
                let issued = match issue(&mut act, &ring, user, policy, zone) {
                    Err(error @ Error::Store(_)) => return Err(error),
                    Err(error) => return Err(at(index, error)),
                    Ok(issued) => issued,
                };
                rows.append(&parts.event(now, &actor.name, actor.role)?)?;
                all.push(issued);
            }
            keep(&all).map_err(Error::NotKept)?;
            Ok(all)
        });
        match issued {
            // The transaction was undone, with its events.
            Err(error @ (Error::Batch { .. } | Error::NotKept(_) | Error::KeyRetired { .. })) => {
                let parts = EventParts::new(EventKind::IssueCode);
                self.transact(|rows| {
                    let now = self.observe(rows)?;
                    let mut event = parts.event(now, &actor.name, actor.role)?;
                    event.reason = Some(error.reason().into());
                    Ok(rows.append(&event)?)
                })?;
                Err(error)
            }
            issued => issued,
        }
    }

    /// Returns a user's codes that have not been purged, newest first.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::InvalidName`],
    /// [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn codes(&self, actor: &Actor, user: &str) -> Result<Vec<CodeRecord>, Error> {
        let user = Name::new(user)?;
        let parts = EventParts::of(EventKind::ListCodes, &user);
        self.act(actor, Action::ReadUser, parts, |act| {
            let codes = all_of(act, &user, |_| true)?;
            Ok(codes.iter().map(record_of).collect())
        })
    }

    /// Returns at most `limit` codes of all users, by user and then by age, oldest first,
    /// from the one after `after`, the last of the page before.
    ///
    /// # Errors
    ///
    /// As [`codes`](Self::codes).
    pub fn all_codes(
        &self,
        actor: &Actor,
        after: Option<&CodeRecord>,
        limit: usize,
    ) -> Result<Vec<CodeRecord>, Error> {
        let parts = EventParts::new(EventKind::ListCodes);
        self.act(actor, Action::ReadUser, parts, |act| {
            let after = after.map(|record| (&record.user, record.id));
            let codes = act.rows.codes(after, limit)?;
            Ok(codes.iter().map(record_of).collect())
        })
    }

    /// Revokes a user's newest code that can still be used.
    ///
    /// # Errors
    ///
    /// [`Error::NoCode`] if there is none; otherwise as
    /// [`codes`](Self::codes).
    pub fn revoke_last_code(&self, actor: &Actor, user: &str) -> Result<CodeRecord, Error> {
        let user = Name::new(user)?;
        let ring = self.keys_ring();
        let parts = EventParts::of(EventKind::RevokeCode, &user);
        self.act(actor, Action::RevokeCode, parts, |act| {
            let mut before = None;
            loop {
                let page = act.rows.codes_of(&user, before, PAGE)?;
                let Some(oldest) = page.last() else {
                    return Err(Error::NoCode);
                };
                before = Some(oldest.unverified().id);
                for code in page {
                    if !record_of(&code).state(act.now).is_live() {
                        continue;
                    }
                    if let Some(revoked) = revoke(act, &ring, code)? {
                        act.parts.subject = Some(revoked.id.to_string());
                        return Ok(revoked);
                    }
                }
            }
        })
    }

    /// Revokes all codes of a user that can still be used, for example when a lost token
    /// is found. Returns their number, which may be 0.
    ///
    /// # Errors
    ///
    /// As [`codes`](Self::codes).
    pub fn revoke_all_codes(&self, actor: &Actor, user: &str) -> Result<usize, Error> {
        let user = Name::new(user)?;
        let ring = self.keys_ring();
        let parts = EventParts::of(EventKind::RevokeCode, &user);
        self.act(actor, Action::RevokeCode, parts, |act| {
            let now = act.now;
            let live = all_of(act, &user, |record| record.state(now).is_live())?;
            let mut count = 0_usize;
            for code in live {
                count = count.saturating_add(usize::from(revoke(act, &ring, code)?.is_some()));
            }
            act.parts.detail = Some(format!("all: {count}"));
            Ok(count)
        })
    }
}

fn issue<Z: TimeZone>(
    act: &mut Act<'_>,
    ring: &KeyRing,
    user: &Name,
    policy: &OnlinePolicy,
    zone: &Z,
) -> Result<Issued, Error> {
    let zoned = act.now.with_timezone(zone);
    // Stores keep whole microseconds.
    let policy = OnlinePolicy {
        not_before: policy.not_before.map(whole_micros),
        ..*policy
    };
    let (code, sealed) = policy.issue(ring, user.as_str(), zoned, &mut SysRng)?;
    act.rows.add_format(&policy.format)?;
    act.rows.insert_code(&sealed)?;
    let record = record_of(&sealed);
    act.parts.subject = Some(record.id.to_string());
    act.parts.detail = Some(format!(
        "{}, until {}",
        words(record.purposes),
        record.expires_at.format("%Y-%m-%dT%H:%M:%SZ")
    ));
    Ok(Issued { code, record })
}

fn record_of(code: &Sealed<OnlineGrant>) -> CodeRecord {
    CodeRecord::of(code.unverified())
}

/// `reset, bypass`.
fn words(purposes: Purposes) -> String {
    let words: Vec<&str> = purposes.iter().map(Purpose::as_str).collect();
    words.join(", ")
}

/// Returns a user's codes that are `wanted`, newest first.
fn all_of(
    act: &mut Act<'_>,
    user: &Name,
    wanted: impl Fn(&CodeRecord) -> bool,
) -> Result<Vec<Sealed<OnlineGrant>>, Error> {
    let mut all = Vec::new();
    let mut before = None;
    loop {
        let page = act.rows.codes_of(user, before, PAGE)?;
        match page.last() {
            Some(oldest) => before = Some(oldest.unverified().id),
            None => return Ok(all),
        }
        all.extend(page.into_iter().filter(|code| wanted(&record_of(code))));
    }
}

/// Revokes a code that can still be used. Returns `None` if another transaction used it up,
/// revoked it or deleted it first.
fn revoke(
    act: &mut Act<'_>,
    ring: &KeyRing,
    mut code: Sealed<OnlineGrant>,
) -> Result<Option<CodeRecord>, Error> {
    for _ in 0..TRIES {
        if !record_of(&code).state(act.now).is_live() {
            return Ok(None);
        }
        let revoked = match code.revoke(ring, act.now) {
            // It is not granted anyway, and must not keep others from being revoked.
            Err(Refusal::Tampered | Refusal::KeyMissing { .. }) => {
                let (mut record, _) = code.clone().into_parts();
                record.revoked_at = Some(act.now);
                Sealed::from_parts(record, NO_TAG)
            }
            revoked => revoked?,
        };
        if act.rows.replace_code(&revoked, code.tag())? {
            return Ok(Some(record_of(&revoked)));
        }
        // A use was counted meanwhile.
        match act.rows.code(&code.unverified().digest)? {
            Some(fresh) => code = fresh,
            None => return Ok(None),
        }
    }
    Err(StoreError::Conflict(None).into())
}
