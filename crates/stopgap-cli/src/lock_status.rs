//! The password-only lock of a machine, as commands show it.

use std::io;

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Name, Purpose};

use crate::{
    enrolment_file::Machine,
    show::{Reply, Screen},
};

#[derive(Serialize)]
pub(crate) struct Status {
    user: Name,
    machine: Name,
    generation: u32,
    active: bool,
    until: Option<DateTime<Utc>>,
}

impl Status {
    pub(crate) fn of(machine: Machine, until: Option<DateTime<Utc>>) -> Self {
        let enrolment = machine.enrolment;
        Self {
            user: enrolment.user,
            machine: enrolment.machine,
            generation: enrolment.generation,
            active: until.is_some(),
            until,
        }
    }
}

impl Reply for Status {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        match self.until {
            Some(until) => {
                let until = screen.time(until);
                screen.line(format_args!(
                    "The password-only lock is active until {until}: name and password are enough."
                ))
            }
            None => screen.line("No password-only lock is active: the second factor is required."),
        }
    }
}

/// A code that was redeemed or verified for `bypass`.
#[derive(Serialize)]
pub(crate) struct Bypass {
    pub(crate) purpose: Purpose,
    #[serde(flatten)]
    pub(crate) status: Status,
}

impl Reply for Bypass {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        self.status.show(screen)
    }
}
