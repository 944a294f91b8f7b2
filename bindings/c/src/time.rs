//! Unix seconds that the caller gets.

use stopgap::chrono::{DateTime, Utc};

/// No time.
pub const STOPGAP_NEVER: i64 = i64::MIN;

/// Returns Unix seconds, rounded down; STOPGAP_NEVER for none.
pub(crate) fn seconds(instant: Option<DateTime<Utc>>) -> i64 {
    instant.map_or(STOPGAP_NEVER, |instant| instant.timestamp())
}
