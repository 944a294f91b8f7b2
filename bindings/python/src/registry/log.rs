//! The audit log and its retention, the clock, and the purge of old records.

use pyo3::{prelude::*, types::PyList};
use stopgap_registry::{EventFilter, EventKind, PurgePolicy};

use super::{
    Registry,
    record::{Made, id_of, list_of},
};
use crate::{
    Result, actor::Actor, error::OrRaise, number::Whole, text::Text, time::Instant, word::Member,
};

#[pymethods]
impl Registry {
    /// Accepts the present time of a clock that was set back on purpose.
    ///
    /// Raises:
    ///     StoreError: the clock differs from that of the store (``clock_differs``).
    ///     Forbidden: the actor is below a super administrator.
    fn accept_clock(&self, py: Python<'_>, actor: &Actor) -> Result<()> {
        self.call(py, |core| core.accept_clock(&actor.0))
    }

    /// Deletes old records, and returns their numbers. Security codes are deleted 7 days
    /// after their expiry.
    ///
    /// ``codes_days`` counts from the end of a code: its expiry, its revocation or its last
    /// use. During these days the code is refused as expired, revoked or used up, later as
    /// unknown. Idempotency keys are remembered for ``verifications_days``, at least 2. Events
    /// are kept for ``events_days``, at least :meth:`log_retention`.
    ///
    /// Raises:
    ///     Invalid: events must be kept for longer (``log_retention``); ``expected`` is the
    ///         least number of days.
    ///     Forbidden: the actor is below an administrator.
    #[pyo3(signature = (
        actor, *,
        codes_days=Whole(PurgePolicy::default().codes_days),
        verifications_days=Whole(PurgePolicy::default().verifications_days),
        events_days=Whole(PurgePolicy::default().events_days),
    ))]
    #[pyo3(
        text_signature = "($self, actor, *, codes_days=30, verifications_days=7, \
        events_days=400)"
    )]
    fn purge<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        codes_days: Whole<u32>,
        verifications_days: Whole<u32>,
        events_days: Whole<u32>,
    ) -> Result<Bound<'py, PyAny>> {
        let policy = PurgePolicy {
            codes_days: codes_days.0,
            verifications_days: verifications_days.0,
            events_days: events_days.0,
        };
        self.call(py, |core| core.purge(&actor.0, &policy))?
            .made(py)
    }

    /// Sets the days for which a purge must keep events, 90 by default.
    ///
    /// Raises:
    ///     Forbidden: the actor is below an administrator, or below a super administrator if
    ///         the days become fewer.
    fn set_log_retention(&self, py: Python<'_>, actor: &Actor, days: Whole<u32>) -> Result<()> {
        self.call(py, |core| core.set_log_retention(&actor.0, days.0))
    }

    /// Returns the days for which a purge must keep events.
    ///
    /// Raises:
    ///     Forbidden: the actor is below an administrator.
    fn log_retention(&self, py: Python<'_>, actor: &Actor) -> Result<u32> {
        self.call(py, |core| core.log_retention(&actor.0))
    }

    /// Lists the audit log, newest first: at most ``limit`` events, only those of ``user``
    /// and of ``kind``, from ``since`` on, before ``until``, and older than the event with
    /// the id ``before``, the last one of the page before. An event that was changed in the
    /// store, and cannot be read, has the kind :attr:`EventKind.DAMAGED`.
    ///
    /// Raises:
    ///     Forbidden: the actor is below an administrator.
    #[pyo3(signature = (
        actor, *, user=None, kind=None, since=None, until=None, before=None, limit=Whole(100)
    ))]
    #[pyo3(
        text_signature = "($self, actor, *, user=None, kind=None, since=None, until=None, \
        before=None, limit=100)"
    )]
    #[expect(clippy::too_many_arguments, reason = "each has a name in Python")]
    fn events<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        user: Option<Text<'_>>,
        kind: Option<Member<EventKind>>,
        since: Option<Instant>,
        until: Option<Instant>,
        before: Option<Text<'_>>,
        limit: Whole<usize>,
    ) -> Result<Bound<'py, PyList>> {
        let user = user.map(|user| user.name());
        let filter = EventFilter {
            user: user.transpose().or_raise(py)?,
            kind: kind.map(|kind| kind.0),
            since: since.map(|since| since.0),
            until: until.map(|until| until.0),
            before: before.map(|before| id_of(py, &before)).transpose()?,
            limit: limit.0,
            ..EventFilter::default()
        };
        list_of(py, self.call(py, |core| core.events(&actor.0, &filter))?)
    }
}
