//! Keys.

use pyo3::{exceptions::PyTypeError, prelude::*, types::PyBytes};
use stopgap::Purpose;

use crate::{
    Result, alphabet::Alphabet, code::Code, error::OrRaise, number::Whole, octets::Octets,
    random::Random, request_code::RequestCode, text::Text, validity::Validity, word::Member,
};

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
    fn new(py: Python<'_>, key: Octets) -> Result<Self> {
        stopgap::MasterKey::from_slice(&key).map(Self).or_raise(py)
    }

    /// The key of 64 hexadecimal digits.
    ///
    /// Raises:
    ///     Invalid: another number of digits, or other characters.
    #[staticmethod]
    fn from_hex(py: Python<'_>, text: Text<'_>) -> Result<Self> {
        stopgap::MasterKey::from_hex(&text).map(Self).or_raise(py)
    }

    /// A new key, of the operating system's random numbers; or of those of ``random``,
    /// which gives as many bytes as it is asked for, as ``os.urandom`` does.
    #[staticmethod]
    #[pyo3(signature = (*, random=None))]
    fn generate(py: Python<'_>, random: Option<&Bound<'_, PyAny>>) -> Result<Self> {
        let mut random = Random(py, random);
        stopgap::MasterKey::generate(&mut random)
            .map(Self)
            .or_raise(py)
    }

    /// The key of a tenant, derived from this one.
    ///
    /// Raises:
    ///     Invalid: the name is empty, longer than 256 bytes or not one line of text.
    fn tenant(&self, py: Python<'_>, tenant: Text<'_>) -> Result<Self> {
        self.0.tenant(&tenant).map(Self).or_raise(py)
    }

    /// The 32 bytes, for the place where the key is kept.
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
    fn new(py: Python<'_>, key: Octets) -> Result<Self> {
        stopgap::EnrolmentKey::from_slice(&key)
            .map(Self)
            .or_raise(py)
    }

    /// The key of 64 hexadecimal digits.
    ///
    /// Raises:
    ///     Invalid: another number of digits, or other characters.
    #[staticmethod]
    fn from_hex(py: Python<'_>, text: Text<'_>) -> Result<Self> {
        stopgap::EnrolmentKey::from_hex(&text)
            .map(Self)
            .or_raise(py)
    }

    /// The 32 bytes, for the machine that is enrolled.
    fn reveal<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.reveal())
    }

    /// The request code of a minute, as :func:`minute_of` gives it.
    #[pyo3(signature = (minute, *, alphabet=&Alphabet::UNAMBIGUOUS))]
    fn request_code(&self, minute: Whole<i64>, alphabet: &Alphabet) -> RequestCode {
        RequestCode(self.0.request_code(minute.0, &alphabet.0))
    }

    /// The OCRA data input of an offline code, 236 bytes: what an OCRA library is to be
    /// given, or computes itself, to check one (RFC 6287, section 5.1).
    fn ocra_data_input<'py>(
        &self,
        py: Python<'py>,
        minute: Whole<i64>,
        purpose: Member<Purpose>,
        validity: &Validity,
    ) -> Bound<'py, PyBytes> {
        let input = self.0.ocra_data_input(minute.0, purpose.0, validity.0);
        PyBytes::new(py, &input)
    }

    /// The offline code that answers the request code of a minute, for any purpose.
    /// :meth:`OfflinePolicy.answer` is the one that checks.
    #[pyo3(signature = (minute, purpose, validity, *, alphabet=&Alphabet::UNAMBIGUOUS))]
    fn offline_code(
        &self,
        minute: Whole<i64>,
        purpose: Member<Purpose>,
        validity: &Validity,
        alphabet: &Alphabet,
    ) -> Code {
        let (purpose, validity) = (purpose.0, validity.0);
        Code(
            self.0
                .offline_code(minute.0, purpose, validity, &alphabet.0),
        )
    }

    fn __repr__(&self) -> &'static str {
        "EnrolmentKey(..)"
    }

    fn __reduce__(&self) -> Result<()> {
        Err(not_pickled())
    }
}
