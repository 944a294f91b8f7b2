//! The methods of an online code's record.

use std::{collections::HashMap, sync::Arc};

use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict, PyFrozenSet, PyList},
};
use stopgap::{CodeDigest, KeyId, Purpose, Refusal};

use super::OnlineGrant;
use crate::{
    Result,
    error::{self, OrRaise, Raise},
    format::CodeFormat,
    granted::Granted,
    key_ring::KeyRing,
    number::Whole,
    octets::Octets,
    pickle::{Remade, remade_of},
    purposes::{Purposes, frozenset, written},
    record,
    several::Several,
    tag::Tag,
    text::{Held, Text, quoted},
    time::{Instant, utc, utc_or_none},
    word::Member,
};

impl OnlineGrant {
    /// Verifies a code. The record is copied only if a use is counted.
    fn verified(
        &self,
        keys: &stopgap::KeyRing,
        user: &Text<'_>,
        typed: &str,
        purpose: Purpose,
        now: Instant,
    ) -> Result<Granted, Refusal> {
        let grant = &self.0;
        let user = user.named().map_err(Refusal::InvalidName)?;
        if grant.max_uses.is_none() {
            let granted = grant.check(keys, user, typed, purpose, now.0)?;
            return Ok(Granted::of(granted, Arc::clone(grant)));
        }
        let mut grant = stopgap::OnlineGrant::clone(grant);
        let granted = grant.verify(keys, user, typed, purpose, now.0)?;
        Ok(Granted::of(granted, Arc::new(grant)))
    }
}

#[pymethods]
impl OnlineGrant {
    #[new]
    #[pyo3(signature = (
        *,
        key_id,
        digest,
        user,
        issued_at,
        expires_at,
        purposes=Purposes::ALL,
        format=None,
        not_before=None,
        max_uses=None,
        uses=Whole(0),
        revoked_at=None,
    ))]
    #[pyo3(
        text_signature = "(*, key_id, digest, user, issued_at, expires_at, purposes=..., \
        format=..., not_before=None, max_uses=None, uses=0, revoked_at=None)"
    )]
    #[expect(
        clippy::similar_names,
        clippy::too_many_arguments,
        reason = "each has its name in Python"
    )]
    fn make(
        py: Python<'_>,
        key_id: Whole<u32>,
        digest: Octets,
        user: Text<'_>,
        issued_at: Instant,
        expires_at: Instant,
        purposes: Purposes,
        format: Option<&CodeFormat>,
        not_before: Option<Instant>,
        max_uses: Option<Whole<u32>>,
        uses: Whole<u32>,
        revoked_at: Option<Instant>,
    ) -> Result<Self> {
        let found = digest.len();
        let digest = (*digest).try_into().map_err(|_| {
            let message = format!("a digest is 32 bytes, not {found}");
            error::invalid(py, "digest", &message)
        })?;
        Ok(Self::new(stopgap::OnlineGrant {
            key_id: KeyId(key_id.0),
            digest: CodeDigest::from_bytes(digest),
            user: user.name().or_raise(py)?,
            format: format.map_or(stopgap::CodeFormat::ONLINE, |format| format.0),
            purposes: purposes.0,
            issued_at: issued_at.0,
            not_before: not_before.map(|first| first.0),
            expires_at: expires_at.0,
            max_uses: max_uses.map(|most| most.0),
            uses: uses.0,
            revoked_at: revoked_at.map(|revoked_at| revoked_at.0),
        }))
    }

    /// The id of the key that made the digest.
    #[getter]
    fn key_id(&self) -> u32 {
        self.0.key_id.0
    }

    /// The keyed digest of user and code, 32 bytes. Codes cannot be tried against it without
    /// the key.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.digest.as_bytes())
    }

    /// The user.
    #[getter]
    fn user(&self) -> &str {
        self.0.user.as_str()
    }

    /// The code's format.
    #[getter]
    fn format(&self) -> CodeFormat {
        CodeFormat(self.0.format)
    }

    /// The purposes.
    #[getter]
    fn purposes<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyFrozenSet>> {
        frozenset(py, self.0.purposes)
    }

    /// The instant of issue, in UTC.
    #[getter]
    fn issued_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        utc(py, self.0.issued_at)
    }

    /// The instant from which the code is valid, in UTC; ``None`` if from issue.
    #[getter]
    fn not_before<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        utc_or_none(py, self.0.not_before)
    }

    /// The expiry, in UTC. At this instant the code has expired.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        utc(py, self.0.expires_at)
    }

    /// The number of uses; ``None`` for any number.
    #[getter]
    fn max_uses(&self) -> Option<u32> {
        self.0.max_uses
    }

    /// The uses so far; 0 if they are not limited.
    #[getter]
    fn uses(&self) -> u32 {
        self.0.uses
    }

    /// The instant of revocation, in UTC; ``None`` if the code was not revoked.
    #[getter]
    fn revoked_at<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        utc_or_none(py, self.0.revoked_at)
    }

    /// Verifies the code that a person typed. ``granted.grant`` is the record with the use
    /// counted: store it before you act on the grant.
    ///
    /// The code is compared in constant time. Guard the call with a throttle
    /// (:meth:`Throttle.guard`). If the user may have several codes, use
    /// :meth:`verify_any`. If others share the store, count a use in one conditional
    /// statement (``... WHERE uses < max_uses``); if it changes no row, the code is used up.
    ///
    /// Raises:
    ///     InvalidName, TimeOutOfRange, Malformed, KeyMissing, Unknown, Revoked,
    ///     WrongPurpose, NotYetValid, Expired, UsedUp: the first that applies, in this
    ///         order; from ``Revoked`` on only if the right code was typed.
    #[pyo3(signature = (key_ring, user, typed, purpose, *, now))]
    fn verify(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        user: Text<'_>,
        typed: Text<'_>,
        purpose: Member<Purpose>,
        now: Instant,
    ) -> Result<Granted> {
        self.verified(&key_ring.now(), &user, &typed, purpose.0, now)
            .or_raise(py)
    }

    /// Verifies the code that a person typed against all records of the user. Returns the
    /// index of the record whose code it is, and the grant.
    ///
    /// Raises:
    ///     Unknown: it is the code of no record, or there is no record.
    ///     Revoked, WrongPurpose, NotYetValid, Expired, UsedUp: as :meth:`verify`, for the
    ///         record whose code was typed.
    ///     KeyMissing: the keys of all records that may fit are missing.
    ///     InvalidName, Malformed, TimeOutOfRange: as :meth:`verify`.
    #[staticmethod]
    #[pyo3(signature = (grants, key_ring, user, typed, purpose, *, now))]
    fn verify_any(
        py: Python<'_>,
        grants: Several<Self>,
        key_ring: &KeyRing,
        user: Text<'_>,
        typed: Text<'_>,
        purpose: Member<Purpose>,
        now: Instant,
    ) -> Result<(usize, Granted)> {
        let copied = |grant: &Py<Self>| stopgap::OnlineGrant::clone(&grant.get().0);
        let mut grants: Vec<_> = grants.0.iter().map(copied).collect();
        let keys = key_ring.now();
        let user = user.named().map_err(Refusal::InvalidName).or_raise(py)?;
        let typed = &*typed;
        let (index, granted) = py
            .detach(|| {
                stopgap::OnlineGrant::verify_any(&mut grants, &keys, user, typed, purpose.0, now.0)
            })
            .or_raise(py)?;
        let grant = Arc::new(grants.swap_remove(index));
        Ok((index, Granted::of(granted, grant)))
    }

    /// Verifies many attempts in one call. An attempt is a record, a user and the text that
    /// was typed. The list has the grant of each, or its refusal, which is not raised.
    ///
    /// If a record occurs twice, the second attempt sees the use that the first counted.
    ///
    /// Raises:
    ///     TypeError: an item is no attempt.
    #[staticmethod]
    #[pyo3(signature = (attempts, key_ring, purpose, *, now))]
    fn verify_many<'py>(
        py: Python<'py>,
        attempts: &Bound<'py, PyAny>,
        key_ring: &KeyRing,
        purpose: Member<Purpose>,
        now: Instant,
    ) -> Result<Bound<'py, PyList>> {
        let converted = |attempt: Result<Bound<'py, PyAny>>| attempt?.extract();
        let attempts = attempts.try_iter()?.map(converted);
        let attempts: Vec<(Py<Self>, Held, Held)> = attempts.collect::<Result<_>>()?;
        let keys = key_ring.now();
        let verdicts = py.detach(|| {
            // The newest state of each given record whose uses are limited.
            let mut used: HashMap<*const stopgap::OnlineGrant, Self> = HashMap::new();
            let verify = |(grant, user, typed): &(Py<Self>, Held, Held)| {
                let grant = grant.get();
                let limited = grant.0.max_uses.map(|_| Arc::as_ptr(&grant.0));
                let newest = limited.and_then(|given| used.get(&given));
                let newest = newest.unwrap_or(grant);
                let verdict = newest.verified(&keys, user, typed, purpose.0, now);
                if let (Some(given), Ok(granted)) = (limited, &verdict) {
                    used.insert(given, granted.grant());
                }
                Verdict(verdict)
            };
            let verdicts: Vec<_> = attempts.iter().map(verify).collect();
            verdicts
        });
        PyList::new(py, verdicts)
    }

    /// Returns the record, revoked. Another revocation changes nothing: the first instant
    /// stays.
    ///
    /// The caller must check that the actor may revoke codes: :meth:`Actor.may`.
    #[pyo3(signature = (*, now))]
    fn revoke(&self, now: Instant) -> Self {
        let mut grant = stopgap::OnlineGrant::clone(&self.0);
        grant.revoke(now.0);
        Self::new(grant)
    }

    /// Computes the tag to store beside this record: 32 bytes. With it, edits of the record
    /// in the store are noticed.
    ///
    /// It covers everything but the uses, which the store counts. Compute it again when the
    /// code is revoked.
    ///
    /// Raises:
    ///     KeyMissing: the ring does not hold the record's key.
    fn tag<'py>(&self, py: Python<'py>, key_ring: &KeyRing) -> Result<Bound<'py, PyBytes>> {
        let tag = self.0.tag(&key_ring.now()).or_raise(py)?;
        Ok(PyBytes::new(py, tag.as_bytes()))
    }

    /// Checks the tag that was stored beside this record, in constant time. Call it before
    /// the record is used.
    ///
    /// Raises:
    ///     KeyMissing: the ring does not hold the record's key.
    ///     Tampered: record and tag do not belong together, or the record allows no use.
    fn check_tag(&self, py: Python<'_>, key_ring: &KeyRing, tag: Tag) -> Result<()> {
        let tag = tag.kept().or_raise(py)?;
        self.0.check_tag(&key_ring.now(), &tag).or_raise(py)
    }

    /// Returns the record as a dict of plain values, to be stored: the digest in
    /// hexadecimal, the times in ISO 8601.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &*self.0)
    }

    /// Returns the record of such a dict.
    ///
    /// Raises:
    ///     Invalid: the dict describes no record.
    #[staticmethod]
    fn from_dict(record: &Bound<'_, PyDict>) -> Result<Self> {
        record::from_dict(record).map(Self::new)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let mut words = format!(
            "key_id={}, digest=.., user={}, purposes={}, issued_at={}, expires_at={}",
            self.key_id(),
            quoted(py, self.user())?,
            written(py, self.0.purposes)?,
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

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        remade_of(slf, slf.get().to_dict(slf.py())?)
    }
}

/// The outcome of one attempt of many.
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
