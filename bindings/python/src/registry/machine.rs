//! Machines, and answers to their request codes.

use pyo3::{prelude::*, types::PyList};
use stopgap::Purpose;

use super::{
    Registry,
    record::{Made, list_of},
    zone_of,
};
use crate::{Result, actor::Actor, error::OrRaise, text::Text, validity::Validity, word::Member};

#[pymethods]
impl Registry {
    /// Enrols a user on a machine. Another enrolment on the machine retires the one before.
    ///
    /// ``enrolled.key`` must reach the machine in a safe way. It is not stored.
    ///
    /// Raises:
    ///     Forbidden: the actor is below the help desk.
    ///     GenerationsExhausted: the user was enrolled too often on this machine.
    fn enrol_machine<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        user: Text<'_>,
        machine: Text<'_>,
    ) -> Result<Bound<'py, PyAny>> {
        let user = user.named().or_raise(py)?;
        let machine = machine.named().or_raise(py)?;
        self.call(py, |core| core.enrol_machine(&actor.0, user, machine))?
            .made(py)
    }

    /// Lists the machines on which a user is or was enrolled, by name.
    ///
    /// Raises:
    ///     Forbidden: the actor is below the help desk.
    fn machines<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        user: Text<'_>,
    ) -> Result<Bound<'py, PyList>> {
        let user = user.named().or_raise(py)?;
        list_of(py, self.call(py, |core| core.machines(&actor.0, user))?)
    }

    /// Retires a user's enrolment on a machine: its requests are no longer answered.
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
        let user = user.named().or_raise(py)?;
        let machine = machine.named().or_raise(py)?;
        self.call(py, |core| core.retire_machine(&actor.0, user, machine))?
            .made(py)
    }

    /// Answers the request code that a user reads from a machine: finds the user's machine
    /// that shows it, and computes the code that this machine accepts once.
    ///
    /// The password-only lock will have ``validity``, by default a day, on the wall clock of
    /// ``zone``: pass the machine's. The answer for ``Purpose.RESET`` has no expiry, and its
    /// validity is a day.
    ///
    /// Raises:
    ///     Malformed, NotEnrolled, ClockSkew, Unrecognised, WrongPurpose, KeyMissing: the
    ///         request has no answer.
    ///     Invalid: the validity is in minutes or hours.
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
        let user = user.named().or_raise(py)?;
        let answered = self.call(py, |core| {
            core.answer_request(&actor.0, user, &typed, purpose.0, validity.0, &zone)
        });
        zone.check()?;
        answered?.made(py)
    }
}
