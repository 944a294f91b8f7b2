//! The agent of a machine: shows request codes, and redeems offline codes once.

use std::{ffi::c_void, mem::offset_of};

use stopgap::offline::{Agent, AgentPolicy, PasswordOnlyLock, SealedState, Step};

use crate::text::stopgap_text;
use crate::{
    alphabet::{self, stopgap_alphabet},
    code::stopgap_code,
    enrolment_key::stopgap_enrolment_key,
    error::Outcome,
    error::stopgap_error,
    growing::{Growing, grown},
    guard::{elements, free, guard, handle, lent, lent_or_null, output},
    instant::{instant, zoned},
    purpose::{purpose_of, stopgap_purpose},
    status::{
        STOPGAP_ERR_CALLBACK_FAILED, STOPGAP_ERR_NO_LOCK, STOPGAP_ERR_NULL_ARGUMENT, stopgap_status,
    },
    text::typed,
    throttle::stopgap_throttle_policy,
    time::seconds,
};

/// The policy of an agent (SPEC, "Redeeming"). Start from stopgap_agent_policy_default()
/// and change some members.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_agent_policy {
    /// The symbols of request codes and offline codes, the same as at the server; NULL for
    /// those of stopgap_alphabet_unambiguous.
    pub alphabet: *const stopgap_alphabet,
    /// The lockouts after failures.
    pub throttle: stopgap_throttle_policy,
    /// Seconds by which the clock may be set back; 120.
    pub clock_tolerance_seconds: u32,
    /// Minutes for which an offline code is accepted after its request; 30.
    pub window_minutes: u16,
    /// Minutes before now that are tried only to tell a late code from a wrong one; 1,440.
    pub diagnose_minutes: u16,
}

impl stopgap_agent_policy {
    /// Returns a policy whose alphabet is lent.
    fn lend(policy: &AgentPolicy) -> Self {
        Self {
            alphabet: alphabet::lend(&policy.alphabet),
            throttle: policy.throttle.into(),
            clock_tolerance_seconds: policy.clock_tolerance_seconds,
            window_minutes: policy.window_minutes,
            diagnose_minutes: policy.diagnose_minutes,
        }
    }

    /// Returns the core's policy.
    ///
    /// # Safety
    ///
    /// As [`alphabet::unambiguous_or`].
    unsafe fn read(&self) -> Outcome<AgentPolicy> {
        Ok(AgentPolicy {
            // SAFETY: the caller's promise.
            alphabet: *unsafe { alphabet::unambiguous_or(self.alphabet) }?,
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

/// The memory of an agent between two starts (SPEC, "Sealed state"). A state that was
/// changed, or sealed for another enrolment, does not open. Nothing in it is secret. An
/// older copy put back is not noticed, and makes redeemed codes valid again: store it
/// where the machine's users cannot write.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_sealed_state {
    /// The bytes to write to a file.
    pub bytes: [u8; STOPGAP_SEALED_STATE_SIZE],
}

impl From<&SealedState> for stopgap_sealed_state {
    fn from(state: &SealedState) -> Self {
        Self {
            bytes: *state.as_bytes(),
        }
    }
}

/// A function of the caller that stores the state of an agent before its decision is
/// told: a code is good only once because its machine remembers it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_keep {
    /// Stores the state safely on disk and returns 0, or anything else if it cannot: the
    /// call then fails with STOPGAP_ERR_CALLBACK_FAILED, and the decision is not told. The
    /// function must not throw or longjmp, and must not use the agent.
    pub keep: Option<
        unsafe extern "C" fn(context: *mut c_void, state: *const stopgap_sealed_state) -> i32,
    >,
    /// Passed to `keep` unchanged.
    pub context: *mut c_void,
}

/// Stores the state of a step, and only then returns its result.
///
/// # Safety
///
/// A pointer that is not NULL points to a struct whose function keeps the contract.
unsafe fn kept<T>(keep: &stopgap_keep, step: Step<'_, T>) -> Outcome<T> {
    let function = keep.keep.ok_or(STOPGAP_ERR_NULL_ARGUMENT)?;
    step.keep(|state| {
        let state = state.into();
        // SAFETY: the function keeps its contract.
        match unsafe { function(keep.context, &raw const state) } {
            0 => Ok(()),
            callback => Err(stopgap_error {
                callback,
                ..STOPGAP_ERR_CALLBACK_FAILED.into()
            }),
        }
    })
}

/// The agent of one enrolment (SPEC, "Redeeming").
///
/// Threads: one at a time; several may call stopgap_agent_request_code, stopgap_agent_lock
/// and stopgap_agent_seal together.
pub struct stopgap_agent(pub(crate) Agent);

/// Returns the default policy: a window of 30 minutes, the unambiguous alphabet, the
/// figures of the protocol.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_agent_policy_default() -> stopgap_agent_policy {
    stopgap_agent_policy::lend(&AgentPolicy::default())
}

/// Makes the agent of a new enrolment; `policy` may be NULL for the default. Resume an
/// agent that was used before, otherwise it redeems its codes again. Store its state at
/// once, from stopgap_agent_seal, so that you notice later if the state is lost. The key
/// is copied: free yours.
///
/// Free the agent with stopgap_agent_free. Errors: those of a policy that is none.
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
        agent.hand_over(with_policy(Agent::new(key.copy()?), policy)?)
    })
}

/// Makes the agent that sealed this state; `policy` may be NULL for the default. The key
/// is copied: free yours.
///
/// Free the agent with stopgap_agent_free. Errors: STOPGAP_ERR_STATE_WRONG_LENGTH,
/// STOPGAP_ERR_STATE_DOES_NOT_OPEN, STOPGAP_ERR_STATE_VERSION: an administrator must decide then,
/// because a new agent would redeem its last codes again. Those of a policy that is
/// none.
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
        agent.hand_over(with_policy(resumed, policy)?)
    })
}

fn with_policy(agent: Agent, policy: Option<&stopgap_agent_policy>) -> Outcome<stopgap_agent> {
    Ok(stopgap_agent(match policy {
        // SAFETY: the contract of the header.
        Some(policy) => agent.with_policy(unsafe { policy.read() }?),
        None => agent,
    }))
}

/// Seals the state as it is now.
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

/// Computes the request code to show now; the next one follows in
/// stopgap_seconds_left(now).
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE.
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
        let shown = agent.0.request_code(instant(now)?);
        code.write_text(shown.as_str().as_bytes());
        Ok(())
    })
}

/// A request to redeem an offline code. Set `size`, `typed` and `purpose`; the other
/// members may be zeros. Members may be appended in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_redeem_request {
    /// The size of the struct, sizeof(stopgap_redeem_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The text that the person typed. Wipe it after the call.
    pub typed: stopgap_text,
    /// STOPGAP_PURPOSE_BYPASS or STOPGAP_PURPOSE_RESET.
    pub purpose: stopgap_purpose,
    /// The time zone in which the days of the lock are counted, such as "Europe/Berlin";
    /// UTC if it is empty.
    pub zone: stopgap_text,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_redeem_request {
    const OLDEST: usize = offset_of!(Self, zone);
}

/// A request to redeem a code with its size, and zeros.
#[cfg(test)]
pub(crate) const REDEEM_REQUEST: stopgap_redeem_request = stopgap_redeem_request {
    size: size_of::<stopgap_redeem_request>(),
    typed: crate::text::NO_TEXT,
    purpose: 0,
    zone: crate::text::NO_TEXT,
};

/// Redeems the offline code that a person typed. A code for STOPGAP_PURPOSE_BYPASS activates
/// the password-only lock, and the call writes the end of the lock to `until`. A code for
/// STOPGAP_PURPOSE_RESET allows a password reset now: the lock does not change, and `until`
/// is STOPGAP_NEVER. The call allocates no memory, and compares the codes of all minutes
/// within the window in constant time. On failure `until` is not written.
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED; then the first that holds of
/// STOPGAP_ERR_WRONG_PURPOSE (registration needs the server), STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_CLOCK_ROLLED_BACK, STOPGAP_ERR_THROTTLED, STOPGAP_ERR_USED_UP,
/// STOPGAP_ERR_EXPIRED, STOPGAP_ERR_UNKNOWN. Only the last counts as a failure.
/// STOPGAP_ERR_CALLBACK_FAILED if the state could not be stored: the code may be used up,
/// and the lock is not active until stopgap_agent_log_on has stored the state.
/// STOPGAP_ERR_UNKNOWN_ZONE; STOPGAP_ERR_INVALID_VALUE for an unknown purpose, and for an
/// unknown size of the request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_redeem(
    agent: *mut stopgap_agent,
    request: *const stopgap_redeem_request,
    now: i64,
    keep: *const stopgap_keep,
    until: *mut i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (agent, typed, purpose, now, keep, until) = unsafe {
            let (agent, request) = (handle(agent)?, grown(request)?);
            (
                agent,
                typed(request.typed)?,
                purpose_of(request.purpose)?,
                zoned(now, request.zone)?,
                keeper(keep)?,
                output(until)?,
            )
        };
        let step = typed.read(|typed| agent.0.redeem(typed, purpose, now));
        // SAFETY: the contract of the header.
        let redeemed = unsafe { kept(keep, step) }??;
        until.write(seconds(
            redeemed.password_only_lock().map(|lock| lock.until),
        ));
        Ok(())
    })
}

/// Writes the end of the password-only lock if the lock is active: for display. Nothing
/// changes and nothing is stored; call stopgap_agent_log_on when a person logs on.
///
/// Errors: STOPGAP_ERR_NO_LOCK if no lock is active, or if its state could not be stored;
/// STOPGAP_ERR_CLOCK_ROLLED_BACK or STOPGAP_ERR_TIME_OUT_OF_RANGE, because with a wrong
/// clock the lock is not active. On failure `until` is not written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_lock(
    agent: *const stopgap_agent,
    now: i64,
    until: *mut i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (agent, until) = unsafe { (lent(agent)?, output(until)?) };
        let lock = agent.0.lock(instant(now)?)?.ok_or(STOPGAP_ERR_NO_LOCK)?;
        until.write(lock.until.timestamp());
        Ok(())
    })
}

/// Raises the clock floor, and writes the end of the password-only lock if the lock is
/// active: call it when a person logs on with name and password only. It calls `keep` only
/// if the stored clock floor lags by a minute or more, if the lock has ended since it was
/// stored, or if an earlier state could not be stored.
///
/// Errors: STOPGAP_ERR_NO_LOCK if no lock is active; STOPGAP_ERR_CLOCK_ROLLED_BACK or
/// STOPGAP_ERR_TIME_OUT_OF_RANGE, because with a wrong clock the lock is not active;
/// STOPGAP_ERR_CALLBACK_FAILED. On failure `until` is not written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_log_on(
    agent: *mut stopgap_agent,
    now: i64,
    keep: *const stopgap_keep,
    until: *mut i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (agent, keep, until) = unsafe { (handle(agent)?, keeper(keep)?, output(until)?) };
        let step = agent.0.log_on(instant(now)?);
        // SAFETY: the contract of the header.
        let lock = unsafe { kept(keep, step) }??.ok_or(STOPGAP_ERR_NO_LOCK)?;
        until.write(lock.until.timestamp());
        Ok(())
    })
}

/// Activates the password-only lock that the server granted for an online code,
/// `password_only_until` of stopgap_granted, if it ends after now and after the active one.
/// Writes the end of the lock that is active then. The throttle is neither read nor
/// cleared.
///
/// Errors: STOPGAP_ERR_NO_LOCK if both have ended; STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_CLOCK_ROLLED_BACK, STOPGAP_ERR_CALLBACK_FAILED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_activate(
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
        let lock = PasswordOnlyLock {
            until: instant(granted_until)?,
        };
        let step = agent.0.activate(lock, instant(now)?);
        // SAFETY: the contract of the header.
        let lock = unsafe { kept(keep, step) }??.ok_or(STOPGAP_ERR_NO_LOCK)?;
        until.write(lock.until.timestamp());
        Ok(())
    })
}

/// Clears the password-only lock, because the lost factor returned.
///
/// Errors: STOPGAP_ERR_CALLBACK_FAILED.
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

/// Forgets all failures: an administrator unlocks.
///
/// Errors: STOPGAP_ERR_CALLBACK_FAILED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_unlock(
    agent: *mut stopgap_agent,
    keep: *const stopgap_keep,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe {
            let (agent, keep) = (handle(agent)?, keeper(keep)?);
            kept(keep, agent.0.unlock())
        }
    })
}

/// Wipes and frees an agent, and sets the pointer to NULL. NULL, and a pointer to NULL,
/// are left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_agent_free(agent: *mut *mut stopgap_agent) {
    // SAFETY: the contract of the header.
    unsafe { free(agent) }
}

/// Returns a keeper that has a function. This is checked before anything is decided.
///
/// # Safety
///
/// As [`lent`].
unsafe fn keeper<'a>(keep: *const stopgap_keep) -> Outcome<&'a stopgap_keep> {
    // SAFETY: the caller's promise.
    let keep = unsafe { lent(keep) }?;
    match keep.keep {
        Some(_) => Ok(keep),
        None => Err(STOPGAP_ERR_NULL_ARGUMENT.into()),
    }
}
