//! The server's answer to a request code.

use std::{
    hash::{Hash, Hasher},
    ptr,
};

use chrono::{DateTime, Utc};
use pyo3::{prelude::*, types::PyDict};
use stopgap::{
    Purpose,
    offline::{self, LocatePolicy},
};

use crate::{
    Result,
    alphabet::Alphabet,
    code::Code,
    enrolment::Enrolment,
    error::OrRaise,
    key_ring::KeyRing,
    number::Whole,
    pickle::{Remade, remade_of},
    record,
    several::Several,
    text::Text,
    time::{self, Local},
    validity::Validity,
    word::{Member, Word},
};

/// How a server reads request codes and writes offline codes. The machine must have the
/// same alphabet.
///
/// ``validity`` is how long the lock is to last, a day by default. The machine's clock
/// may be ``past_minutes`` behind, 60, and ``ahead_minutes`` ahead, 5;
/// ``diagnose_minutes``, 1,440, is how far either way to look, only to tell a wrong clock
/// from a mistyped code. The most is 65,535 each.
///
/// >>> from datetime import datetime, timezone
/// >>> now = datetime(2026, 11, 21, 15, 0, 42, tzinfo=timezone.utc)
/// >>> ring = KeyRing(1, MasterKey(bytes(32)))
/// >>> enrolments = [Enrolment.first(ring, "alice", "LAPTOP-17")]
/// >>> shown = Agent(enrolments[0].key(ring)).request_code(now=now)
///
/// >>> policy = OfflinePolicy(validity=Validity.MONTH)
/// >>> answer = policy.answer(
/// ...     ring, "alice", enrolments, shown.text, Purpose.BYPASS, now=now
/// ... )
/// >>> answer.enrolment.machine, answer.expires_at.isoformat()
/// ('LAPTOP-17', '2026-12-21T15:00:00+00:00')
/// >>> answer.code
/// Code(..)
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct OfflinePolicy(pub(crate) offline::OfflinePolicy);

impl Hash for OfflinePolicy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let offline::OfflinePolicy {
            validity,
            alphabet,
            locate,
        } = self.0;
        (validity, alphabet).hash(state);
        (locate.past_minutes, locate.ahead_minutes).hash(state);
        locate.diagnose_minutes.hash(state);
    }
}

#[pymethods]
impl OfflinePolicy {
    #[new]
    #[pyo3(signature = (
        *, validity=&Validity::DAY, alphabet=&Alphabet::UNAMBIGUOUS,
        past_minutes=Whole(LocatePolicy::default().past_minutes),
        ahead_minutes=Whole(LocatePolicy::default().ahead_minutes),
        diagnose_minutes=Whole(LocatePolicy::default().diagnose_minutes),
    ))]
    fn new(
        validity: &Validity,
        alphabet: &Alphabet,
        past_minutes: Whole<u16>,
        ahead_minutes: Whole<u16>,
        diagnose_minutes: Whole<u16>,
    ) -> Self {
        Self(offline::OfflinePolicy {
            validity: validity.0,
            alphabet: alphabet.0,
            locate: LocatePolicy {
                past_minutes: past_minutes.0,
                ahead_minutes: ahead_minutes.0,
                diagnose_minutes: diagnose_minutes.0,
            },
        })
    }

    /// How long the lock is to last.
    #[getter]
    fn validity(&self) -> Validity {
        Validity(self.0.validity)
    }

    /// The symbols of request codes and offline codes.
    #[getter]
    fn alphabet(&self) -> Alphabet {
        Alphabet(self.0.alphabet)
    }

    /// How long ago the request code may have been shown, in minutes.
    #[getter]
    fn past_minutes(&self) -> u16 {
        self.0.locate.past_minutes
    }

    /// How far ahead of the server the machine may be, in minutes.
    #[getter]
    fn ahead_minutes(&self) -> u16 {
        self.0.locate.ahead_minutes
    }

    /// How far either way to look, only to tell a wrong clock from a mistyped code, in
    /// minutes.
    #[getter]
    fn diagnose_minutes(&self) -> u16 {
        self.0.locate.diagnose_minutes
    }

    /// Answers the request code that a user reads from a machine: finds out which of the
    /// user's enrolments it belongs to, and computes the offline code that this machine
    /// accepts once. Enrolments of others are left out of account.
    ///
    /// Whether the actor may answer is for the caller to ask:
    /// ``actor.may(Action.ANSWER_REQUEST)``. Nothing is kept: the machine remembers what
    /// it redeemed. An answer cannot be recalled while the machine stays offline.
    ///
    /// ``answer.expires_at`` is on the wall clock of the zone that ``now`` is in: let that
    /// be the machine's.
    ///
    /// Raises:
    ///     Malformed: what was typed is not a request code.
    ///     WrongPurpose: registration needs the server.
    ///     NotEnrolled: there are no enrolments of this user.
    ///     ClockSkew: a machine showed the code, but not in these minutes; with
    ///         ``machine`` and ``minutes``.
    ///     Unrecognised: no machine shows it; most likely it was mistyped.
    ///     KeyMissing: no machine shows it, and the master key of one is gone.
    ///     TimeOutOfRange: the lock would end outside the years 1 to 9999.
    #[pyo3(signature = (key_ring, user, enrolments, typed, purpose, *, now))]
    #[expect(clippy::too_many_arguments, reason = "as in Rust, and the interpreter")]
    fn answer(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        user: Text<'_>,
        enrolments: Several<Enrolment>,
        typed: Text<'_>,
        purpose: Member<Purpose>,
        now: Local,
    ) -> Result<Answer> {
        let given = enrolments.0;
        let enrolments: Vec<_> = given.iter().map(|one| one.get().0.clone()).collect();
        let keys = key_ring.now();
        let zone = now.0.timezone();
        let answer = py.detach(|| {
            self.0
                .answer(&keys, &user, &enrolments, &typed, purpose.0, now.0)
        });
        zone.check()?;
        let answer = answer.or_raise(py)?;
        let mut both = given.iter().zip(&enrolments);
        let enrolment = match both.find(|(_, one)| ptr::eq(*one, answer.enrolment)) {
            Some((enrolment, _)) => enrolment.clone_ref(py),
            None => Py::new(py, Enrolment(answer.enrolment.clone()))?,
        };
        Ok(Answer {
            enrolment,
            purpose: answer.purpose,
            validity: answer.validity,
            minute: answer.minute,
            expires_at: answer.expires_at,
            code: Py::new(py, Code(answer.code))?,
        })
    }

    /// Plain values, to be kept.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &self.0)
    }

    /// The policy of such a dict; what is not in it is as by default.
    ///
    /// Raises:
    ///     Invalid: it describes none.
    #[staticmethod]
    fn from_dict(record: &Bound<'_, PyDict>) -> Result<Self> {
        record::from_dict(record).map(Self)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "OfflinePolicy(validity={}, alphabet={}, past_minutes={}, ahead_minutes={}, \
            diagnose_minutes={})",
            self.validity().__repr__(),
            self.alphabet().__repr__(py)?,
            self.past_minutes(),
            self.ahead_minutes(),
            self.diagnose_minutes()
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        remade_of(slf, slf.get().to_dict(slf.py())?)
    }
}

/// An offline code, and what it was made for: write all but the code to the log. It is
/// neither compared nor pickled.
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Answer {
    code: Py<Code>,
    enrolment: Py<Enrolment>,
    purpose: Purpose,
    validity: stopgap::Validity,
    minute: i64,
    expires_at: DateTime<Utc>,
}

#[pymethods]
impl Answer {
    /// The code, to be read to the person at the machine.
    #[getter]
    fn code(&self, py: Python<'_>) -> Py<Code> {
        self.code.clone_ref(py)
    }

    /// Who asked, and from which machine.
    #[getter]
    fn enrolment(&self, py: Python<'_>) -> Py<Enrolment> {
        self.enrolment.clone_ref(py)
    }

    /// What for.
    #[getter]
    fn purpose<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.purpose.member(py)
    }

    /// For how long.
    #[getter]
    fn validity(&self) -> Validity {
        Validity(self.validity)
    }

    /// The minute at which the machine showed the request code, by its own clock.
    #[getter]
    fn minute(&self) -> i64 {
        self.minute
    }

    /// Until when the lock will be open, in UTC, if the machine is in the zone that
    /// ``now`` was given in.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        time::utc(py, self.expires_at)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "Answer(code=Code(..), enrolment={}, purpose={}, validity={}, minute={}, \
            expires_at={})",
            self.enrolment.get().__repr__(py)?,
            self.purpose(py)?.str()?,
            self.validity().__repr__(),
            self.minute,
            self.expires_at(py)?.repr()?
        ))
    }

    fn __reduce__(&self) -> Result<()> {
        Err(pyo3::exceptions::PyTypeError::new_err(
            "an answer holds a code, and is not pickled or copied",
        ))
    }
}
