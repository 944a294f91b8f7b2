//! The actor of a call, and the rights of a role.

use std::ffi::c_char;

use stopgap::{Action, Actor, Role};

use crate::text::stopgap_text;
use crate::{
    error::Outcome,
    error::{count, found, stopgap_error},
    guard::{guard, output},
    role::{action_numbered, role_number, stopgap_action, stopgap_role},
    status::{STOPGAP_ERR_INVALID_VALUE, stopgap_status},
    text::text_out,
    text::{name_text, text},
};

pub(crate) fn role_of(number: stopgap_role) -> Outcome<Role> {
    Role::ALL
        .into_iter()
        .find(|role| role_number(*role) == number)
        .ok_or_else(|| found(STOPGAP_ERR_INVALID_VALUE, count(number)))
}

pub(crate) fn action_of(number: stopgap_action) -> Outcome<Action> {
    action_numbered(number).ok_or_else(|| found(STOPGAP_ERR_INVALID_VALUE, count(number)))
}

/// The actor of a call, whom you have authenticated.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_actor {
    /// The actor's name.
    pub name: stopgap_text,
    /// The actor's role.
    pub role: stopgap_role,
}

/// Returns the actor of a call.
///
/// # Safety
///
/// As [`name_text`].
pub(crate) unsafe fn actor(actor: stopgap_actor) -> Outcome<Actor> {
    // SAFETY: the caller's promise.
    let name = unsafe { name_text(actor.name) }?;
    Ok(Actor::new(name, role_of(actor.role)?)?)
}

/// Reads `user`, `help_desk`, `administrator` or `super_administrator`, in any
/// case.
///
/// Errors: STOPGAP_ERR_NO_SUCH_ROLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_role_parse(
    text: stopgap_text,
    role: *mut stopgap_role,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (text, role) = unsafe { (self::text(text)?, output(role)?) };
        role.write(role_number(text.parse()?));
        Ok(())
    })
}

/// Writes the protocol's word for a role.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE; STOPGAP_ERR_BUFFER_TOO_SMALL (STOPGAP_ROLE_TEXT_SIZE is
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

/// Returns STOPGAP_OK if a role may do this, otherwise STOPGAP_ERR_FORBIDDEN.
///
/// Errors: STOPGAP_ERR_FORBIDDEN; STOPGAP_ERR_INVALID_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_role_may(
    role: stopgap_role,
    action: stopgap_action,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || Ok(role_of(role)?.may(action_of(action)?)?))
}
