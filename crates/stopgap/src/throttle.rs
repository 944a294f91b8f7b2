//! Failures in a row, and the door that closes upon them (SPEC, "Throttle").

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use crate::error::Refusal;

/// The figures of a throttle (SPEC, "Throttle"). The protocol's are the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct ThrottlePolicy {
    /// Which failure in a row is the first to close the door; each after it does
    /// as well; 5. With 0 it is the first one, and closes twice as long.
    pub free: u32,
    /// For how long it then closes, in seconds; each further failure doubles
    /// it; 60.
    pub first_delay_seconds: u32,
    /// The longest that it closes, in seconds; 3,600.
    pub max_delay_seconds: u32,
    /// The failure in a row after which it stays closed until an administrator
    /// resets it; 100. With 0 it is never open.
    pub hard_limit: u32,
}

impl Default for ThrottlePolicy {
    fn default() -> Self {
        Self {
            free: 5,
            first_delay_seconds: 60,
            max_delay_seconds: 3_600,
            hard_limit: 100,
        }
    }
}

impl ThrottlePolicy {
    /// For how long that many failures close the door.
    fn delay(&self, failures: u32) -> Option<TimeDelta> {
        let doublings = failures.checked_sub(self.free)?;
        let seconds = 2_i64
            .saturating_pow(doublings)
            .saturating_mul(self.first_delay_seconds.into())
            .min(self.max_delay_seconds.into());
        TimeDelta::try_seconds(seconds)
    }
}

/// What is remembered about the failures of one user on a server, or of one
/// enrolment on a machine (SPEC, "Throttle"). Keep it beside the codes that it
/// guards.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use stopgap::{Refusal, Throttle, ThrottlePolicy};
///
/// let now = Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 0).unwrap();
/// let policy = ThrottlePolicy::default();
/// let mut throttle = Throttle::default();
/// for _ in 0..5 {
///     let guess = || Err::<(), Refusal>(Refusal::Unknown);
///     assert_eq!(throttle.guard(&policy, now, guess), Err(Refusal::Unknown));
/// }
/// let right = || Ok::<(), Refusal>(());
/// assert!(matches!(
///     throttle.guard(&policy, now, right),
///     Err(Refusal::Throttled { .. })
/// ));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Throttle {
    /// Failures in a row.
    pub failures: u32,
    /// Until when the door is closed, where it was closed.
    pub closed_until: Option<DateTime<Utc>>,
}

impl Throttle {
    /// Whether the door is open.
    ///
    /// # Errors
    ///
    /// [`Refusal::Throttled`] where it is closed, with the time at which it
    /// opens, or none where an administrator must [`reset`](Self::reset) it.
    pub fn check<Tz: TimeZone>(
        &self,
        policy: &ThrottlePolicy,
        now: DateTime<Tz>,
    ) -> Result<(), Refusal> {
        if self.failures >= policy.hard_limit {
            return Err(Refusal::Throttled { until: None });
        }
        match self.closed_until {
            Some(until) if now < until => Err(Refusal::Throttled { until: Some(until) }),
            _ => Ok(()),
        }
    }

    /// Counts a failure, and closes the door where it is one too many.
    pub fn fail<Tz: TimeZone>(&mut self, policy: &ThrottlePolicy, now: DateTime<Tz>) {
        self.failures = self.failures.saturating_add(1);
        if let Some(delay) = policy.delay(self.failures) {
            let until = now.to_utc().checked_add_signed(delay);
            self.closed_until = Some(until.unwrap_or(DateTime::<Utc>::MAX_UTC));
        }
    }

    /// Forgets all failures: after a success, or when an administrator says so.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Makes an attempt through the door: behind a closed one `attempt` is not
    /// run; a success clears the failures, [`Refusal::Unknown`] counts as one,
    /// and any other refusal changes nothing, for a typo is no guess and neither
    /// is a right code that has expired.
    ///
    /// # Errors
    ///
    /// [`Refusal::Throttled`], or what `attempt` gives.
    pub fn guard<T, Tz: TimeZone>(
        &mut self,
        policy: &ThrottlePolicy,
        now: DateTime<Tz>,
        attempt: impl FnOnce() -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let now = now.to_utc();
        self.check(policy, now)?;
        let verdict = attempt();
        match verdict {
            Ok(_) => self.reset(),
            Err(Refusal::Unknown) => self.fail(policy, now),
            Err(_) => {}
        }
        verdict
    }
}
