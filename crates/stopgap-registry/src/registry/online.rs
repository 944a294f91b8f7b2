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

/// A code that was issued: to be told once, and not kept.
#[derive(Debug)]
#[must_use]
pub struct Issued {
    /// The code.
    pub code: Code,
    /// What is kept of it, and may be shown.
    pub record: CodeRecord,
}

/// How many of a user's codes are looked at at a time.
const PAGE: usize = 500;

impl Registry {
    /// Issues a code to a user. It expires on the wall clock of `zone`.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::Name`],
    /// [`Error::Issue`] where the code would expire before it may first be used,
    /// [`Error::Refused`] where the clock is wrong, [`Error::Store`].
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

    /// Issues many codes in one transaction, and gives them to `keep` just before
    /// it ends: where `keep` cannot write them down, none is issued. It may be
    /// called again with others, where the store had to begin anew.
    ///
    /// Each request is taken when its code is issued, while others wait to write:
    /// the iterator shows how far it is, and should be quick. Neither it nor
    /// `keep` may call a registry of this store: the call would wait for ever.
    ///
    /// # Errors
    ///
    /// [`Error::Batch`] with the place and the reason of the first that cannot
    /// be issued; [`Error::NotKept`] with what `keep` gave; otherwise as
    /// [`issue_code`](Self::issue_code). After an [`Error::Store`] forget what
    /// was kept.
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
            // One event says so, and not one for each.
            let draft = Draft::new(EventKind::IssueCode);
            return self.act(actor, Action::IssueCode, draft, |_| Err(forbidden.into()));
        }
        let ring = self.keys_ring();
        let mut requests = requests.into_iter().fuse();
        // What was taken from `requests`, for when the store has to begin anew.
        let mut taken: Vec<(Result<Name, NameError>, OnlinePolicy)> = Vec::new();
        let issued = self.transact(|rows| {
            let now = self.observe(rows)?;
            Self::may_issue(rows, &ring)?;
            let mut all = Vec::new();
            // An iterator may promise more than there is room for.
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
            // All of it is undone by now, its events too.
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

    /// A user's codes that have not been purged, newest first.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::Name`],
    /// [`Error::Refused`] where the clock is wrong, [`Error::Store`].
    pub fn codes(&self, actor: &Actor, user: &str) -> Result<Vec<CodeRecord>, Error> {
        let user = Name::new(user)?;
        let draft = Draft::of(EventKind::ListCodes, &user);
        self.act(actor, Action::ReadUser, draft, |act| {
            let rows = all_of(act, &user, |_| true)?;
            Ok(rows.into_iter().map(|row| row.record).collect())
        })
    }

    /// Everybody's codes, by user and then by age, oldest first; at most `limit`,
    /// those after `after`, the last one of the page before.
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

    /// Revokes the code that was issued to a user last, of those that could still
    /// be used.
    ///
    /// # Errors
    ///
    /// [`Error::NoCode`] where there is none; otherwise as
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

    /// Revokes every code of a user that could still be used, as when the lost
    /// token came back: how many it were, which may be none.
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

/// A user's codes that are `wanted`, newest first.
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
    // Without its key there is no tag that fits: should the key come back, the
    // code is refused all the same. The old one would fit again as soon as
    // somebody struck out the revocation.
    let none = RecordTag::from_bytes([0; 32]);
    let tag = row.grant().tag(ring).unwrap_or(none);
    if !act.rows.revoke_code(&row.digest, act.now, &tag)? {
        // Somebody else was faster, which a store that works on several at once sees
        // only now: it begins anew.
        return Err(StoreError::Conflict(None).into());
    }
    Ok(row.record)
}

impl CodeRow {
    /// The core's grant. How the code is written is not kept with each code: it
    /// matters only for reading what was typed, before the digest is known.
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
