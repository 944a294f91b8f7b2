//! Until when somebody waits.

use std::time::{Duration, Instant};

/// A moment of the monotonic clock. It measures how long a call waits, and decides
/// nothing else: a registry's time comes from its `Clock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Deadline(Instant);

#[expect(
    clippy::disallowed_methods,
    reason = "for how long to wait is for the machine to say"
)]
impl Deadline {
    /// So long from now.
    pub(super) fn after(wait: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(wait).unwrap_or(now))
    }

    /// How long it is until then; zero where it has passed.
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
