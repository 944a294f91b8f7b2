//! `stopgap clock` and `purge`.

use std::io;

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap_registry::{PurgePolicy, Purged};

use crate::{
    args::{ClockCommand, Purge},
    counted::counted,
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

pub(crate) fn purge(purge: &Purge, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let policy = PurgePolicy {
        codes_days: purge.codes,
        verifications_days: purge.verifications,
        events_days: purge.events,
    };
    let purged = home.registry.purge(&home.actor, &policy)?;
    screen.done(&Deleted { purged })
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

#[derive(Serialize)]
struct Deleted {
    #[serde(flatten)]
    purged: Purged,
}

impl Reply for Deleted {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let Purged {
            codes,
            security_codes,
            verifications,
            events,
        } = self.purged;
        let codes = counted(codes, "code");
        let security_codes = counted(security_codes, "security code");
        let verifications = counted(verifications, "verification");
        let events = counted(events, "event");
        screen.line(format_args!(
            "Deleted {codes}, {security_codes}, {verifications} and {events}."
        ))
    }
}
