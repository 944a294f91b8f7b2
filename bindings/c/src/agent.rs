//! The machine's side: shows request codes, redeems offline codes once.

use std::ffi::{c_char, c_void};

use stopgap::{
    Refusal,
    offline::{Agent, AgentPolicy, Lock, SealedState, Step},
};

use crate::{
    alphabet::stopgap_alphabet,
    code::stopgap_code,
    enrolment_key::stopgap_enrolment_key,
    error::stopgap_error,
    guard::{
        Outcome, elements, free, guard, handed_over, handle, lent, lent_or_null, output, text,
    },
    instant::{instant, zoned},
    purpose::{purpose_of, stopgap_purpose},
    status::{STOPGAP_CALLBACK_FAILED, STOPGAP_NO_LOCK, STOPGAP_NULL_ARGUMENT, stopgap_status},
    throttle::stopgap_throttle_policy,
};

/// The figures of an agent (SPEC, "Redeeming"). Take stopgap_agent_policy_default()
/// and change what is to be different.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_agent_policy {
    /// The symbols of request codes and offline codes; the server's too.
    pub alphabet: stopgap_alphabet,
    /// When the door closes upon failures.
    pub throttle: stopgap_throttle_policy,
    /// How many seconds the clock may be set back; 120.
    pub clock_tolerance_seconds: u32,
    /// How many minutes ago the request code may have been shown; 30.
    pub window_minutes: u16,
    /// How many minutes back to look, only to tell a late code from a wrong one;
    /// 1,440.
    pub diagnose_minutes: u16,
}

impl From<AgentPolicy> for stopgap_agent_policy {
    fn from(policy: AgentPolicy) -> Self {
        Self {
            alphabet: policy.alphabet.into(),
            throttle: policy.throttle.into(),
            clock_tolerance_seconds: policy.clock_tolerance_seconds,
            window_minutes: policy.window_minutes,
            diagnose_minutes: policy.diagnose_minutes,
        }
    }
}

impl stopgap_agent_policy {
    fn read(&self) -> Outcome<AgentPolicy> {
        Ok(AgentPolicy {
            alphabet: self.alphabet.read()?,
            window_minutes: self.window_minutes,
            diagnose_minutes: self.diagnose_minutes,
            clock_tolerance_seconds: self.clock_tolerance_seconds,
            throttle: self.throttle.read(),
        })
    }
}

/// The size of a sealed state in bytes.
pub const STOPGAP_SEALED_STATE_SIZE: usize = 76;

const _: () = assert!(STOPGAP_SEALED_STATE_SIZE == SealedState::LEN);

/// What an agent remembers, to be kept between two starts (SPEC, "Sealed state"). A
/// state that was changed, or sealed for another enrolment, does not open. Nothing
/// in it is secret. An older copy put back is not noticed, and brings redeemed
/// codes back to life: keep it where the machine's users cannot write.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_sealed_state {
    /// To be written to a file.
    pub bytes: [u8; STOPGAP_SEALED_STATE_SIZE],
}

impl From<&SealedState> for stopgap_sealed_state {
    fn from(state: &SealedState) -> Self {
        Self {
            bytes: *state.as_bytes(),
        }
    }
}

/// Keeps the state of an agent, before anyone acts on what it decided: a code is
/// good once only if its machine remembers.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_keep {
    /// Keeps the state, safely on its disk, and returns 0, or anything else where
    /// it could not: the call then fails with STOPGAP_CALLBACK_FAILED, and what was
    /// decided is not told. It must not throw or longjmp, and must not use the
    /// agent.
    pub keep: Option<
        unsafe extern "C" fn(context: *mut c_void, state: *const stopgap_sealed_state) -> i32,
    >,
    /// Handed to `keep` as it is.
    pub context: *mut c_void,
}

/// Keeps the state of a step, and only then gives its result.
///
/// # Safety
///
/// A pointer that is not NULL points to a struct whose function keeps the contract.
unsafe fn kept<T>(keep: &stopgap_keep, step: Step<T>) -> Outcome<T> {
    let function = keep.keep.ok_or(STOPGAP_NULL_ARGUMENT)?;
    step.keep(|state| {
        let state = state.into();
        // SAFETY: the function keeps its contract.
        match unsafe { function(keep.context, &raw const state) } {
            0 => Ok(()),
            callback => Err(stopgap_error {
                callback,
                ..STOPGAP_CALLBACK_FAILED.into()
            }),
        }
    })
}

/// The machine's side of one enrolment (SPEC, "Redeeming").
///
/// Threads: one at a time; several may call stopgap_agent_request_code and
/// stopgap_agent_seal together.
pub struct stopgap_agent(pub(crate) Agent);

/// The protocol's figures: a window of 30 minutes, the unambiguous alphabet.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_agent_policy_default() -> stopgap_agent_policy {
    AgentPolicy::default().into()
}

/// The agent of an enrolment that was just made; `policy` may be NULL for the
/// protocol's figures. One that was used before must be resumed instead, or it
/// would redeem codes again: keep its state at once, from stopgap_agent_seal, so that
/// a state which is missing later is seen to be lost. The key is copied: free yours.
///
/// Free it with stopgap_agent_free. Errors: those of a policy that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_new(
    key: *const stopgap_enrolment_key,
    policy: *const stopgap_agent_policy,
    agent: *mut *mut stopgap_agent,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (key, policy, agent) = unsafe { (lent(key)?, lent_or_null(policy)?, output(agent)?) };
        agent.write(handed_over(with_policy(Agent::new(key.copy()?), policy)?));
        Ok(())
    })
}

/// The agent as it was when it sealed this state; `policy` may be NULL. The key is
/// copied: free yours.
///
/// Free it with stopgap_agent_free. Errors: STOPGAP_STATE_WRONG_LENGTH,
/// STOPGAP_STATE_DOES_NOT_OPEN, STOPGAP_STATE_VERSION: what to do then is for an
/// administrator to say, for an agent that starts afresh instead would redeem its
/// last codes again. Those of a policy that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_resume(
    key: *const stopgap_enrolment_key,
    policy: *const stopgap_agent_policy,
    state: *const u8,
    state_length: usize,
    agent: *mut *mut stopgap_agent,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (key, policy, state, agent) = unsafe {
            (
                lent(key)?,
                lent_or_null(policy)?,
                elements(state, state_length)?,
                output(agent)?,
            )
        };
        let resumed = Agent::resume(key.copy()?, &SealedState::from_slice(state)?)?;
        agent.write(handed_over(with_policy(resumed, policy)?));
        Ok(())
    })
}

fn with_policy(agent: Agent, policy: Option<&stopgap_agent_policy>) -> Outcome<stopgap_agent> {
    Ok(stopgap_agent(match policy {
        Some(policy) => agent.with_policy(policy.read()?),
        None => agent,
    }))
}

/// The state to keep, as the last call gave it to its callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_seal(
    agent: *const stopgap_agent,
    state: *mut stopgap_sealed_state,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (agent, state) = unsafe { (lent(agent)?, output(state)?) };
        state.write((&agent.0.seal()).into());
        Ok(())
    })
}

/// The request code to show now; another one in stopgap_seconds_left(now).
///
/// Errors: STOPGAP_TIME_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_request_code(
    agent: *const stopgap_agent,
    now: i64,
    code: *mut stopgap_code,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (agent, code) = unsafe { (lent(agent)?, output(code)?) };
        code.write((&agent.0.request_code(instant(now)?)).into());
        Ok(())
    })
}

/// Redeems the offline code that a person typed: opens the temporary password-only
/// lock, on the wall clock of the zone, and tells until when. Nothing is allocated.
/// The codes of all minutes within the window are compared, in constant time.
///
/// Errors: what keeps the text from being a code; then the first refusal that holds
/// of STOPGAP_WRONG_PURPOSE (registration needs the server),
/// STOPGAP_TIME_OUT_OF_RANGE, STOPGAP_CLOCK_ROLLED_BACK, STOPGAP_THROTTLED,
/// STOPGAP_USED_UP, STOPGAP_EXPIRED, STOPGAP_UNKNOWN. Only the last counts as a
/// failure. STOPGAP_CALLBACK_FAILED where the state could not be kept: the code may
/// be spent, and the lock is not open until stopgap_agent_lock has kept the state
/// and says so. STOPGAP_UNKNOWN_ZONE, STOPGAP_INVALID_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_redeem(
    agent: *mut stopgap_agent,
    typed: *const c_char,
    typed_length: usize,
    purpose: stopgap_purpose,
    now: i64,
    zone: *const c_char,
    zone_length: usize,
    keep: *const stopgap_keep,
    until: *mut i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (agent, typed, now, keep, until) = unsafe {
            (
                handle(agent)?,
                text(typed, typed_length)?,
                zoned(now, zone, zone_length)?,
                keeper(keep)?,
                output(until)?,
            )
        };
        let step = agent.0.redeem(typed, purpose_of(purpose)?, now);
        // SAFETY: the contract of the header.
        let lock = unsafe { kept(keep, step) }??;
        until.write(lock.until.timestamp());
        Ok(())
    })
}

/// Whether the lock is open: STOPGAP_OK, and until when, or STOPGAP_NO_LOCK.
///
/// Errors: STOPGAP_NO_LOCK; STOPGAP_CLOCK_ROLLED_BACK or STOPGAP_TIME_OUT_OF_RANGE,
/// for with a clock that is wrong it is not open; STOPGAP_CALLBACK_FAILED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_lock(
    agent: *mut stopgap_agent,
    now: i64,
    keep: *const stopgap_keep,
    until: *mut i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (agent, keep, until) = unsafe { (handle(agent)?, keeper(keep)?, output(until)?) };
        let step = agent.0.lock(instant(now)?);
        // SAFETY: the contract of the header.
        let lock = unsafe { kept(keep, step) }??.ok_or(STOPGAP_NO_LOCK)?;
        until.write(lock.until.timestamp());
        Ok(())
    })
}

/// Opens the lock that the server granted for an online code, from
/// stopgap_granted_lock, and tells until when: then, or when the one that is open
/// already ends, if that is later.
///
/// Errors: STOPGAP_EXPIRED where it has ended; STOPGAP_TIME_OUT_OF_RANGE,
/// STOPGAP_CLOCK_ROLLED_BACK, STOPGAP_CALLBACK_FAILED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_open_lock(
    agent: *mut stopgap_agent,
    granted_until: i64,
    now: i64,
    keep: *const stopgap_keep,
    until: *mut i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (agent, keep, until) = unsafe { (handle(agent)?, keeper(keep)?, output(until)?) };
        let lock = Lock {
            until: instant(granted_until)?,
        };
        let step: Step<Result<Lock, Refusal>> = agent.0.open_lock(lock, instant(now)?);
        // SAFETY: the contract of the header.
        let lock = unsafe { kept(keep, step) }??;
        until.write(lock.until.timestamp());
        Ok(())
    })
}

/// Clears the lock: the lost factor came back.
///
/// Errors: STOPGAP_CALLBACK_FAILED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_clear_lock(
    agent: *mut stopgap_agent,
    keep: *const stopgap_keep,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe {
            let (agent, keep) = (handle(agent)?, keeper(keep)?);
            kept(keep, agent.0.clear_lock())
        }
    })
}

/// Forgets all failures: an administrator opens the door.
///
/// Errors: STOPGAP_CALLBACK_FAILED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_reset_throttle(
    agent: *mut stopgap_agent,
    keep: *const stopgap_keep,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe {
            let (agent, keep) = (handle(agent)?, keeper(keep)?);
            kept(keep, agent.0.reset_throttle())
        }
    })
}

/// Wipes and frees an agent, and makes the pointer NULL. NULL, and a pointer to
/// NULL, are left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_free(agent: *mut *mut stopgap_agent) {
    // SAFETY: the contract of the header.
    unsafe { free(agent) }
}

/// A keeper that has a function, known before anything is decided.
///
/// # Safety
///
/// As [`lent`].
unsafe fn keeper<'a>(keep: *const stopgap_keep) -> Outcome<&'a stopgap_keep> {
    // SAFETY: the caller's promise.
    let keep = unsafe { lent(keep) }?;
    match keep.keep {
        Some(_) => Ok(keep),
        None => Err(STOPGAP_NULL_ARGUMENT.into()),
    }
}
