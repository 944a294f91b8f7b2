//! The access of a security code, and the rights that it amounts to.

use std::ffi::{c_char, c_void};

use stopgap::{Access, Name, Rights, Role};

use crate::{
    error::{count, found, stopgap_error},
    grant::STOPGAP_NAME_SIZE,
    guard::{Outcome, guard, lent, name_text, output},
    rights::role_of,
    role::{role_number, stopgap_role},
    status::{
        STOPGAP_CALLBACK_FAILED, STOPGAP_INVALID_VALUE, STOPGAP_NULL_ARGUMENT, stopgap_status,
    },
    text,
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
        other => Err(found(STOPGAP_INVALID_VALUE, count(other))),
    }
}

/// The rights of a security code.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_rights {
    /// The role whose rights it has.
    pub role: stopgap_role,
    /// 1 if it has fewer rights than its user, otherwise 0: the user is a super
    /// administrator, the code has the rights of a plain user.
    pub limited: u32,
    /// The user; empty for a super administrator of its own.
    pub user: [c_char; STOPGAP_NAME_SIZE],
}

impl From<Rights<'_>> for stopgap_rights {
    fn from(rights: Rights<'_>) -> Self {
        Self {
            role: role_number(rights.role),
            limited: rights.limited.into(),
            user: text::field(rights.user.map_or("", Name::as_str).as_bytes()),
        }
    }
}

/// A function of the caller that returns the roles of users.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_role_of {
    /// Writes the role of a user and returns 0, or anything else if it cannot: the call
    /// then fails with STOPGAP_CALLBACK_FAILED. The name is not terminated. The
    /// function must not throw or longjmp.
    pub role_of: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            user: *const c_char,
            user_length: usize,
            role: *mut stopgap_role,
        ) -> i32,
    >,
    /// Passed to `role_of` unchanged.
    pub context: *mut c_void,
}

impl stopgap_role_of {
    fn ask(&self, user: &Name) -> Outcome<Role> {
        let function = self.role_of.ok_or(STOPGAP_NULL_ARGUMENT)?;
        let (name, mut role) = (user.as_str(), 0);
        // SAFETY: the function keeps its contract.
        let answer = unsafe {
            function(
                self.context,
                name.as_ptr().cast(),
                name.len(),
                &raw mut role,
            )
        };
        match answer {
            0 => role_of(role),
            callback => Err(stopgap_error {
                callback,
                ..STOPGAP_CALLBACK_FAILED.into()
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
        return Err(STOPGAP_NULL_ARGUMENT.into());
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

/// Returns the rights of an access level. `role_of` is asked for the role of the user.
///
/// Errors: STOPGAP_INVALID_VALUE, STOPGAP_CALLBACK_FAILED; those of a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_access_rights(
    access: stopgap_access,
    same_as: *const c_char,
    same_as_length: usize,
    role_of: *const stopgap_role_of,
    rights: *mut stopgap_rights,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (same_as, knows, rights) = unsafe {
            (
                name_text(same_as, same_as_length)?,
                lent(role_of)?,
                output(rights)?,
            )
        };
        let access = access_of(access, same_as)?;
        let given = asking(knows, |role_of| Ok(access.rights(role_of)))?;
        rights.write(given.into());
        Ok(())
    })
}
