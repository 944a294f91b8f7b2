//! The time until which a call waits.

use std::time::{Duration, Instant};

/// A moment of the monotonic clock. It limits how long a call waits, and decides nothing
/// else: a registry's time comes from its `Clock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Deadline(Instant);

#[expect(
    clippy::disallowed_methods,
    reason = "a wait is measured by the machine's own clock"
)]
impl Deadline {
    /// Returns the moment after a wait that begins now.
    pub(super) fn after(wait: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(wait).unwrap_or(now))
    }

    /// Returns the time that is left; zero if it has passed.
    pub(super) fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    pub(super) fn has_passed(self) -> bool {
        self.left().is_zero()
    }

    pub(super) fn instant(self) -> tokio::time::Instant {
        self.0.into()
    }
}
