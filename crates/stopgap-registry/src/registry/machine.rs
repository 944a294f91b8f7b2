//! Machines: enrolling users, listing, retiring.

use stopgap::{
    Action, Actor, EnrolmentKey, LifecycleError, Name, Refusal, Sealed, SysRng, offline::Enrolment,
};

use super::{
    NO_TAG, Registry,
    act::Act,
    head::{self, Head},
    loaded::Needs,
    parts::EventParts,
};
use crate::{error::Error, event::EventKind, record::Record, store::Selection};

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
        let mut parts = EventParts::of(EventKind::EnrolMachine, &user);
        parts.subject = Some(machine.to_string());
        let mut needs = Needs::of_user(&user).use_keys();
        let head = head::need(&mut needs, &user);
        let known = needs.get::<Sealed<Enrolment>>(vec![(&user).into(), (&machine).into()]);
        self.act(
            actor,
            Action::ManageMachine,
            &parts,
            &needs,
            |act, parts| {
                act.may_issue()?;
                let head = Head::load(act, head, &user)?;
                let first = || {
                    let (user, machine) = (user.as_str(), machine.as_str());
                    Enrolment::new(act.ring, user, machine, act.now, &mut SysRng)
                };
                let known = act.loaded.one(known)?;
                let enrolled = match &known {
                    None => first()?,
                    Some(known) => match known.next(act.ring, act.now) {
                        Err(LifecycleError::Record(_)) => first()?,
                        next => next?,
                    },
                };
                act.put(&enrolled, known.as_ref());
                head.raise(act, 1)?;
                let key = enrolled.key(act.ring)?;
                let (enrolment, _) = enrolled.into_parts();
                parts.detail = Some(format!("generation {}", enrolment.generation));
                Ok(Enrolled { enrolment, key })
            },
        )
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
        let mut needs = Needs::new();
        let machines = needs.select(of_user(&user));
        self.act(actor, Action::ReadUser, &parts, &needs, |act, _| {
            let machines: Vec<Sealed<Enrolment>> = act.loaded.all(machines)?;
            let machines = machines.into_iter();
            Ok(machines.map(|machine| machine.into_parts().0).collect())
        })
    }

    /// Returns at most `limit` machines of all users that are wanted, by user and then by name,
    /// from the one after `after`, the last of the page before. Retired ones are included.
    ///
    /// # Errors
    ///
    /// As [`machines`](Self::machines).
    pub fn all_machines(
        &self,
        actor: &Actor,
        after: Option<&Enrolment>,
        limit: usize,
        is_wanted: impl Fn(&Enrolment) -> bool,
    ) -> Result<Vec<Enrolment>, Error> {
        let parts = EventParts::new(EventKind::ListMachines);
        let after = after.map(|last| vec![(&last.user).into(), (&last.machine).into()]);
        let show = |_: &Act<'_>, machine: Sealed<Enrolment>| {
            let machine = machine.into_parts().0;
            Ok(is_wanted(&machine).then_some(machine))
        };
        self.list(actor, Action::ReadUser, &parts, after, limit, show)
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
        let mut parts = EventParts::of(EventKind::RetireMachine, &user);
        parts.subject = Some(machine.to_string());
        let mut needs = Needs::of_user(&user);
        let head = head::need(&mut needs, &user);
        let known = needs.get::<Sealed<Enrolment>>(vec![(&user).into(), (&machine).into()]);
        self.act(actor, Action::ManageMachine, &parts, &needs, |act, _| {
            let known = act.loaded.one(known)?;
            let known = known.filter(|known| known.unverified().retired_at.is_none());
            let retired = retire(act, &known.ok_or(Error::NoMachine)?)?;
            match Head::load(act, head, &user) {
                // A throttle that was edited keeps no machine from being retired.
                Err(Error::Refused(Refusal::Tampered)) => {}
                head => head?.raise(act, 1)?,
            }
            Ok(retired)
        })
    }
}

/// Selects a user's machines, by name.
pub(super) fn of_user(user: &Name) -> Selection {
    Selection::key(Sealed::<Enrolment>::TABLE, vec![user.into()])
}

/// Retires an enrolment.
pub(super) fn retire(act: &mut Act<'_>, known: &Sealed<Enrolment>) -> Result<Enrolment, Error> {
    let retired = match known.retire(act.ring, act.now) {
        // It is not answered anyway.
        Err(Refusal::Tampered | Refusal::KeyMissing { .. }) => {
            let (mut record, _) = known.clone().into_parts();
            record.retired_at = Some(act.now);
            Sealed::from_parts(record, NO_TAG)
        }
        retired => retired?,
    };
    act.replace(&retired, known);
    Ok(retired.into_parts().0)
}
