//! `stopgap log`: who did what to whom.

use std::io;

use serde::Serialize;
use stopgap_registry::{Event, EventFilter};

use crate::{
    args::Log,
    failure::Failure,
    home::Home,
    show::{Reply, Screen},
    table::Table,
    zone::Zone,
};

pub(crate) fn run(log: Log, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let since = log
        .since
        .map(|since| since.before(screen.now, Zone::Here))
        .transpose()?;
    let filter = EventFilter {
        user: log.user,
        since,
        // One more than is shown tells whether there are more.
        limit: log.limit.saturating_add(1),
        ..EventFilter::default()
    };
    let mut events = home.registry.events(&home.actor, &filter)?;
    let more = events.len() > log.limit;
    events.truncate(log.limit);
    screen.done(&Page { events, more })
}

#[derive(Serialize)]
struct Page {
    events: Vec<Event>,
    more: bool,
}

impl Reply for Page {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let head = &[
            "WHEN", "ACTOR", "WHAT", "USER", "OUTCOME", "SUBJECT", "DETAIL",
        ];
        let mut table = Table::new(head);
        for event in &self.events {
            let or_none = |text: Option<&str>| text.unwrap_or("-").to_owned();
            let cells = [
                screen.clock(event.at()),
                event.actor.to_string(),
                event.kind.to_string(),
                or_none(event.user.as_ref().map(AsRef::as_ref)),
                event.reason.clone().unwrap_or_else(|| "done".into()),
                or_none(event.subject.as_deref()),
                or_none(event.detail.as_deref()),
            ];
            table.row(cells, false);
        }
        screen.table(&table, self.more)
    }
}
