//! The agent: shows request codes and redeems offline codes once.

use core::ops::RangeInclusive;

use chrono::{DateTime, TimeZone, Utc};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::{
    agent_policy::AgentPolicy,
    answer::first_second,
    lock::PasswordOnlyLock,
    ocra::Response,
    request::{RequestCode, minute_of},
    state::{SealedState, State, StateError},
};
use crate::{
    error::Refusal, format::CodeFormat, key::EnrolmentKey, purpose::Purpose,
    validity::check_instant,
};

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

/// The result of an agent's step, and the state to store *before* anyone acts on the
/// result (SPEC, "Sealed state"). Otherwise a machine that restarts would redeem the code
/// again.
#[derive(Debug)]
#[must_use = "store the state before you act on the result"]
pub struct Step<'a, T> {
    agent: &'a mut Agent,
    before: State,
    is_due: bool,
    result: T,
}

impl<T> Step<'_, T> {
    /// Stores the state by `keep`, and only then returns the result. `keep` is not called
    /// if there is nothing to store, which only happens when a person
    /// [logs on](Agent::log_on).
    ///
    /// # Errors
    ///
    /// The error of `keep`; the result is then lost, as it must be.
    pub fn keep<E>(self, keep: impl FnOnce(&SealedState) -> Result<(), E>) -> Result<T, E> {
        if let Some(state) = self.state() {
            keep(&state)?;
        }
        Ok(self.confirm())
    }

    /// Returns the state to store, `None` if there is nothing to store. For a store that
    /// [`keep`](Self::keep) cannot call.
    #[must_use = "the state must be stored before the step is confirmed"]
    pub fn state(&self) -> Option<SealedState> {
        self.is_due.then(|| self.agent.seal())
    }

    /// Returns the result. The caller confirms that the [state](Self::state) is stored.
    pub fn confirm(self) -> T {
        if self.is_due {
            self.agent.stored = Some(self.agent.state);
        }
        self.result
    }

    /// Takes the step back: the agent is as it was before.
    pub fn undo(self) {
        self.agent.state = self.before;
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
    pub(super) state: State,
    /// The state as it was stored last.
    pub(super) stored: Option<State>,
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
            stored: None,
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
            stored: Some(state),
            ..Self::new(key)
        })
    }

    /// Sets other figures than the protocol's.
    #[must_use]
    pub fn with_policy(self, policy: AgentPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Returns the state as it is now.
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
    ) -> Step<'_, Result<Redeemed, Refusal>> {
        self.step(|agent| agent.try_redeem(typed, purpose, &now))
    }

    /// Returns the password-only lock that is active, `None` if none is: for display. Nothing
    /// changes; [log on](Self::log_on) by the other call. A lock that could not be stored is
    /// not active.
    ///
    /// # Errors
    ///
    /// [`Refusal::ClockRolledBack`] or [`Refusal::TimeOutOfRange`] if the clock is wrong; the
    /// lock is not active then.
    pub fn lock<Tz: TimeZone>(
        &self,
        now: DateTime<Tz>,
    ) -> Result<Option<PasswordOnlyLock>, Refusal> {
        let now = self.check_clock(&now.to_utc())?;
        Ok(self.stored.and_then(|stored| stored.lock_at(now)))
    }

    /// Raises the clock floor, and returns the password-only lock that is active, `None` if
    /// none is: for a person who logs on. There is something to store only if the stored
    /// clock floor lags by a minute or more, if the lock has ended since it was stored, or if
    /// an earlier step was not stored.
    ///
    /// The result is [`Refusal::ClockRolledBack`] or [`Refusal::TimeOutOfRange`] if the clock
    /// is wrong; the lock is not active then.
    pub fn log_on<Tz: TimeZone>(
        &mut self,
        now: DateTime<Tz>,
    ) -> Step<'_, Result<Option<PasswordOnlyLock>, Refusal>> {
        let step = self.step(|agent| {
            let now = agent.see(now.to_utc())?;
            Ok(agent.state.lock_at(now))
        });
        Step {
            is_due: step.agent.state.is_due(step.agent.stored.as_ref()),
            ..step
        }
    }

    /// Activates the password-only lock that the server granted for an online code, if it
    /// ends after now and after the active one. The result is the lock that is active
    /// then, `None` if both have ended; or [`Refusal::TimeOutOfRange`] or
    /// [`Refusal::ClockRolledBack`]. The throttle is neither read nor cleared.
    pub fn activate<Tz: TimeZone>(
        &mut self,
        lock: PasswordOnlyLock,
        now: DateTime<Tz>,
    ) -> Step<'_, Result<Option<PasswordOnlyLock>, Refusal>> {
        self.step(|agent| {
            let now = agent.see(now.to_utc())?;
            check_instant(&lock.until)?;
            let until = whole_seconds(lock.until)?;
            if now < until {
                let _ = agent.extend_lock(PasswordOnlyLock { until });
            }
            Ok(agent.state.lock_at(now))
        })
    }

    /// Clears the lock, because the lost factor returned.
    pub fn clear_lock(&mut self) -> Step<'_, ()> {
        self.step(|agent| agent.state.lock = None)
    }

    /// Forgets all failures: an administrator unlocks.
    pub fn unlock(&mut self) -> Step<'_, ()> {
        self.step(|agent| agent.state.throttle.reset())
    }

    fn step<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> Step<'_, T> {
        let before = self.state;
        let result = act(self);
        Step {
            agent: self,
            before,
            is_due: true,
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

    /// Refuses a clock that was set back, and remembers the latest time.
    fn see(&mut self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
        let now = self.check_clock(&now)?;
        self.state.clock_floor = self.state.clock_floor.max(Some(now));
        Ok(now)
    }

    /// Refuses a clock that was set back. Returns the time in whole seconds.
    fn check_clock(&self, now: &DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
        check_instant(now)?;
        let now = whole_seconds(*now)?;
        if let Some(seen) = self.state.clock_floor {
            let set_back = seen.signed_duration_since(now).num_seconds();
            if set_back > self.policy.clock_tolerance_seconds.into() {
                return Err(Refusal::ClockRolledBack { seen });
            }
        }
        Ok(now)
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
