//! Failed attempts and lockouts (SPEC, "Throttle").

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use crate::{
    error::Refusal,
    key_id::KeyId,
    key_ring::KeyRing,
    name::Name,
    record_bytes_error::RecordBytesError,
    record_reader::Reader,
    sealed::{self, Sealed, Text, private::Encode},
};

/// The figures of a throttle (SPEC, "Throttle").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct ThrottlePolicy {
    /// Failures after which attempts are locked out. Default 5. With 0 the first
    /// failure locks, for twice the first delay.
    pub free: u32,
    /// Seconds of the first lockout; each further failure doubles them. Default 60.
    pub first_delay_seconds: u32,
    /// Seconds of the longest lockout with an end. Default 3,600.
    pub max_delay_seconds: u32,
    /// Failures after which the lockout has no end, so that an administrator must
    /// unlock. Default 100. With 0 every attempt is locked out.
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
    /// Returns the lockout after a number of failures; `None` if there is none.
    fn delay(&self, failures: u32) -> Option<TimeDelta> {
        let doublings = failures.checked_sub(self.free)?;
        let seconds = 2_i64
            .saturating_pow(doublings)
            .saturating_mul(self.first_delay_seconds.into())
            .min(self.max_delay_seconds.into());
        TimeDelta::try_seconds(seconds)
    }

    /// Returns the latest end of a lockout that can be right at an instant.
    fn latest_end(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        TimeDelta::try_seconds(self.max_delay_seconds.into())
            .and_then(|longest| now.checked_add_signed(longest))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// The failed attempts of one user on a server, or of one enrolment on a machine (SPEC,
/// "Throttle"). Store it beside the codes that it guards.
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
    /// Failed attempts since the last success or reset.
    pub failures: u32,
    /// The end of the last lockout; `None` if there was none, or if it has no end.
    pub locked_until: Option<DateTime<Utc>>,
}

impl Throttle {
    /// Reads the fields of a throttle in the bytes of a record.
    pub(crate) fn read(fields: &mut Reader<'_>) -> Result<Self, RecordBytesError> {
        Ok(Self {
            failures: fields.be32()?,
            locked_until: fields.maybe_instant("locked_until")?,
        })
    }

    /// Checks that attempts are not locked out now.
    ///
    /// An end later than now plus the longest delay becomes that, because a clock was
    /// ahead when it was set. Store the throttle then: compare it with a copy.
    ///
    /// # Errors
    ///
    /// [`Refusal::Throttled`] with the end of the lockout, or with `None` if an
    /// administrator must [`reset`](Self::reset) it.
    pub fn check<Tz: TimeZone>(
        &mut self,
        policy: &ThrottlePolicy,
        now: DateTime<Tz>,
    ) -> Result<(), Refusal> {
        let now = now.to_utc();
        self.locked_until = self.locked_until.min(Some(policy.latest_end(now)));
        if self.failures >= policy.hard_limit {
            return Err(Refusal::Throttled { until: None });
        }
        match self.locked_until {
            Some(until) if now < until => Err(Refusal::Throttled { until: Some(until) }),
            _ => Ok(()),
        }
    }

    /// Counts a failure, and locks attempts out if it is one too many.
    pub fn fail<Tz: TimeZone>(&mut self, policy: &ThrottlePolicy, now: DateTime<Tz>) {
        self.failures = self.failures.saturating_add(1);
        let delay = if self.failures < policy.hard_limit {
            policy.delay(self.failures)
        } else {
            None
        };
        self.locked_until = delay.map(|delay| {
            let until = now.to_utc().checked_add_signed(delay);
            until.unwrap_or(DateTime::<Utc>::MAX_UTC)
        });
    }

    /// Forgets all failures: after a success, or if an administrator unlocks.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Runs an attempt unless attempts are locked out. A success clears the failures,
    /// [`Refusal::Unknown`] counts as one, and any other refusal changes nothing: a typo
    /// is no guess, and neither is a right code that has expired. Replays of an earlier
    /// answer do not belong here: they neither count nor clear failures.
    ///
    /// # Errors
    ///
    /// [`Refusal::Throttled`], or the error of `attempt`.
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

/// The record of a user's throttle on a server, bound to the user and, by the key, to the
/// tenant. It is stored as a [`Sealed`] value.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use stopgap::{KeyId, KeyRing, MasterKey, Refusal, ThrottlePolicy, UserThrottle};
///
/// let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
/// let now = Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 0).unwrap();
/// let sealed = UserThrottle::seal(&keys, "alice".parse()?, Default::default());
///
/// let mut throttle = sealed.throttle(&keys, "alice")?;
/// let guess = || Err::<(), _>(Refusal::Unknown);
/// let verdict = throttle.guard(&ThrottlePolicy::default(), now, guess);
/// let sealed = UserThrottle::seal(&keys, "alice".parse()?, throttle); // to be stored
/// assert_eq!(sealed.throttle(&keys, "alice")?.failures, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UserThrottle {
    /// The id of the key that made the tag.
    pub key_id: KeyId,
    /// The user.
    pub user: Name,
    /// The failed attempts of the user.
    pub throttle: Throttle,
}

impl Encode for UserThrottle {
    const LABEL: &'static str = "throttle\0";

    fn key_id(&self) -> KeyId {
        self.key_id
    }

    fn encode<T>(&self, take: impl FnOnce(&[&[u8]]) -> T) -> T {
        let user = Text::of(&self.user);
        take(&[
            Self::LABEL.as_bytes(),
            &sealed::key_id(self.key_id),
            &user.0,
            user.1,
            &self.throttle.failures.to_be_bytes(),
            &sealed::instant(self.throttle.locked_until),
        ])
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, RecordBytesError> {
        Ok(Self {
            key_id: fields.key_id()?,
            user: fields.name("user")?,
            throttle: Throttle::read(fields)?,
        })
    }

    fn is_sound(&self) -> bool {
        sealed::are_whole(&[self.throttle.locked_until])
    }
}

impl UserThrottle {
    /// Seals the throttle of a user under the primary key.
    pub fn seal(keys: &KeyRing, user: Name, throttle: Throttle) -> Sealed<Self> {
        let key = keys.primary();
        let throttle = Throttle {
            locked_until: throttle.locked_until.map(sealed::whole),
            ..throttle
        };
        let record = Self {
            key_id: key.id,
            user,
            throttle,
        };
        Sealed::seal_with(record, key)
    }
}

impl Sealed<UserThrottle> {
    /// Checks the tag and the user, and returns the throttle.
    ///
    /// # Errors
    ///
    /// `KeyMissing`, or `Tampered` if record and tag do not fit or the throttle belongs to
    /// another user.
    pub fn throttle(&self, keys: &KeyRing, user: &str) -> Result<Throttle, Refusal> {
        let record = self.open(keys)?;
        if record.user == *user {
            Ok(record.throttle)
        } else {
            Err(Refusal::Tampered)
        }
    }
}
