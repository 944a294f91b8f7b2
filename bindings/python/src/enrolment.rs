//! What a server keeps of the secret that it shares with a machine.

use pyo3::{prelude::*, types::PyDict};
use stopgap::{KeyId, Name, offline};

use crate::{
    Result,
    error::OrRaise,
    key::EnrolmentKey,
    key_ring::KeyRing,
    number::Whole,
    pickle::{Remade, remade_of},
    record,
    text::{Text, quoted},
};

/// The enrolment of one user on one machine, as a server keeps it. It holds no secret:
/// the key is derived from the server's master key when it is needed.
///
/// ``generation`` says which enrolment of the two it is, from 0; the server keeps the
/// latest alone, so a higher one retires those before.
///
/// Raises:
///     Invalid: ``user`` or ``machine`` is no name, which has 1 to 255 bytes of UTF-8
///         without control characters.
///
/// >>> ring = KeyRing(1, MasterKey.generate())
/// >>> enrolment = Enrolment.first(ring, "alice", "LAPTOP-17")
/// >>> enrolment
/// Enrolment(key_id=1, user='alice', machine='LAPTOP-17', generation=0)
/// >>> enrolment.key(ring)
/// EnrolmentKey(..)
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Enrolment(pub(crate) offline::Enrolment);

#[pymethods]
impl Enrolment {
    #[new]
    #[pyo3(signature = (*, key_id, user, machine, generation))]
    fn new(
        py: Python<'_>,
        key_id: Whole<u32>,
        user: Text<'_>,
        machine: Text<'_>,
        generation: Whole<u32>,
    ) -> Result<Self> {
        Ok(Self(offline::Enrolment {
            key_id: KeyId(key_id.0),
            user: Name::new(user.into_owned()).or_raise(py)?,
            machine: Name::new(machine.into_owned()).or_raise(py)?,
            generation: generation.0,
        }))
    }

    /// The first enrolment of a user on a machine, under the newest key.
    ///
    /// Raises:
    ///     Invalid: either is no name.
    #[staticmethod]
    fn first(
        py: Python<'_>,
        key_ring: &KeyRing,
        user: Text<'_>,
        machine: Text<'_>,
    ) -> Result<Self> {
        offline::Enrolment::new(&key_ring.now(), &user, &machine)
            .map(Self)
            .or_raise(py)
    }

    /// The master key that it is derived from.
    #[getter]
    fn key_id(&self) -> u32 {
        self.0.key_id.0
    }

    /// The user.
    #[getter]
    fn user(&self) -> &str {
        self.0.user.as_str()
    }

    /// The machine.
    #[getter]
    fn machine(&self) -> &str {
        self.0.machine.as_str()
    }

    /// Which enrolment of the two it is, from 0.
    #[getter]
    fn generation(&self) -> u32 {
        self.0.generation
    }

    /// The enrolment that follows this one, under the newest key. Keep it in place of
    /// this one: the machine's old key answers no request any more.
    ///
    /// Raises:
    ///     GenerationsExhausted: after 2³² of them.
    fn next(&self, py: Python<'_>, key_ring: &KeyRing) -> Result<Self> {
        self.0.next(&key_ring.now()).map(Self).or_raise(py)
    }

    /// The secret that the machine has.
    ///
    /// Raises:
    ///     KeyMissing: the ring does not hold its master key; with ``key_id``.
    fn key(&self, py: Python<'_>, key_ring: &KeyRing) -> Result<EnrolmentKey> {
        let keys = key_ring.now();
        let key = py.detach(|| self.0.key(&keys));
        key.map(EnrolmentKey).or_raise(py)
    }

    /// Plain values, to be kept: ``key_id``, ``user``, ``machine``, ``generation``.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &self.0)
    }

    /// The enrolment of such a dict.
    ///
    /// Raises:
    ///     Invalid: it describes none.
    #[staticmethod]
    fn from_dict(record: &Bound<'_, PyDict>) -> Result<Self> {
        record::from_dict(record).map(Self)
    }

    pub(crate) fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "Enrolment(key_id={}, user={}, machine={}, generation={})",
            self.key_id(),
            quoted(py, self.user())?,
            quoted(py, self.machine())?,
            self.generation()
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        remade_of(slf, slf.get().to_dict(slf.py())?)
    }
}
