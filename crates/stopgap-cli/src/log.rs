//! `stopgap log`: the audit log, and its retention.

use std::io;

use serde::Serialize;
use stopgap_registry::{Event, EventFilter, EventKind};

use crate::{
    args::{Log, LogCommand},
    cell::Cell,
    column::Column,
    counted::counted,
    failure::Failure,
    home::Home,
    show::{Reply, Screen, note},
    table::Table,
    zone::Zone,
};

static COLUMNS: [Column; 7] = [
    Column::new("WHEN"),
    Column::new("ACTOR").rank(1).cut(8),
    Column::new("WHAT"),
    Column::new("USER").cut(8),
    Column::new("OUTCOME").cut(8),
    Column::new("SUBJECT").rank(3).cut(8),
    Column::new("DETAIL").rank(2).cut(10),
];

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
    screen.view = log.list.view(&COLUMNS)?;
    let since = log
        .since
        .map(|since| since.before(screen.now, Zone::Here))
        .transpose()?;
    let filter = EventFilter {
        user: log.user,
        since,
        // One more than is shown, to know whether there are more.
        limit: log.limit.saturating_add(1),
        ..EventFilter::default()
    };
    let mut events = home.registry.events(&home.actor, &filter)?;
    let more = events.len() > log.limit;
    events.truncate(log.limit);
    let page = Page { events, more };
    screen.done(&page)?;
    match page.events.iter().filter(|event| is_damaged(event)).count() {
        0 => {}
        many => {
            let was = if many == 1 { "was" } else { "were" };
            let events = counted(many, "event");
            note(format_args!(
                "warning: {events} {was} changed in the store, and cannot be read"
            ));
        }
    }
    Ok(())
}

fn is_damaged(event: &Event) -> bool {
    event.kind == EventKind::Damaged
}

/// Returns the outcome of an event, and the number of times if it is more than 1.
fn outcome(event: &Event) -> String {
    let outcome = match &event.reason {
        _ if is_damaged(event) => "-",
        Some(reason) => reason,
        None => "done",
    };
    match event.count {
        0 | 1 => outcome.to_owned(),
        many => format!("{outcome} ({many} times)"),
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
}

impl Reply for Page {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let mut table = Table::new(&COLUMNS);
        for event in &self.events {
            let or_none = |text: Option<&str>| text.unwrap_or("-").into();
            let actor = match &event.on_behalf_of {
                Some(other) => format!("{} for {other}", event.actor),
                None => event.actor.to_string(),
            };
            let actor = Some(&*actor).filter(|_| !is_damaged(event));
            let cells: [Cell; 7] = [
                event.at().into(),
                or_none(actor),
                event.kind.as_str().into(),
                or_none(event.user.as_ref().map(AsRef::as_ref)),
                outcome(event).into(),
                Cell::id_or_text(event.subject.as_deref().unwrap_or("-")),
                or_none(event.detail.as_deref()),
            ];
            table.row(cells, false);
        }
        screen.table(&table, self.more)
    }
}
