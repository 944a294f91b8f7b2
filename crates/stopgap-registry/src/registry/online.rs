//! Online codes: issuing and listing.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeZone, Utc};
use stopgap::{
    Action, Actor, Code, CodeFormat, IssueRequest, KeyRing, Name, OnlineGrant, OnlinePolicy,
    Purpose, Purposes, RecordId, Sealed, SysRng,
};

use super::{
    Registry,
    act::Act,
    head::{self, Head},
    loaded::Needs,
    parts::EventParts,
    time::{not_set_back, whole_micros},
};
use crate::{
    error::Error,
    event::EventKind,
    online::CodeRecord,
    record::{
        Record,
        code::{self, CodeRow},
        head::HeadRow,
    },
    store::{Cause, Selection},
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

/// The users of a batch whose heads are loaded together.
const USERS: usize = 500;
/// The users of a batch above which none is locked: a conflict repeats the batch instead.
const LOCKED_USERS: usize = 64;

impl Registry {
    /// Issues a code to a user: `"alice"`, or an [`IssueRequest`] with a context. Days and
    /// months of its validity count on the wall clock of `zone`, from `not_before` if the
    /// policy has one, otherwise from now.
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
        let parts = EventParts::of(EventKind::IssueCode, &user).context(&request.context);
        let mut needs = Needs::of_user(&user).use_keys();
        let slot = head::need(&mut needs, &user);
        self.act(actor, Action::IssueCode, &parts, &needs, |act, parts| {
            act.may_issue()?;
            let head = Head::load(act, slot, &user)?;
            let (code, sealed) = issue(act.ring, &user, policy, act.now, zone)?;
            let row = stored(sealed, head.next());
            describe(parts, &row);
            add_format(act, policy.format);
            act.insert(&row);
            head.raise(act, 1)?;
            self.know_formats(&act.tenant().formats);
            Ok(Issued {
                code,
                record: CodeRecord::of(&row),
            })
        })
    }

    /// Issues many codes in one transaction: all of them, or not one.
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

    /// Issues many codes in one transaction, and passes them to `keep` before it begins: if
    /// `keep` fails, no code is issued.
    ///
    /// # Errors
    ///
    /// [`Error::Batch`] with the place and the reason of the first code that is refused;
    /// [`Error::NotKept`] with the error of `keep`; otherwise as
    /// [`issue_code`](Self::issue_code). If `keep` was called before another error, discard
    /// the codes that it wrote.
    pub fn issue_codes_and_keep<Z: TimeZone>(
        &self,
        actor: &Actor,
        requests: impl IntoIterator<Item = (impl Into<String>, OnlinePolicy)>,
        zone: &Z,
        keep: impl FnMut(&[Issued]) -> Result<(), Cause>,
    ) -> Result<Vec<Issued>, Error> {
        let parts = EventParts::new(EventKind::IssueCode);
        let issued = match actor.may(Action::IssueCode) {
            Err(forbidden) => Err(forbidden.into()),
            Ok(()) => self.issue_batch(actor, requests, zone, keep),
        };
        match issued {
            // One event for the batch, not one for each code.
            Err(Error::Store(error)) => Err(error.into()),
            Err(error) => {
                // A wrong clock leaves no event.
                self.transact(&Needs::new(), |act| {
                    not_set_back(act.now, act.tenant().seen_at)?;
                    let mut parts = parts.clone();
                    parts.reason = Some(error.reason().into());
                    act.append(&parts, actor)
                })?;
                Err(error)
            }
            issued => issued,
        }
    }

    fn issue_batch<Z: TimeZone>(
        &self,
        actor: &Actor,
        requests: impl IntoIterator<Item = (impl Into<String>, OnlinePolicy)>,
        zone: &Z,
        mut keep: impl FnMut(&[Issued]) -> Result<(), Cause>,
    ) -> Result<Vec<Issued>, Error> {
        // Before any code is made and kept.
        let now = self.look(&Needs::new(), |act| {
            not_set_back(act.now, act.tenant().seen_at)?;
            act.may_issue()?;
            Ok(act.now)
        })?;
        let mut batch = Batch::default();
        {
            let ring = self.keys_ring();
            for (index, (user, policy)) in requests.into_iter().enumerate() {
                let added = batch.add(&ring, user.into(), &policy, now, zone);
                added.map_err(|error| Error::Batch {
                    index,
                    source: Box::new(error),
                })?;
            }
        }
        keep(&batch.issued).map_err(Error::NotKept)?;
        let mut needs = Needs::new().use_keys();
        if batch.heads.len() <= LOCKED_USERS {
            for user in batch.heads.keys() {
                needs.lock_user(user);
            }
        }
        let users: Vec<&Name> = batch.heads.keys().collect();
        let slots: Vec<_> = users
            .chunks(USERS)
            .map(|users| {
                let users = users.iter().map(|user| (*user).into()).collect();
                needs.select::<HeadRow>(Selection::key(HeadRow::TABLE, Vec::new()).any_of(users))
            })
            .collect();
        let rows = self.transact(&needs, |act| {
            not_set_back(act.now, act.tenant().seen_at)?;
            act.may_issue()?;
            act.observe();
            let mut stored = BTreeMap::new();
            for slot in &slots {
                for row in act.loaded.all(*slot)? {
                    stored.insert(row.sealed.unverified().user.clone(), row);
                }
            }
            batch.change(act, stored, actor)
        })?;
        self.flush_due();
        let mut issued = batch.issued;
        for (issued, row) in issued.iter_mut().zip(&rows) {
            issued.record = CodeRecord::of(row);
        }
        Ok(issued)
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
        let mut needs = Needs::new();
        let prefix = vec![(&user).into()];
        let codes = Selection::index(CodeRow::TABLE, &code::BY_USER, prefix).descending();
        let codes = needs.select::<CodeRow>(codes);
        self.act(actor, Action::ReadUser, &parts, &needs, |act, _| {
            Ok(act.loaded.all(codes)?.iter().map(CodeRecord::of).collect())
        })
    }

    /// Returns at most `limit` codes of all users that are wanted, oldest first, from the one
    /// after `after`, the last of the page before.
    ///
    /// # Errors
    ///
    /// As [`codes`](Self::codes).
    pub fn all_codes(
        &self,
        actor: &Actor,
        after: Option<RecordId>,
        limit: usize,
        is_wanted: impl Fn(&CodeRecord) -> bool,
    ) -> Result<Vec<CodeRecord>, Error> {
        let parts = EventParts::new(EventKind::ListCodes);
        let after = after.map(|id| vec![id.into()]);
        let show = |_: &Act<'_>, row: CodeRow| {
            let record = CodeRecord::of(&row);
            Ok(is_wanted(&record).then_some(record))
        };
        self.list(actor, Action::ReadUser, &parts, after, limit, show)
    }
}

/// The codes of a batch, before they are stored.
#[derive(Default)]
struct Batch {
    issued: Vec<Issued>,
    sealed: Vec<(Sealed<OnlineGrant>, CodeFormat)>,
    /// The number of codes of each user.
    heads: BTreeMap<Name, u64>,
}

impl Batch {
    fn add<Z: TimeZone>(
        &mut self,
        ring: &KeyRing,
        user: String,
        policy: &OnlinePolicy,
        now: DateTime<Utc>,
        zone: &Z,
    ) -> Result<(), Error> {
        let user = Name::new(user)?;
        let (code, sealed) = issue(ring, &user, policy, now, zone)?;
        let count = self.heads.entry(user).or_default();
        *count = count.saturating_add(1);
        self.issued.push(Issued {
            code,
            // The number is known when it is stored.
            record: CodeRecord::of(&stored(sealed.clone(), 0)),
        });
        self.sealed.push((sealed, policy.format));
        Ok(())
    }

    /// Decides on the changes, and returns the rows of the codes.
    fn change(
        &self,
        act: &mut Act<'_>,
        mut stored_heads: BTreeMap<Name, HeadRow>,
        actor: &Actor,
    ) -> Result<Vec<CodeRow>, Error> {
        let mut heads = BTreeMap::new();
        for user in self.heads.keys() {
            let head = Head::of(stored_heads.remove(user), act.ring, user)?;
            heads.insert(user, (head.next(), head));
        }
        let mut rows = Vec::with_capacity(self.sealed.len());
        for (sealed, format) in &self.sealed {
            let user = &sealed.unverified().user;
            let Some((number, _)) = heads.get_mut(user) else {
                continue;
            };
            let row = stored(sealed.clone(), *number);
            *number = number.saturating_add(1);
            add_format(act, *format);
            act.insert(&row);
            let mut parts = EventParts::of(EventKind::IssueCode, user);
            describe(&mut parts, &row);
            act.append(&parts, actor)?;
            rows.push(row);
        }
        for (user, (_, head)) in heads {
            head.raise(act, self.heads.get(user).copied().unwrap_or(1))?;
        }
        Ok(rows)
    }
}

fn issue<Z: TimeZone>(
    ring: &KeyRing,
    user: &Name,
    policy: &OnlinePolicy,
    now: DateTime<Utc>,
    zone: &Z,
) -> Result<(Code, Sealed<OnlineGrant>), Error> {
    let zoned = now.with_timezone(zone);
    // Stores have whole microseconds.
    let policy = OnlinePolicy {
        not_before: policy.not_before.map(whole_micros),
        ..*policy
    };
    Ok(policy.issue(ring, user.as_str(), zoned, &mut SysRng)?)
}

/// Returns the row of a new code.
fn stored(sealed: Sealed<OnlineGrant>, number: u64) -> CodeRow {
    CodeRow {
        ends_at: sealed.unverified().expires_at,
        sealed,
        number,
    }
}

/// Lets the tenant's codes be read by this format.
pub(super) fn add_format(act: &mut Act<'_>, format: CodeFormat) {
    if !act.tenant().formats.contains(&format) {
        act.tenant_mut().formats.push(format);
    }
}

fn describe(parts: &mut EventParts, row: &CodeRow) {
    let record = row.sealed.unverified();
    parts.subject = Some(record.id.to_string());
    parts.detail = Some(format!(
        "{}, until {}",
        words(record.purposes),
        record.expires_at.format("%Y-%m-%dT%H:%M:%SZ")
    ));
}

/// Returns the purposes as words: `reset, bypass`.
fn words(purposes: Purposes) -> String {
    let words: Vec<&str> = purposes.iter().map(Purpose::as_str).collect();
    words.join(", ")
}
