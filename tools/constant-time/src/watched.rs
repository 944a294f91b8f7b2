//! Work that the tools watch.

use chrono::{DateTime, Utc};

use crate::{
    case::Case,
    tool::{Tool, Wrong},
};

/// Makes the cases: classes of secrets, which all have the same verdict.
type Cases = fn() -> Result<Vec<Case>, Wrong>;
/// Does the work once.
type Run = fn(&Case, &mut Tool) -> Result<(), Wrong>;

/// A subject or a control.
pub(crate) struct Watched {
    pub(crate) name: &'static str,
    pub(crate) cases: Cases,
    pub(crate) run: Run,
}

pub(crate) const fn watched(name: &'static str, cases: Cases, run: Run) -> Watched {
    Watched { name, cases, run }
}

/// 2026-11-21 15:00:42 UTC.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_273_242, 0).unwrap_or_default()
}
