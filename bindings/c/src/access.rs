//! The access level of a security code, and the caller's function that returns roles.

use std::ffi::c_void;

use stopgap::{Access, Name, Role};

use crate::text::stopgap_text;
use crate::{
    error::Outcome,
    error::{count, found, stopgap_error},
    rights::role_of,
    role::stopgap_role,
    status::{STOPGAP_ERR_CALLBACK_FAILED, STOPGAP_ERR_INVALID_VALUE, STOPGAP_ERR_NULL_ARGUMENT},
};

/// The access level of a security code (SPEC, "Security codes").
pub type stopgap_access = u32;
/// The rights of a super administrator.
pub const STOPGAP_ACCESS_SUPER_ADMINISTRATOR: stopgap_access = 1;
/// The rights of a user, but never those of a super administrator.
pub const STOPGAP_ACCESS_SAME_AS: stopgap_access = 2;

pub(crate) fn access_of(access: stopgap_access, same_as: &str) -> Outcome<Access> {
    match access {
        STOPGAP_ACCESS_SUPER_ADMINISTRATOR => Ok(Access::SuperAdministrator),
        STOPGAP_ACCESS_SAME_AS => Ok(Access::SameAs(Name::new(same_as)?)),
        other => Err(found(STOPGAP_ERR_INVALID_VALUE, count(other))),
    }
}

/// A function of the caller that returns the roles of users.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_role_of {
    /// Writes the role of a user and returns 0, or anything else if it cannot: the call
    /// then fails with STOPGAP_ERR_CALLBACK_FAILED. The name is not terminated. The
    /// function must not throw or longjmp.
    pub role_of: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            user: stopgap_text,
            role: *mut stopgap_role,
        ) -> i32,
    >,
    /// Passed to `role_of` unchanged.
    pub context: *mut c_void,
}

impl stopgap_role_of {
    fn ask(&self, user: &Name) -> Outcome<Role> {
        let function = self.role_of.ok_or(STOPGAP_ERR_NULL_ARGUMENT)?;
        let (name, mut role) = (stopgap_text::lend(user.as_str()), 0);
        // SAFETY: the function keeps its contract.
        let answer = unsafe { function(self.context, name, &raw mut role) };
        match answer {
            0 => role_of(role),
            callback => Err(stopgap_error {
                callback,
                ..STOPGAP_ERR_CALLBACK_FAILED.into()
            }),
        }
    }
}

/// Runs a call that asks the caller for roles. It fails if the caller cannot tell a
/// role.
pub(crate) fn asking<T>(
    knows: &stopgap_role_of,
    call: impl FnOnce(&mut dyn FnMut(&Name) -> Role) -> Outcome<T>,
) -> Outcome<T> {
    if knows.role_of.is_none() {
        return Err(STOPGAP_ERR_NULL_ARGUMENT.into());
    }
    let mut failed = None;
    let given = call(&mut |user| match knows.ask(user) {
        Ok(role) => role,
        Err(failure) => {
            failed = Some(failure);
            Role::User
        }
    })?;
    match failed {
        Some(failure) => Err(failure),
        None => Ok(given),
    }
}
