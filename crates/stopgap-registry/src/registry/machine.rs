//! Machines: enrolling users, listing, retiring.

use stopgap::{Action, Actor, EnrolmentKey, Name, Refusal, SysRng, offline::Enrolment};

use super::{Draft, Registry};
use crate::{error::Error, event::EventKind, machine::Machine};

/// A new enrolment, to be handed to the machine's agent over a channel that you trust.
#[derive(Debug)]
#[must_use]
pub struct Enrolled {
    /// The server's record.
    pub enrolment: Enrolment,
    /// The machine's secret, to be stored where its users cannot read it.
    pub key: EnrolmentKey,
}

impl Registry {
    /// Enrols a user on a machine. The first enrolment has a random generation below
    /// 2³¹, so that a new store under an old key does not bring back old enrolments.
    /// Another enrolment on that machine has the next generation, which retires the one
    /// before.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::Name`],
    /// [`Error::Generations`] if the last generation is used, [`Error::Refused`] if the
    /// clock is wrong, [`Error::Random`], [`Error::Store`].
    pub fn enrol_machine(
        &self,
        actor: &Actor,
        user: &str,
        machine: &str,
    ) -> Result<Enrolled, Error> {
        let ring = self.keys_ring();
        let first = Enrolment::new(&ring, user, machine, &mut SysRng)?;
        let mut draft = Draft::of(EventKind::EnrolMachine, &first.user);
        draft.subject = Some(machine.into());
        self.act(actor, Action::ManageMachine, draft, |act| {
            Self::may_issue(act.rows, &ring)?;
            let enrolment = match act.rows.machine(&first.user, &first.machine)? {
                Some(known) => known.enrolment.next(&ring)?,
                None => first.clone(),
            };
            let key = enrolment.key(&ring).map_err(Refusal::from)?;
            act.rows.set_machine(&Machine {
                enrolment: enrolment.clone(),
                enrolled_at: act.now,
                retired_at: None,
            })?;
            act.draft.detail = Some(format!("generation {}", enrolment.generation));
            Ok(Enrolled { enrolment, key })
        })
    }

    /// Returns a user's machines, by name, retired ones included.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::Name`],
    /// [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn machines(&self, actor: &Actor, user: &str) -> Result<Vec<Machine>, Error> {
        let user = Name::new(user)?;
        let draft = Draft::of(EventKind::ListMachines, &user);
        self.act(actor, Action::ReadUser, draft, |act| {
            Ok(act.rows.machines(&user)?)
        })
    }

    /// Retires a user's enrolment on a machine: its generation is raised, and its
    /// requests are no longer answered. Earlier answers can still be redeemed there.
    ///
    /// # Errors
    ///
    /// [`Error::NoMachine`] if there is none, or it is retired already;
    /// otherwise as [`enrol_machine`](Self::enrol_machine).
    pub fn retire_machine(
        &self,
        actor: &Actor,
        user: &str,
        machine: &str,
    ) -> Result<Machine, Error> {
        let user = Name::new(user)?;
        let machine = Name::new(machine)?;
        let ring = self.keys_ring();
        let mut draft = Draft::of(EventKind::RetireMachine, &user);
        draft.subject = Some(machine.to_string());
        self.act(actor, Action::ManageMachine, draft, |act| {
            let known = act.rows.machine(&user, &machine)?;
            let known = known.filter(|known| known.retired_at.is_none());
            let known = known.ok_or(Error::NoMachine)?;
            let retired = Machine {
                enrolment: known.enrolment.next(&ring)?,
                retired_at: Some(act.now),
                ..known
            };
            act.rows.set_machine(&retired)?;
            Ok(retired)
        })
    }
}
