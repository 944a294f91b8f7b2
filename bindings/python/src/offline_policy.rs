//! Policies for offline codes, and the server's answer to a request code.

use std::hash::{Hash, Hasher};

use chrono::{DateTime, Utc};
use pyo3::{prelude::*, types::PyDict};
use stopgap::{
    Purpose,
    offline::{self, LocatePolicy, Located, RequestError},
};

use crate::{
    Result,
    alphabet::Alphabet,
    code::Code,
    enrolment::Enrolment,
    error::OrRaise,
    key::EnrolmentKey,
    key_ring::KeyRing,
    number::Whole,
    pickle::{Remade, remade_of},
    record,
    request::VerifyRequest,
    several::Several,
    text::Text,
    time::{self, Instant, Local},
    validity::{Given, Validity},
    word::{self, Word},
};

/// A policy by which a server answers request codes. The machine must have the same
/// alphabet.
///
/// ``validity`` is how long the password-only lock will be active, a day by default. The
/// machine's clock may be ``past_minutes`` behind, 60, and ``ahead_minutes`` ahead, 5.
/// ``diagnose_minutes``, 1,440, is the search distance in both directions that only tells a
/// wrong clock from a mistyped code. ``window_minutes`` is the window of the agents, 30: an
/// answer to an older request is late. Each is at most 65,535.
///
/// >>> from datetime import datetime, timezone
/// >>> now = datetime(2026, 11, 21, 15, 0, 42, tzinfo=timezone.utc)
/// >>> key_ring = KeyRing(1, MasterKey(bytes(32)))
/// >>> enrolments = [Enrolment.first(key_ring, "alice", "LAPTOP-17", now=now)]
/// >>> shown = Agent(enrolments[0].key(key_ring)).request_code(now=now)
///
/// >>> policy = OfflinePolicy(validity=Validity.MONTH)
/// >>> request = VerifyRequest("alice", shown.text, Purpose.BYPASS)
/// >>> answer = policy.answer(key_ring, enrolments, request, now=now)
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
        (locate.diagnose_minutes, locate.window_minutes).hash(state);
    }
}

#[pymethods]
impl OfflinePolicy {
    #[new]
    #[pyo3(signature = (
        *, validity=Given(stopgap::Validity::DAY), alphabet=&Alphabet::UNAMBIGUOUS,
        past_minutes=Whole(LocatePolicy::default().past_minutes),
        ahead_minutes=Whole(LocatePolicy::default().ahead_minutes),
        diagnose_minutes=Whole(LocatePolicy::default().diagnose_minutes),
        window_minutes=Whole(LocatePolicy::default().window_minutes),
    ))]
    fn new(
        validity: Given,
        alphabet: &Alphabet,
        past_minutes: Whole<u16>,
        ahead_minutes: Whole<u16>,
        diagnose_minutes: Whole<u16>,
        window_minutes: Whole<u16>,
    ) -> Self {
        Self(offline::OfflinePolicy {
            validity: validity.0,
            alphabet: alphabet.0,
            locate: LocatePolicy {
                past_minutes: past_minutes.0,
                ahead_minutes: ahead_minutes.0,
                diagnose_minutes: diagnose_minutes.0,
                window_minutes: window_minutes.0,
            },
        })
    }

    /// The validity, which the password-only lock will have.
    #[getter]
    fn validity(&self) -> Validity {
        Validity(self.0.validity)
    }

    /// The symbols of request codes and offline codes.
    #[getter]
    fn alphabet(&self) -> Alphabet {
        Alphabet(self.0.alphabet)
    }

    /// The greatest age of a request code, in minutes.
    #[getter]
    fn past_minutes(&self) -> u16 {
        self.0.locate.past_minutes
    }

    /// The number of minutes by which the machine's clock may be ahead.
    #[getter]
    fn ahead_minutes(&self) -> u16 {
        self.0.locate.ahead_minutes
    }

    /// The search distance in both directions, in minutes, that only tells a wrong clock
    /// from a mistyped code.
    #[getter]
    fn diagnose_minutes(&self) -> u16 {
        self.0.locate.diagnose_minutes
    }

    /// The window of the agents, in minutes.
    #[getter]
    fn window_minutes(&self) -> u16 {
        self.0.locate.window_minutes
    }

    /// Answers the request code that a user reads from a machine: finds the enrolment of the
    /// user that shows it, and computes the offline code that this machine accepts once.
    /// Enrolments of other users and retired ones are skipped. The idempotency key is not
    /// used.
    ///
    /// The caller must check that the actor may answer:
    /// ``actor.may(Action.ANSWER_REQUEST)``. Nothing is stored: the machine remembers the
    /// codes that it redeemed. An answer cannot be revoked while the machine is offline.
    ///
    /// Days and the month are counted on the wall clock of the zone of ``now``: pass the
    /// machine's zone. The answer for ``Purpose.RESET`` has no expiry, and its validity is
    /// a day.
    ///
    /// Raises:
    ///     InvalidName: the user is no name.
    ///     Invalid: the validity is in minutes or hours (``offline_validity``).
    ///     Malformed: the text is no request code.
    ///     WrongPurpose: registration needs the server.
    ///     NotEnrolled: the user has no enrolment.
    ///     ClockSkew: a machine showed the code, but not in these minutes; with ``index``,
    ///         ``machine`` and ``minutes``.
    ///     Unrecognised: no machine shows the code; most likely it was mistyped.
    ///     KeyMissing, Tampered: no machine shows the code, and the record of one cannot be
    ///         believed.
    ///     TimeOutOfRange: the lock would end outside the years 1 to 9999.
    #[pyo3(signature = (key_ring, enrolments, request, *, now))]
    fn answer(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        enrolments: Several<Enrolment>,
        request: &VerifyRequest,
        now: Local,
    ) -> Result<Answer> {
        let given = enrolments.0;
        let keys = key_ring.now();
        let zone = now.0.timezone();
        let request = request.core().or_raise(py)?;
        let answer = py.detach(|| {
            let enrolments = given.iter().map(|one| &one.get().0);
            self.0.answer(&keys, enrolments, &request, now.0)
        });
        zone.check()?;
        let answer = answer.or_raise(py)?;
        let enrolment = given.get(answer.index);
        // The answer has one of them, so this never fails.
        let enrolment = enrolment.ok_or(RequestError::Unrecognised).or_raise(py)?;
        Ok(Answer {
            enrolment: enrolment.clone_ref(py),
            purpose: answer.purpose,
            validity: answer.validity,
            minute: answer.minute,
            expires_at: answer.expires_at,
            late: answer.late,
            code: Py::new(py, Code(answer.code))?,
        })
    }

    /// Finds the enrolment key that shows the request code that was typed. Returns its index,
    /// the minute by its machine's clock, and whether the request is older than
    /// ``window_minutes``. :meth:`answer` calls this itself.
    ///
    /// For each key in turn, the minutes from ``past_minutes`` ago to ``ahead_minutes`` from
    /// now are tried, nearest first. Minutes below 0 are skipped.
    ///
    /// Raises:
    ///     Malformed: the text is no request code.
    ///     NotEnrolled: there are no keys.
    ///     ClockSkew: a machine showed the code, but not in these minutes; with ``index`` and
    ///         ``minutes``, and no ``machine``.
    ///     Unrecognised: no machine shows the code; most likely it was mistyped.
    #[pyo3(signature = (keys, text, *, now))]
    fn locate(
        &self,
        py: Python<'_>,
        keys: Several<EnrolmentKey>,
        text: Text<'_>,
        now: Instant,
    ) -> Result<(usize, i64, bool)> {
        let keys = keys.0.iter().map(|key| &key.get().0);
        let policy = &self.0;
        let located = py.detach(|| policy.locate.locate(keys, &text, &policy.alphabet, now.0));
        let Located {
            index,
            minute,
            late,
            ..
        } = located.or_raise(py)?;
        Ok((index, minute, late))
    }

    /// Returns plain values, to be stored.
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

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "OfflinePolicy(validity={}, alphabet={}, past_minutes={}, ahead_minutes={}, \
            diagnose_minutes={}, window_minutes={})",
            self.validity().__repr__(),
            self.alphabet().__repr__(py)?,
            self.past_minutes(),
            self.ahead_minutes(),
            self.diagnose_minutes(),
            self.window_minutes()
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        remade_of(slf, slf.get().to_dict(slf.py())?)
    }
}

/// An offline code, and the request that it answers. Everything but the code may be logged.
/// Answers cannot be compared or pickled.
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Answer {
    code: Py<Code>,
    enrolment: Py<Enrolment>,
    purpose: Purpose,
    validity: stopgap::Validity,
    minute: i64,
    expires_at: Option<DateTime<Utc>>,
    late: bool,
}

#[pymethods]
impl Answer {
    /// The code, to be read to the person at the machine.
    #[getter]
    fn code(&self, py: Python<'_>) -> Py<Code> {
        self.code.clone_ref(py)
    }

    /// The enrolment of the user on the machine that showed the request code.
    #[getter]
    fn enrolment(&self, py: Python<'_>) -> Py<Enrolment> {
        self.enrolment.clone_ref(py)
    }

    /// The purpose.
    #[getter]
    fn purpose<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.purpose.member(py)
    }

    /// The validity that the code carries.
    #[getter]
    fn validity(&self) -> Validity {
        Validity(self.validity)
    }

    /// The minute at which the machine showed the request code, by its own clock.
    #[getter]
    fn minute(&self) -> i64 {
        self.minute
    }

    /// The end of the password-only lock, in UTC, if the machine is in the zone of ``now``;
    /// ``None`` for ``Purpose.RESET``, which activates no lock.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        time::utc_or_none(py, self.expires_at)
    }

    /// ``True`` if the request is older than the window of the agents: the machine may
    /// refuse the code.
    #[getter]
    fn late(&self) -> bool {
        self.late
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "Answer(code=Code(..), enrolment={}, purpose={}, validity={}, minute={}, \
            expires_at={}, late={})",
            self.enrolment.get().__repr__(py)?,
            word::written(&self.purpose(py)?)?,
            self.validity().__repr__(),
            self.minute,
            self.expires_at(py)?.into_pyobject(py)?.repr()?,
            if self.late { "True" } else { "False" }
        ))
    }

    fn __reduce__(&self) -> Result<()> {
        Err(pyo3::exceptions::PyTypeError::new_err(
            "an answer holds a code, and cannot be pickled or copied",
        ))
    }
}
