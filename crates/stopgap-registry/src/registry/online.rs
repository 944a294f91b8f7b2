//! Online codes: issuing, listing, revoking.

use chrono::TimeZone;
use stopgap::{
    Action, Actor, Code, KeyRing, Name, NameError, OnlineGrant, OnlinePolicy, Purpose, Purposes,
    RecordTag, SysRng,
};

use super::{Act, Draft, Registry, whole_micros};
use crate::{
    error::Error,
    event::EventKind,
    online::CodeRecord,
    record_id::RecordId,
    store::{Cause, CodeRow, StoreError},
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
    /// Issues a code to a user. Days and months of its validity count on the wall clock
    /// of `zone`, from `not_before` if the policy has one, otherwise from now.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::Name`], [`Error::Policy`] if
    /// the policy is not valid, [`Error::Issue`] if the code would have expired already,
    /// [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn issue_code<Z: TimeZone>(
        &self,
        actor: &Actor,
        user: &str,
        policy: &OnlinePolicy,
        zone: &Z,
    ) -> Result<Issued, Error> {
        let user = Name::new(user)?;
        let ring = self.keys_ring();
        let draft = Draft::of(EventKind::IssueCode, &user);
        self.act(actor, Action::IssueCode, draft, |act| {
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
            let draft = Draft::new(EventKind::IssueCode);
            return self.act(actor, Action::IssueCode, draft, |_| Err(forbidden.into()));
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
                    taken.push((Name::new(user), policy));
                }
                let Some((user, policy)) = taken.get(index) else {
                    break;
                };
                let user = user.as_ref().map_err(|error| at(index, (*error).into()))?;
                let mut draft = Draft::of(EventKind::IssueCode, user);
                let mut act = Act {
                    rows,
                    now,
                    draft: &mut draft,
                };
                let issued = match issue(&mut act, &ring, user, policy, zone) {
                    Err(error @ Error::Store(_)) => return Err(error),
                    Err(error) => return Err(at(index, error)),
                    Ok(issued) => issued,
                };
                rows.append(&draft.event(now, &actor.name, actor.role)?)?;
                all.push(issued);
            }
            keep(&all).map_err(Error::NotKept)?;
            Ok(all)
        });
        match issued {
            // The transaction was undone, with its events.
            Err(error @ (Error::Batch { .. } | Error::NotKept(_) | Error::KeyRetired { .. })) => {
                let draft = Draft::new(EventKind::IssueCode);
                self.transact(|rows| {
                    let now = self.observe(rows)?;
                    let mut event = draft.event(now, &actor.name, actor.role)?;
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
    /// [`Error::Forbidden`] below the help desk, [`Error::Name`],
    /// [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn codes(&self, actor: &Actor, user: &str) -> Result<Vec<CodeRecord>, Error> {
        let user = Name::new(user)?;
        let draft = Draft::of(EventKind::ListCodes, &user);
        self.act(actor, Action::ReadUser, draft, |act| {
            let rows = all_of(act, &user, |_| true)?;
            Ok(rows.into_iter().map(|row| row.record).collect())
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
        let draft = Draft::new(EventKind::ListCodes);
        self.act(actor, Action::ReadUser, draft, |act| {
            let after = after.map(|record| (&record.user, record.id));
            let rows = act.rows.codes(after, limit)?;
            Ok(rows.into_iter().map(|row| row.record).collect())
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
        let draft = Draft::of(EventKind::RevokeCode, &user);
        self.act(actor, Action::RevokeCode, draft, |act| {
            let mut before = None;
            loop {
                let page = act.rows.codes_of(&user, before, PAGE)?;
                let Some(oldest) = page.last() else {
                    return Err(Error::NoCode);
                };
                before = Some(oldest.record.id);
                let now = act.now;
                let mut page = page.into_iter();
                if let Some(row) = page.find(|row| row.record.state(now).is_live()) {
                    act.draft.subject = Some(row.record.id.to_string());
                    return revoke(act, &ring, row);
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
        let draft = Draft::of(EventKind::RevokeCode, &user);
        self.act(actor, Action::RevokeCode, draft, |act| {
            let now = act.now;
            let live = all_of(act, &user, |row| row.record.state(now).is_live())?;
            let count = live.len();
            for row in live {
                revoke(act, &ring, row)?;
            }
            act.draft.detail = Some(format!("all: {count}"));
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
    let (code, grant) = policy.issue(ring, user.as_str(), zoned, &mut SysRng)?;
    let record = CodeRecord {
        id: RecordId::new(act.now)?,
        user: grant.user.clone(),
        key_id: grant.key_id,
        purposes: grant.purposes,
        not_before: grant.not_before.map(whole_micros),
        expires_at: grant.expires_at,
        max_uses: grant.max_uses,
        uses: 0,
        revoked_at: None,
    };
    let row = CodeRow {
        tag: grant.tag(ring).map_err(stopgap::Refusal::from)?,
        digest: grant.digest,
        record,
    };
    act.rows.add_format(&grant.format)?;
    act.rows.insert_code(&row)?;
    act.draft.subject = Some(row.record.id.to_string());
    act.draft.detail = Some(format!(
        "{}, until {}",
        words(grant.purposes),
        grant.expires_at.format("%Y-%m-%dT%H:%M:%SZ")
    ));
    Ok(Issued {
        code,
        record: row.record,
    })
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
    wanted: impl Fn(&CodeRow) -> bool,
) -> Result<Vec<CodeRow>, Error> {
    let mut all = Vec::new();
    let mut before = None;
    loop {
        let page = act.rows.codes_of(user, before, PAGE)?;
        match page.last() {
            Some(oldest) => before = Some(oldest.record.id),
            None => return Ok(all),
        }
        all.extend(page.into_iter().filter(&wanted));
    }
}

fn revoke(act: &mut Act<'_>, ring: &KeyRing, mut row: CodeRow) -> Result<CodeRecord, Error> {
    row.record.revoked_at = Some(act.now);
    // Without its key no tag can be computed. The old tag would fit again if the
    // revocation were edited out; this one never fits, also if the key comes back.
    let none = RecordTag::from_bytes([0; 32]);
    let tag = row.grant().tag(ring).unwrap_or(none);
    if !act.rows.revoke_code(&row.digest, act.now, &tag)? {
        // Another transaction revoked it first: the store repeats this one.
        return Err(StoreError::Conflict(None).into());
    }
    Ok(row.record)
}

impl CodeRow {
    /// Returns the core's grant. The format is not stored with each code: it is needed
    /// only to read typed text, before the digest is known.
    pub(crate) fn grant(&self) -> OnlineGrant {
        let record = &self.record;
        OnlineGrant {
            key_id: record.key_id,
            digest: self.digest,
            user: record.user.clone(),
            format: stopgap::CodeFormat::ONLINE,
            purposes: record.purposes,
            issued_at: record.issued_at(),
            not_before: record.not_before,
            expires_at: record.expires_at,
            max_uses: record.max_uses,
            uses: record.uses,
            revoked_at: record.revoked_at,
        }
    }
}
