//! The sealed record of a machine: the enrolment of a user on it.

use pyo3::prelude::*;
use stopgap::{Sealed, offline};

use crate::{
    Result,
    error::OrRaise,
    key::EnrolmentKey,
    key_ring::KeyRing,
    number::Whole,
    random::Random,
    text::{Text, quoted},
    time::{Instant, utc, utc_or_none},
};

/// The server's record of the enrolment of one user on one machine, and its tag. It holds no
/// secret: the key is derived from the server's master key when it is needed.
///
/// ``generation`` numbers the enrolments of this user on this machine. The server stores the
/// last one only, so the next one retires those before. The attributes are the fields as they
/// are stored, *unverified*: :meth:`open` checks the tag, and so do :meth:`key`,
/// :meth:`next`, :meth:`retire` and :meth:`OfflinePolicy.answer`. Equal records have equal fields and tags.
///
/// >>> from datetime import datetime, timezone
/// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
/// >>> key_ring = KeyRing(1, MasterKey.generate())
/// >>> enrolment = Enrolment.first(key_ring, "alice", "LAPTOP-17", now=now)
/// >>> enrolment.key(key_ring)
/// EnrolmentKey(..)
/// >>> enrolment.retire(key_ring, now=now).key(key_ring)
/// Traceback (most recent call last):
///     ...
/// stopgap.errors.Revoked: the code was revoked at 2026-11-21 15:00:00 UTC
#[pyclass(frozen, module = "stopgap")]
#[derive(Clone)]
pub(crate) struct Enrolment(pub(crate) Sealed<offline::Enrolment>);

#[pymethods]
impl Enrolment {
    /// Returns the first enrolment of a user on a machine, under the primary key. Its
    /// generation is random, below 2³¹: a new store under an old key does not bring back the
    /// enrolments of the old store.
    ///
    /// ``random`` is for tests: a function that returns as many bytes as it is asked for, as
    /// ``os.urandom`` does.
    ///
    /// Raises:
    ///     InvalidName: ``user`` or ``machine`` is no name.
    ///     TimeOutOfRange: now is outside the years 1 to 9999.
    ///     StoreError: the operating system has no random numbers.
    #[staticmethod]
    #[pyo3(signature = (key_ring, user, machine, *, now, random=None))]
    fn first(
        py: Python<'_>,
        key_ring: &KeyRing,
        user: Text<'_>,
        machine: Text<'_>,
        now: Instant,
        random: Option<&Bound<'_, PyAny>>,
    ) -> Result<Self> {
        let user = user.named().or_raise(py)?;
        let machine = machine.named().or_raise(py)?;
        let mut random = Random(py, random);
        offline::Enrolment::new(&key_ring.now(), user, machine, now.0, &mut random)
            .map(Self)
            .or_raise(py)
    }

    /// Returns the enrolment that another server has, sealed under the primary key: for a
    /// migration. Pass the values that the other server is known to have, not those of a
    /// record whose tag was not checked.
    ///
    /// Raises:
    ///     InvalidName: ``user`` or ``machine`` is not a valid name.
    ///     TimeOutOfRange: ``enrolled_at`` is outside the years 1 to 9999.
    #[staticmethod]
    #[pyo3(signature = (key_ring, *, user, machine, generation, enrolled_at))]
    fn migrate(
        py: Python<'_>,
        key_ring: &KeyRing,
        user: Text<'_>,
        machine: Text<'_>,
        generation: Whole<u32>,
        enrolled_at: Instant,
    ) -> Result<Self> {
        let (user, machine) = (user.name().or_raise(py)?, machine.name().or_raise(py)?);
        let keys = key_ring.now();
        offline::Enrolment::migrate(&keys, user, machine, generation.0, enrolled_at.0)
            .map(Self)
            .or_raise(py)
    }

    /// The user.
    #[getter]
    fn user(&self) -> &str {
        self.0.unverified().user.as_str()
    }

    /// The machine.
    #[getter]
    fn machine(&self) -> &str {
        self.0.unverified().machine.as_str()
    }

    /// The number of the enrolment, among those of this user on this machine.
    #[getter]
    fn generation(&self) -> u32 {
        self.0.unverified().generation
    }

    /// The time of the enrolment, in UTC.
    #[getter]
    fn enrolled_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        utc(py, self.0.unverified().enrolled_at)
    }

    /// The time at which it was retired, in UTC; ``None`` if it was not.
    #[getter]
    fn retired_at<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        utc_or_none(py, self.0.unverified().retired_at)
    }

    /// Returns the enrolment that follows this one, under the primary key. Store it in place
    /// of this one: the machine's old key answers no request any more.
    ///
    /// Raises:
    ///     KeyMissing, Tampered: the record cannot be believed.
    ///     Invalid: there is no generation after 2³² − 1 (``no_generation``).
    ///     TimeOutOfRange: now is outside the years 1 to 9999.
    #[pyo3(signature = (key_ring, *, now))]
    fn next(&self, py: Python<'_>, key_ring: &KeyRing, now: Instant) -> Result<Self> {
        self.0.next(&key_ring.now(), now.0).map(Self).or_raise(py)
    }

    /// Returns the enrolment, retired: its requests are not answered any more. Retiring it
    /// again changes nothing: the first time stays.
    ///
    /// Raises:
    ///     TimeOutOfRange, KeyMissing, Tampered: nothing was retired.
    #[pyo3(signature = (key_ring, *, now))]
    fn retire(&self, py: Python<'_>, key_ring: &KeyRing, now: Instant) -> Result<Self> {
        self.0.retire(&key_ring.now(), now.0).map(Self).or_raise(py)
    }

    /// Derives the key that the machine has.
    ///
    /// Raises:
    ///     KeyMissing: the ring does not hold the master key; with ``key_id``.
    ///     Tampered: record and tag do not fit.
    ///     Revoked: the enrolment was retired.
    fn key(&self, py: Python<'_>, key_ring: &KeyRing) -> Result<EnrolmentKey> {
        let keys = key_ring.now();
        let key = py.detach(|| self.0.key(&keys));
        key.map(EnrolmentKey).or_raise(py)
    }

    pub(crate) fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let retired_at = match self.retired_at(py)? {
            Some(retired_at) => format!(", retired_at={}", retired_at.str()?),
            None => String::new(),
        };
        Ok(format!(
            "Enrolment(key_id={}, user={}, machine={}, generation={}, enrolled_at={}{retired_at})",
            self.0.unverified().key_id,
            quoted(py, self.user())?,
            quoted(py, self.machine())?,
            self.generation(),
            self.enrolled_at(py)?.str()?,
        ))
    }
}
