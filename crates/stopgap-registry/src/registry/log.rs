//! The audit log, its retention, and the clock.

use stopgap::{Action, Actor, RecordId};

use super::{Registry, act::Act, loaded::Needs, parts::EventParts};
use crate::{
    error::Error,
    event::{Event, EventFilter, EventKind},
    record::{Table, event},
    store::Selection,
};

/// The events that are read at a time if not all of them match.
const PAGE: usize = 1_000;

impl Registry {
    /// Returns events of the audit log, newest first. An event that cannot be read is
    /// returned as one of the kind [`EventKind::Damaged`].
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below an administrator, [`Error::Refused`] if the clock is
    /// wrong, [`Error::Store`].
    pub fn events(&self, actor: &Actor, filter: &EventFilter) -> Result<Vec<Event>, Error> {
        let mut parts = EventParts::new(EventKind::ReadLog);
        parts.user.clone_from(&filter.user);
        let mut needs = Needs::new();
        let mut asked = filter.limit;
        let slot = needs.select::<Event>(selection(filter, filter.before, asked));
        let mut page = self.act(actor, Action::ReadLog, &parts, &needs, |act, _| {
            Ok(act.loaded.rows(slot).to_vec())
        })?;
        let mut events = Vec::new();
        loop {
            let is_last = page.len() < asked;
            let last = page.last().map(|row| Event::shown(row).id);
            let matching = page
                .iter()
                .map(Event::shown)
                .filter(|event| is_match(event, filter));
            events.extend(matching);
            if is_last || events.len() >= filter.limit {
                events.truncate(filter.limit);
                return Ok(events);
            }
            let mut needs = Needs::new();
            asked = PAGE;
            let slot = needs.select::<Event>(selection(filter, last, asked));
            page = self.look(&needs, |act| Ok(act.loaded.rows(slot).to_vec()))?;
        }
    }

    /// Sets the days for which a purge must keep events. Default 90. Only a super
    /// administrator can lower them.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below an administrator, or below a super administrator if the
    /// days become fewer; [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn set_log_retention(&self, actor: &Actor, days: u32) -> Result<(), Error> {
        let mut parts = EventParts::new(EventKind::SetLogRetention);
        parts.detail = Some(format!("{days} days"));
        self.act(actor, Action::Purge, &parts, &Needs::new(), |act, parts| {
            let before = act.tenant().log_days;
            parts.detail = Some(format!("{days} days, before {before}"));
            if days < before {
                actor.may(Action::LowerLogRetention)?;
            }
            act.tenant_mut().log_days = days;
            Ok(())
        })
    }

    /// Returns the days for which a purge must keep events.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below an administrator, [`Error::Refused`] if the clock is
    /// wrong, [`Error::Store`].
    pub fn log_retention(&self, actor: &Actor) -> Result<u32, Error> {
        let parts = EventParts::new(EventKind::ReadLog);
        self.act(actor, Action::ReadLog, &parts, &Needs::new(), |act, _| {
            Ok(act.tenant().log_days)
        })
    }

    /// Accepts the clock as it is, after it was ahead and has been set right. Until then
    /// calls are refused as `clock_rolled_back`, because an expired code must not become
    /// valid again unnoticed. A lockout that was set by the clock that was ahead is shortened
    /// when its user is next seen.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below a super administrator, [`Error::Refused`] if the clock
    /// is outside the years 1970 to 9999, [`Error::ClockDiffers`], [`Error::Store`].
    pub fn accept_clock(&self, actor: &Actor) -> Result<(), Error> {
        let parts = EventParts::new(EventKind::AcceptClock);
        self.transact(&Needs::new(), |act: &mut Act<'_>| {
            let may = actor.may(Action::AcceptClock);
            let mut parts = parts.clone();
            match may {
                Ok(()) => act.tenant_mut().seen_at = Some(act.now),
                Err(_) => parts.reason = Some("forbidden".into()),
            }
            act.append(&parts, actor)?;
            Ok(may)
        })??;
        Ok(())
    }
}

/// Selects events in the order of their ids, by the index that leaves out the most.
fn selection(filter: &EventFilter, before: Option<RecordId>, limit: usize) -> Selection {
    let by_key = Selection::all(Table::Events);
    let mut selection = match (&filter.user, filter.kind) {
        (Some(user), _) => Selection::index(Table::Events, &event::BY_USER, vec![user.into()]),
        // The index does not have these, which are the most.
        (None, None | Some(EventKind::VerifyCode | EventKind::Damaged)) => by_key,
        (None, Some(kind)) => {
            Selection::index(Table::Events, &event::BY_KIND, vec![kind.as_str().into()])
        }
    };
    if let Some(since) = filter.since {
        selection = selection.from(vec![RecordId::first_at(since).into()]);
    }
    let until = filter.until.map(RecordId::first_at);
    let end = match (before, until) {
        (Some(before), Some(until)) => Some(before.min(until)),
        (before, until) => before.or(until),
    };
    if let Some(end) = end {
        selection = selection.before(vec![end.into()]);
    }
    selection.descending().limit(limit)
}

/// Returns `true` if an event of the selection is wanted. A damaged one always is.
fn is_match(event: &Event, filter: &EventFilter) -> bool {
    event.kind == EventKind::Damaged || filter.kind.is_none_or(|kind| kind == event.kind)
}
