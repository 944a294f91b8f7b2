//! The minutes of request codes.

use pyo3::prelude::*;
use stopgap::offline;

use crate::time::Instant;

/// Returns the minute of an instant: whole minutes since 1970 in UTC, rounded down.
///
/// >>> from datetime import datetime, timezone
/// >>> minute_of(datetime(2026, 11, 21, 15, 0, 42, tzinfo=timezone.utc))
/// 29921220
#[pyfunction]
pub(crate) fn minute_of(instant: Instant) -> i64 {
    offline::minute_of(instant.0)
}

/// Returns the number of seconds, 1 to 60, until a machine shows the next request code.
#[pyfunction]
pub(crate) fn seconds_left(now: Instant) -> u32 {
    offline::seconds_left(now.0)
}
