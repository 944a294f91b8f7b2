//! Spans of time: the clock tolerance of a registry, and the overlap of a rotation.

use std::time::Duration;

use chrono::TimeDelta;
use pyo3::prelude::*;

use crate::{Result, datetime, error, once::intern};

/// A clock tolerance: a timedelta, or `None` for any difference.
#[derive(Clone, Copy)]
pub(super) enum Tolerance {
    /// The tolerance of a builder.
    Default,
    /// A tolerance from Python.
    Given(Option<TimeDelta>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Tolerance {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        if obj.is_none() {
            return Ok(Self::Given(None));
        }
        match span_of(obj)? {
            Some(span) if span >= TimeDelta::zero() => Ok(Self::Given(Some(span))),
            _ => Err(error::invalid(
                obj.py(),
                "clock_tolerance",
                &"a clock tolerance is not negative; pass None to allow any difference",
            )),
        }
    }
}

/// The overlap of a rotation: a timedelta that is not negative.
#[derive(Clone, Copy)]
pub(super) struct Overlap(pub(super) Duration);

impl<'a, 'py> FromPyObject<'a, 'py> for Overlap {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        let span = span_of(obj)?.and_then(|span| span.to_std().ok());
        span.map(Self)
            .ok_or_else(|| error::invalid(obj.py(), "overlap", &"an overlap is not negative"))
    }
}

/// Returns the span of a timedelta; `None` if it is too long.
fn span_of(obj: Borrowed<'_, '_, PyAny>) -> Result<Option<TimeDelta>> {
    let py = obj.py();
    let span = &*obj;
    datetime::check_timedelta(span)?;
    let part = |name| -> Result<i64> { span.getattr(name)?.extract() };
    let days = TimeDelta::try_days(part(intern!(py, "days"))?);
    let seconds = TimeDelta::try_seconds(part(intern!(py, "seconds"))?);
    let micros = TimeDelta::microseconds(part(intern!(py, "microseconds"))?);
    Ok(days.and_then(|days| days.checked_add(&seconds?)?.checked_add(&micros)))
}
