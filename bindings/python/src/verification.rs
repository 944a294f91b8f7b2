//! The sealed record of a verification under an idempotency key.

use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict},
};
use stopgap::{Refusal, Sealed};

use crate::{
    Result,
    code::Code,
    error::OrRaise,
    key_ring::KeyRing,
    number::Whole,
    octets::Octets,
    pickle::{Remade, remade_of},
    record,
    request::VerifyRequest,
    text::quoted,
    time::{Instant, utc},
    word::{self, Word},
};

/// The time for which an answer is replayed: ``replay_seconds``, 600 by default, and at most
/// 86,400.
///
/// >>> ReplayPolicy(replay_seconds=60)
/// ReplayPolicy(replay_seconds=60)
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReplayPolicy(pub(crate) stopgap::ReplayPolicy);

impl std::hash::Hash for ReplayPolicy {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.replay_seconds.hash(state);
    }
}

#[pymethods]
impl ReplayPolicy {
    #[new]
    #[pyo3(signature = (*, replay_seconds=Whole(600)))]
    #[pyo3(text_signature = "(*, replay_seconds=600)")]
    fn new(replay_seconds: Whole<u32>) -> Self {
        let replay_seconds = replay_seconds.0;
        Self(stopgap::ReplayPolicy { replay_seconds })
    }

    /// The seconds for which an answer is replayed.
    #[getter]
    fn replay_seconds(&self) -> u32 {
        self.0.replay_seconds
    }

    /// Returns the policy as a dict of numbers.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &self.0)
    }

    /// Returns the policy of such a dict; a missing value is the default.
    ///
    /// Raises:
    ///     Invalid: the dict describes no policy.
    #[staticmethod]
    fn from_dict(record: &Bound<'_, PyDict>) -> Result<Self> {
        record::from_dict(record).map(Self)
    }

    fn __repr__(&self) -> String {
        format!("ReplayPolicy(replay_seconds={})", self.replay_seconds())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        remade_of(slf, slf.get().to_dict(slf.py())?)
    }
}

/// The record of a verification under an idempotency key, and its tag. A store keeps it, so
/// that a caller who repeats the request gets the same answer. A :class:`Registry` does so
/// itself.
///
/// The attributes are the fields as they are stored, *unverified*: :meth:`replay` checks the
/// tag, and so does :meth:`open`. Equal records have equal fields and tags.
///
/// >>> from datetime import datetime, timedelta, timezone
/// >>> key_ring = KeyRing(1, MasterKey.generate())
/// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
/// >>> typed = "3F9A-77C2-01BE"
/// >>> code = CodeFormat.ONLINE.normalize(typed)
/// >>> request = VerifyRequest("alice", typed, Purpose.RESET, idempotency_key="5f0c")
/// >>> record = Verification.seal(key_ring, request, code, b"granted", now=now)
/// >>> record.replay(key_ring, request, code, now=now)
/// b'granted'
/// >>> record.replay(key_ring, request, code, now=now + timedelta(minutes=10))
/// Traceback (most recent call last):
///     ...
/// stopgap.errors.IdempotencyKeyExpired: the idempotency key has expired; use a new one
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Verification(pub(crate) Sealed<stopgap::Verification>);

#[pymethods]
impl Verification {
    /// Seals the answer to a request that has an idempotency key. ``answer`` is in your own
    /// form, and ``code`` is what was read from the request's text.
    ///
    /// Raises:
    ///     TimeOutOfRange, InvalidName: the time or the user is refused.
    ///     InvalidIdempotencyKey: the request has no key of 1 to 255 bytes.
    #[staticmethod]
    #[pyo3(signature = (key_ring, request, code, answer, *, now))]
    fn seal(
        py: Python<'_>,
        key_ring: &KeyRing,
        request: &VerifyRequest,
        code: &Code,
        answer: Octets,
        now: Instant,
    ) -> Result<Self> {
        let request = request.core().map_err(Refusal::InvalidName).or_raise(py)?;
        stopgap::Verification::seal(&key_ring.now(), &request, &code.0, &answer, now.0)
            .map(Self)
            .or_raise(py)
    }

    /// The user.
    #[getter]
    fn user(&self) -> &str {
        self.0.unverified().user.as_str()
    }

    /// The idempotency key.
    #[getter]
    fn idempotency_key(&self) -> &str {
        &self.0.unverified().idempotency_key
    }

    /// The purpose.
    #[getter]
    fn purpose<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.0.unverified().purpose.member(py)
    }

    /// The keyed digest of user and code, 32 bytes.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.unverified().digest.as_bytes())
    }

    /// The time of the answer, in UTC.
    #[getter]
    fn answered_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        utc(py, self.0.unverified().answered_at)
    }

    /// The answer, in the store's own form.
    #[getter]
    fn answer<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.unverified().answer)
    }

    /// Returns the answer to a request that is repeated. A granted answer must not be
    /// replayed if the code was revoked or has expired since: look at its record.
    ///
    /// Raises:
    ///     TimeOutOfRange, InvalidName, InvalidIdempotencyKey, KeyMissing: the request cannot
    ///         be answered.
    ///     Tampered: record and tag do not fit, or the record is of another user or key.
    ///     IdempotencyKeyExpired: the answer is too old; the key is spent.
    ///     IdempotencyKeyReused: the key was used for another code or purpose.
    #[pyo3(
        signature = (key_ring, request, code, *, now, policy=None),
        text_signature = "($self, key_ring, request, code, *, now, policy=...)"
    )]
    fn replay<'py>(
        &self,
        py: Python<'py>,
        key_ring: &KeyRing,
        request: &VerifyRequest,
        code: &Code,
        now: Instant,
        policy: Option<&ReplayPolicy>,
    ) -> Result<Bound<'py, PyBytes>> {
        let request = request.core().map_err(Refusal::InvalidName).or_raise(py)?;
        let policy = policy.map(|policy| policy.0).unwrap_or_default();
        let keys = key_ring.now();
        let answer = self.0.replay(&keys, &request, &code.0, &policy, now.0);
        Ok(PyBytes::new(py, answer.or_raise(py)?))
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "Verification(key_id={}, user={}, idempotency_key={}, purpose={}, digest=.., \
            answered_at={}, answer=..)",
            self.0.unverified().key_id,
            quoted(py, self.user())?,
            quoted(py, self.idempotency_key())?,
            word::written(&self.purpose(py)?)?,
            self.answered_at(py)?.str()?,
        ))
    }
}
