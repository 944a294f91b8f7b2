//! `stopgap throttle`, `clock` and `purge`.

use std::io;

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Name, Refusal, Throttle, ThrottlePolicy};
use stopgap_registry::{PurgePolicy, Purged};

use crate::{
    args::{ClockCommand, Purge, ThrottleCommand},
    counted::counted,
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
    let (user, mut throttle) = match command {
        ThrottleCommand::Show { user } => {
            let throttle = registry.throttle(actor, user.as_str())?;
            (user, throttle)
        }
        ThrottleCommand::Reset { user, .. } => {
            registry.unlock(actor, user.as_str())?;
            (user, Throttle::default())
        }
    };
    let refusal = throttle.check(&ThrottlePolicy::default(), screen.now).err();
    screen.done(&Shown {
        user,
        throttle,
        locked: refusal.is_some(),
        refusal,
    })
}

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
struct Shown {
    user: Name,
    #[serde(flatten)]
    throttle: Throttle,
    locked: bool,
    #[serde(skip)]
    refusal: Option<Refusal>,
}

impl Reply for Shown {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let user = Plain(self.user.as_str());
        let failures = counted(self.throttle.failures, "failure");
        let lockout = match self.refusal {
            None => "not locked out".into(),
            Some(Refusal::Throttled { until: Some(until) }) => {
                format!("locked out until {}", screen.time(until))
            }
            Some(_) => "locked out until an administrator unlocks".into(),
        };
        screen.line(format_args!("{user}: {failures}; {lockout}."))
    }
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
