//! How long a code is valid.

use pyo3::prelude::*;

use crate::{Result, error::OrRaise, number::Whole, text::Text, time::Local};

/// How long something is valid: 1 to 31 days, or one calendar month.
///
/// >>> Validity.days(7)
/// Validity.days(7)
/// >>> Validity.parse("1 month") == Validity.MONTH
/// True
/// >>> str(Validity.days(7))
/// 'P7D'
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Validity(pub(crate) stopgap::Validity);

#[pymethods]
impl Validity {
    /// One day.
    #[classattr]
    pub(crate) const DAY: Self = Self(stopgap::Validity::DAY);
    /// One calendar month: the same day of the next month, or its last.
    #[classattr]
    const MONTH: Self = Self(stopgap::Validity::MONTH);

    /// That many days.
    ///
    /// Raises:
    ///     Invalid: not 1 to 31.
    #[staticmethod]
    fn days(py: Python<'_>, days: Whole<u32>) -> Result<Self> {
        stopgap::Validity::days(days.0).map(Self).or_raise(py)
    }

    /// ISO 8601, ``P7D`` and ``P1M``, or as people type it: ``7d``, ``7 days``, ``1mo``,
    /// ``1 month``. Case does not matter.
    ///
    /// Raises:
    ///     Invalid: anything else.
    #[staticmethod]
    fn parse(py: Python<'_>, text: Text<'_>) -> Result<Self> {
        text.parse().map(Self).or_raise(py)
    }

    /// When something issued at this instant expires, on the wall clock of the
    /// datetime's own zone, whose data decides.
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
    /// >>> issued = datetime(2026, 1, 31, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    /// >>> Validity.MONTH.expires_at(issued).isoformat()
    /// '2026-02-28T12:00:00+01:00'
    fn expires_at<'py>(&self, py: Python<'py>, issued_at: Local) -> Result<Bound<'py, PyAny>> {
        issued_at.expires(py, self.0)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    pub(crate) fn __repr__(&self) -> String {
        match self.0.to_string().trim_matches(['P', 'D']) {
            "1M" => "Validity.MONTH".into(),
            days => format!("Validity.days({days})"),
        }
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<(Bound<'py, PyAny>, (String,))> {
        let parse = slf.get_type().getattr("parse")?;
        Ok((parse, (slf.get().__str__(),)))
    }
}
