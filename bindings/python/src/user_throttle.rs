//! The sealed record of a user's throttle.

use pyo3::prelude::*;
use stopgap::Sealed;

use crate::{
    Result,
    error::OrRaise,
    key_ring::KeyRing,
    text::{Text, quoted},
    throttle::Throttle,
};

/// The record of a user's throttle, and its tag, which binds it to the user and, by the key,
/// to the tenant. Seal the throttle again after each change.
///
/// The attributes are the fields as they are stored, *unverified*: :meth:`open` checks the
/// tag. Equal records have equal fields and tags.
///
/// >>> key_ring = KeyRing(1, MasterKey.generate())
/// >>> record = UserThrottle.seal(key_ring, "alice", Throttle(failures=3))
/// >>> record.open(key_ring).throttle
/// Throttle(failures=3)
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct UserThrottle(pub(crate) Sealed<stopgap::UserThrottle>);

#[pymethods]
impl UserThrottle {
    /// Seals the throttle of a user under the primary key.
    ///
    /// Raises:
    ///     InvalidName: the user is no name.
    #[staticmethod]
    fn seal(
        py: Python<'_>,
        key_ring: &KeyRing,
        user: Text<'_>,
        throttle: &Throttle,
    ) -> Result<Self> {
        let user = user.name().or_raise(py)?;
        let sealed = stopgap::UserThrottle::seal(&key_ring.now(), user, throttle.0);
        Ok(Self(sealed))
    }

    /// The user.
    #[getter]
    fn user(&self) -> &str {
        self.0.unverified().user.as_str()
    }

    /// The failed attempts of the user.
    #[getter]
    fn throttle(&self) -> Throttle {
        Throttle(self.0.unverified().throttle)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "UserThrottle(key_id={}, user={}, throttle={})",
            self.0.unverified().key_id,
            quoted(py, self.user())?,
            self.throttle().__repr__(py)?,
        ))
    }
}
