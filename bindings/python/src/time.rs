//! Instants: aware datetimes.
//!
//! A datetime has microseconds, and the years 1 to 9999, as the protocol.

use std::sync::OnceLock;

use chrono::{DateTime, Datelike, Utc};
use pyo3::{exceptions::PyTypeError, prelude::*};

use stopgap::{Refusal, Validity};

use crate::{
    Result, datetime as python,
    error::{OrRaise, Raise},
    once::{intern, once},
    zone::{Zone, datetime, shown_in},
};

const NAIVE: &str = "a datetime without a time zone could be any instant; pass an aware \
    one, such as datetime.now(timezone.utc) or datetime.now(ZoneInfo(\"Europe/Berlin\"))";

/// An instant.
#[derive(Clone, Copy)]
pub(crate) struct Instant(pub(crate) DateTime<Utc>);

impl<'a, 'py> FromPyObject<'a, 'py> for Instant {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        let py = obj.py();
        python::check_datetime(&obj)?;
        // A subtraction works with any zone.
        let since = match obj.sub(epoch(py)?) {
            Ok(since) => since,
            Err(error) if error.is_instance_of::<PyTypeError>(py) && is_naive(obj)? => {
                return Err(PyTypeError::new_err(NAIVE));
            }
            Err(error) => return Err(error),
        };
        let part = |name| -> Result<i64> { since.getattr(name)?.extract() };
        let days = part(intern!(py, "days"))?;
        let seconds = part(intern!(py, "seconds"))?;
        let micros = part(intern!(py, "microseconds"))?;
        let whole = days
            .checked_mul(86_400)
            .and_then(|s| s.checked_add(seconds));
        let instant = whole.and_then(|whole| {
            let nanos = u32::try_from(micros.checked_mul(1_000)?).ok()?;
            DateTime::from_timestamp(whole, nanos)
        });
        // Near the first and the last year, the year in UTC can be another.
        let instant = instant.filter(|instant| (1..=9999).contains(&instant.year()));
        instant
            .map(Self)
            .ok_or_else(|| Refusal::TimeOutOfRange.raise(py))
    }
}

fn is_naive(datetime: Borrowed<'_, '_, PyAny>) -> Result<bool> {
    Ok(datetime.call_method0("utcoffset")?.is_none())
}

/// An instant in the zone of its datetime.
pub(crate) struct Local(pub(crate) DateTime<Zone>);

impl<'a, 'py> FromPyObject<'a, 'py> for Local {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        let Instant(utc) = obj.extract()?;
        let tzinfo = obj.getattr(intern!(obj.py(), "tzinfo"))?;
        let zone = Zone::of_wall(&tzinfo)?;
        let local = utc.with_timezone(&zone);
        zone.check()?;
        Ok(Self(local))
    }
}

impl Local {
    /// Returns the expiry of something that is valid from now, in the same zone.
    pub(crate) fn expires(self, py: Python<'_>, validity: Validity) -> Result<Bound<'_, PyAny>> {
        let zone = self.0.timezone();
        let expires = validity.expires_at(self.0);
        zone.check()?;
        let expires = utc(py, expires.or_raise(py)?.to_utc())?;
        shown_in(&expires, &zone.tzinfo(py)?)
    }
}

/// Makes a datetime in UTC.
pub(crate) fn utc(py: Python<'_>, instant: DateTime<Utc>) -> Result<Bound<'_, PyAny>> {
    let naive = instant.naive_utc();
    // A lockout near the last year can end after it.
    if !(1..=9999).contains(&naive.year()) {
        return Err(Refusal::TimeOutOfRange.raise(py));
    }
    datetime(py, &naive, python::utc(py)?, false)
}

/// Makes a datetime in UTC, or none.
pub(crate) fn utc_or_none(
    py: Python<'_>,
    instant: Option<DateTime<Utc>>,
) -> Result<Option<Bound<'_, PyAny>>> {
    instant.map(|instant| utc(py, instant)).transpose()
}

fn epoch(py: Python<'_>) -> Result<&Bound<'_, PyAny>> {
    static EPOCH: OnceLock<Py<PyAny>> = OnceLock::new();
    let make = || utc(py, DateTime::UNIX_EPOCH).map(Bound::unbind);
    Ok(once(&EPOCH, make)?.bind(py))
}

/// Makes the epoch in advance, before threads could fork meanwhile.
pub(crate) fn prepare(py: Python<'_>) -> Result<()> {
    epoch(py).map(drop)
}
