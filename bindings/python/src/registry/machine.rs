//! Machines, and answers to the request codes that they show.

use pyo3::{prelude::*, types::PyList};
use stopgap::Purpose;

use super::{
    Registry,
    record::{Made, list_of},
    zone_of,
};
use crate::{Result, actor::Actor, text::Text, validity::Validity, word::Member};

#[pymethods]
impl Registry {
    /// Enrols a user on a machine, or enrols them anew, which retires what they had there.
    ///
    /// ``enrolled.key`` is for the machine, on a safe way; it is not kept here.
    ///
    /// Raises:
    ///     Forbidden: the actor is below the help desk.
    ///     GenerationsExhausted: after 2³² enrolments of the two.
    fn enrol_machine<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        user: Text<'_>,
        machine: Text<'_>,
    ) -> Result<Bound<'py, PyAny>> {
        self.call(py, |core| core.enrol_machine(&actor.0, &user, &machine))?
            .made(py)
    }

    /// The machines that a user is or was enrolled on, by name.
    ///
    /// Raises:
    ///     Forbidden: the actor is below the help desk.
    fn machines<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        user: Text<'_>,
    ) -> Result<Bound<'py, PyList>> {
        list_of(py, self.call(py, |core| core.machines(&actor.0, &user))?)
    }

    /// Retires a user's enrolment on a machine: its requests are not answered any more.
    ///
    /// Raises:
    ///     NoMachine: the user is not enrolled there.
    ///     Forbidden: the actor is below the help desk.
    fn retire_machine<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        user: Text<'_>,
        machine: Text<'_>,
    ) -> Result<Bound<'py, PyAny>> {
        self.call(py, |core| core.retire_machine(&actor.0, &user, &machine))?
            .made(py)
    }

    /// Answers the request code that a user reads from a machine: finds out which of the
    /// user's machines shows it, and computes the code that this machine accepts once.
    ///
    /// ``validity`` is how long the lock is to last, a day if not said, on the wall clock
    /// of ``zone``: let that be the machine's.
    ///
    /// Raises:
    ///     Malformed, NotEnrolled, ClockSkew, Unrecognised, WrongPurpose, KeyMissing: what
    ///         is wrong, and what to do next.
    ///     Forbidden: the actor is below the help desk.
    #[pyo3(signature = (
        actor, user, typed, purpose, validity=&Validity(stopgap::Validity::DAY), *, zone=None
    ))]
    #[pyo3(
        text_signature = "($self, actor, user, typed, purpose, validity=..., *, \
        zone=...)"
    )]
    #[expect(clippy::too_many_arguments, reason = "each has a name in Python")]
    fn answer_request<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        user: Text<'_>,
        typed: Text<'_>,
        purpose: Member<Purpose>,
        validity: &Validity,
        zone: Option<&Bound<'py, PyAny>>,
    ) -> Result<Bound<'py, PyAny>> {
        let zone = zone_of(zone)?;
        let answered = self.call(py, |core| {
            core.answer_request(&actor.0, &user, &typed, purpose.0, validity.0, &zone)
        });
        zone.check()?;
        answered?.made(py)
    }
}
