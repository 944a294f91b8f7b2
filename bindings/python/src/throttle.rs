//! Throttles: failures in a row, and lockouts.

use std::hash::{Hash, Hasher};

use pyo3::{prelude::*, types::PyDict};
use stopgap::Refusal;

use crate::{
    Result,
    error::{self, OrRaise},
    function::Function,
    number::Whole,
    once::intern,
    pickle::{Remade, remade_of},
    record,
    time::{Instant, utc_or_none},
};

/// The settings of a throttle. The defaults are the protocol's: 5, 60, 3,600 and 100.
///
/// ``free``: the number of failures in a row from which each failure causes a lockout. With
/// 0, the first failure does, and the first lockout is twice as long.
///
/// ``first_delay_seconds``: the length of the first lockout. Each further failure doubles it,
/// up to ``max_delay_seconds``.
///
/// ``hard_limit``: the number of failures in a row from which a lockout has no end, so that an
/// administrator must unlock the user. With 0, the user is always locked out.
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
    /// Returns the given policy, or the protocol's.
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

    /// The number of failures in a row from which each failure causes a lockout.
    #[getter]
    fn free(&self) -> u32 {
        self.0.free
    }

    /// The length of the first lockout, in seconds.
    #[getter]
    fn first_delay_seconds(&self) -> u32 {
        self.0.first_delay_seconds
    }

    /// The greatest length of a lockout that has an end, in seconds.
    #[getter]
    fn max_delay_seconds(&self) -> u32 {
        self.0.max_delay_seconds
    }

    /// The number of failures in a row from which a lockout has no end.
    #[getter]
    fn hard_limit(&self) -> u32 {
        self.0.hard_limit
    }

    /// Returns the policy as a dict of numbers.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &self.0)
    }

    /// Returns the policy of such a dict; missing values are the defaults.
    ///
    /// Raises:
    ///     Invalid: the dict describes no policy.
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

/// The failed attempts of one user on a server. It is immutable: methods return the new
/// throttle. Store it as a :class:`UserThrottle`, beside the codes that it guards.
///
/// Methods without a ``policy`` use the protocol's.
///
/// >>> from datetime import datetime, timezone
/// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
/// >>> throttle = Throttle()
/// >>> for _ in range(5):
/// ...     throttle = throttle.fail(now=now)
/// >>> throttle.failures, str(throttle.locked_until)
/// (5, '2026-11-21 15:01:00+00:00')
/// >>> throttle.check(now=now)
/// Traceback (most recent call last):
///     ...
/// stopgap.errors.Throttled: too many failed attempts: locked until 2026-11-21 15:01:00 UTC
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Throttle(pub(crate) stopgap::Throttle);

impl Hash for Throttle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.failures, self.0.locked_until).hash(state);
    }
}

impl Throttle {
    /// Calls `attempt` if the user is not locked out. Returns the throttle after it too.
    fn weigh<'py>(
        &self,
        py: Python<'py>,
        attempt: &Function,
        now: Instant,
        policy: Option<&ThrottlePolicy>,
    ) -> (Self, Result<Bound<'py, PyAny>>) {
        let mut throttle = self.0;
        let mut outcome = None;
        let verdict = throttle.guard(&ThrottlePolicy::or_default(policy), now.0, || {
            let refusal = match outcome.insert(attempt.done(py, ())) {
                Ok(_) => return Ok(()),
                Err(raised) if error::is_unknown(py, raised) => Refusal::Unknown,
                // Any refusal that counts nothing.
                Err(_) => Refusal::WrongPurpose,
            };
            Err(refusal)
        });
        let lockout = || {
            verdict.or_raise(py)?;
            Ok(py.None().into_bound(py))
        };
        (Self(throttle), outcome.unwrap_or_else(lockout))
    }
}

#[pymethods]
impl Throttle {
    #[new]
    #[pyo3(signature = (*, failures=Whole(0), locked_until=None))]
    #[pyo3(text_signature = "(*, failures=0, locked_until=None)")]
    fn new(failures: Whole<u32>, locked_until: Option<Instant>) -> Self {
        Self(stopgap::Throttle {
            failures: failures.0,
            locked_until: locked_until.map(|until| until.0),
        })
    }

    /// Failures in a row.
    #[getter]
    fn failures(&self) -> u32 {
        self.0.failures
    }

    /// The end of the last lockout, in UTC; ``None`` if there was none, or if it has no end.
    #[getter]
    fn locked_until<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        utc_or_none(py, self.0.locked_until)
    }

    /// Raises an exception during a lockout. An end later than the longest delay from now
    /// is taken for that: see :meth:`capped`.
    ///
    /// Raises:
    ///     Throttled: the user is locked out. ``retry_at`` is the end; ``None`` if an
    ///         administrator must unlock the user, with ``Throttle()``.
    #[pyo3(signature = (*, now, policy=None))]
    fn check(&self, py: Python<'_>, now: Instant, policy: Option<&ThrottlePolicy>) -> Result<()> {
        let policy = ThrottlePolicy::or_default(policy);
        let mut throttle = self.0;
        throttle.check(&policy, now.0).or_raise(py)
    }

    /// Returns the throttle whose lockout ends after the longest delay from now, if it would
    /// end later: the clock was ahead when a failure was counted. Store it if it differs
    /// from this one. :meth:`guard` does so itself.
    #[pyo3(signature = (*, now, policy=None))]
    fn capped(&self, now: Instant, policy: Option<&ThrottlePolicy>) -> Self {
        let mut throttle = self.0;
        // `check` raises the refusal; this keeps the cap.
        let _ = throttle.check(&ThrottlePolicy::or_default(policy), now.0);
        Self(throttle)
    }

    /// Returns the throttle with one more failure, and with a lockout if there are too many.
    ///
    /// Only :class:`Unknown` is a failure: a typo is no guess, and a right code that has
    /// expired is no guess either. :meth:`guard` decides on that.
    #[pyo3(signature = (*, now, policy=None))]
    fn fail(&self, now: Instant, policy: Option<&ThrottlePolicy>) -> Self {
        let mut throttle = self.0;
        throttle.fail(&ThrottlePolicy::or_default(policy), now.0);
        Self(throttle)
    }

    /// Calls ``attempt()`` if the user is not locked out, and returns a :class:`Verdict`: the
    /// throttle to store, and the result or the refusal, which is not raised.
    ///
    /// A success clears the failures, and :class:`Unknown` counts as a failure. Any other
    /// refusal changes nothing. Any other exception of ``attempt`` is raised, and changes
    /// nothing.
    ///
    /// In a database, lock the row of the throttle before you read it, and commit before you
    /// call :meth:`Verdict.result`. Without the lock, attempts at the same moment count as one. If
    /// the refusal is raised within the transaction, the failure is rolled back with it.
    /// ``attempt`` must be a plain function, not a coroutine function.
    ///
    /// Raises:
    ///     TypeError: ``attempt`` returned something to await; it changes nothing.
    ///
    /// >>> from datetime import datetime, timezone
    /// >>> key_ring = KeyRing(1, MasterKey.generate())
    /// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
    /// >>> code, record = OnlinePolicy().issue(key_ring, "alice", now=now)
    /// >>> request = VerifyRequest("alice", "0000-0000-0000", Purpose.RESET)
    /// >>> verdict = Throttle(failures=3).attempt(
    /// ...     lambda: record.verify(key_ring, request, now=now), now=now
    /// ... )
    /// >>> verdict.throttle  # store it, and commit
    /// Throttle(failures=4)
    /// >>> verdict.result()
    /// Traceback (most recent call last):
    ///     ...
    /// stopgap.errors.Unknown: there is no such code
    #[pyo3(signature = (attempt, *, now, policy=None))]
    fn attempt<'py>(
        &self,
        py: Python<'py>,
        attempt: Function,
        now: Instant,
        policy: Option<&ThrottlePolicy>,
    ) -> Result<Bound<'py, PyAny>> {
        let (throttle, outcome) = self.weigh(py, &attempt, now, policy);
        let (result, refusal) = match outcome {
            Ok(result) => (Some(result), None),
            Err(raised) if error::is_refused(py, &raised) => (None, Some(raised.into_value(py))),
            Err(raised) => return Err(raised),
        };
        let class = PyModule::import(py, "stopgap.verdict")?.getattr(intern!(py, "Verdict"))?;
        class.call1((throttle, throttle != *self, result, refusal))
    }

    /// Calls ``attempt()`` as :meth:`attempt` does, stores the throttle with ``keep`` if it has
    /// changed, and returns the result or raises the refusal.
    ///
    /// It is for a throttle in memory or in a file. In a transaction of a database, use
    /// :meth:`attempt`: the refusal would roll back what ``keep`` has stored. An exception of
    /// ``keep`` replaces the result. Both must be plain functions, not coroutine functions.
    ///
    /// Raises:
    ///     Throttled: the user is locked out; ``attempt`` was not called.
    ///     TypeError: ``attempt`` or ``keep`` returned something to await; such an attempt
    ///         changes nothing.
    ///
    /// >>> from datetime import datetime, timezone
    /// >>> key_ring = KeyRing(1, MasterKey.generate())
    /// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
    /// >>> code, record = OnlinePolicy().issue(key_ring, "alice", now=now)
    /// >>> request = VerifyRequest("alice", code.reveal(), Purpose.RESET)
    /// >>> throttles = {"alice": Throttle(failures=3)}
    /// >>> granted = throttles["alice"].guard(
    /// ...     lambda: record.verify(key_ring, request, now=now),
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
        let (throttle, outcome) = self.weigh(py, &attempt, now, policy);
        if throttle != *self {
            keep.done(py, (throttle,))?;
        }
        outcome
    }

    /// Returns the throttle as a dict of plain values.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &self.0)
    }

    /// Returns the throttle of such a dict.
    ///
    /// Raises:
    ///     Invalid: the dict describes no throttle.
    #[staticmethod]
    fn from_dict(record: &Bound<'_, PyDict>) -> Result<Self> {
        record::from_dict(record).map(Self)
    }

    pub(crate) fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let failures = self.failures();
        Ok(match self.locked_until(py)? {
            None => format!("Throttle(failures={failures})"),
            Some(until) => format!(
                "Throttle(failures={failures}, locked_until={})",
                until.repr()?
            ),
        })
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        remade_of(slf, slf.get().to_dict(slf.py())?)
    }
}
