//! The server's record of the secret that it shares with a machine.

use pyo3::{prelude::*, types::PyDict};
use stopgap::{KeyId, offline};

use crate::{
    Result,
    error::OrRaise,
    key::EnrolmentKey,
    key_ring::KeyRing,
    number::Whole,
    pickle::{Remade, remade_of},
    random::Random,
    record,
    text::{Text, quoted},
};

/// The server's record of the enrolment of one user on one machine. It holds no secret:
/// the key is derived from the server's master key when it is needed.
///
/// ``generation`` numbers the enrolments of this user on this machine. The server stores
/// the last one only, so a higher generation retires those before.
///
/// Raises:
///     InvalidName: ``user`` or ``machine`` is no name.
///
/// >>> ring = KeyRing(1, MasterKey.generate())
/// >>> enrolment = Enrolment.first(ring, "alice", "LAPTOP-17")
/// >>> enrolment
/// Enrolment(key_id=1, user='alice', machine='LAPTOP-17', generation=...)
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
            user: user.name().or_raise(py)?,
            machine: machine.name().or_raise(py)?,
            generation: generation.0,
        }))
    }

    /// Makes the first enrolment of a user on a machine, under the newest key. Its
    /// generation is random, below 2³¹: a new store under an old key does not bring back
    /// the enrolments of the old store.
    ///
    /// ``random`` is for tests: a function that returns as many bytes as it is asked for,
    /// as ``os.urandom`` does.
    ///
    /// Raises:
    ///     InvalidName: ``user`` or ``machine`` is no name.
    ///     StoreError: the operating system has no random numbers.
    #[staticmethod]
    #[pyo3(signature = (key_ring, user, machine, *, random=None))]
    fn first(
        py: Python<'_>,
        key_ring: &KeyRing,
        user: Text<'_>,
        machine: Text<'_>,
        random: Option<&Bound<'_, PyAny>>,
    ) -> Result<Self> {
        let user = user.named().or_raise(py)?;
        let machine = machine.named().or_raise(py)?;
        offline::Enrolment::new(&key_ring.now(), user, machine, &mut Random(py, random))
            .map(Self)
            .or_raise(py)
    }

    /// The id of the master key.
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

    /// The number of the enrolment, among those of this user on this machine.
    #[getter]
    fn generation(&self) -> u32 {
        self.0.generation
    }

    /// Returns the enrolment that follows this one, under the newest key. Store it in place
    /// of this one: requests with the machine's old key are answered no longer.
    ///
    /// Raises:
    ///     GenerationsExhausted: after 2³² of them.
    fn next(&self, py: Python<'_>, key_ring: &KeyRing) -> Result<Self> {
        self.0.next(&key_ring.now()).map(Self).or_raise(py)
    }

    /// Derives the key that the machine has.
    ///
    /// Raises:
    ///     KeyMissing: the ring does not hold the master key; with ``key_id``.
    fn key(&self, py: Python<'_>, key_ring: &KeyRing) -> Result<EnrolmentKey> {
        let keys = key_ring.now();
        let key = py.detach(|| self.0.key(&keys));
        key.map(EnrolmentKey).or_raise(py)
    }

    /// Returns plain values, to be stored: ``key_id``, ``user``, ``machine``,
    /// ``generation``.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &self.0)
    }

    /// Returns the enrolment of such a dict.
    ///
    /// Raises:
    ///     Invalid: the dict describes no enrolment.
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
