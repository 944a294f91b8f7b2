//! `stopgap throttle`, `clock` and `purge`: what an administrator does now and then.

use std::io;

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Name, Throttle, ThrottlePolicy};
use stopgap_registry::{PurgePolicy, Purged};

use crate::{
    args::{ClockCommand, Purge, ThrottleCommand},
    failure::Failure,
    home::Home,
    plain::Plain,
    show::{Reply, Screen},
};

pub(crate) fn throttle(
    command: ThrottleCommand,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    let (user, throttle) = match command {
        ThrottleCommand::Show { user } => {
            let throttle = registry.throttle(actor, user.as_str())?;
            (user, throttle)
        }
        ThrottleCommand::Reset { user } => {
            registry.reset_throttle(actor, user.as_str())?;
            (user, Throttle::default())
        }
    };
    let door = throttle.check(&ThrottlePolicy::default(), screen.now);
    screen.done(&Door {
        user,
        throttle,
        open: door.is_ok(),
    })
}

pub(crate) fn clock(
    command: ClockCommand,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let ClockCommand::Accept = command;
    home.registry.accept_clock(&home.actor)?;
    let now = screen.now;
    screen.done(&Accepted { now })
}

pub(crate) fn purge(purge: &Purge, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let policy = PurgePolicy {
        codes_days: purge.codes,
        attempts_days: purge.attempts,
        events_days: purge.events,
    };
    let purged = home.registry.purge(&home.actor, &policy)?;
    screen.done(&Deleted { purged })
}

#[derive(Serialize)]
struct Door {
    user: Name,
    #[serde(flatten)]
    throttle: Throttle,
    open: bool,
}

impl Reply for Door {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let user = Plain(self.user.as_str());
        let failures = match self.throttle.failures {
            0 => "no failures".into(),
            1 => "one failure".into(),
            many => format!("{many} failures in a row"),
        };
        let door = match (self.open, self.throttle.closed_until) {
            (true, _) => "open".into(),
            (false, Some(until)) if until > screen.now => {
                format!("closed until {}", screen.time(until))
            }
            (false, _) => "closed until it is reset".into(),
        };
        screen.line(format_args!("{user}: {failures}; the door is {door}."))
    }
}

#[derive(Serialize)]
struct Accepted {
    now: DateTime<Utc>,
}

impl Reply for Accepted {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let now = screen.clock(self.now);
        screen.line(format_args!("The clock is taken as it is: {now}."))
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
            attempts,
            events,
        } = self.purged;
        screen.line(format_args!(
            "Deleted {codes} codes, {security_codes} security codes, {attempts} attempts \
            and {events} events."
        ))
    }
}
