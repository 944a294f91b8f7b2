//! The grant of a verified online code.

use pyo3::{exceptions::PyTypeError, prelude::*};

use crate::{
    Result,
    error::OrRaise,
    online_grant::OnlineGrant,
    password_only_lock::PasswordOnlyLock,
    text::quoted,
    time::utc,
    word::{self, Word},
};

/// The grant of a verified online code. Store :attr:`record` before you act on it.
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Granted(pub(crate) stopgap::Granted);

#[pymethods]
impl Granted {
    /// The user.
    #[getter]
    fn user(&self) -> &str {
        self.0.user().as_str()
    }

    /// The purpose.
    #[getter]
    fn purpose<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.0.purpose.member(py)
    }

    /// The code's expiry, in UTC.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        utc(py, self.0.expires_at())
    }

    /// The number of uses left after this one; ``None`` for any number.
    #[getter]
    fn uses_left(&self) -> Option<u32> {
        self.0.uses_left
    }

    /// The record with the use counted: store it in place of the old one before you act on
    /// the grant.
    #[getter]
    pub(crate) fn record(&self) -> OnlineGrant {
        OnlineGrant(self.0.record.clone())
    }

    /// Returns the password-only lock that a code for ``Purpose.BYPASS`` activates on the
    /// machine where it was typed, until the code's expiry. Pass it to
    /// :meth:`Agent.activate`.
    ///
    /// Raises:
    ///     WrongPurpose: the code was used for another purpose.
    fn password_only_lock(&self, py: Python<'_>) -> Result<PasswordOnlyLock> {
        let lock = self.0.password_only_lock();
        lock.map(PasswordOnlyLock::from).or_raise(py)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let uses_left = self.uses_left().map(|left| format!(", uses_left={left}"));
        Ok(format!(
            "Granted(user={}, purpose={}, expires_at={}{})",
            quoted(py, self.user())?,
            word::written(&self.purpose(py)?)?,
            self.expires_at(py)?.str()?,
            uses_left.unwrap_or_default(),
        ))
    }

    fn __reduce__(&self) -> Result<()> {
        Err(PyTypeError::new_err(
            "a grant cannot be pickled or copied: store record.to_dict()",
        ))
    }
}
