//! The lifetime of a security code.

use pyo3::prelude::*;

use crate::{
    Result,
    pickle::{Remade, remade_named},
    time::{self, Instant},
    word,
};

/// The lifetime of a security code: until an instant, :attr:`PERMANENT` or :attr:`DELETED`.
/// :class:`SecurityCode` changes it.
///
/// >>> from datetime import datetime, timezone
/// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
/// >>> Lifetime.until(now).state(now=now)
/// <LifecycleState.EXPIRED: 'expired'>
/// >>> Lifetime.PERMANENT.state(now=now)
/// <LifecycleState.PERMANENT: 'permanent'>
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Lifetime(pub(crate) stopgap::Lifetime);

#[pymethods]
impl Lifetime {
    /// A lifetime without an expiry.
    #[classattr]
    const PERMANENT: Self = Self(stopgap::Lifetime::Permanent);
    /// The lifetime of a deleted code.
    #[classattr]
    const DELETED: Self = Self(stopgap::Lifetime::Deleted);

    /// Returns a lifetime with this expiry.
    #[staticmethod]
    fn until(expires_at: Instant) -> Self {
        Self(stopgap::Lifetime::Until(expires_at.0))
    }

    /// The expiry, in UTC; ``None`` if there is none.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        match self.0 {
            stopgap::Lifetime::Until(expires_at) => time::utc(py, expires_at).map(Some),
            stopgap::Lifetime::Permanent | stopgap::Lifetime::Deleted => Ok(None),
        }
    }

    /// Returns the state of the code now. A code is expired for 7 days, and then gone.
    #[pyo3(signature = (*, now))]
    fn state<'py>(&self, py: Python<'py>, now: Instant) -> Result<Bound<'py, PyAny>> {
        word::lifecycle_state(py, &self.0.state(now.0))
    }

    pub(crate) fn __repr__(&self, py: Python<'_>) -> Result<String> {
        match self.0 {
            stopgap::Lifetime::Permanent => Ok("Lifetime.PERMANENT".into()),
            stopgap::Lifetime::Deleted => Ok("Lifetime.DELETED".into()),
            stopgap::Lifetime::Until(expires_at) => {
                let expires_at = time::utc(py, expires_at)?.repr()?;
                Ok(format!("Lifetime.until({expires_at})"))
            }
        }
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let py = slf.py();
        match slf.get().0 {
            stopgap::Lifetime::Permanent => remade_named(slf, "PERMANENT"),
            stopgap::Lifetime::Deleted => remade_named(slf, "DELETED"),
            stopgap::Lifetime::Until(expires_at) => {
                let expires_at = (time::utc(py, expires_at)?,).into_pyobject(py)?;
                Ok((slf.get_type().getattr("until")?, expires_at))
            }
        }
    }
}
