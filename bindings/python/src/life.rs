//! The life of a security code.

use pyo3::prelude::*;
use stopgap::LifeEvent;

use crate::{
    Result,
    error::OrRaise,
    pickle::{Remade, remade_named},
    time::{self, Instant},
    word,
};

/// The life of a security code: until an instant, :attr:`PERMANENT` or :attr:`DELETED`.
///
/// It does not change: what happens to it gives the life after that. All of that may
/// raise :class:`NotFound` for a life that is over, and :class:`TimeOutOfRange` outside
/// the years 1 to 9999.
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
    /// It lives for good.
    #[classattr]
    const PERMANENT: Self = Self(stopgap::Life::Permanent);
    /// Somebody deleted it.
    #[classattr]
    const DELETED: Self = Self(stopgap::Life::Deleted);

    /// 24 hours from now, as every security code begins.
    #[staticmethod]
    #[pyo3(signature = (*, now))]
    fn begin(py: Python<'_>, now: Instant) -> Result<Self> {
        stopgap::Life::begin(now.0).map(Self).or_raise(py)
    }

    /// Until this instant, at which it has expired: a life that was kept.
    #[staticmethod]
    fn until(expires_at: Instant) -> Self {
        Self(stopgap::Life::Until(expires_at.0))
    }

    /// When it expires, or has; ``None`` where it does not.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        match self.0 {
            stopgap::Life::Until(expires_at) => time::utc(py, expires_at).map(Some),
            stopgap::Life::Permanent | stopgap::Life::Deleted => Ok(None),
        }
    }

    /// Where it stands: it is expired for 7 days, and then gone.
    #[pyo3(signature = (*, now))]
    fn state<'py>(&self, py: Python<'py>, now: Instant) -> Result<Bound<'py, PyAny>> {
        word::life_state(py, &self.0.state(now.0))
    }

    /// Until another instant; a permanent life is permanent no longer.
    ///
    /// Raises:
    ///     Expired: it has expired; reactivate it first.
    ///     ExpiryNotInFuture: ``expires_at`` is over.
    #[pyo3(signature = (expires_at, *, now))]
    fn edit(&self, py: Python<'_>, expires_at: Instant, now: Instant) -> Result<Self> {
        let expires_at = expires_at.0;
        self.after(py, LifeEvent::Edit { expires_at }, now)
    }

    /// For good.
    ///
    /// Raises:
    ///     Expired: it has expired; reactivate it first.
    #[pyo3(signature = (*, now))]
    fn make_permanent(&self, py: Python<'_>, now: Instant) -> Result<Self> {
        self.after(py, LifeEvent::MakePermanent, now)
    }

    /// 24 hours from now; also a permanent one.
    ///
    /// Raises:
    ///     Expired: it has expired; reactivate it first.
    #[pyo3(signature = (*, now))]
    fn reset(&self, py: Python<'_>, now: Instant) -> Result<Self> {
        self.after(py, LifeEvent::Reset, now)
    }

    /// An expired one, back for 24 hours from now.
    ///
    /// Raises:
    ///     AlreadyActive: it lives; reset it for 24 hours more.
    #[pyo3(signature = (*, now))]
    fn reactivate(&self, py: Python<'_>, now: Instant) -> Result<Self> {
        self.after(py, LifeEvent::Reactivate, now)
    }

    /// The same life: that its code can still be described anew.
    #[pyo3(signature = (*, now))]
    fn describe(&self, py: Python<'_>, now: Instant) -> Result<Self> {
        self.after(py, LifeEvent::Describe, now)
    }

    /// Over, for good.
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
