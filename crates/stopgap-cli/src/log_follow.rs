//! `stopgap log --follow`.

use std::{io, time::Duration};

use stopgap_registry::{Event, EventFilter};

use crate::{
    event_csv, event_form::Form, event_table, failure::Failure, flow::Flow, home::Home, reader,
    show::Screen,
};

/// The time between two looks at the store.
const PAUSE: Duration = Duration::from_secs(1);

/// The fewest symbols of the columns of a table, so that few events move them.
const WIDTHS: [usize; 5] = [0, 8, 12, 8, 8];

/// Shows the last events and then new ones, until the reader of the output is gone or a signal
/// ends the command.
pub(crate) fn follow(
    filter: EventFilter,
    form: Form,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    screen.view.on_clock = true;
    let mut follower = home.registry.follow_events(&home.actor, filter)?;
    let mut flow = Flow::starting(&WIDTHS);
    if let Form::Csv { .. } = form {
        screen.text(&event_csv::head()?)?;
    }
    let mut events = follower.earlier_events();
    let mut is_first = true;
    loop {
        if is_first || !events.is_empty() {
            show(&events, form, &mut flow, screen)?;
            screen.flush()?;
        }
        is_first = false;
        if reader::is_gone_within(PAUSE) {
            return Ok(());
        }
        events = follower.next_events()?;
    }
}

fn show(events: &[Event], form: Form, flow: &mut Flow, screen: &mut Screen) -> io::Result<()> {
    if screen.is_json() {
        for event in events {
            screen.line(serde_json::to_string(event)?)?;
        }
        return Ok(());
    }
    match form {
        Form::Table => screen.grow(&event_table::table(events), flow),
        Form::Csv { guards_formulas } => {
            screen.text(&event_csv::rows(events, screen.zone, guards_formulas)?)
        }
    }
}
