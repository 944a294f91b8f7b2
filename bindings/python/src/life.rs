//! The lifetime of a security code.

use pyo3::prelude::*;
use stopgap::LifeEvent;

use crate::{
    Result,
    error::OrRaise,
    pickle::{Remade, remade_named},
    time::{self, Instant},
    word,
};

/// The lifetime of a security code: until an instant, :attr:`PERMANENT` or :attr:`DELETED`.
///
/// It is immutable: methods return the new lifetime. All may raise :class:`NotFound` if the
/// code is gone, and :class:`TimeOutOfRange` outside the years 1 to 9999.
///
/// >>> from datetime import datetime, timedelta, timezone
/// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
/// >>> life = Life.begin(now=now)
/// >>> life.expires_at - now
/// datetime.timedelta(days=1)
/// >>> life.state(now=life.expires_at)
/// <LifeState.EXPIRED: 'expired'>
/// >>> life.make_permanent(now=now)
/// Life.PERMANENT
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Life(pub(crate) stopgap::Life);

impl Life {
    fn after(self, py: Python<'_>, event: LifeEvent, now: Instant) -> Result<Self> {
        self.0.apply(event, now.0).map(Self).or_raise(py)
    }
}

#[pymethods]
impl Life {
    /// A lifetime without an expiry.
    #[classattr]
    const PERMANENT: Self = Self(stopgap::Life::Permanent);
    /// The lifetime of a deleted code.
    #[classattr]
    const DELETED: Self = Self(stopgap::Life::Deleted);

    /// Returns the lifetime of a new code: 24 hours from now.
    #[staticmethod]
    #[pyo3(signature = (*, now))]
    fn begin(py: Python<'_>, now: Instant) -> Result<Self> {
        stopgap::Life::begin(now.0).map(Self).or_raise(py)
    }

    /// Returns a lifetime with this expiry.
    #[staticmethod]
    fn until(expires_at: Instant) -> Self {
        Self(stopgap::Life::Until(expires_at.0))
    }

    /// The expiry, in UTC; ``None`` if there is none.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        match self.0 {
            stopgap::Life::Until(expires_at) => time::utc(py, expires_at).map(Some),
            stopgap::Life::Permanent | stopgap::Life::Deleted => Ok(None),
        }
    }

    /// Returns the state. A code is expired for 7 days, and then gone.
    #[pyo3(signature = (*, now))]
    fn state<'py>(&self, py: Python<'py>, now: Instant) -> Result<Bound<'py, PyAny>> {
        word::life_state(py, &self.0.state(now.0))
    }

    /// Returns a lifetime with another expiry.
    ///
    /// Raises:
    ///     Expired: the code has expired; reactivate it first.
    ///     ExpiryNotInFuture: ``expires_at`` is not after now.
    #[pyo3(signature = (expires_at, *, now))]
    fn edit(&self, py: Python<'_>, expires_at: Instant, now: Instant) -> Result<Self> {
        let expires_at = expires_at.0;
        self.after(py, LifeEvent::Edit { expires_at }, now)
    }

    /// Returns a lifetime without an expiry.
    ///
    /// Raises:
    ///     Expired: the code has expired; reactivate it first.
    #[pyo3(signature = (*, now))]
    fn make_permanent(&self, py: Python<'_>, now: Instant) -> Result<Self> {
        self.after(py, LifeEvent::MakePermanent, now)
    }

    /// Returns a lifetime of 24 hours from now, also for a permanent code.
    ///
    /// Raises:
    ///     Expired: the code has expired; reactivate it first.
    #[pyo3(signature = (*, now))]
    fn reset(&self, py: Python<'_>, now: Instant) -> Result<Self> {
        self.after(py, LifeEvent::Reset, now)
    }

    /// Returns a lifetime of 24 hours from now, for an expired code.
    ///
    /// Raises:
    ///     AlreadyActive: the code is active; reset it for another 24 hours.
    #[pyo3(signature = (*, now))]
    fn reactivate(&self, py: Python<'_>, now: Instant) -> Result<Self> {
        self.after(py, LifeEvent::Reactivate, now)
    }

    /// Returns the same lifetime, if the code can still be described.
    #[pyo3(signature = (*, now))]
    fn describe(&self, py: Python<'_>, now: Instant) -> Result<Self> {
        self.after(py, LifeEvent::Describe, now)
    }

    /// Returns the lifetime of a deleted code.
    #[pyo3(signature = (*, now))]
    fn delete(&self, py: Python<'_>, now: Instant) -> Result<Self> {
        self.after(py, LifeEvent::Delete, now)
    }

    pub(crate) fn __repr__(&self, py: Python<'_>) -> Result<String> {
        match self.0 {
            stopgap::Life::Permanent => Ok("Life.PERMANENT".into()),
            stopgap::Life::Deleted => Ok("Life.DELETED".into()),
            stopgap::Life::Until(expires_at) => {
                let expires_at = time::utc(py, expires_at)?.repr()?;
                Ok(format!("Life.until({expires_at})"))
            }
        }
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let py = slf.py();
        match slf.get().0 {
            stopgap::Life::Permanent => remade_named(slf, "PERMANENT"),
            stopgap::Life::Deleted => remade_named(slf, "DELETED"),
            stopgap::Life::Until(expires_at) => {
                let expires_at = (time::utc(py, expires_at)?,).into_pyobject(py)?;
                Ok((slf.get_type().getattr("until")?, expires_at))
            }
        }
    }
}
