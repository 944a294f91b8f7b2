//! Policies for online codes, and issuing codes by them.

use std::hash::{Hash, Hasher};

use chrono::DateTime;
use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyDict, PyFrozenSet, PyList, PyString},
};
use stopgap::{IssueError, KeyRing as Keys, rand_core::TryCryptoRng};

use crate::{
    Result,
    alphabet::Alphabet,
    code::Code,
    error::{self, OrRaise, Raise},
    format::CodeFormat,
    key_ring::KeyRing,
    number::Whole,
    online_grant::OnlineGrant,
    pickle::{Remade, remade_of},
    purposes::{Purposes, frozenset, written},
    random::{Random, System},
    record,
    request::Issue,
    several::each,
    text::Held,
    time::{Instant, Local, utc_or_none},
    validity::{Given, Validity},
    zone::Zone,
};

/// A policy for online codes. By default, a code has 12 hexadecimal symbols and is valid for
/// one day from issue, for every purpose and any number of uses.
///
/// ``purposes`` is one purpose or several. ``max_uses`` is the number of uses of each code.
/// A code with ``not_before`` is valid from then on, and its validity counts from then.
/// ``length`` is 8 to 32 symbols, or 9 to 32 with a check symbol; with ``check_symbol``, most
/// typos are reported as typos.
///
/// Raises:
///     Invalid: no purpose, no uses, or another length; ``reason`` is ``no_purpose``,
///         ``no_uses``, ``length`` or ``checked_length``.
///
/// >>> OnlinePolicy(validity=Validity.days(7), purposes=Purpose.RESET, max_uses=1)
/// OnlinePolicy(validity=Validity.days(7), purposes={Purpose.RESET}, max_uses=1)
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct OnlinePolicy(pub(crate) stopgap::OnlinePolicy);

impl Hash for OnlinePolicy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let policy = &self.0;
        (
            policy.validity,
            policy.purposes,
            policy.format,
            policy.max_uses,
            policy.not_before,
        )
            .hash(state);
    }
}

#[pymethods]
impl OnlinePolicy {
    #[new]
    #[pyo3(signature = (
        *,
        validity=None,
        purposes=Purposes::ALL,
        max_uses=None,
        not_before=None,
        length=Whole(12),
        alphabet=None,
        check_symbol=false,
    ))]
    #[pyo3(
        text_signature = "(*, validity=..., purposes=..., max_uses=None, not_before=None, \
        length=12, alphabet=..., check_symbol=False)"
    )]
    #[expect(clippy::too_many_arguments, reason = "each has a name in Python")]
    fn new(
        py: Python<'_>,
        validity: Option<Given>,
        purposes: Purposes,
        max_uses: Option<Whole<u32>>,
        not_before: Option<Instant>,
        length: Whole<u8>,
        alphabet: Option<&Alphabet>,
        check_symbol: bool,
    ) -> Result<Self> {
        let default = stopgap::OnlinePolicy::default();
        let policy = stopgap::OnlinePolicy {
            format: stopgap::CodeFormat {
                alphabet: alphabet.map_or(default.format.alphabet, |alphabet| alphabet.0),
                length: length.0,
                check_symbol,
            },
            validity: validity.map_or(default.validity, |validity| validity.0),
            purposes: purposes.0,
            not_before: not_before.map(|first| first.0),
            max_uses: max_uses.map(|most| most.0),
        };
        policy.validate().or_raise(py)?;
        Ok(Self(policy))
    }

    /// The validity, which counts from ``not_before`` or from issue.
    #[getter]
    fn validity(&self) -> Validity {
        Validity(self.0.validity)
    }

    /// The purposes.
    #[getter]
    fn purposes<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyFrozenSet>> {
        frozenset(py, self.0.purposes)
    }

    /// The number of uses of each code; ``None`` for any number.
    #[getter]
    fn max_uses(&self) -> Option<u32> {
        self.0.max_uses
    }

    /// The instant from which the codes are valid, in UTC; ``None`` if from issue.
    #[getter]
    fn not_before<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        utc_or_none(py, self.0.not_before)
    }

    /// The format of the codes.
    #[getter]
    fn format(&self) -> CodeFormat {
        CodeFormat(self.0.format)
    }

    /// Issues a code to a user. Returns the code, to be shown once and not stored, and its
    /// record, to be stored. ``request`` is an :class:`IssueRequest`, or the user's name.
    ///
    /// Days and the month are counted on the wall clock of the zone of ``now``. The caller
    /// must check that the actor may issue codes: :meth:`Actor.may`. ``random`` is for
    /// tests: a function that returns as many bytes as it is asked for, as ``os.urandom``
    /// does.
    ///
    /// Raises:
    ///     InvalidName: the user is no name.
    ///     Invalid: the code would have expired already (``never_valid``).
    ///     TimeOutOfRange: now, or the expiry, is outside the years 1 to 9999.
    ///     StoreError: the operating system has no random numbers.
    ///
    /// >>> from datetime import datetime
    /// >>> from zoneinfo import ZoneInfo
    /// >>> key_ring = KeyRing(1, MasterKey.generate())
    /// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    /// >>> code, record = OnlinePolicy().issue(key_ring, "alice", now=now)
    /// >>> len(code.reveal())
    /// 14
    /// >>> record.expires_at.isoformat()
    /// '2026-11-22T14:00:00+00:00'
    #[pyo3(signature = (key_ring, request, *, now, random=None))]
    fn issue(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        request: Issue,
        now: Local,
        random: Option<&Bound<'_, PyAny>>,
    ) -> Result<(Code, OnlineGrant)> {
        let zone = now.0.timezone();
        let mut random = Random(py, random);
        let request = request.core().or_raise(py)?;
        let issued = self.0.issue(&key_ring.now(), request, now.0, &mut random);
        zone.check()?;
        let (code, record) = issued.or_raise(py)?;
        Ok((Code(code), OnlineGrant(record)))
    }

    /// Issues a code to each of these users, as :meth:`issue` does. Returns all of them in
    /// the same order, or raises and issues none.
    ///
    /// Raises:
    ///     InvalidName, Invalid, TimeOutOfRange, StoreError: as :meth:`issue`; ``index`` is
    ///         the place of the user, from 0.
    ///
    /// >>> from datetime import datetime, timezone
    /// >>> key_ring = KeyRing(1, MasterKey.generate())
    /// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
    /// >>> issued = OnlinePolicy().issue_many(key_ring, ["alice", "bob"], now=now)
    /// >>> [record.user for code, record in issued]
    /// ['alice', 'bob']
    #[pyo3(signature = (key_ring, users, *, now, random=None))]
    fn issue_many<'py>(
        &self,
        py: Python<'py>,
        key_ring: &KeyRing,
        users: &Bound<'py, PyAny>,
        now: Local,
        random: Option<&Bound<'py, PyAny>>,
    ) -> Result<Bound<'py, PyList>> {
        if users.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err(
                "several users are expected, not the letters of one",
            ));
        }
        let users: Vec<Held> = each(users, |user| user.extract())?;
        let zone = now.0.timezone();
        let keys = key_ring.now();
        let issued = if random.is_some() {
            let mut random = Random(py, random);
            self.all(&keys, &users, now.0, &mut random)
                .map_err(|failed| failed.raise(py))
        } else {
            py.detach(|| self.all(&keys, &users, now.0, &mut System))
                .map_err(|failed| failed.raise(py))
        };
        zone.check()?;
        PyList::new(py, issued?)
    }

    /// Returns the policy as a dict of plain values.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &self.0)
    }

    /// Returns the policy of such a dict; missing values are the defaults.
    ///
    /// Raises:
    ///     Invalid: the dict describes no policy.
    #[staticmethod]
    fn from_dict(record: &Bound<'_, PyDict>) -> Result<Self> {
        record::from_dict(record).map(Self)
    }

    pub(crate) fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let mut words = vec![format!("validity={}", self.validity().__repr__())];
        if self.0.purposes != stopgap::Purposes::ALL {
            let purposes = written(py, self.0.purposes)?;
            words.push(format!("purposes={purposes}"));
        }
        if let Some(uses) = self.max_uses() {
            words.push(format!("max_uses={uses}"));
        }
        if let Some(first) = self.not_before(py)? {
            words.push(format!("not_before={}", first.repr()?));
        }
        let format = self.0.format;
        if format.length != stopgap::CodeFormat::ONLINE.length {
            words.push(format!("length={}", format.length));
        }
        if format.alphabet != stopgap::Alphabet::HEX {
            let alphabet = Alphabet(format.alphabet).__repr__(py)?;
            words.push(format!("alphabet={alphabet}"));
        }
        if format.check_symbol {
            words.push("check_symbol=True".into());
        }
        Ok(format!("OnlinePolicy({})", words.join(", ")))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        remade_of(slf, slf.get().to_dict(slf.py())?)
    }
}

type Issued = (Code, OnlineGrant);

/// The error of one user among many.
struct Failed<E> {
    index: usize,
    error: IssueError<E>,
}

impl OnlinePolicy {
    fn all<R: TryCryptoRng>(
        &self,
        keys: &Keys,
        users: &[Held],
        now: DateTime<Zone>,
        random: &mut R,
    ) -> Result<Vec<Issued>, Failed<R::Error>> {
        let issue = |(index, user): (usize, &Held)| {
            let user = user.named().map_err(IssueError::InvalidName);
            let issued = user.and_then(|user| self.0.issue(keys, user, now.clone(), random));
            let (code, record) = issued.map_err(|error| Failed { index, error })?;
            Ok((Code(code), OnlineGrant(record)))
        };
        users.iter().enumerate().map(issue).collect()
    }
}

impl<E> Raise for Failed<E>
where
    IssueError<E>: Raise,
{
    fn raise(self, py: Python<'_>) -> PyErr {
        let Self { index, error } = self;
        error::at(py, index, error.raise(py))
    }
}
