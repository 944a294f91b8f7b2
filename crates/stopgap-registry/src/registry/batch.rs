//! Many online codes in one transaction.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeZone, Utc};
use stopgap::{Action, Actor, CodeFormat, KeyRing, Name, OnlineGrant, OnlinePolicy, Sealed};

use super::{
    Registry,
    act::Act,
    head::Head,
    loaded::Needs,
    online::{Issued, add_format, describe, issue, stored},
    parts::EventParts,
    time::not_set_back,
};
use crate::{
    error::Error,
    event::EventKind,
    online::CodeRecord,
    record::{Record, code::CodeRow, head::HeadRow},
    store::{Cause, Selection},
};

/// The users of a batch whose heads are loaded together.
const USERS: usize = 500;

/// The users of a batch above which none is locked: a conflict repeats the batch instead.
const LOCKED_USERS: usize = 64;

impl Registry {
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
        mut keep: impl FnMut(&[Issued]) -> Result<(), Cause>,
    ) -> Result<Vec<Issued>, Error> {
        let batch = self.prepare_codes(actor, requests, zone)?;
        match keep(batch.issued()) {
            Ok(()) => self.issue_prepared(actor, batch),
            Err(cause) => Err(self.discard_prepared(actor, batch, cause)?),
        }
    }

    /// Prepares many codes that are not valid yet: the first half of
    /// [`issue_codes_and_keep`](Self::issue_codes_and_keep), for a program that cannot keep the
    /// codes within a function.
    ///
    /// # Errors
    ///
    /// As [`issue_codes_and_keep`](Self::issue_codes_and_keep).
    pub fn prepare_codes<Z: TimeZone>(
        &self,
        actor: &Actor,
        requests: impl IntoIterator<Item = (impl Into<String>, OnlinePolicy)>,
        zone: &Z,
    ) -> Result<PreparedCodes, Error> {
        let prepared = match actor.may(Action::IssueCode) {
            Err(forbidden) => Err(forbidden.into()),
            Ok(()) => self.prepare(requests, zone),
        };
        prepared.or_else(|error| Err(self.batch_refused(actor, error)?))
    }

    /// Issues prepared codes in one transaction: all of them, or not one.
    ///
    /// # Errors
    ///
    /// As [`issue_code`](Self::issue_code). Discard the codes then.
    pub fn issue_prepared(
        &self,
        actor: &Actor,
        prepared: PreparedCodes,
    ) -> Result<Vec<Issued>, Error> {
        let issued = match actor.may(Action::IssueCode) {
            Err(forbidden) => Err(forbidden.into()),
            Ok(()) => self.issue_batch(actor, prepared),
        };
        issued.or_else(|error| Err(self.batch_refused(actor, error)?))
    }

    /// Logs that prepared codes were not kept, and so are not issued. Returns
    /// [`Error::NotKept`] with the cause.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn discard_prepared(
        &self,
        actor: &Actor,
        prepared: PreparedCodes,
        cause: Cause,
    ) -> Result<Error, Error> {
        drop(prepared);
        self.batch_refused(actor, Error::NotKept(cause))
    }

    /// Appends one event for a batch that is refused, and returns the error.
    fn batch_refused(&self, actor: &Actor, error: Error) -> Result<Error, Error> {
        if matches!(error, Error::Store(_)) {
            return Ok(error);
        }
        let mut parts = EventParts::new(EventKind::IssueCode);
        parts.reason = Some(error.reason().into());
        self.transact(&Needs::new(), |act| {
            // A wrong clock leaves no event.
            not_set_back(act.now, act.tenant().seen_at)?;
            act.append(&parts, actor)
        })?;
        Ok(error)
    }

    fn prepare<Z: TimeZone>(
        &self,
        requests: impl IntoIterator<Item = (impl Into<String>, OnlinePolicy)>,
        zone: &Z,
    ) -> Result<PreparedCodes, Error> {
        // Before any code is made and kept.
        let now = self.look(&Needs::new(), |act| {
            not_set_back(act.now, act.tenant().seen_at)?;
            act.may_issue()?;
            Ok(act.now)
        })?;
        let mut batch = PreparedCodes::default();
        let ring = self.keys_ring();
        for (index, (user, policy)) in requests.into_iter().enumerate() {
            let added = batch.add(&ring, user.into(), &policy, now, zone);
            added.map_err(|error| Error::Batch {
                index,
                source: Box::new(error),
            })?;
        }
        Ok(batch)
    }

    fn issue_batch(&self, actor: &Actor, batch: PreparedCodes) -> Result<Vec<Issued>, Error> {
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
}

/// The codes of a batch that are not stored, and so not valid yet.
#[derive(Debug, Default)]
#[must_use]
pub struct PreparedCodes {
    issued: Vec<Issued>,
    sealed: Vec<(Sealed<OnlineGrant>, CodeFormat)>,
    /// The number of codes of each user.
    heads: BTreeMap<Name, u64>,
}

impl PreparedCodes {
    /// Returns the codes, to be kept before they are issued.
    pub fn issued(&self) -> &[Issued] {
        &self.issued
    }

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
