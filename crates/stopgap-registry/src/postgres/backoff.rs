//! Pauses between retries: random, and twice as long each time.

use std::{thread, time::Duration};

use stopgap::{SysRng, rand_core::TryRng};

use super::deadline::Deadline;
use crate::wait;

/// The longest first pause.
const FIRST: Duration = Duration::from_millis(8);
/// The longest pause.
pub(super) const LONGEST: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Backoff {
    until: Deadline,
    /// The longest next pause.
    most: Duration,
}

impl Backoff {
    pub(super) const fn until(until: Deadline) -> Self {
        Self { until, most: FIRST }
    }

    /// Pauses if there is time left, less the time that the next try needs. Returns `true` if
    /// there was, and the program has not ended the wait.
    pub(super) fn pause(&mut self, needs: Duration) -> bool {
        let left = self.until.left().saturating_sub(needs);
        if left.is_zero() {
            return false;
        }
        // Between half of it and all of it, so that many callers do not return at once.
        let chance = SysRng.try_next_u32().unwrap_or_default();
        let chance = f64::from(chance) / f64::from(u32::MAX);
        let pause = self.most.mul_f64(f64::midpoint(1.0, chance));
        let ends = Deadline::after(pause.min(left));
        while !ends.has_passed() {
            thread::sleep(ends.left().min(wait::PAUSE));
            if wait::is_interrupted() {
                return false;
            }
        }
        self.most = self.most.saturating_mul(2).min(LONGEST);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_kept_for_the_next_try() {
        let until = Deadline::after(Duration::from_secs(3_600));
        let mut backoff = Backoff::until(until);
        assert!(backoff.pause(Duration::from_secs(60)));
        assert!(!backoff.pause(Duration::from_secs(3_600)));
        assert!(!Backoff::until(Deadline::after(Duration::ZERO)).pause(Duration::ZERO));
    }
}
