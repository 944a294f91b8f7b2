//! The password-only lock.

use chrono::{DateTime, Utc};
use pyo3::{prelude::*, types::PyDict};
use stopgap::offline;

use crate::{
    Result,
    pickle::{Remade, remade},
    time::{Instant, utc},
};

/// The password-only lock: while it is active, name and password are enough to log on to the
/// machine where the code was typed.
///
/// :meth:`Granted.password_only_lock` and :meth:`Agent.redeem` return one;
/// :meth:`Agent.activate` activates it.
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PasswordOnlyLock {
    until: DateTime<Utc>,
}

impl From<offline::PasswordOnlyLock> for PasswordOnlyLock {
    fn from(lock: offline::PasswordOnlyLock) -> Self {
        Self { until: lock.until }
    }
}

impl From<&PasswordOnlyLock> for offline::PasswordOnlyLock {
    fn from(lock: &PasswordOnlyLock) -> Self {
        Self { until: lock.until }
    }
}

#[pymethods]
impl PasswordOnlyLock {
    #[new]
    fn new(until: Instant) -> Self {
        Self { until: until.0 }
    }

    /// The end, in UTC. At this instant the lock is no longer active.
    #[getter]
    fn until<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        utc(py, self.until)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!("PasswordOnlyLock({})", self.until(py)?.repr()?))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let py = slf.py();
        let words = PyDict::new(py);
        words.set_item("until", slf.get().until(py)?)?;
        remade(slf, &words)
    }
}
