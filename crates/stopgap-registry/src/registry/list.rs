//! Lists that are read in pages.

use stopgap::{Action, Actor};

use super::{Registry, act::Act, loaded::Needs, parts::EventParts};
use crate::{
    error::Error,
    record::{Record, Row, Value},
    store::Selection,
};

/// The records that are read at a time if not all of them are wanted.
const PAGE: usize = 1_000;

impl Registry {
    /// Returns at most `limit` records in the order of their keys, from the one after the key
    /// `after`. `show` returns `None` for those that are not wanted. They do not end a list
    /// early, and the whole list leaves one event.
    pub(super) fn list<R: Record, T>(
        &self,
        actor: &Actor,
        action: Action,
        parts: &EventParts,
        after: Option<Vec<Value>>,
        limit: usize,
        show: impl Fn(&Act<'_>, R) -> Result<Option<T>, Error>,
    ) -> Result<Vec<T>, Error> {
        let select = |after: Option<Vec<Value>>, limit| {
            let all = Selection::all(R::TABLE).limit(limit);
            after.into_iter().fold(all, Selection::after)
        };
        let read = |act: &mut Act<'_>, slot| {
            let rows = act.loaded.rows::<R>(slot);
            let shown = act.loaded.all(slot)?.into_iter();
            let shown = shown.filter_map(|record| show(act, record).transpose());
            let shown: Vec<T> = shown.collect::<Result<_, _>>()?;
            let end = rows.last().map(|row: &Row| row.key().to_vec());
            Ok((shown, end, rows.len()))
        };
        let mut asked = limit;
        let mut needs = Needs::new();
        let slot = needs.select::<R>(select(after, asked));
        let first = self.act(actor, action, parts, &needs, |act, _| read(act, slot))?;
        let (mut list, mut end, mut number) = first;
        while list.len() < limit && number >= asked {
            asked = PAGE;
            let mut needs = Needs::new();
            let slot = needs.select::<R>(select(end, asked));
            let (more, key, count) = self.look(&needs, |act| read(act, slot))?;
            list.extend(more);
            (end, number) = (key, count);
        }
        list.truncate(limit);
        Ok(list)
    }
}
