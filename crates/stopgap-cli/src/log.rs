//! `stopgap log`: the audit log, and its retention.

use std::io;

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::RecordId;
use stopgap_registry::{Event, EventFilter};

use crate::{
    args::{Log, LogCommand},
    counted::counted,
    event_csv,
    event_form::Form,
    event_table::{self, is_damaged},
    failure::Failure,
    home::Home,
    log_follow,
    moment::Since,
    show::{Reply, Screen, note},
    zone::Zone,
};

pub(crate) fn run(log: Log, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    match log.command {
        Some(LogCommand::Retention { days, .. }) => retention(days, home, screen),
        None => show_events(log, home, screen),
    }
}

fn retention(days: Option<u32>, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    let days = match days {
        Some(days) => {
            registry.set_log_retention(actor, days)?;
            days
        }
        None => registry.log_retention(actor)?,
    };
    screen.done(&Retention { days })
}

fn show_events(log: Log, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    if log.csv.csv && screen.is_json() {
        return Err(Failure::usage("--json cannot be used with --csv".into()));
    }
    screen.view = event_table::view(&log.list)?;
    if log.utc {
        screen.zone = Zone::UTC;
        screen.view.on_clock = true;
    }
    let form = Form::of(&log.csv);
    let (limit, follows) = (log.limit, log.follow);
    let filter = filter(log, screen)?;
    if follows {
        return log_follow::follow(filter, form, home, screen);
    }
    // One more than is shown, to know whether there are more.
    let filter = EventFilter {
        limit: limit.saturating_add(1),
        ..filter
    };
    let mut events = home.registry.events(&home.actor, &filter)?;
    let more = events.len() > limit;
    events.truncate(limit);
    let page = Page {
        next: events.last().map(|event| event.id).filter(|_| more),
        events,
        more,
        form,
    };
    screen.done(&page)?;
    if page.more && !screen.is_json() {
        match page.next {
            Some(id) => note(format_args!("There are more: pass --before {id}")),
            None => note("There are more: pass a higher --limit."),
        }
    }
    warn(&page.events);
    Ok(())
}

fn filter(log: Log, screen: &Screen) -> Result<EventFilter, Failure> {
    let filters = log.filters;
    let (since, until) = (
        instant(filters.since, screen)?,
        instant(filters.until, screen)?,
    );
    if since.is_some_and(|since| until.is_some_and(|until| until <= since)) {
        let hint = "--until is not later than --since, so that no event is between them";
        return Err(Failure::usage(hint.into()));
    }
    Ok(EventFilter {
        user: filters.user,
        kind: filters.kind,
        actor: filters.actor,
        outcome: filters.outcome,
        id: filters.id.map(|id| id.to_string()),
        since,
        until,
        before: log.before,
        limit: log.limit,
    })
}

fn instant(since: Option<Since>, screen: &Screen) -> Result<Option<DateTime<Utc>>, Failure> {
    let instant = since.map(|since| since.before(screen.now, screen.zone));
    Ok(instant.transpose()?)
}

/// Warns about events that were changed in the store.
fn warn(events: &[Event]) {
    let damaged = events.iter().filter(|event| is_damaged(event)).count();
    if damaged > 0 {
        let was = if damaged == 1 { "was" } else { "were" };
        let events = counted(damaged, "event");
        note(format_args!(
            "warning: {events} {was} changed in the store, and cannot be read"
        ));
    }
}

#[derive(Serialize)]
struct Retention {
    days: u32,
}

impl Reply for Retention {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let days = counted(self.days, "day");
        screen.line(format_args!("A purge must keep events for {days}."))
    }
}

#[derive(Serialize)]
struct Page {
    events: Vec<Event>,
    more: bool,
    /// The last event, after which the next page begins; `None` if there are no more.
    next: Option<RecordId>,
    #[serde(skip)]
    form: Form,
}

impl Reply for Page {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        match self.form {
            Form::Table => screen.table(&event_table::table(&self.events), false),
            Form::Csv { guards_formulas } => {
                screen.text(&event_csv::head()?)?;
                screen.text(&event_csv::rows(
                    &self.events,
                    screen.zone,
                    guards_formulas,
                )?)
            }
        }
    }
}
