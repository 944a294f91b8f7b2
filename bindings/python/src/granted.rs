//! The grant of a verified online code.

use std::sync::Arc;

use pyo3::{exceptions::PyTypeError, prelude::*};
use stopgap::Purpose;

use crate::{
    Result, error::OrRaise, lock::Lock, online_grant::OnlineGrant, text::quoted, time::utc,
    word::Word,
};

/// The grant of a verified online code.
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Granted {
    purpose: Purpose,
    uses_left: Option<u32>,
    /// The record, with the use counted.
    grant: Arc<stopgap::OnlineGrant>,
}

impl Granted {
    pub(crate) fn of(granted: stopgap::Granted<'_>, grant: Arc<stopgap::OnlineGrant>) -> Self {
        Self {
            purpose: granted.purpose,
            uses_left: granted.uses_left,
            grant,
        }
    }
}

#[pymethods]
impl Granted {
    /// The user.
    #[getter]
    fn user(&self) -> &str {
        self.grant.user.as_str()
    }

    /// The purpose.
    #[getter]
    fn purpose<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.purpose.member(py)
    }

    /// The code's expiry, in UTC.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        utc(py, self.grant.expires_at)
    }

    /// The number of uses after this one; ``None`` for any number.
    #[getter]
    fn uses_left(&self) -> Option<u32> {
        self.uses_left
    }

    /// The record with the use counted: store it before you act on the grant.
    #[getter]
    pub(crate) fn grant(&self) -> OnlineGrant {
        OnlineGrant(Arc::clone(&self.grant))
    }

    /// Returns the password-only lock that a code for ``Purpose.BYPASS`` activates on the
    /// machine where it was typed, until the code's expiry. Pass it to
    /// :meth:`Agent.open_lock`.
    ///
    /// Raises:
    ///     WrongPurpose: the code was used for another purpose.
    fn lock(&self, py: Python<'_>) -> Result<Lock> {
        let granted = stopgap::Granted {
            user: self.user(),
            purpose: self.purpose,
            expires_at: self.grant.expires_at,
            uses_left: self.uses_left,
        };
        granted.lock().map(Lock::from).or_raise(py)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let uses_left = self.uses_left.map(|left| format!(", uses_left={left}"));
        Ok(format!(
            "Granted(user={}, purpose={}, expires_at={}{})",
            quoted(py, self.user())?,
            self.purpose(py)?.str()?,
            self.expires_at(py)?.str()?,
            uses_left.unwrap_or_default(),
        ))
    }

    fn __reduce__(&self) -> Result<()> {
        Err(PyTypeError::new_err(
            "a grant cannot be pickled or copied: store grant.to_dict()",
        ))
    }
}
