//! Machines that users are enrolled on.

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::offline::Enrolment;

/// A user's enrolment on a machine, and since when. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// User, machine, key and generation.
    #[serde(flatten)]
    pub enrolment: Enrolment,
    /// When the user was enrolled there last.
    pub enrolled_at: DateTime<Utc>,
    /// When that enrolment was retired: its requests are not answered any more.
    pub retired_at: Option<DateTime<Utc>>,
}
