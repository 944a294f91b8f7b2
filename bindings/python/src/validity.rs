//! Validities.

use pyo3::{exceptions::PyTypeError, prelude::*, types::PyString};

use crate::{
    Result, datetime,
    error::{self, OrRaise},
    number::Whole,
    text::Text,
    time::Local,
};

/// How long something is valid: 1 to 31 days, one calendar month, or, for online codes, 1
/// minute to 24 hours.
///
/// Days and the month are counted on the wall clock. Minutes and hours are elapsed time.
///
/// >>> Validity.days(7)
/// Validity.days(7)
/// >>> Validity.parse("1 month") == Validity.MONTH
/// True
/// >>> str(Validity.minutes(90))
/// 'PT90M'
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Validity(pub(crate) stopgap::Validity);

/// A validity from Python: a :class:`Validity`, or a timedelta. Whole days of a timedelta are
/// days on the wall clock; otherwise it has whole minutes.
#[derive(Clone, Copy)]
pub(crate) struct Given(pub(crate) stopgap::Validity);

impl<'a, 'py> FromPyObject<'a, 'py> for Given {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        let py = obj.py();
        if let Ok(validity) = obj.cast::<Validity>() {
            return Ok(Self(validity.get().0));
        }
        if !datetime::is_timedelta(&obj)? {
            let found = obj.get_type().name()?;
            let hint = if obj.is_instance_of::<PyString>() {
                "; Validity.parse reads text"
            } else {
                ""
            };
            return Err(PyTypeError::new_err(format!(
                "a stopgap.Validity or a timedelta is expected, not {found}{hint}"
            )));
        }
        let part = |name| -> Result<i64> { obj.getattr(name)?.extract() };
        let (days, seconds) = (part("days")?, part("seconds")?);
        let minutes = days
            .checked_mul(1_440)
            .and_then(|minutes| minutes.checked_add(seconds / 60));
        let minutes = minutes.filter(|_| seconds % 60 == 0);
        let minutes = minutes.and_then(|minutes| u32::try_from(minutes).ok());
        let is_whole = part("microseconds")? == 0;
        let Some(minutes) = minutes.filter(|_| is_whole) else {
            let message = "a validity is a positive number of whole minutes";
            return Err(error::invalid(py, "validity", &message));
        };
        let validity = match minutes % 1_440 {
            0 => stopgap::Validity::days(minutes / 1_440),
            _ => stopgap::Validity::minutes(minutes),
        };
        validity.map(Self).or_raise(py)
    }
}

#[pymethods]
impl Validity {
    /// One day.
    #[classattr]
    pub(crate) const DAY: Self = Self(stopgap::Validity::DAY);
    /// One calendar month: to the same day of the next month, or to its last day.
    #[classattr]
    const MONTH: Self = Self(stopgap::Validity::MONTH);

    /// Returns a validity of 1 to 31 days.
    ///
    /// Raises:
    ///     Invalid: another number.
    #[staticmethod]
    fn days(py: Python<'_>, days: Whole<u32>) -> Result<Self> {
        stopgap::Validity::days(days.0).map(Self).or_raise(py)
    }

    /// Returns a validity of 1 to 24 hours, for online codes.
    ///
    /// Raises:
    ///     Invalid: another number.
    #[staticmethod]
    fn hours(py: Python<'_>, hours: Whole<u32>) -> Result<Self> {
        stopgap::Validity::hours(hours.0).map(Self).or_raise(py)
    }

    /// Returns a validity of 1 to 1,440 minutes, for online codes.
    ///
    /// Raises:
    ///     Invalid: another number.
    #[staticmethod]
    fn minutes(py: Python<'_>, minutes: Whole<u32>) -> Result<Self> {
        stopgap::Validity::minutes(minutes.0).map(Self).or_raise(py)
    }

    /// Reads ISO 8601 in upper case (``P7D``, ``P1M``, ``PT90M``, ``PT1H30M``), or what
    /// people type (``7d``, ``7 days``, ``1mo``, ``1 month``, ``90m``, ``8 hours``,
    /// ``1h30m``).
    ///
    /// Raises:
    ///     Invalid: other text.
    #[staticmethod]
    fn parse(py: Python<'_>, text: Text<'_>) -> Result<Self> {
        text.parse().map(Self).or_raise(py)
    }

    /// ``True`` for days and the month, which offline codes may have too.
    #[getter]
    fn is_calendar(&self) -> bool {
        self.0.is_calendar()
    }

    /// Returns the expiry of something that is valid from this instant on. Days and the
    /// month are counted on the wall clock of the datetime's own zone, by the zone's data.
    ///
    /// A wall-clock time that occurs twice means the first; one that is skipped is read
    /// with the offset before the gap (RFC 5545, section 3.3.5).
    ///
    /// Raises:
    ///     TimeOutOfRange: either instant is outside the years 1 to 9999.
    ///     TypeError: a naive datetime.
    ///
    /// >>> from datetime import datetime
    /// >>> from zoneinfo import ZoneInfo
    /// >>> start = datetime(2026, 1, 31, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    /// >>> Validity.MONTH.expires_at(start).isoformat()
    /// '2026-02-28T12:00:00+01:00'
    fn expires_at<'py>(&self, py: Python<'py>, start: Local) -> Result<Bound<'py, PyAny>> {
        start.expires(py, self.0)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    pub(crate) fn __repr__(&self) -> String {
        let text = self.0.to_string();
        let (class, number) = match text.strip_prefix("PT") {
            Some(time) => match time.strip_suffix('H') {
                Some(hours) => ("hours", hours),
                None => ("minutes", time.trim_end_matches('M')),
            },
            None => match text.trim_start_matches('P').strip_suffix('D') {
                Some(days) => ("days", days),
                None => return "Validity.MONTH".into(),
            },
        };
        format!("Validity.{class}({number})")
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<(Bound<'py, PyAny>, (String,))> {
        let parse = slf.get_type().getattr("parse")?;
        Ok((parse, (slf.get().__str__(),)))
    }
}
