//! The record of an attempt to use a code.

use pyo3::{exceptions::PyTypeError, prelude::*, types::PyBytes};
use stopgap::{KeyId, Name, Purpose};

use crate::{
    Result,
    code::Code,
    error::OrRaise,
    key_ring::KeyRing,
    number::Whole,
    tag::Tag,
    text::{Text, quoted},
    word::{Member, Word},
};

/// An attempt to use an online code, and its answer. A store uses it to give a caller who
/// repeats the attempt the same answer.
///
/// The store keeps the attempt's id, the key's id, the answer in its own form, and the tag.
/// A caller who repeats the attempt passes the user, the purpose and the code again, and
/// gets the answer if :meth:`check_tag` finds all of them the same.
///
/// Raises:
///     InvalidName: the id or the user is no name.
///
/// >>> key_ring = KeyRing(1, MasterKey.generate())
/// >>> code = CodeFormat.ONLINE.normalize("3F9A-77C2-01BE")
/// >>> attempt = Attempt(
/// ...     key_id=key_ring.newest_id,
/// ...     id="5f0c",
/// ...     user="alice",
/// ...     purpose=Purpose.RESET,
/// ...     code=code,
/// ...     answer=b"granted",
/// ... )
/// >>> attempt.check_tag(key_ring, attempt.tag(key_ring))
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Attempt {
    key_id: KeyId,
    id: Name,
    user: Name,
    purpose: Purpose,
    code: Py<Code>,
    answer: Py<PyBytes>,
}

impl Attempt {
    fn with<T>(&self, py: Python<'_>, ask: impl FnOnce(&stopgap::Attempt<'_>) -> T) -> T {
        ask(&stopgap::Attempt {
            key_id: self.key_id,
            id: &self.id,
            user: &self.user,
            purpose: self.purpose,
            code: &self.code.get().0,
            answer: self.answer.as_bytes(py),
        })
    }
}

#[pymethods]
impl Attempt {
    #[new]
    #[pyo3(signature = (*, key_id, id, user, purpose, code, answer))]
    fn new(
        py: Python<'_>,
        key_id: Whole<u32>,
        id: Text<'_>,
        user: Text<'_>,
        purpose: Member<Purpose>,
        code: Py<Code>,
        answer: Py<PyBytes>,
    ) -> Result<Self> {
        Ok(Self {
            key_id: KeyId(key_id.0),
            id: id.name().or_raise(py)?,
            user: user.name().or_raise(py)?,
            purpose: purpose.0,
            code,
            answer,
        })
    }

    /// Computes the tag to store beside the answer: 32 bytes, which cover all fields.
    ///
    /// Raises:
    ///     KeyMissing: the ring does not hold the key.
    fn tag<'py>(&self, py: Python<'py>, key_ring: &KeyRing) -> Result<Bound<'py, PyBytes>> {
        let tag = self.with(py, |attempt| attempt.tag(&key_ring.now()));
        Ok(PyBytes::new(py, tag.or_raise(py)?.as_bytes()))
    }

    /// Checks the tag that was stored beside the answer, in constant time. Call it before
    /// the answer is given again.
    ///
    /// Raises:
    ///     KeyMissing: the ring does not hold the key.
    ///     Tampered: attempt, answer and tag do not belong together, or another code was
    ///         typed under the same id.
    fn check_tag(&self, py: Python<'_>, key_ring: &KeyRing, tag: Tag) -> Result<()> {
        let tag = tag.kept().or_raise(py)?;
        let check = self.with(py, |attempt| attempt.check_tag(&key_ring.now(), &tag));
        check.or_raise(py)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let purpose = self.purpose.member(py)?.str()?.to_string();
        Ok(format!(
            "Attempt(key_id={}, id={}, user={}, purpose={purpose}, code=.., answer=..)",
            self.key_id,
            quoted(py, self.id.as_str())?,
            quoted(py, self.user.as_str())?,
        ))
    }

    fn __reduce__(&self) -> Result<()> {
        Err(PyTypeError::new_err(
            "an attempt holds a code, and cannot be pickled or copied: store its tag",
        ))
    }
}
