//! Failures in a row, and the door that closes upon them.

use std::hash::{Hash, Hasher};

use pyo3::{prelude::*, types::PyDict};
use stopgap::Refusal;

use crate::{
    Result,
    error::{self, OrRaise},
    function::Function,
    number::Whole,
    pickle::{Remade, remade_of},
    record,
    time::{Instant, utc_or_none},
};

/// The figures of a throttle. The protocol's are the default: 5, 60, 3,600 and 100.
///
/// ``free``: which failure in a row is the first to close the door; each after it does as
/// well. With 0 it is the first one, and closes twice as long.
///
/// ``first_delay_seconds``: for how long it then closes; each further failure doubles it,
/// up to ``max_delay_seconds``.
///
/// ``hard_limit``: the failure in a row after which it stays closed until an administrator
/// resets it. With 0 it is never open.
///
/// >>> ThrottlePolicy(free=3)
/// ThrottlePolicy(free=3, first_delay_seconds=60, max_delay_seconds=3600, hard_limit=100)
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ThrottlePolicy(pub(crate) stopgap::ThrottlePolicy);

impl Hash for ThrottlePolicy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let policy = &self.0;
        (policy.free, policy.first_delay_seconds).hash(state);
        (policy.max_delay_seconds, policy.hard_limit).hash(state);
    }
}

impl ThrottlePolicy {
    /// The one given, or the protocol's.
    pub(crate) fn or_default(policy: Option<&Self>) -> stopgap::ThrottlePolicy {
        policy.map_or_else(stopgap::ThrottlePolicy::default, |policy| policy.0)
    }
}

#[pymethods]
impl ThrottlePolicy {
    #[new]
    #[pyo3(signature = (
        *,
        free=None,
        first_delay_seconds=None,
        max_delay_seconds=None,
        hard_limit=None,
    ))]
    #[pyo3(
        text_signature = "(*, free=..., first_delay_seconds=..., max_delay_seconds=..., \
        hard_limit=...)"
    )]
    fn new(
        free: Option<Whole<u32>>,
        first_delay_seconds: Option<Whole<u32>>,
        max_delay_seconds: Option<Whole<u32>>,
        hard_limit: Option<Whole<u32>>,
    ) -> Self {
        let default = stopgap::ThrottlePolicy::default();
        let or = |given: Option<Whole<u32>>, default| given.map_or(default, |given| given.0);
        Self(stopgap::ThrottlePolicy {
            free: or(free, default.free),
            first_delay_seconds: or(first_delay_seconds, default.first_delay_seconds),
            max_delay_seconds: or(max_delay_seconds, default.max_delay_seconds),
            hard_limit: or(hard_limit, default.hard_limit),
        })
    }

    /// Which failure in a row is the first to close the door.
    #[getter]
    fn free(&self) -> u32 {
        self.0.free
    }

    /// For how long it then closes, in seconds.
    #[getter]
    fn first_delay_seconds(&self) -> u32 {
        self.0.first_delay_seconds
    }

    /// The longest that it closes, in seconds.
    #[getter]
    fn max_delay_seconds(&self) -> u32 {
        self.0.max_delay_seconds
    }

    /// The failure in a row after which it stays closed.
    #[getter]
    fn hard_limit(&self) -> u32 {
        self.0.hard_limit
    }

    /// The policy as a dict of numbers.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &self.0)
    }

    /// The policy of such a dict; what is left out has its default.
    ///
    /// Raises:
    ///     Invalid: anything that no policy has.
    #[staticmethod]
    fn from_dict(record: &Bound<'_, PyDict>) -> Result<Self> {
        record::from_dict(record).map(Self)
    }

    pub(crate) fn __repr__(&self) -> String {
        let stopgap::ThrottlePolicy {
            free,
            first_delay_seconds,
            max_delay_seconds,
            hard_limit,
        } = self.0;
        format!(
            "ThrottlePolicy(free={free}, first_delay_seconds={first_delay_seconds}, \
            max_delay_seconds={max_delay_seconds}, hard_limit={hard_limit})"
        )
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        remade_of(slf, slf.get().to_dict(slf.py())?)
    }
}

/// What is remembered about the failures of one user on a server: keep it beside the
/// codes that it guards. It does not change: what counts a failure gives the new one.
///
/// ``policy`` is everywhere the protocol's where none is given.
///
/// >>> from datetime import datetime, timezone
/// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
/// >>> throttle = Throttle()
/// >>> for _ in range(5):
/// ...     throttle = throttle.fail(now=now)
/// >>> throttle.failures, str(throttle.closed_until)
/// (5, '2026-11-21 15:01:00+00:00')
/// >>> throttle.check(now=now)
/// Traceback (most recent call last):
///     ...
/// stopgap.errors.Throttled: too many failures in a row; the door opens at 2026-11-21 15:01:00 UTC
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Throttle(pub(crate) stopgap::Throttle);

impl Hash for Throttle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.failures, self.0.closed_until).hash(state);
    }
}

#[pymethods]
impl Throttle {
    #[new]
    #[pyo3(signature = (*, failures=Whole(0), closed_until=None))]
    #[pyo3(text_signature = "(*, failures=0, closed_until=None)")]
    fn new(failures: Whole<u32>, closed_until: Option<Instant>) -> Self {
        Self(stopgap::Throttle {
            failures: failures.0,
            closed_until: closed_until.map(|until| until.0),
        })
    }

    /// Failures in a row.
    #[getter]
    fn failures(&self) -> u32 {
        self.0.failures
    }

    /// Until when the door is closed, in UTC, where it was closed.
    #[getter]
    fn closed_until<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        utc_or_none(py, self.0.closed_until)
    }

    /// That the door is open.
    ///
    /// Raises:
    ///     Throttled: it is closed; ``retry_at`` says until when, ``None`` until an
    ///         administrator begins anew with ``Throttle()``.
    #[pyo3(signature = (*, now, policy=None))]
    fn check(&self, py: Python<'_>, now: Instant, policy: Option<&ThrottlePolicy>) -> Result<()> {
        let policy = ThrottlePolicy::or_default(policy);
        self.0.check(&policy, now.0).or_raise(py)
    }

    /// The throttle with one more failure, its door closed where that is one too many.
    ///
    /// For :class:`Unknown` alone: a typo is no guess, and neither is a right code that
    /// has expired. :meth:`guard` knows that.
    #[pyo3(signature = (*, now, policy=None))]
    fn fail(&self, now: Instant, policy: Option<&ThrottlePolicy>) -> Self {
        let mut throttle = self.0;
        throttle.fail(&ThrottlePolicy::or_default(policy), now.0);
        Self(throttle)
    }

    /// Makes an attempt through the door: calls ``attempt()`` and gives what that gives.
    ///
    /// A success clears the failures, :class:`Unknown` counts as one, and whatever else
    /// is raised changes nothing. Where the throttle has changed, ``keep`` is called with
    /// the new one before anything is returned or raised; what ``keep`` raises comes out
    /// alone. A row that others share is to be locked from when it is read until it is
    /// kept: else tries at the same moment count as one. Both are plain functions: a
    /// coroutine of ``attempt`` has decided nothing yet.
    ///
    /// Raises:
    ///     Throttled: the door is closed, and nothing was called.
    ///     TypeError: ``attempt`` or ``keep`` gave something to await; such an attempt
    ///         changes nothing.
    ///
    /// >>> from datetime import datetime, timezone
    /// >>> key_ring = KeyRing(1, MasterKey.generate())
    /// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
    /// >>> code, grant = OnlinePolicy().issue(key_ring, "alice", now=now)
    /// >>> throttles = {"alice": Throttle(failures=3)}
    /// >>> granted = throttles["alice"].guard(
    /// ...     lambda: grant.verify(
    /// ...         key_ring, "alice", code.reveal(), Purpose.RESET, now=now
    /// ...     ),
    /// ...     now=now,
    /// ...     keep=lambda throttle: throttles.update(alice=throttle),
    /// ... )
    /// >>> throttles["alice"]
    /// Throttle(failures=0)
    #[pyo3(signature = (attempt, *, now, keep, policy=None))]
    fn guard<'py>(
        &self,
        py: Python<'py>,
        attempt: Function,
        now: Instant,
        keep: Function,
        policy: Option<&ThrottlePolicy>,
    ) -> Result<Bound<'py, PyAny>> {
        let mut throttle = self.0;
        let mut outcome = None;
        let verdict = throttle.guard(&ThrottlePolicy::or_default(policy), now.0, || {
            let refusal = match outcome.insert(attempt.done(py, ())) {
                Ok(_) => return Ok(()),
                Err(raised) if error::is_unknown(py, raised) => Refusal::Unknown,
                // Nothing that counts, whatever it is.
                Err(_) => Refusal::WrongPurpose,
            };
            Err(refusal)
        });
        let Some(outcome) = outcome else {
            // Behind a closed door.
            verdict.or_raise(py)?;
            return Ok(py.None().into_bound(py));
        };
        if throttle != self.0 {
            keep.done(py, (Self(throttle),))?;
        }
        outcome
    }

    /// The throttle as a dict of plain values.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &self.0)
    }

    /// The throttle of such a dict.
    ///
    /// Raises:
    ///     Invalid: anything that is no throttle.
    #[staticmethod]
    fn from_dict(record: &Bound<'_, PyDict>) -> Result<Self> {
        record::from_dict(record).map(Self)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let failures = self.failures();
        Ok(match self.closed_until(py)? {
            None => format!("Throttle(failures={failures})"),
            Some(until) => format!(
                "Throttle(failures={failures}, closed_until={})",
                until.repr()?
            ),
        })
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        remade_of(slf, slf.get().to_dict(slf.py())?)
    }
}
