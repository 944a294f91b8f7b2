//! Revocation of online codes.

use std::collections::{BTreeMap, BTreeSet};

use stopgap::{Action, Actor, Name, RecordId, Refusal, Sealed};

use super::{
    NO_TAG, Registry,
    act::Act,
    head::{self, Head},
    loaded::{Needs, Slot},
    parts::EventParts,
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
    store::{Selection, StoreError, Value},
};

impl Registry {
    /// Revokes the newest code of a user that can still be used: the one that was issued
    /// last, whatever the clocks of the servers were.
    ///
    /// # Errors
    ///
    /// [`Error::NoCode`] if there is none, [`StoreError::Ignored`] if the store did not
    /// change; otherwise as [`codes`](Self::codes).
    pub fn revoke_last_code(&self, actor: &Actor, user: &str) -> Result<CodeRecord, Error> {
        let user = Name::new(user)?;
        let parts = EventParts::of(EventKind::RevokeCode, &user);
        let (needs, slots) = needs(&user, all_of(&user));
        let revoked = self.act(actor, Action::RevokeCode, &parts, &needs, |act, parts| {
            let codes = act.loaded.all(slots.codes)?.into_iter();
            let mut codes = codes.filter(|row| CodeRecord::of(row).state(act.now).is_live());
            let last = codes.next().ok_or(Error::NoCode)?;
            let revoked = revoke(act, last)?;
            raise(act, slots.head, &user)?;
            parts.subject = Some(revoked.id.to_string());
            Ok(revoked)
        })?;
        self.read_back(std::slice::from_ref(&revoked))?;
        Ok(revoked)
    }

    /// Revokes the code with this id, if it can still be used.
    ///
    /// # Errors
    ///
    /// [`Error::NoCode`] if there is no such code, or it has ended; otherwise as
    /// [`revoke_last_code`](Self::revoke_last_code).
    pub fn revoke_code(&self, actor: &Actor, id: RecordId) -> Result<CodeRecord, Error> {
        let mut needs_user = Needs::new();
        let slot = needs_user.get::<CodeRow>(vec![id.into()]);
        // Without locks: the user of a code does not change.
        let found = self.look(&needs_user, |act| Ok(act.loaded.one(slot)?))?;
        let mut parts = EventParts::about(EventKind::RevokeCode, id);
        let Some(found) = found else {
            return self.act(actor, Action::RevokeCode, &parts, &Needs::new(), |_, _| {
                Err(Error::NoCode)
            });
        };
        let user = found.sealed.unverified().user.clone();
        parts.user = Some(user.clone());
        let (needs, slots) = needs(&user, Selection::key(CodeRow::TABLE, vec![id.into()]));
        let revoked = self.act(actor, Action::RevokeCode, &parts, &needs, |act, _| {
            let code = act.loaded.one(slots.codes)?;
            let code = code.filter(|row| CodeRecord::of(row).state(act.now).is_live());
            let revoked = revoke(act, code.ok_or(Error::NoCode)?)?;
            raise(act, slots.head, &user)?;
            Ok(revoked)
        })?;
        self.read_back(std::slice::from_ref(&revoked))?;
        Ok(revoked)
    }

    /// Revokes the codes with these ids: all of them, or none if one of them cannot be used any
    /// more.
    ///
    /// # Errors
    ///
    /// [`Error::Batch`] with the place and [`Error::NoCode`] if there is no such code, or it has
    /// ended; otherwise as [`revoke_last_code`](Self::revoke_last_code).
    pub fn revoke_codes(&self, actor: &Actor, ids: &[RecordId]) -> Result<Vec<CodeRecord>, Error> {
        let all: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
        let selection = Selection::key(CodeRow::TABLE, Vec::new()).any_of(all);
        let mut needs = Needs::new();
        let slot = needs.select::<CodeRow>(selection.clone());
        // Without locks: the user of a code does not change.
        let found = self.look(&needs, |act| Ok(act.loaded.all(slot)?))?;
        let users = found.iter().map(|row| &row.sealed.unverified().user);
        let users: BTreeSet<&Name> = users.collect();
        let mut needs = Needs::new();
        for user in &users {
            needs.lock_user(user);
        }
        let slot = needs.select::<CodeRow>(selection);
        let head = |user: &&Name| (head::need(&mut needs, user), (*user).clone());
        let heads: Vec<_> = users.iter().map(head).collect();
        let parts = EventParts::new(EventKind::RevokeCode);
        let revoked = self.act(actor, Action::RevokeCode, &parts, &needs, |act, parts| {
            let mut rows: BTreeMap<RecordId, CodeRow> = BTreeMap::new();
            for row in act.loaded.all(slot)? {
                rows.insert(row.sealed.unverified().id, row);
            }
            let mut revoked = Vec::with_capacity(rows.len());
            for (index, id) in ids.iter().enumerate() {
                if revoked.iter().any(|code: &CodeRecord| code.id == *id) {
                    continue;
                }
                let row = rows.remove(id);
                let row = row.filter(|row| CodeRecord::of(row).state(act.now).is_live());
                let row = row.ok_or_else(|| Error::Batch {
                    index,
                    source: Box::new(Error::NoCode),
                })?;
                revoked.push(revoke(act, row)?);
            }
            for (slot, user) in &heads {
                raise(act, *slot, user)?;
            }
            // The call itself leaves the event of the last one.
            for (index, code) in revoked.iter().enumerate() {
                parts.user = Some(code.user.clone());
                parts.subject = Some(code.id.to_string());
                if index.saturating_add(1) < revoked.len() {
                    act.append(parts, actor)?;
                }
            }
            Ok(revoked)
        })?;
        self.read_back(&revoked)?;
        Ok(revoked)
    }

    /// Revokes all codes of a user that can still be used, for example when a lost token
    /// is found. Returns their number, which may be 0.
    ///
    /// # Errors
    ///
    /// [`StoreError::Ignored`] if the store did not change; otherwise as
    /// [`codes`](Self::codes).
    pub fn revoke_all_codes(&self, actor: &Actor, user: &str) -> Result<usize, Error> {
        let user = Name::new(user)?;
        let parts = EventParts::of(EventKind::RevokeCode, &user);
        let (needs, slots) = needs(&user, all_of(&user));
        let revoked = self.act(actor, Action::RevokeCode, &parts, &needs, |act, parts| {
            let mut revoked = Vec::new();
            for row in act.loaded.all(slots.codes)? {
                if CodeRecord::of(&row).state(act.now).is_live() {
                    revoked.push(revoke(act, row)?);
                }
            }
            if !revoked.is_empty() {
                raise(act, slots.head, &user)?;
            }
            parts.detail = Some(format!("all: {}", revoked.len()));
            Ok(revoked)
        })?;
        self.read_back(&revoked)?;
        Ok(revoked.len())
    }

    /// Checks that the codes are revoked in the store: a store to which triggers or rules
    /// were added may answer that it changed a row, and not have done so.
    pub(super) fn read_back(&self, revoked: &[CodeRecord]) -> Result<(), Error> {
        for codes in revoked.chunks(500) {
            let ids: Vec<Value> = codes.iter().map(|code| code.id.into()).collect();
            let mut needs = Needs::new();
            let selection = Selection::key(CodeRow::TABLE, Vec::new()).any_of(ids);
            let slot = needs.select::<CodeRow>(selection);
            // A replica may lag behind, so this is no look.
            let rows = self.transact(&needs, |act| Ok(act.loaded.all(slot)?));
            let rows = rows.map_err(Error::after_a_change)?;
            if rows
                .iter()
                .any(|row| row.sealed.unverified().revoked_at.is_none())
            {
                return Err(StoreError::Ignored.into());
            }
        }
        Ok(())
    }
}

/// The records that a revocation needs.
struct Slots {
    head: Slot<HeadRow>,
    codes: Slot<CodeRow>,
}

fn needs(user: &Name, codes: Selection) -> (Needs, Slots) {
    let mut needs = Needs::of_user(user);
    let slots = Slots {
        head: head::need(&mut needs, user),
        codes: needs.select(codes),
    };
    (needs, slots)
}

/// Selects a user's codes, newest first.
fn all_of(user: &Name) -> Selection {
    Selection::index(CodeRow::TABLE, &code::BY_USER, vec![user.into()]).descending()
}

/// Revokes a code.
pub(super) fn revoke(act: &mut Act<'_>, row: CodeRow) -> Result<CodeRecord, Error> {
    let sealed = match row.sealed.revoke(act.ring, act.now) {
        // It is not granted anyway, and must not keep others from being revoked.
        Err(Refusal::Tampered | Refusal::KeyMissing { .. }) => {
            let (mut record, _) = row.sealed.clone().into_parts();
            record.revoked_at = Some(act.now);
            Sealed::from_parts(record, NO_TAG)
        }
        sealed => sealed?,
    };
    let revoked = CodeRow {
        sealed,
        number: row.number,
        ends_at: act.now,
    };
    act.replace(&revoked, &row);
    Ok(CodeRecord::of(&revoked))
}

/// Raises the number of the user's changes. A head that was tampered with stays as it is, and
/// keeps no code from being revoked.
fn raise(act: &mut Act<'_>, slot: Slot<HeadRow>, user: &Name) -> Result<(), Error> {
    match Head::load(act, slot, user) {
        Err(Error::Refused(Refusal::Tampered)) => Ok(()),
        head => head?.raise(act, 1),
    }
}
