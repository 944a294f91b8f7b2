//! What a verified online code grants.

use std::sync::Arc;

use pyo3::{exceptions::PyTypeError, prelude::*};
use stopgap::Purpose;

use crate::{
    Result, error::OrRaise, lock::Lock, online_grant::OnlineGrant, text::quoted, time::utc,
    word::Word,
};

/// What a verified online code grants.
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Granted {
    purpose: Purpose,
    uses_left: Option<u32>,
    /// With the use counted. Whose it is, and until when, it tells itself.
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
    /// To whom.
    #[getter]
    fn user(&self) -> &str {
        self.grant.user.as_str()
    }

    /// For what.
    #[getter]
    fn purpose<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.purpose.member(py)
    }

    /// Until when the code can be used again, in UTC.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        utc(py, self.grant.expires_at)
    }

    /// How many uses are left after this one; ``None`` for any number.
    #[getter]
    fn uses_left(&self) -> Option<u32> {
        self.uses_left
    }

    /// The grant with the use counted: keep it before you act on this.
    #[getter]
    pub(crate) fn grant(&self) -> OnlineGrant {
        OnlineGrant(Arc::clone(&self.grant))
    }

    /// The temporary password-only lock that a code for ``Purpose.BYPASS`` opens on the
    /// machine where it was typed, to the code's expiry. Give it to
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
            "what is granted is not pickled or copied; keep grant.to_dict()",
        ))
    }
}
