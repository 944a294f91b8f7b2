//! The machine's side: shows request codes, redeems offline codes once.

use core::ops::RangeInclusive;

use chrono::{DateTime, TimeZone, Utc};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::{
    answer::first_second,
    lock::Lock,
    ocra::Response,
    request::{RequestCode, minute_of},
    state::{SealedState, State, StateError},
};
use crate::{
    alphabet::Alphabet, code_length::CodeLength, error::Refusal, format::CodeFormat,
    key::EnrolmentKey, purpose::Purpose, throttle::ThrottlePolicy, validity::check_instant,
};

/// The figures of an agent (SPEC, "Redeeming"). The protocol's are the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct AgentPolicy {
    /// The symbols of request codes and offline codes; the server's too.
    pub alphabet: Alphabet,
    /// How many minutes ago the request code may have been shown; 30.
    pub window_minutes: u16,
    /// How many minutes back to look, only to tell a late code from a wrong
    /// one; 1,440.
    pub diagnose_minutes: u16,
    /// How many seconds the clock may be set back; 120.
    pub clock_tolerance_seconds: u32,
    /// When the door closes upon failures.
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

/// What an agent decided, and the state that must be kept *before* anyone acts
/// on it: a code is good once only if its machine remembers (SPEC, "Sealed
/// state").
#[derive(Clone, Copy, Debug)]
#[must_use = "the state must be kept before anyone acts on the result"]
pub struct Step<T> {
    state: SealedState,
    result: T,
}

impl<T> Step<T> {
    /// Keeps the state by `keep`, and only then gives the result.
    ///
    /// # Errors
    ///
    /// What `keep` gives; the result is then lost, as it must be.
    pub fn keep<E>(self, keep: impl FnOnce(&SealedState) -> Result<(), E>) -> Result<T, E> {
        keep(&self.state)?;
        Ok(self.result)
    }

    /// The state, and the result that waits for it to be kept.
    pub fn into_parts(self) -> (SealedState, T) {
        (self.state, self.result)
    }
}

/// The machine's side of one enrolment (SPEC, "Redeeming").
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use stopgap::{KeyId, KeyRing, MasterKey, Purpose, Validity};
/// use stopgap::offline::{Agent, Enrolment, OfflinePolicy};
///
/// # let now = Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 42).unwrap();
/// let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
/// let enrolments = [Enrolment::new(&keys, "alice", "LAPTOP-17")?];
///
/// // On the plane:
/// let mut agent = Agent::new(enrolments[0].key(&keys)?);
/// let request = agent.request_code(now).to_string();
///
/// // At the help desk:
/// let policy = OfflinePolicy::default().valid_for(Validity::MONTH);
/// let answer = policy.answer(&keys, "alice", &enrolments, &request, Purpose::Bypass, now)?;
/// let read_aloud = answer.code.reveal();
///
/// // On the plane:
/// let mut file: Vec<u8> = Vec::new();
/// let lock = agent
///     .redeem(read_aloud.as_str(), Purpose::Bypass, now)
///     .keep(|state| Ok::<(), std::io::Error>(file.extend(state.as_bytes())))??;
/// assert_eq!(lock.until, Utc.with_ymd_and_hms(2026, 12, 21, 15, 0, 0).unwrap());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Agent {
    key: EnrolmentKey,
    policy: AgentPolicy,
    state: State,
}

impl Agent {
    /// The agent of an enrolment that was just made. One that was used before
    /// must [resume](Self::resume) instead, or it would redeem codes again.
    #[must_use]
    pub fn new(key: EnrolmentKey) -> Self {
        Self {
            key,
            policy: AgentPolicy::default(),
            state: State::default(),
        }
    }

    /// The agent as it was when it sealed this state.
    ///
    /// # Errors
    ///
    /// [`StateError`] where the state was changed, is another enrolment's or of
    /// a newer version.
    pub fn resume(key: EnrolmentKey, sealed: &SealedState) -> Result<Self, StateError> {
        let state = State::open(sealed, &key)?;
        Ok(Self {
            state,
            ..Self::new(key)
        })
    }

    /// The agent with other figures than the protocol's.
    #[must_use]
    pub fn with_policy(self, policy: AgentPolicy) -> Self {
        Self { policy, ..self }
    }

    /// The state to keep, as the last step gave it.
    pub fn seal(&self) -> SealedState {
        self.state.seal(&self.key)
    }

    /// The request code to show now; another one in
    /// [`seconds_left`](super::seconds_left).
    #[must_use]
    pub fn request_code<Tz: TimeZone>(&self, now: DateTime<Tz>) -> RequestCode {
        self.key.request_code(minute_of(now), &self.policy.alphabet)
    }

    /// Redeems the offline code that a person typed: opens the lock, on the wall
    /// clock of the zone that `now` is in.
    ///
    /// Nothing is allocated. The codes of all minutes within the window are
    /// compared, in constant time.
    ///
    /// The result is the [`Lock`], or the first [`Refusal`] that holds:
    /// `Malformed`, `WrongPurpose` (registration needs the server),
    /// `TimeOutOfRange`, `ClockRolledBack`, `Throttled`, `UsedUp`, `Expired` or
    /// `Unknown`. Only the last counts as a failure.
    pub fn redeem<Tz: TimeZone>(
        &mut self,
        typed: &str,
        purpose: Purpose,
        now: DateTime<Tz>,
    ) -> Step<Result<Lock, Refusal>> {
        let result = self.try_redeem(typed, purpose, &now);
        self.step(result)
    }

    /// Whether the lock is open: the lock, or none; or, for then it is not, a
    /// clock that is wrong, [`Refusal::ClockRolledBack`] or
    /// [`Refusal::TimeOutOfRange`].
    pub fn lock<Tz: TimeZone>(&mut self, now: DateTime<Tz>) -> Step<Result<Option<Lock>, Refusal>> {
        let result = self.see(now.to_utc()).map(|now| self.lock_at(now));
        self.step(result)
    }

    /// Opens the lock that the server granted for an online code. The result is
    /// that lock, or the one that is open already if it ends later; or
    /// [`Refusal::Expired`] where it has ended, [`Refusal::TimeOutOfRange`] or
    /// [`Refusal::ClockRolledBack`].
    pub fn open_lock<Tz: TimeZone>(
        &mut self,
        lock: Lock,
        now: DateTime<Tz>,
    ) -> Step<Result<Lock, Refusal>> {
        let result = self.see(now.to_utc()).and_then(|now| {
            check_instant(&lock.until)?;
            let expired_at = whole_seconds(lock.until)?;
            if now >= expired_at {
                return Err(Refusal::Expired { expired_at });
            }
            Ok(self.extend_lock(Lock { until: expired_at }))
        });
        self.step(result)
    }

    /// Clears the lock: the lost factor came back.
    pub fn clear_lock(&mut self) -> Step<()> {
        self.state.lock = None;
        self.step(())
    }

    /// Forgets all failures: an administrator opens the door.
    pub fn reset_throttle(&mut self) -> Step<()> {
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
    ) -> Result<Lock, Refusal> {
        let format = CodeFormat::new(self.policy.alphabet, CodeLength::OFFLINE);
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
            let shown_at = first_second(found, &zoned.timezone())?;
            let expired_at = typed.validity().expires_at(shown_at)?.to_utc();
            // Only a window of nearly a day lets a lock end before it is opened.
            if now >= expired_at {
                return Err(Refusal::Expired { expired_at });
            }
            self.state.last_minute = Some(found);
            self.state.throttle.reset();
            return Ok(self.extend_lock(Lock { until: expired_at }));
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

    /// Whether the code of a minute, or of a later one, was redeemed.
    fn is_used_up(&self, minute: i64) -> bool {
        self.state.last_minute.is_some_and(|last| minute <= last)
    }

    /// The minute, of these, whose code was typed. All are compared, in constant
    /// time.
    fn find(&self, typed: Response, purpose: Purpose, minutes: RangeInclusive<i64>) -> Option<i64> {
        let mut responses = self.key.responses(purpose, typed.validity());
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

    /// Looks at the clock: refuses one that was set back, and remembers the
    /// latest time, in whole seconds.
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

    /// The lock that is open at an instant, without a look at the clock.
    fn lock_at(&self, now: DateTime<Utc>) -> Option<Lock> {
        self.state.lock.filter(|lock| now < lock.until)
    }

    /// Opens the lock until then, or leaves it open for longer.
    fn extend_lock(&mut self, lock: Lock) -> Lock {
        let until = self
            .state
            .lock
            .map_or(lock.until, |open| lock.until.max(open.until));
        *self.state.lock.insert(Lock { until })
    }
}

/// The instant with a fraction of a second cut off.
fn whole_seconds(instant: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    DateTime::from_timestamp(instant.timestamp(), 0).ok_or(Refusal::TimeOutOfRange)
}
