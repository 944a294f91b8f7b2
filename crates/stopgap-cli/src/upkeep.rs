//! `stopgap clock`.

use std::io;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    args::ClockCommand,
    failure::Failure,
    home::Home,
    show::{Reply, Screen},
};

pub(crate) fn clock(
    command: ClockCommand,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let ClockCommand::Accept { .. } = command;
    home.registry.accept_clock(&home.actor)?;
    let now = screen.now;
    screen.done(&Accepted { now })
}

#[derive(Serialize)]
struct Accepted {
    now: DateTime<Utc>,
}

impl Reply for Accepted {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let now = screen.clock(self.now);
        screen.line(format_args!("Accepted the clock: {now}."))
    }
}
