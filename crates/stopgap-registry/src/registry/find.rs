//! Finding a code by a part of its id.

use std::ops::Bound;

use stopgap::{Action, Actor, RecordId};

use super::{Registry, loaded::Needs, parts::EventParts};
use crate::{
    error::Error,
    event::EventKind,
    id_prefix::IdPrefix,
    online::CodeRecord,
    record::{Record, Value, code::CodeRow, security_code::SecurityRow},
    security::SecurityRecord,
    store::Selection,
};

/// The ids that an error lists.
const CANDIDATES: usize = 10;
/// The records that are read at a time.
const PAGE: usize = 1_000;

impl Registry {
    /// Returns the online code whose id, or its short form, begins like this.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownId`] if there is none, [`Error::AmbiguousId`] if there are several;
    /// otherwise as [`codes`](Self::codes).
    pub fn find_code(&self, actor: &Actor, id: &IdPrefix) -> Result<CodeRecord, Error> {
        let row = self.find::<CodeRow>(actor, Action::ReadUser, EventKind::ListCodes, id)?;
        Ok(CodeRecord::of(&row))
    }

    /// Returns the security code whose id, or its short form, begins like this.
    ///
    /// # Errors
    ///
    /// As [`find_code`](Self::find_code), but [`Error::Forbidden`] below a super
    /// administrator.
    pub fn find_security_code(
        &self,
        actor: &Actor,
        id: &IdPrefix,
    ) -> Result<SecurityRecord, Error> {
        let (action, kind) = (Action::ManageSecurityCode, EventKind::ListSecurityCodes);
        let row = self.find::<SecurityRow>(actor, action, kind, id)?;
        Ok(SecurityRecord::of(&row, self.now()?))
    }

    /// Returns the only record whose id begins like this, and leaves one event.
    fn find<R: Record>(
        &self,
        actor: &Actor,
        action: Action,
        kind: EventKind,
        prefix: &IdPrefix,
    ) -> Result<R, Error> {
        let found = match prefix.whole() {
            Some(id) => vec![id],
            // Refused below, with an event.
            None if actor.may(action).is_err() => Vec::new(),
            None => self.matching::<R>(prefix)?,
        };
        let mut needs = Needs::new();
        let only = match found.as_slice() {
            [id] => Some(needs.get::<R>(vec![(*id).into()])),
            _ => None,
        };
        let parts = match found.as_slice() {
            [id] => EventParts::about(kind, id),
            _ => EventParts::about(kind, prefix),
        };
        self.act(actor, action, &parts, &needs, |act, _| match only {
            Some(slot) => act.loaded.one(slot)?.ok_or_else(|| unknown(prefix)),
            None if found.is_empty() => Err(unknown(prefix)),
            None => Err(Error::AmbiguousId {
                id: prefix.clone(),
                candidates: found.iter().take(CANDIDATES).copied().collect(),
                are_all: found.len() <= CANDIDATES,
            }),
        })
    }

    /// Returns the ids that begin like this, but not many more than an error lists. Only for
    /// short forms the whole table is read.
    fn matching<R: Record>(&self, prefix: &IdPrefix) -> Result<Vec<RecordId>, Error> {
        let (first, last) = prefix.range().into_inner();
        let most = CANDIDATES.saturating_add(1);
        let beginning = Selection {
            lower: Bound::Included(vec![first.into()]),
            upper: Bound::Included(vec![last.into()]),
            ..Selection::all(R::TABLE).limit(most)
        };
        let mut found = self.ids::<R>(beginning)?;
        let mut after = None;
        while prefix.may_be_short() && found.len() < most {
            let all = Selection::all(R::TABLE).limit(PAGE);
            let page = self.ids::<R>(match after {
                Some(id) => all.after(vec![Value::from(id)]),
                None => all,
            })?;
            after = page.last().copied();
            if after.is_none() {
                break;
            }
            // Those that begin like this were found before.
            let matching = page.into_iter().filter(|id| prefix.matches(*id));
            found.extend(matching.filter(|id| !(first..=last).contains(id)));
        }
        Ok(found)
    }

    /// Returns the ids of the selected rows, also of those that cannot be read.
    fn ids<R: Record>(&self, selection: Selection) -> Result<Vec<RecordId>, Error> {
        let mut needs = Needs::new();
        let slot = needs.select::<R>(selection);
        self.look(&needs, |act| {
            let rows = act.loaded.rows(slot).iter();
            let ids = rows.filter_map(|row| match row.value("id") {
                Value::Id(id) => Some(*id),
                _ => None,
            });
            Ok(ids.collect())
        })
    }
}

fn unknown(prefix: &IdPrefix) -> Error {
    Error::UnknownId { id: prefix.clone() }
}
