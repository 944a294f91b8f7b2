//! The agent: shows request codes and redeems offline codes once.

use core::ops::RangeInclusive;

use chrono::{DateTime, TimeZone, Utc};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::{
    answer::first_second,
    lock::PasswordOnlyLock,
    ocra::Response,
    request::{RequestCode, minute_of},
    state::{SealedState, State, StateError},
};
use crate::{
    alphabet::Alphabet, error::Refusal, format::CodeFormat, key::EnrolmentKey, purpose::Purpose,
    throttle::ThrottlePolicy, validity::check_instant,
};

/// The figures of an agent (SPEC, "Redeeming").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct AgentPolicy {
    /// The alphabet of request codes and offline codes, the same as the server's.
    pub alphabet: Alphabet,
    /// Age of a request code, in minutes, up to which its answer is redeemed. Default 30.
    pub window_minutes: u16,
    /// Minutes back in which a code is searched to tell a late code from a wrong one.
    /// Default 1,440.
    pub diagnose_minutes: u16,
    /// Seconds by which the clock may be set back. Default 120.
    pub clock_tolerance_seconds: u32,
    /// The figures of the throttle.
    pub throttle: ThrottlePolicy,
}

impl Default for AgentPolicy {
    fn default() -> Self {
        Self {
            alphabet: Alphabet::UNAMBIGUOUS,
            window_minutes: 30,
            diagnose_minutes: 1_440,
            clock_tolerance_seconds: 120,
            throttle: ThrottlePolicy::default(),
        }
    }
}

/// The result of an agent's step, and the state to store *before* anyone acts on the
/// result (SPEC, "Sealed state"). Otherwise a machine that restarts would redeem the code
/// again.
#[derive(Clone, Copy, Debug)]
#[must_use = "store the state before you act on the result"]
pub struct Step<T> {
    state: SealedState,
    result: T,
}

/// The effect of a redeemed offline code (SPEC, "Redeeming").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Redeemed {
    /// A code for `bypass`: this password-only lock is active.
    Bypass(PasswordOnlyLock),
    /// A code for `reset`: the password may be reset now. No lock changes.
    Reset,
}

impl Redeemed {
    /// Returns the password-only lock of a code for `bypass`.
    #[must_use]
    pub const fn password_only_lock(self) -> Option<PasswordOnlyLock> {
        match self {
            Self::Bypass(lock) => Some(lock),
            Self::Reset => None,
        }
    }
}

impl<T> Step<T> {
    /// Stores the state by `keep`, and only then returns the result.
    ///
    /// # Errors
    ///
    /// The error of `keep`; the result is then lost, as it must be.
    pub fn keep<E>(self, keep: impl FnOnce(&SealedState) -> Result<(), E>) -> Result<T, E> {
        keep(&self.state)?;
        Ok(self.result)
    }

    /// Returns the state, and the result that must wait until the state is stored.
    pub fn into_parts(self) -> (SealedState, T) {
        (self.state, self.result)
    }
}

/// The agent of one enrolment, on the machine (SPEC, "Redeeming").
///
/// ```
/// # #[cfg(feature = "os-rng")] {
/// use chrono::{TimeZone, Utc};
/// use stopgap::{KeyId, KeyRing, MasterKey, Purpose, SysRng, Validity, VerifyRequest};
/// use stopgap::offline::{Agent, Enrolment, OfflinePolicy};
///
/// # let now = Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 42).unwrap();
/// let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
/// let enrolments = [Enrolment::new(&keys, "alice", "LAPTOP-17", now, &mut SysRng)?];
///
/// // On the plane:
/// let mut agent = Agent::new(enrolments[0].key(&keys)?);
/// let request = agent.request_code(now).to_string();
///
/// // At the help desk:
/// let policy = OfflinePolicy::default().validity(Validity::MONTH);
/// let request = VerifyRequest::new("alice", &request, Purpose::Bypass);
/// let answer = policy.answer(&keys, &enrolments, &request, now)?;
/// let read_aloud = answer.code.reveal();
///
/// // On the plane:
/// let mut file: Vec<u8> = Vec::new();
/// let redeemed = agent
///     .redeem(read_aloud.as_str(), Purpose::Bypass, now)
///     .keep(|state| Ok::<(), std::io::Error>(file.extend(state.as_bytes())))??;
/// let until = Utc.with_ymd_and_hms(2026, 12, 21, 15, 0, 0).unwrap();
/// assert_eq!(redeemed.password_only_lock().map(|lock| lock.until), Some(until));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Agent {
    key: EnrolmentKey,
    policy: AgentPolicy,
    state: State,
}

impl Agent {
    /// Returns the agent of a new enrolment. One that was used before must
    /// [resume](Self::resume) instead, otherwise it would redeem codes again.
    #[must_use]
    pub fn new(key: EnrolmentKey) -> Self {
        Self {
            key,
            policy: AgentPolicy::default(),
            state: State::default(),
        }
    }

    /// Returns the agent with the state that it sealed.
    ///
    /// # Errors
    ///
    /// [`StateError`] if the state was changed, belongs to another enrolment, or has a
    /// newer version.
    pub fn resume(key: EnrolmentKey, sealed: &SealedState) -> Result<Self, StateError> {
        let state = State::open(sealed, &key)?;
        Ok(Self {
            state,
            ..Self::new(key)
        })
    }

    /// Sets other figures than the protocol's.
    #[must_use]
    pub fn with_policy(self, policy: AgentPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Returns the state to store, as the last step returned it.
    pub fn seal(&self) -> SealedState {
        self.state.seal(&self.key)
    }

    /// Returns the request code to show now; the next one follows in
    /// [`seconds_left`](super::seconds_left).
    #[must_use]
    pub fn request_code<Tz: TimeZone>(&self, now: DateTime<Tz>) -> RequestCode {
        self.key.request_code(minute_of(now), &self.policy.alphabet)
    }

    /// Redeems the offline code that a person typed. A code for `bypass` activates the
    /// password-only lock, on the wall clock of the zone of `now`.
    ///
    /// Nothing is allocated. The codes of all minutes of the window are compared, in
    /// constant time.
    ///
    /// The result is [`Redeemed`], or the first [`Refusal`] that holds: `Malformed`,
    /// `WrongPurpose` (registration needs the server), `TimeOutOfRange`,
    /// `ClockRolledBack`, `Throttled`, `UsedUp`, `Expired` or `Unknown`. Only the last
    /// counts as a failure.
    pub fn redeem<Tz: TimeZone>(
        &mut self,
        typed: &str,
        purpose: Purpose,
        now: DateTime<Tz>,
    ) -> Step<Result<Redeemed, Refusal>> {
        let result = self.try_redeem(typed, purpose, &now);
        self.step(result)
    }

    /// Returns the password-only lock that is active, if one is. The result is
    /// [`Refusal::ClockRolledBack`] or [`Refusal::TimeOutOfRange`] if the clock is wrong;
    /// the lock is not active then.
    pub fn password_only_lock<Tz: TimeZone>(
        &mut self,
        now: DateTime<Tz>,
    ) -> Step<Result<Option<PasswordOnlyLock>, Refusal>> {
        let result = self.see(now.to_utc()).map(|now| self.lock_at(now));
        self.step(result)
    }

    /// Activates the password-only lock that the server granted for an online code, if it
    /// ends after now and after the active one. The result is the lock that is active
    /// then, `None` if both have ended; or [`Refusal::TimeOutOfRange`] or
    /// [`Refusal::ClockRolledBack`]. The throttle is neither read nor cleared.
    pub fn activate<Tz: TimeZone>(
        &mut self,
        lock: PasswordOnlyLock,
        now: DateTime<Tz>,
    ) -> Step<Result<Option<PasswordOnlyLock>, Refusal>> {
        let result = self.see(now.to_utc()).and_then(|now| {
            check_instant(&lock.until)?;
            let until = whole_seconds(lock.until)?;
            if now < until {
                let _ = self.extend_lock(PasswordOnlyLock { until });
            }
            Ok(self.lock_at(now))
        });
        self.step(result)
    }

    /// Clears the lock, because the lost factor returned.
    pub fn clear_lock(&mut self) -> Step<()> {
        self.state.lock = None;
        self.step(())
    }

    /// Forgets all failures: an administrator unlocks.
    pub fn unlock(&mut self) -> Step<()> {
        self.state.throttle.reset();
        self.step(())
    }

    fn step<T>(&self, result: T) -> Step<T> {
        Step {
            state: self.seal(),
            result,
        }
    }

    fn try_redeem<Tz: TimeZone>(
        &mut self,
        typed: &str,
        purpose: Purpose,
        zoned: &DateTime<Tz>,
    ) -> Result<Redeemed, Refusal> {
        let format = CodeFormat::new(self.policy.alphabet, 16);
        let typed = Response::from_typed(format.number(&format.normalize(typed)?));
        if purpose == Purpose::Register {
            return Err(Refusal::WrongPurpose);
        }
        let now = self.see(zoned.to_utc())?;
        self.state.throttle.check(&self.policy.throttle, now)?;

        let minute = minute_of(now);
        let oldest = minute.saturating_sub(self.policy.window_minutes.into());
        if let Some(found) = self.find(typed, purpose, oldest..=minute) {
            if self.is_used_up(found) {
                return Err(Refusal::UsedUp);
            }
            // The lock counts from the first second of the minute of the request.
            let until = match purpose {
                Purpose::Bypass => {
                    let shown_at = first_second(found, &zoned.timezone())?;
                    Some(typed.validity().expiry(shown_at)?.to_utc())
                }
                Purpose::Reset | Purpose::Register => None,
            };
            // Only a window of nearly a day lets a lock end before it begins.
            if let Some(expired_at) = until.filter(|until| now >= *until) {
                return Err(Refusal::Expired { expired_at });
            }
            self.state.last_minute = Some(found);
            self.state.throttle.reset();
            return Ok(match until {
                Some(until) => Redeemed::Bypass(self.extend_lock(PasswordOnlyLock { until })),
                None => Redeemed::Reset,
            });
        }

        let long_ago = minute.saturating_sub(self.policy.diagnose_minutes.into());
        let late = long_ago..=oldest.saturating_sub(1);
        match self.find(typed, purpose, late) {
            Some(found) if self.is_used_up(found) => Err(Refusal::UsedUp),
            Some(found) => {
                let behind = i64::from(self.policy.window_minutes).saturating_add(1);
                let expired_at = first_second(found.saturating_add(behind), &Utc)?;
                Err(Refusal::Expired { expired_at })
            }
            None => {
                self.state.throttle.fail(&self.policy.throttle, now);
                Err(Refusal::Unknown)
            }
        }
    }

    /// Returns `true` if the code of this minute, or of a later one, was redeemed.
    fn is_used_up(&self, minute: i64) -> bool {
        self.state.last_minute.is_some_and(|last| minute <= last)
    }

    /// Returns the minute, of these, with the code that was typed. All are compared, in
    /// constant time.
    fn find(&self, typed: Response, purpose: Purpose, minutes: RangeInclusive<i64>) -> Option<i64> {
        let responses = self.key.responses(purpose, typed.validity());
        let mut found = Choice::from(0);
        let mut found_minute = 0;
        for minute in minutes {
            let expected = responses.at(minute);
            let same = expected.number().ct_eq(&typed.number());
            found_minute.conditional_assign(&minute, same);
            found |= same;
        }
        bool::from(found).then_some(found_minute)
    }

    /// Refuses a clock that was set back, and remembers the latest time, in whole seconds.
    fn see(&mut self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
        check_instant(&now)?;
        let now = whole_seconds(now)?;
        if let Some(seen) = self.state.clock_floor {
            let set_back = seen.signed_duration_since(now).num_seconds();
            if set_back > self.policy.clock_tolerance_seconds.into() {
                return Err(Refusal::ClockRolledBack { seen });
            }
        }
        self.state.clock_floor = self.state.clock_floor.max(Some(now));
        Ok(now)
    }

    /// Returns the lock that is active at an instant, whatever the clock showed before.
    fn lock_at(&self, now: DateTime<Utc>) -> Option<PasswordOnlyLock> {
        self.state.lock.filter(|lock| now < lock.until)
    }

    /// Activates the lock until its end, or leaves one that ends later.
    fn extend_lock(&mut self, lock: PasswordOnlyLock) -> PasswordOnlyLock {
        let until = self
            .state
            .lock
            .map_or(lock.until, |active| lock.until.max(active.until));
        *self.state.lock.insert(PasswordOnlyLock { until })
    }
}

/// Returns the instant without a fraction of a second.
fn whole_seconds(instant: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    DateTime::from_timestamp(instant.timestamp(), 0).ok_or(Refusal::TimeOutOfRange)
}
