//! The audit log, its retention, and the clock.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{Action, Actor, RecordId};

use super::{Registry, act::Act, loaded::Needs, parts::EventParts};
use crate::{
    error::Error,
    event::{Event, EventFilter, EventKind},
    record::{Row, Table, event},
    store::Selection,
};

/// The detail of the event that a follower leaves.
const FOLLOWED: &str = "followed";

/// The seconds by which an event may come later than events with a later time.
const LATE_SECONDS: i64 = 120;

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
        let (first, asked) = first_page(filter);
        let slot = needs.select::<Event>(first);
        let page = self.act(actor, Action::ReadLog, &parts, &needs, |act, _| {
            Ok(act.loaded.rows(slot).to_vec())
        })?;
        self.matching_events(filter, page, asked)
    }

    /// Returns the events that match, newest first, from a page of rows and those after it.
    fn matching_events(
        &self,
        filter: &EventFilter,
        mut page: Vec<Row>,
        mut asked: usize,
    ) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        loop {
            let is_last = page.len() < asked;
            let last = page.last().map(|row| Event::shown(row).id);
            let matching = page
                .iter()
                .map(Event::shown)
                .filter(|event| filter.is_match(event));
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

    /// Begins to follow the log. Only this call leaves an event.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below an administrator, [`Error::Refused`] if the clock is
    /// wrong, [`Error::Store`].
    pub fn follow_events(
        &self,
        actor: &Actor,
        filter: EventFilter,
    ) -> Result<EventFollower<'_>, Error> {
        let mut parts = EventParts::new(EventKind::ReadLog);
        parts.user.clone_from(&filter.user);
        parts.detail = Some(FOLLOWED.into());
        let mut needs = Needs::new();
        let newest = Selection::all(Table::Events).descending().limit(PAGE);
        let newest = needs.select::<Event>(newest);
        let (first, asked) = first_page(&filter);
        let first = needs.select::<Event>(first);
        let (since, seen, page) = self.act(actor, Action::ReadLog, &parts, &needs, |act, _| {
            let seen = act.loaded.rows(newest).iter();
            let seen = seen.map(|row| Event::shown(row).id).collect();
            Ok((act.now, seen, act.loaded.rows(first).to_vec()))
        })?;
        let mut earlier = self.matching_events(&filter, page, asked)?;
        earlier.reverse();
        Ok(EventFollower {
            registry: self,
            filter,
            since,
            seen,
            begun_at: since,
            earlier,
        })
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

/// Returns new events of the log again and again.
#[derive(Debug)]
pub struct EventFollower<'r> {
    registry: &'r Registry,
    filter: EventFilter,
    /// The time from which events are read the next time.
    since: DateTime<Utc>,
    /// The events since then that were returned.
    seen: HashSet<RecordId>,
    /// The time of the event that this follower left.
    begun_at: DateTime<Utc>,
    earlier: Vec<Event>,
}

impl EventFollower<'_> {
    /// Returns the last events before the call that began to follow, oldest first, at most the
    /// filter's limit. A second call returns none.
    pub fn earlier_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.earlier)
    }

    /// Returns the events since the call before, oldest first. An event of a server whose clock
    /// is behind by more than two minutes may be left out.
    ///
    /// # Errors
    ///
    /// [`Error::ClockDiffers`], [`Error::Store`].
    pub fn next_events(&mut self) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        let mut needs = Needs::new();
        let since = RecordId::first_at(self.since);
        let rows = Selection::all(Table::Events).from(vec![since.into()]);
        let slot = needs.select::<Event>(rows);
        let (now, rows) = self
            .registry
            .look(&needs, |act| Ok((act.now, act.loaded.rows(slot).to_vec())))?;
        for row in &rows {
            let event = Event::shown(row);
            let is_ours = event.kind == EventKind::ReadLog
                && event.detail.as_deref() == Some(FOLLOWED)
                && event.at() <= self.begun_at;
            if self.seen.insert(event.id) && !is_ours && self.filter.is_wanted(&event) {
                events.push(event);
            }
        }
        let late = TimeDelta::try_seconds(LATE_SECONDS).unwrap_or_default();
        self.since = self.since.max(now.checked_sub_signed(late).unwrap_or(now));
        let since = RecordId::first_at(self.since);
        self.seen.retain(|id| *id >= since);
        Ok(events)
    }
}

/// Selects the first rows that may match, and returns their highest number.
fn first_page(filter: &EventFilter) -> (Selection, usize) {
    let asked = if filter.looks_at_each() {
        filter.limit.max(PAGE)
    } else {
        filter.limit
    };
    (selection(filter, filter.before, asked), asked)
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
