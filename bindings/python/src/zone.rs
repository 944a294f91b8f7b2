//! Time zones by Python's `tzinfo` and its data.

use std::{
    cmp::Ordering,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{
    Datelike, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone,
    Timelike, Utc,
};
use pyo3::{
    exceptions::{PyOverflowError, PyTypeError, PyValueError},
    prelude::*,
};

use stopgap::Refusal;

use crate::{Result, datetime as python, error::Raise, frame, once::intern};

/// UTC, or a `tzinfo`.
#[derive(Clone)]
pub(crate) struct Zone(Option<Arc<Asked>>);

struct Asked {
    tzinfo: Py<PyAny>,
    answers: Mutex<Answers>,
}

/// The last answers: a batch asks the same question for each of its codes.
#[derive(Default)]
struct Answers {
    at_utc: Option<(NaiveDateTime, FixedOffset)>,
    /// The offsets with fold 0 and 1.
    at_wall: Option<(NaiveDateTime, (FixedOffset, FixedOffset))>,
    /// The exception of the `tzinfo`: chrono's questions cannot fail.
    raised: Option<PyErr>,
}

impl Zone {
    pub(crate) const UTC: Self = Self(None);

    /// Returns the zone of a `tzinfo`.
    pub(crate) fn of(tzinfo: &Bound<'_, PyAny>) -> Result<Self> {
        python::check_tzinfo(tzinfo)?;
        if tzinfo.is(python::utc(tzinfo.py())?) {
            return Ok(Self::UTC);
        }
        Ok(Self(Some(Arc::new(Asked {
            tzinfo: tzinfo.clone().unbind(),
            answers: Mutex::default(),
        }))))
    }

    /// Returns the zone of a `tzinfo` on whose wall clock something is counted.
    ///
    /// A `tzinfo` of pytz has the offset of one moment, or none, so it is refused: its
    /// answer for another day is wrong.
    pub(crate) fn of_wall(tzinfo: &Bound<'_, PyAny>) -> Result<Self> {
        let zone = Self::of(tzinfo)?;
        let py = tzinfo.py();
        if zone.0.is_some()
            && tzinfo.hasattr(intern!(py, "localize"))?
            && tzinfo.call_method1("utcoffset", (py.None(),))?.is_none()
        {
            return Err(PyTypeError::new_err(
                "a zone of pytz has no wall clock; pass a zoneinfo.ZoneInfo of its name",
            ));
        }
        Ok(zone)
    }

    /// Returns the `tzinfo`.
    pub(crate) fn tzinfo<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        match &self.0 {
            None => Ok(python::utc(py)?.clone()),
            Some(asked) => Ok(asked.tzinfo.bind(py).clone()),
        }
    }

    /// Fails if the `tzinfo` raised an exception since the last check. All answers since
    /// then are void.
    pub(crate) fn check(&self) -> Result<()> {
        let asked = self.0.as_ref();
        match asked.and_then(|asked| asked.answers().raised.take()) {
            None => Ok(()),
            Some(raised) => frame::attach(|py| {
                // The wall clock would leave Python's years.
                if raised.is_instance_of::<PyOverflowError>(py) {
                    return Err(Refusal::TimeOutOfRange.raise(py));
                }
                Err(raised)
            }),
        }
    }
}

impl Asked {
    /// Locks the answers. The lock is never held while Python is called.
    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the `tzinfo`, and keeps its exception.
    fn ask(&self, question: impl FnOnce(Python<'_>) -> Result<FixedOffset>) -> Option<FixedOffset> {
        frame::attach(question)
            .map_err(|error| self.answers().raised = Some(error))
            .ok()
    }

    fn at_wall(&self, wall: &NaiveDateTime) -> Option<(FixedOffset, FixedOffset)> {
        let known = self.answers().at_wall;
        if let Some((_, offsets)) = known.filter(|(asked, _)| asked == wall) {
            return Some(offsets);
        }
        let ask = |fold| {
            self.ask(|py| {
                let shown = datetime(py, wall, self.tzinfo.bind(py), fold)?;
                offset(&shown)
            })
        };
        let offsets = ask(false).zip(ask(true))?;
        self.answers().at_wall = Some((*wall, offsets));
        Some(offsets)
    }

    fn at_utc(&self, utc: &NaiveDateTime) -> Option<FixedOffset> {
        let known = self.answers().at_utc;
        if let Some((_, known)) = known.filter(|(asked, _)| asked == utc) {
            return Some(known);
        }
        let answer = self.ask(|py| {
            let instant = datetime(py, utc, python::utc(py)?, false)?;
            let shown = shown_in(&instant, self.tzinfo.bind(py))?;
            offset(&shown)
        })?;
        self.answers().at_utc = Some((*utc, answer));
        Some(answer)
    }
}

/// Makes a `datetime` of the date and time of a wall clock.
pub(crate) fn datetime<'py>(
    py: Python<'py>,
    naive: &NaiveDateTime,
    tzinfo: &Bound<'py, PyAny>,
    fold: bool,
) -> Result<Bound<'py, PyAny>> {
    let (year, month, day) = (naive.year(), naive.month(), naive.day());
    let (hour, minute, second) = (naive.hour(), naive.minute(), naive.second());
    let micro = naive.nanosecond().div_euclid(1_000).min(999_999);
    let parts = (year, month, day, hour, minute, second, micro);
    python::new(py, parts, tzinfo, fold)
}

/// Returns an instant in a zone. The `tzinfo` may return anything.
pub(crate) fn shown_in<'py>(
    instant: &Bound<'py, PyAny>,
    tzinfo: &Bound<'py, PyAny>,
) -> Result<Bound<'py, PyAny>> {
    let shown = instant.call_method1(intern!(instant.py(), "astimezone"), (tzinfo,))?;
    if python::is_datetime(&shown)? {
        return Ok(shown);
    }
    let found = shown.get_type().name()?;
    Err(PyTypeError::new_err(format!(
        "the tzinfo gives a {found} where a datetime is expected"
    )))
}

fn offset(shown: &Bound<'_, PyAny>) -> Result<FixedOffset> {
    let offset = shown.call_method0(intern!(shown.py(), "utcoffset"))?;
    if python::check_timedelta(&offset).is_err() {
        return Err(PyTypeError::new_err(
            "the tzinfo says no offset; pass one that does, such as a zoneinfo.ZoneInfo",
        ));
    }
    let part = |name| -> Result<i32> { offset.getattr(name)?.extract() };
    let days = part(intern!(shown.py(), "days"))?;
    let seconds = part(intern!(shown.py(), "seconds"))?;
    let micros = part(intern!(shown.py(), "microseconds"))?;
    let seconds = days
        .checked_mul(86_400)
        .and_then(|days| days.checked_add(seconds));
    let whole = seconds.filter(|_| micros == 0);
    whole.and_then(FixedOffset::east_opt).ok_or_else(|| {
        PyValueError::new_err("the offset of the tzinfo is not a whole number of seconds")
    })
}

/// An offset and its zone.
#[derive(Clone, Debug)]
pub(crate) struct ZoneOffset {
    fixed: FixedOffset,
    zone: Zone,
}

impl Offset for ZoneOffset {
    fn fix(&self) -> FixedOffset {
        self.fixed
    }
}

impl fmt::Display for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fixed.fmt(f)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Zone(..)")
    }
}

/// If the `tzinfo` raises an exception, the answer is that of UTC, and [`Zone::check`] fails.
impl TimeZone for Zone {
    type Offset = ZoneOffset;

    fn from_offset(offset: &ZoneOffset) -> Self {
        offset.zone.clone()
    }

    fn offset_from_local_date(&self, date: &NaiveDate) -> MappedLocalTime<ZoneOffset> {
        self.offset_from_local_datetime(&date.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, wall: &NaiveDateTime) -> MappedLocalTime<ZoneOffset> {
        // The core refuses other years, and Python has no datetime for them.
        let asked = self.0.as_ref();
        let Some(asked) = asked.filter(|_| (1..=9999).contains(&wall.year())) else {
            return MappedLocalTime::Single(self.utc_offset());
        };
        let Some((first, second)) = asked.at_wall(wall) else {
            return MappedLocalTime::Single(self.utc_offset());
        };
        // PEP 495: within a gap the first offset is the one before it.
        match first.local_minus_utc().cmp(&second.local_minus_utc()) {
            Ordering::Equal => MappedLocalTime::Single(self.offset(first)),
            Ordering::Greater => {
                MappedLocalTime::Ambiguous(self.offset(first), self.offset(second))
            }
            Ordering::Less => MappedLocalTime::None,
        }
    }

    fn offset_from_utc_date(&self, date: &NaiveDate) -> ZoneOffset {
        self.offset_from_utc_datetime(&date.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> ZoneOffset {
        let asked = self.0.as_ref();
        // As above.
        let asked = asked.filter(|_| (1..=9999).contains(&utc.year()));
        asked
            .and_then(|asked| asked.at_utc(utc))
            .map_or_else(|| self.utc_offset(), |fixed| self.offset(fixed))
    }
}

impl Zone {
    fn utc_offset(&self) -> ZoneOffset {
        self.offset(Utc.fix())
    }

    fn offset(&self, fixed: FixedOffset) -> ZoneOffset {
        let zone = self.clone();
        ZoneOffset { fixed, zone }
    }
}
