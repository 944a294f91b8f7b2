//! Machines: enrolling users, listing, retiring.

use stopgap::{
    Action, Actor, EnrolmentKey, LifecycleError, Name, Refusal, Sealed, SysRng, offline::Enrolment,
};

use super::{Act, EventParts, NO_TAG, Registry};
use crate::{error::Error, event::EventKind, store::StoreError};

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
    /// before. If the old record was tampered with, or its key is gone, the machine starts
    /// at a random generation again.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::InvalidName`],
    /// [`Error::InvalidValue`] if the last generation is used, [`Error::Refused`] if the
    /// clock is wrong, [`Error::Random`], [`Error::Store`].
    pub fn enrol_machine(
        &self,
        actor: &Actor,
        user: &str,
        machine: &str,
    ) -> Result<Enrolled, Error> {
        let (user, machine) = (Name::new(user)?, Name::new(machine)?);
        let ring = self.keys_ring();
        let mut parts = EventParts::of(EventKind::EnrolMachine, &user);
        parts.subject = Some(machine.to_string());
        self.act(actor, Action::ManageMachine, parts, |act| {
            Self::may_issue(act.rows, &ring)?;
            let first = || {
                let (user, machine) = (user.as_str(), machine.as_str());
                Enrolment::new(&ring, user, machine, act.now, &mut SysRng)
            };
            let known = act.rows.machine(&user, &machine)?;
            let enrolled = match &known {
                None => first()?,
                Some(known) => match known.next(&ring, act.now) {
                    Err(LifecycleError::Record(_)) => first()?,
                    next => next?,
                },
            };
            match &known {
                None => act.rows.insert_machine(&enrolled)?,
                Some(known) => replace(act, &enrolled, known)?,
            }
            let key = enrolled.key(&ring)?;
            let (enrolment, _) = enrolled.into_parts();
            act.parts.detail = Some(format!("generation {}", enrolment.generation));
            Ok(Enrolled { enrolment, key })
        })
    }

    /// Returns a user's machines, by name, retired ones included.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::InvalidName`],
    /// [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn machines(&self, actor: &Actor, user: &str) -> Result<Vec<Enrolment>, Error> {
        let user = Name::new(user)?;
        let parts = EventParts::of(EventKind::ListMachines, &user);
        self.act(actor, Action::ReadUser, parts, |act| {
            let machines = act.rows.machines(&user)?.into_iter();
            Ok(machines.map(|machine| machine.into_parts().0).collect())
        })
    }

    /// Retires a user's enrolment on a machine: its requests are no longer answered.
    /// Earlier answers can still be redeemed there.
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
    ) -> Result<Enrolment, Error> {
        let (user, machine) = (Name::new(user)?, Name::new(machine)?);
        let ring = self.keys_ring();
        let mut parts = EventParts::of(EventKind::RetireMachine, &user);
        parts.subject = Some(machine.to_string());
        self.act(actor, Action::ManageMachine, parts, |act| {
            let known = act.rows.machine(&user, &machine)?;
            let known = known.filter(|known| known.unverified().retired_at.is_none());
            let known = known.ok_or(Error::NoMachine)?;
            let retired = match known.retire(&ring, act.now) {
                // It is not answered anyway.
                Err(Refusal::Tampered | Refusal::KeyMissing { .. }) => {
                    let (mut record, _) = known.clone().into_parts();
                    record.retired_at = Some(act.now);
                    Sealed::from_parts(record, NO_TAG)
                }
                retired => retired?,
            };
            replace(act, &retired, &known)?;
            Ok(retired.into_parts().0)
        })
    }
}

fn replace(
    act: &mut Act<'_>,
    new: &Sealed<Enrolment>,
    loaded: &Sealed<Enrolment>,
) -> Result<(), Error> {
    if act.rows.replace_machine(new, loaded.tag())? {
        return Ok(());
    }
    // Another transaction changed it first: the store repeats this one.
    Err(StoreError::Conflict(None).into())
}
