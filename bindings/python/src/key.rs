//! Keys.

use pyo3::{exceptions::PyTypeError, prelude::*, types::PyBytes};

use crate::{error::OrRaise, random::Random, text::Text};

fn not_pickled() -> PyErr {
    PyTypeError::new_err("a key is not pickled or copied; reveal() it to a safe place")
}

/// A master key: 32 random bytes that never leave the server. All codes are worth
/// what it is worth.
///
/// >>> key = MasterKey.generate()
/// >>> key
/// MasterKey(..)
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct MasterKey(pub(crate) stopgap::MasterKey);

#[pymethods]
impl MasterKey {
    /// The key of 32 bytes.
    ///
    /// Raises:
    ///     Invalid: another number of bytes.
    #[new]
    fn new(py: Python<'_>, key: &[u8]) -> PyResult<Self> {
        stopgap::MasterKey::from_slice(key).map(Self).or_raise(py)
    }

    /// The key of 64 hexadecimal digits.
    ///
    /// Raises:
    ///     Invalid: another number of digits, or other characters.
    #[staticmethod]
    fn from_hex(py: Python<'_>, text: Text<'_>) -> PyResult<Self> {
        stopgap::MasterKey::from_hex(&text).map(Self).or_raise(py)
    }

    /// A new key, of the operating system's random numbers; or of those of ``random``,
    /// which gives as many bytes as it is asked for, as ``os.urandom`` does.
    #[staticmethod]
    #[pyo3(signature = (*, random=None))]
    fn generate(py: Python<'_>, random: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let mut random = Random(py, random);
        stopgap::MasterKey::generate(&mut random)
            .map(Self)
            .or_raise(py)
    }

    /// The key of a tenant, derived from this one.
    ///
    /// Raises:
    ///     Invalid: the name is empty, longer than 256 bytes or not one line of text.
    fn tenant(&self, py: Python<'_>, tenant: Text<'_>) -> PyResult<Self> {
        self.0.tenant(&tenant).map(Self).or_raise(py)
    }

    /// The 32 bytes, for the place where the key is kept.
    fn reveal<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.reveal())
    }

    fn __repr__(&self) -> &'static str {
        "MasterKey(..)"
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled())
    }
}

/// What a machine and the server share: 32 bytes, derived from the master key for one
/// user on one machine.
///
/// A server derives it when it is needed (:meth:`Enrolment.key`). A machine gets it while
/// it is online, and keeps it where its users cannot read it.
///
/// >>> key = EnrolmentKey(bytes(32))
/// >>> key
/// EnrolmentKey(..)
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct EnrolmentKey(pub(crate) stopgap::EnrolmentKey);

#[pymethods]
impl EnrolmentKey {
    /// The key of 32 bytes.
    ///
    /// Raises:
    ///     Invalid: another number of bytes.
    #[new]
    fn new(py: Python<'_>, key: &[u8]) -> PyResult<Self> {
        stopgap::EnrolmentKey::from_slice(key)
            .map(Self)
            .or_raise(py)
    }

    /// The key of 64 hexadecimal digits.
    ///
    /// Raises:
    ///     Invalid: another number of digits, or other characters.
    #[staticmethod]
    fn from_hex(py: Python<'_>, text: Text<'_>) -> PyResult<Self> {
        stopgap::EnrolmentKey::from_hex(&text)
            .map(Self)
            .or_raise(py)
    }

    /// The 32 bytes, for the machine that is enrolled.
    fn reveal<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.reveal())
    }

    fn __repr__(&self) -> &'static str {
        "EnrolmentKey(..)"
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_pickled())
    }
}
