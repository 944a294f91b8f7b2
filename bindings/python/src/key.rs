//! Keys.

use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyBytes, PyString},
};
use stopgap::Purpose;

use crate::{
    Result, alphabet::Alphabet, code::Code, error::OrRaise, number::Whole, octets::Octets,
    random::Random, request_code::RequestCode, text::Text, validity::Given, word::Member,
};

fn not_pickled() -> PyErr {
    PyTypeError::new_err("a key cannot be pickled or copied: call reveal()")
}

/// Reads the bytes of a key. Text is refused, because it may be in any form.
fn bytes_of(key: &Bound<'_, PyAny>, class: &str) -> Result<Octets> {
    if key.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(format!(
            "bytes are expected, not str; {class}.from_hex reads a key in hexadecimal digits"
        )));
    }
    key.extract()
}

/// A master key: 32 random bytes that never leave the server. All codes are as secret as
/// this key.
///
/// >>> key = MasterKey.generate()
/// >>> key
/// MasterKey(..)
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct MasterKey(pub(crate) stopgap::MasterKey);

#[pymethods]
impl MasterKey {
    /// Makes a key of 32 bytes.
    ///
    /// Raises:
    ///     Invalid: another number of bytes.
    #[new]
    fn new(py: Python<'_>, key: &Bound<'_, PyAny>) -> Result<Self> {
        let key = bytes_of(key, "MasterKey")?;
        stopgap::MasterKey::from_slice(&key).map(Self).or_raise(py)
    }

    /// Reads a key of 64 hexadecimal digits.
    ///
    /// Raises:
    ///     Invalid: another number of digits, or other characters.
    #[staticmethod]
    fn from_hex(py: Python<'_>, text: Text<'_>) -> Result<Self> {
        stopgap::MasterKey::from_hex(&text).map(Self).or_raise(py)
    }

    /// Makes a new key from the operating system's random numbers, or from ``random``, a
    /// function that returns as many bytes as it is asked for, as ``os.urandom`` does.
    #[staticmethod]
    #[pyo3(signature = (*, random=None))]
    fn generate(py: Python<'_>, random: Option<&Bound<'_, PyAny>>) -> Result<Self> {
        let mut random = Random(py, random);
        stopgap::MasterKey::generate(&mut random)
            .map(Self)
            .or_raise(py)
    }

    /// Derives the key of a tenant.
    ///
    /// Raises:
    ///     InvalidName: the text is no name.
    fn tenant(&self, py: Python<'_>, tenant: Text<'_>) -> Result<Self> {
        let tenant = tenant.name().or_raise(py)?;
        Ok(Self(self.0.tenant(&tenant)))
    }

    /// Returns the 32 bytes, for the place where the key is stored.
    fn reveal<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.reveal())
    }

    fn __repr__(&self) -> &'static str {
        "MasterKey(..)"
    }

    fn __reduce__(&self) -> Result<()> {
        Err(not_pickled())
    }
}

/// The secret that a machine and the server share: 32 bytes, derived from the master key
/// for one user on one machine.
///
/// A server derives it when it is needed (:meth:`Enrolment.key`). A machine gets it while
/// it is online, and stores it where the machine's users cannot read it.
///
/// >>> key = EnrolmentKey(bytes(32))
/// >>> key
/// EnrolmentKey(..)
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct EnrolmentKey(pub(crate) stopgap::EnrolmentKey);

#[pymethods]
impl EnrolmentKey {
    /// Makes a key of 32 bytes.
    ///
    /// Raises:
    ///     Invalid: another number of bytes.
    #[new]
    fn new(py: Python<'_>, key: &Bound<'_, PyAny>) -> Result<Self> {
        let key = bytes_of(key, "EnrolmentKey")?;
        stopgap::EnrolmentKey::from_slice(&key)
            .map(Self)
            .or_raise(py)
    }

    /// Reads a key of 64 hexadecimal digits.
    ///
    /// Raises:
    ///     Invalid: another number of digits, or other characters.
    #[staticmethod]
    fn from_hex(py: Python<'_>, text: Text<'_>) -> Result<Self> {
        stopgap::EnrolmentKey::from_hex(&text)
            .map(Self)
            .or_raise(py)
    }

    /// Returns the 32 bytes, for the machine that is enrolled.
    fn reveal<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.reveal())
    }

    /// Returns the request code of a minute of :func:`minute_of`.
    #[pyo3(signature = (minute, *, alphabet=&Alphabet::UNAMBIGUOUS))]
    fn request_code(&self, minute: Whole<i64>, alphabet: &Alphabet) -> RequestCode {
        RequestCode(self.0.request_code(minute.0, &alphabet.0))
    }

    /// Returns the OCRA data input of an offline code, 236 bytes (RFC 6287, section 5.1).
    ///
    /// Raises:
    ///     Invalid: the validity is in minutes or hours (``offline_validity``).
    fn ocra_data_input<'py>(
        &self,
        py: Python<'py>,
        minute: Whole<i64>,
        purpose: Member<Purpose>,
        validity: Given,
    ) -> Result<Bound<'py, PyBytes>> {
        let input = self.0.ocra_data_input(minute.0, purpose.0, validity.0);
        Ok(PyBytes::new(py, &input.or_raise(py)?))
    }

    /// Returns the offline code that answers the request code of a minute, for any purpose.
    /// :meth:`OfflinePolicy.answer` checks the purpose and more.
    ///
    /// Raises:
    ///     Invalid: the validity is in minutes or hours (``offline_validity``).
    #[pyo3(signature = (minute, purpose, validity, *, alphabet=&Alphabet::UNAMBIGUOUS))]
    fn offline_code(
        &self,
        py: Python<'_>,
        minute: Whole<i64>,
        purpose: Member<Purpose>,
        validity: Given,
        alphabet: &Alphabet,
    ) -> Result<Code> {
        let (purpose, validity) = (purpose.0, validity.0);
        self.0
            .offline_code(minute.0, purpose, validity, &alphabet.0)
            .map(Code)
            .or_raise(py)
    }

    fn __repr__(&self) -> &'static str {
        "EnrolmentKey(..)"
    }

    fn __reduce__(&self) -> Result<()> {
        Err(not_pickled())
    }
}
