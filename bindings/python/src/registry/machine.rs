//! Machines, and answers to their request codes.

use pyo3::{prelude::*, types::PyList};

use super::{
    Registry,
    record::{Made, list_of},
    zone_of,
};
use crate::{
    Result, actor::Actor, error::OrRaise, request::VerifyRequest, text::Text, validity::Given,
};

#[pymethods]
impl Registry {
    /// Enrols a user on a machine. Another enrolment on the machine retires the one before.
    ///
    /// ``enrolled.key`` must reach the machine in a safe way. It is not stored.
    ///
    /// Raises:
    ///     Forbidden: the actor is below the help desk.
    ///     Invalid: this machine has no further generation (``no_generation``).
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

    /// Lists the last enrolment of a user on each machine, by the machine's name.
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
    /// The idempotency key of the request is not used. The password-only lock will have
    /// ``validity``, by default a day, on the wall clock of ``zone``: pass the machine's. The
    /// answer for ``Purpose.RESET`` has no expiry, and its validity is a day.
    ///
    /// Raises:
    ///     Malformed, NotEnrolled, ClockSkew, Unrecognised, WrongPurpose, KeyMissing,
    ///     Tampered: the request has no answer.
    ///     Invalid: the validity is in minutes or hours.
    ///     Forbidden: the actor is below the help desk.
    #[pyo3(signature = (
        actor, request, validity=Given(stopgap::Validity::DAY), *, zone=None
    ))]
    #[pyo3(text_signature = "($self, actor, request, validity=..., *, zone=...)")]
    fn answer_request<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        request: &VerifyRequest,
        validity: Given,
        zone: Option<&Bound<'py, PyAny>>,
    ) -> Result<Bound<'py, PyAny>> {
        let zone = zone_of(zone)?;
        let request = request.core().or_raise(py)?;
        let answered = self.call(py, |core| {
            core.answer_request(&actor.0, &request, validity.0, &zone)
        });
        zone.check()?;
        answered?.made(py)
    }
}
