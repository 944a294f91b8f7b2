//! The methods of the sealed record of an online code.

use std::collections::HashMap;

use pyo3::{
    prelude::*,
    types::{PyBytes, PyFrozenSet, PyList},
};
use stopgap::{RecordTag, Refusal, Sealed};

use super::OnlineGrant;
use crate::{
    Result,
    code::Code,
    error::{OrRaise, Raise},
    format::CodeFormat,
    granted::Granted,
    key_ring::KeyRing,
    purposes::{frozenset, written},
    request::VerifyRequest,
    several::{Several, each, pair},
    text::quoted,
    time::{Instant, utc, utc_or_none},
};

#[pymethods]
impl OnlineGrant {
    /// The id of the record, a UUID that contains the time of issue.
    #[getter]
    fn id(&self) -> String {
        self.0.unverified().id.to_string()
    }

    /// The keyed digest of user and code, 32 bytes. Without the key, codes cannot be tested
    /// against it.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.unverified().digest.as_bytes())
    }

    /// The user.
    #[getter]
    fn user(&self) -> &str {
        self.0.unverified().user.as_str()
    }

    /// The format of the code.
    #[getter]
    fn format(&self) -> CodeFormat {
        CodeFormat(self.0.unverified().format)
    }

    /// The purposes.
    #[getter]
    fn purposes<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyFrozenSet>> {
        frozenset(py, self.0.unverified().purposes)
    }

    /// The time of issue, in UTC.
    #[getter]
    fn issued_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        utc(py, self.0.unverified().issued_at)
    }

    /// The instant from which the code is valid, in UTC; ``None`` if from issue.
    #[getter]
    fn not_before<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        utc_or_none(py, self.0.unverified().not_before)
    }

    /// The expiry, in UTC. At this instant the code has expired.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        utc(py, self.0.unverified().expires_at)
    }

    /// The number of uses allowed; ``None`` for any number.
    #[getter]
    fn max_uses(&self) -> Option<u32> {
        self.0.unverified().max_uses
    }

    /// The number of uses so far; 0 if they are not limited.
    #[getter]
    fn uses(&self) -> u32 {
        self.0.unverified().uses
    }

    /// The time of revocation, in UTC; ``None`` if the code was not revoked.
    #[getter]
    fn revoked_at<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        utc_or_none(py, self.0.unverified().revoked_at)
    }

    /// Verifies what a person typed, and counts a use if uses are limited. Store
    /// ``granted.record`` in place of this record before you act on the grant.
    ///
    /// The code is compared in constant time. Guard the call with a throttle
    /// (:meth:`Throttle.guard`). If a user may have several codes, use :meth:`verify_any`. If
    /// others share the store, replace the record only if the stored tag is still
    /// :attr:`tag`; otherwise load it again, and verify again.
    ///
    /// Raises:
    ///     TimeOutOfRange, InvalidName, Malformed, KeyMissing, Unknown, Tampered, Revoked,
    ///     WrongPurpose, NotYetValid, Expired, UsedUp: the first that applies, in this
    ///         order; from ``Tampered`` on only if the right code was typed.
    #[pyo3(signature = (key_ring, request, *, now))]
    fn verify(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        request: &VerifyRequest,
        now: Instant,
    ) -> Result<Granted> {
        self.verified(&key_ring.now(), request, now).or_raise(py)
    }

    /// Verifies a code that was read already, as :meth:`verify` does: for a caller that reads
    /// a text once, by :meth:`CodeFormat.normalize_any`. The text of the request is not
    /// looked at.
    ///
    /// Raises:
    ///     TimeOutOfRange, InvalidName, KeyMissing, Unknown, Tampered, Revoked, WrongPurpose,
    ///     NotYetValid, Expired, UsedUp: as :meth:`verify`.
    #[pyo3(signature = (key_ring, request, code, *, now))]
    fn check_code(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        request: &VerifyRequest,
        code: &Code,
        now: Instant,
    ) -> Result<Granted> {
        let request = request.core().map_err(Refusal::InvalidName).or_raise(py)?;
        self.0
            .check_code(&key_ring.now(), &request, &code.0, now.0)
            .map(Granted)
            .or_raise(py)
    }

    /// Verifies what a person typed against all codes of a user. Returns the index of the
    /// record whose code it is, and the grant.
    ///
    /// Raises:
    ///     Unknown: it is the code of no record, or there is no record.
    ///     Tampered, Revoked, WrongPurpose, NotYetValid, Expired, UsedUp: as :meth:`verify`,
    ///         for the record whose code was typed.
    ///     KeyMissing: the keys of all records that may fit are missing.
    ///     Malformed: the text fits the format of no record.
    ///     InvalidName, TimeOutOfRange: as :meth:`verify`.
    #[staticmethod]
    #[pyo3(signature = (records, key_ring, request, *, now))]
    fn verify_any(
        py: Python<'_>,
        records: Several<Self>,
        key_ring: &KeyRing,
        request: &VerifyRequest,
        now: Instant,
    ) -> Result<(usize, Granted)> {
        let records: Vec<_> = records.0.iter().map(|one| one.get().0.clone()).collect();
        let keys = key_ring.now();
        let request = request.core().map_err(Refusal::InvalidName).or_raise(py)?;
        let verdict = py.detach(|| Sealed::verify_any(&records, &keys, &request, now.0));
        let (index, granted) = verdict.or_raise(py)?;
        Ok((index, Granted(granted)))
    }

    /// Verifies many requests in one call: pairs of a record and the request for it. The list
    /// has the grant of each, or its refusal, which is not raised.
    ///
    /// If a record occurs twice, the second request sees the use that the first counted.
    ///
    /// Raises:
    ///     TypeError: an item is no such pair.
    #[staticmethod]
    #[pyo3(signature = (requests, key_ring, *, now))]
    fn verify_many<'py>(
        py: Python<'py>,
        requests: &Bound<'py, PyAny>,
        key_ring: &KeyRing,
        now: Instant,
    ) -> Result<Bound<'py, PyList>> {
        let read = |item: Bound<'py, PyAny>| pair(&item, "a record and a request");
        let requests: Vec<(Py<Self>, Py<VerifyRequest>)> = each(requests, read)?;
        let keys = key_ring.now();
        let verdicts = py.detach(|| {
            // The newest state of each record that was used, by the tag of the given one.
            let mut used: HashMap<RecordTag, Self> = HashMap::new();
            let verify = |(record, request): &(Py<Self>, Py<VerifyRequest>)| {
                let (record, request) = (record.get(), request.get());
                let tag = *record.0.tag();
                let mut verdict = record.verified(&keys, request, now);
                if let (Ok(_), Some(newest)) = (&verdict, used.get(&tag)) {
                    verdict = newest.verified(&keys, request, now);
                }
                let counted = verdict.as_ref().ok();
                if let Some(granted) = counted.filter(|granted| granted.0.uses_left.is_some()) {
                    used.insert(tag, granted.record());
                }
                Verdict(verdict)
            };
            let verdicts: Vec<_> = requests.iter().map(verify).collect();
            verdicts
        });
        PyList::new(py, verdicts)
    }

    /// Returns the record, revoked. Another revocation changes nothing: the first time stays.
    ///
    /// The caller must check that the actor may revoke codes: :meth:`Actor.may`.
    ///
    /// Raises:
    ///     TimeOutOfRange, KeyMissing, Tampered: nothing was revoked.
    #[pyo3(signature = (key_ring, *, now))]
    fn revoke(&self, py: Python<'_>, key_ring: &KeyRing, now: Instant) -> Result<Self> {
        self.0.revoke(&key_ring.now(), now.0).map(Self).or_raise(py)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let mut words = format!(
            "id='{}', key_id={}, digest=.., user={}, purposes={}, issued_at={}, expires_at={}",
            self.id(),
            self.0.unverified().key_id,
            quoted(py, self.user())?,
            written(py, self.0.unverified().purposes)?,
            self.issued_at(py)?.str()?,
            self.expires_at(py)?.str()?,
        );
        if let Some(first) = self.not_before(py)? {
            words = format!("{words}, not_before={}", first.str()?);
        }
        if let Some(most) = self.max_uses() {
            words = format!("{words}, max_uses={most}, uses={}", self.uses());
        }
        if let Some(revoked_at) = self.revoked_at(py)? {
            words = format!("{words}, revoked_at={}", revoked_at.str()?);
        }
        Ok(format!("OnlineGrant({words})"))
    }
}

impl OnlineGrant {
    fn verified(
        &self,
        keys: &stopgap::KeyRing,
        request: &VerifyRequest,
        now: Instant,
    ) -> Result<Granted, Refusal> {
        let request = request.core()?;
        self.0.verify(keys, &request, now.0).map(Granted)
    }
}

/// The outcome of one request of many.
struct Verdict(Result<Granted, Refusal>);

impl<'py> IntoPyObject<'py> for Verdict {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        match self.0 {
            Ok(granted) => Ok(Bound::new(py, granted)?.into_any()),
            Err(refusal) => Ok(refusal.raise(py).into_value(py).into_bound(py).into_any()),
        }
    }
}
