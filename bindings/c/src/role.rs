//! Who acts, and what a role may do.

use std::ffi::c_char;

use stopgap::{Action, Actor, Role};

use crate::{
    error::{count, found, stopgap_error},
    guard::{Outcome, guard, lent, output, text},
    status::{STOPGAP_INVALID_VALUE, stopgap_status},
    text::text_out,
};

/// What somebody is, from the least to the most that they may do (SPEC, "Roles").
pub type stopgap_role = u32;
/// Uses codes; manages none.
pub const STOPGAP_USER: stopgap_role = 1;
/// Issues and revokes authorization codes, online and offline, and enrols machines.
pub const STOPGAP_HELP_DESK: stopgap_role = 2;
/// The same; resets throttles, manages presets, reads the log.
pub const STOPGAP_ADMINISTRATOR: stopgap_role = 3;
/// All of it, and the only one who manages security codes and keys.
pub const STOPGAP_SUPER_ADMINISTRATOR: stopgap_role = 4;

/// The size of a buffer that holds any role.
pub const STOPGAP_ROLE_SIZE: usize = 20;

/// What not everybody may do (SPEC, "Roles"). The calls about security codes ask
/// by themselves; before the others, ask stopgap_role_may.
pub type stopgap_action = u32;
/// Issue an online code.
pub const STOPGAP_ISSUE_CODE: stopgap_action = 1;
/// Revoke an online code.
pub const STOPGAP_REVOKE_CODE: stopgap_action = 2;
/// Answer a request code with an offline code.
pub const STOPGAP_ANSWER_REQUEST: stopgap_action = 3;
/// Look at what is kept of a user: codes, machines, failures.
pub const STOPGAP_READ_USER: stopgap_action = 4;
/// Enrol a machine, anew where it was before, or retire it.
pub const STOPGAP_MANAGE_MACHINE: stopgap_action = 5;
/// Open the door that a throttle has closed.
pub const STOPGAP_RESET_THROTTLE: stopgap_action = 6;
/// Name a kind of codes to issue, change what the name stands for, remove it.
pub const STOPGAP_MANAGE_PRESET: stopgap_action = 7;
/// Read what was done, by whom and to whom.
pub const STOPGAP_READ_LOG: stopgap_action = 8;
/// Delete records that have served their time.
pub const STOPGAP_PURGE: stopgap_action = 9;
/// Create or change a security code: anything but authenticate with one.
pub const STOPGAP_MANAGE_SECURITY_CODE: stopgap_action = 10;
/// Add a master key to those of a store, or retire one.
pub const STOPGAP_MANAGE_KEY: stopgap_action = 11;
/// Take the clock as it is, after it was set back.
pub const STOPGAP_ACCEPT_CLOCK: stopgap_action = 12;

const ACTIONS: [(Action, stopgap_action); 12] = [
    (Action::IssueCode, STOPGAP_ISSUE_CODE),
    (Action::RevokeCode, STOPGAP_REVOKE_CODE),
    (Action::AnswerRequest, STOPGAP_ANSWER_REQUEST),
    (Action::ReadUser, STOPGAP_READ_USER),
    (Action::ManageMachine, STOPGAP_MANAGE_MACHINE),
    (Action::ResetThrottle, STOPGAP_RESET_THROTTLE),
    (Action::ManagePreset, STOPGAP_MANAGE_PRESET),
    (Action::ReadLog, STOPGAP_READ_LOG),
    (Action::Purge, STOPGAP_PURGE),
    (Action::ManageSecurityCode, STOPGAP_MANAGE_SECURITY_CODE),
    (Action::ManageKey, STOPGAP_MANAGE_KEY),
    (Action::AcceptClock, STOPGAP_ACCEPT_CLOCK),
];

pub(crate) const fn role_number(role: Role) -> stopgap_role {
    match role {
        Role::User => STOPGAP_USER,
        Role::HelpDesk => STOPGAP_HELP_DESK,
        Role::Administrator => STOPGAP_ADMINISTRATOR,
        Role::SuperAdministrator => STOPGAP_SUPER_ADMINISTRATOR,
    }
}

pub(crate) fn role_of(number: stopgap_role) -> Outcome<Role> {
    Role::ALL
        .into_iter()
        .find(|role| role_number(*role) == number)
        .ok_or_else(|| found(STOPGAP_INVALID_VALUE, count(number)))
}

/// 0 for an action that has no number.
pub(crate) fn action_number(action: Action) -> stopgap_action {
    let numbered = ACTIONS.iter().find(|(known, _)| *known == action);
    numbered.map_or(0, |(_, number)| *number)
}

pub(crate) fn action_of(number: stopgap_action) -> Outcome<Action> {
    let numbered = ACTIONS.iter().find(|(_, known)| *known == number);
    numbered
        .map(|(action, _)| *action)
        .ok_or_else(|| found(STOPGAP_INVALID_VALUE, count(number)))
}

/// Who acts. You have found out who that is; this is for rights.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_actor {
    /// Their name.
    pub name: *const c_char,
    /// Its length in bytes.
    pub name_length: usize,
    /// What they are.
    pub role: stopgap_role,
}

/// # Safety
///
/// As [`lent`] and [`text`].
pub(crate) unsafe fn actor(actor: *const stopgap_actor) -> Outcome<Actor> {
    // SAFETY: the caller's promise.
    let (name, role) = unsafe {
        let actor = lent(actor)?;
        (text(actor.name, actor.name_length)?, actor.role)
    };
    Ok(Actor::new(name, role_of(role)?)?)
}

/// Reads `user`, `help_desk`, `administrator` or `super_administrator`, in any
/// case.
///
/// Errors: STOPGAP_NO_SUCH_ROLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_role_parse(
    text: *const c_char,
    length: usize,
    role: *mut stopgap_role,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (text, role) = unsafe { (self::text(text, length)?, output(role)?) };
        role.write(role_number(text.parse()?));
        Ok(())
    })
}

/// The protocol's word for a role.
///
/// Errors: STOPGAP_INVALID_VALUE; STOPGAP_BUFFER_TOO_SMALL (STOPGAP_ROLE_SIZE is
/// enough).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_role_text(
    role: stopgap_role,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let out = unsafe { text_out(buffer, capacity, needed)? };
        out.write(role_of(role)?.as_str())
    })
}

/// Whether a role may do this: STOPGAP_OK, or STOPGAP_FORBIDDEN.
///
/// Errors: STOPGAP_FORBIDDEN; STOPGAP_INVALID_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_role_may(
    role: stopgap_role,
    action: stopgap_action,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || Ok(role_of(role)?.may(action_of(action)?)?))
}
