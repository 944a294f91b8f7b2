//! The clock tolerance of a registry.

use chrono::TimeDelta;
use pyo3::{prelude::*, types::PyDelta};

use crate::{Result, error, once::intern};

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
        let py = obj.py();
        if obj.is_none() {
            return Ok(Self::Given(None));
        }
        let span = obj.cast::<PyDelta>()?;
        let part = |name| -> Result<i64> { span.getattr(name)?.extract() };
        let days = TimeDelta::try_days(part(intern!(py, "days"))?);
        let seconds = TimeDelta::try_seconds(part(intern!(py, "seconds"))?);
        let micros = TimeDelta::microseconds(part(intern!(py, "microseconds"))?);
        let whole = days.and_then(|days| days.checked_add(&seconds?)?.checked_add(&micros));
        match whole {
            Some(span) if span >= TimeDelta::zero() => Ok(Self::Given(Some(span))),
            _ => Err(error::invalid(
                py,
                "clock_tolerance",
                &"a clock tolerance is not negative; pass None to allow any difference",
            )),
        }
    }
}
