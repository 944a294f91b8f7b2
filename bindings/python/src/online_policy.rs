//! What kind of online codes to issue, and issuing them.

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
    text::{Held, Text},
    time::{Instant, Local, utc_or_none},
    validity::Validity,
    zone::Zone,
};

/// What kind of online codes to issue; by default 12 hexadecimal symbols, one day, every
/// purpose, any number of uses, from now on.
///
/// ``purposes`` is one purpose or several. ``max_uses`` is how often each code may be used.
/// A code with ``not_before`` is not valid before then, and expires as if it were: validity
/// counts from the time of issue. ``length`` is 8 to 32 symbols, a check symbol included;
/// with ``check_symbol`` a typo is told from a wrong code.
///
/// Raises:
///     Invalid: no purpose, no uses, or another length.
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
            policy.validity(),
            policy.allowed_purposes(),
            policy.format(),
        )
            .hash(state);
        (policy.allowed_uses(), policy.starts_at()).hash(state);
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
        validity: Option<&Validity>,
        purposes: Purposes,
        max_uses: Option<Whole<u32>>,
        not_before: Option<Instant>,
        length: Whole<usize>,
        alphabet: Option<&Alphabet>,
        check_symbol: bool,
    ) -> Result<Self> {
        let mut policy = stopgap::OnlinePolicy::default()
            .purposes(purposes.0)
            .or_raise(py)?
            .length(length.0)
            .or_raise(py)?
            .check_symbol(check_symbol);
        if let Some(validity) = validity {
            policy = policy.valid_for(validity.0);
        }
        if let Some(uses) = max_uses {
            policy = policy.max_uses(uses.0).or_raise(py)?;
        }
        if let Some(first) = not_before {
            policy = policy.not_before(first.0);
        }
        if let Some(alphabet) = alphabet {
            policy = policy.alphabet(alphabet.0);
        }
        Ok(Self(policy))
    }

    /// How long its codes live, from the time of issue.
    #[getter]
    fn validity(&self) -> Validity {
        Validity(self.0.validity())
    }

    /// What its codes may be used for.
    #[getter]
    fn purposes<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyFrozenSet>> {
        frozenset(py, self.0.allowed_purposes())
    }

    /// How often each of its codes may be used; ``None`` for any number of times.
    #[getter]
    fn max_uses(&self) -> Option<u32> {
        self.0.allowed_uses()
    }

    /// The first instant at which its codes are valid, in UTC, where that is not at once.
    #[getter]
    fn not_before<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        utc_or_none(py, self.0.starts_at())
    }

    /// How its codes are written.
    #[getter]
    fn format(&self) -> CodeFormat {
        CodeFormat(self.0.format())
    }

    /// Issues a code to a user: the code, to be told once and not kept, and the grant, to
    /// be kept.
    ///
    /// It expires on the wall clock of the datetime's own zone. Whether whoever asks may
    /// issue is for the caller to ask: :meth:`Actor.may`. ``random`` is for tests: a
    /// function that gives as many bytes as it is asked for, as ``os.urandom`` does.
    ///
    /// Raises:
    ///     Invalid: the user is no name, or the code would expire before its first use.
    ///     TimeOutOfRange: now, or the expiry, is outside the years 1 to 9999.
    ///     StoreError: the operating system has no random numbers.
    ///
    /// >>> from datetime import datetime
    /// >>> from zoneinfo import ZoneInfo
    /// >>> key_ring = KeyRing(1, MasterKey.generate())
    /// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    /// >>> code, grant = OnlinePolicy().issue(key_ring, "alice", now=now)
    /// >>> len(code.reveal())
    /// 14
    /// >>> grant.expires_at.isoformat()
    /// '2026-11-22T14:00:00+00:00'
    #[pyo3(signature = (key_ring, user, *, now, random=None))]
    fn issue(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        user: Text<'_>,
        now: Local,
        random: Option<&Bound<'_, PyAny>>,
    ) -> Result<(Code, OnlineGrant)> {
        let zone = now.0.timezone();
        let mut random = Random(py, random);
        let issued = self.0.issue(&key_ring.now(), &user, now.0, &mut random);
        zone.check()?;
        let (code, grant) = issued.or_raise(py)?;
        Ok((Code(code), OnlineGrant::new(grant)))
    }

    /// Issues a code to each of these users, in one call: as :meth:`issue` does, in the
    /// same order. Either all are issued or none.
    ///
    /// Raises:
    ///     Invalid, TimeOutOfRange, StoreError: as :meth:`issue`; ``index`` says at which
    ///         user, from 0.
    ///
    /// >>> from datetime import datetime, timezone
    /// >>> key_ring = KeyRing(1, MasterKey.generate())
    /// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
    /// >>> issued = OnlinePolicy().issue_many(key_ring, ["alice", "bob"], now=now)
    /// >>> [grant.user for code, grant in issued]
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
        let users = users.try_iter()?.map(|user| user?.extract());
        let users: Vec<Held> = users.collect::<Result<_>>()?;
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

    /// The policy as a dict of plain values.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &self.0)
    }

    /// The policy of such a dict; what is left out has its default.
    ///
    /// Raises:
    ///     Invalid: anything that no policy has.
    #[staticmethod]
    fn from_dict(record: &Bound<'_, PyDict>) -> Result<Self> {
        record::from_dict(record).map(Self)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let mut words = vec![format!("validity={}", self.validity().__repr__())];
        if self.0.allowed_purposes() != stopgap::Purposes::ALL {
            let purposes = written(py, self.0.allowed_purposes())?;
            words.push(format!("purposes={purposes}"));
        }
        if let Some(uses) = self.max_uses() {
            words.push(format!("max_uses={uses}"));
        }
        if let Some(first) = self.not_before(py)? {
            words.push(format!("not_before={}", first.repr()?));
        }
        let format = self.0.format();
        if format.length.symbols() != 12 {
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

/// Why a user of many got no code.
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
            let issued = self.0.issue(keys, user, now.clone(), random);
            let (code, grant) = issued.map_err(|error| Failed { index, error })?;
            Ok((Code(code), OnlineGrant::new(grant)))
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
