//! The methods of an online code's record.

use std::{collections::HashMap, sync::Arc};

use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict, PyFrozenSet, PyList},
};
use stopgap::{CodeDigest, KeyId, Name, Purpose, Refusal};

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
        user: &str,
        typed: &str,
        purpose: Purpose,
        now: Instant,
    ) -> Result<Granted, Refusal> {
        let grant = &self.0;
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
            user: Name::new(user.into_owned()).or_raise(py)?,
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

    /// The keyed digest of user and code, 32 bytes. Without the key it gives nothing to
    /// try codes against.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.digest.as_bytes())
    }

    /// Whose code it is.
    #[getter]
    fn user(&self) -> &str {
        self.0.user.as_str()
    }

    /// How the code is written.
    #[getter]
    fn format(&self) -> CodeFormat {
        CodeFormat(self.0.format)
    }

    /// What it may be used for.
    #[getter]
    fn purposes<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyFrozenSet>> {
        frozenset(py, self.0.purposes)
    }

    /// When it was issued, in UTC.
    #[getter]
    fn issued_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        utc(py, self.0.issued_at)
    }

    /// The first instant at which it is valid, in UTC, where that is not at once.
    #[getter]
    fn not_before<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        utc_or_none(py, self.0.not_before)
    }

    /// The first instant at which it is not valid any more, in UTC.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        utc(py, self.0.expires_at)
    }

    /// How often it may be used; ``None`` for any number of times.
    #[getter]
    fn max_uses(&self) -> Option<u32> {
        self.0.max_uses
    }

    /// How often it has been used, where that is limited.
    #[getter]
    fn uses(&self) -> u32 {
        self.0.uses
    }

    /// When it was revoked, in UTC; ``None`` where it was not.
    #[getter]
    fn revoked_at<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        utc_or_none(py, self.0.revoked_at)
    }

    /// Verifies what a person typed. ``granted.grant`` is the grant with the use counted:
    /// keep it before you act on what is granted.
    ///
    /// The code is compared in constant time. Guard it with a throttle
    /// (:meth:`Throttle.guard`). A user who may have several codes is for
    /// :meth:`verify_any`. In a store that others share, count a use in one conditional
    /// statement (``... WHERE uses < max_uses``); where that changes nothing, the code is
    /// used up.
    ///
    /// Raises:
    ///     TimeOutOfRange, Malformed, KeyMissing, Unknown, Revoked, WrongPurpose,
    ///     NotYetValid, Expired, UsedUp: the first that holds, in this order; from
    ///         ``Revoked`` on only where the right code was typed.
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

    /// Verifies what a person typed against all the codes that they have: the index of
    /// the one it is, and what it grants.
    ///
    /// Raises:
    ///     Unknown: it is the code of none, also where there are none at all.
    ///     Revoked, WrongPurpose, NotYetValid, Expired, UsedUp: what :meth:`verify` says
    ///         of the one whose code was typed.
    ///     KeyMissing: the keys of all that could be it are missing.
    ///     Malformed, TimeOutOfRange: as :meth:`verify`.
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
        let (user, typed) = (&*user, &*typed);
        let (index, granted) = py
            .detach(|| {
                stopgap::OnlineGrant::verify_any(&mut grants, &keys, user, typed, purpose.0, now.0)
            })
            .or_raise(py)?;
        let grant = Arc::new(grants.swap_remove(index));
        Ok((index, Granted::of(granted, grant)))
    }

    /// Verifies many attempts in one call: of each, the grant, the user and what was
    /// typed. The list has for each what it grants, or the refusal, which is not raised.
    ///
    /// Where one grant is there twice, the second attempt sees the use of the first.
    ///
    /// Raises:
    ///     TypeError: something that is no attempt.
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
            // The newest state of the grants whose uses are limited, by the given one.
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

    /// The grant, revoked. A second time changes nothing: the first instant stands.
    ///
    /// Whether whoever asks may revoke is for the caller to ask: :meth:`Actor.may`.
    #[pyo3(signature = (*, now))]
    fn revoke(&self, now: Instant) -> Self {
        let mut grant = stopgap::OnlineGrant::clone(&self.0);
        grant.revoke(now.0);
        Self::new(grant)
    }

    /// The tag to keep beside this grant: 32 bytes, without which nobody who can only
    /// write to the store can edit the record unnoticed.
    ///
    /// It binds all but the uses, which a store counts: make it anew when the code is
    /// revoked.
    ///
    /// Raises:
    ///     KeyMissing: the ring does not hold the grant's key.
    fn tag<'py>(&self, py: Python<'py>, key_ring: &KeyRing) -> Result<Bound<'py, PyBytes>> {
        let tag = self.0.tag(&key_ring.now()).or_raise(py)?;
        Ok(PyBytes::new(py, tag.as_bytes()))
    }

    /// Checks the tag that was kept beside this grant, in constant time: before anything
    /// in it is believed.
    ///
    /// Raises:
    ///     KeyMissing: the ring does not hold the grant's key.
    ///     Tampered: grant and tag do not belong together, or the grant allows no use.
    fn check_tag(&self, py: Python<'_>, key_ring: &KeyRing, tag: Tag) -> Result<()> {
        let tag = tag.kept().or_raise(py)?;
        self.0.check_tag(&key_ring.now(), &tag).or_raise(py)
    }

    /// The grant as a dict of plain values, its digest in hexadecimal and its times in
    /// ISO 8601: to be kept.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &*self.0)
    }

    /// The grant of such a dict.
    ///
    /// Raises:
    ///     Invalid: anything that is no grant.
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
