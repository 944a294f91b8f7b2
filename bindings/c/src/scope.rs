//! What a security code may do: its access, and the scope that comes of it.

use std::ffi::{c_char, c_void};

use stopgap::{Access, Name, Role, Scope};

use crate::{
    error::{count, found, stopgap_error},
    grant::STOPGAP_NAME_SIZE,
    guard::{Outcome, guard, lent, output, text},
    rights::role_of,
    role::{role_number, stopgap_role},
    status::{
        STOPGAP_CALLBACK_FAILED, STOPGAP_INVALID_VALUE, STOPGAP_NULL_ARGUMENT, stopgap_status,
    },
    text,
};

/// With whose rights a security code acts (SPEC, "Security codes").
pub type stopgap_access = u32;
/// With a super administrator's.
pub const STOPGAP_ACCESS_SUPER_ADMINISTRATOR: stopgap_access = 1;
/// With those of a user, but never a super administrator's.
pub const STOPGAP_ACCESS_SAME_AS: stopgap_access = 2;

pub(crate) fn access_of(access: stopgap_access, same_as: &str) -> Outcome<Access> {
    match access {
        STOPGAP_ACCESS_SUPER_ADMINISTRATOR => Ok(Access::SuperAdministrator),
        STOPGAP_ACCESS_SAME_AS => Ok(Access::SameAs(Name::new(same_as)?)),
        other => Err(found(STOPGAP_INVALID_VALUE, count(other))),
    }
}

/// What an authenticated security code may do.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_scope {
    /// With which role's rights it acts.
    pub role: stopgap_role,
    /// 1 where it has less than its user has, otherwise 0: the user is a super
    /// administrator, the code has a plain user's rights.
    pub limited: u32,
    /// As which user; empty where it is a super administrator of its own.
    pub user: [c_char; STOPGAP_NAME_SIZE],
}

impl From<Scope<'_>> for stopgap_scope {
    fn from(scope: Scope<'_>) -> Self {
        Self {
            role: role_number(scope.role),
            limited: scope.limited.into(),
            user: text::field(scope.user.map_or("", Name::as_str).as_bytes()),
        }
    }
}

/// Knows what a user is.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_role_of {
    /// Writes the role of a user and returns 0, or anything else where it cannot:
    /// the call then fails with STOPGAP_CALLBACK_FAILED. The name is not
    /// terminated. It must not throw or longjmp.
    pub role_of: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            user: *const c_char,
            user_length: usize,
            role: *mut stopgap_role,
        ) -> i32,
    >,
    /// Handed to `role_of` as it is.
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

/// Asks the caller for roles; who cannot say gets no rights, and then no scope.
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

/// What a level of access amounts to, where `role_of` knows what a user is.
///
/// Errors: STOPGAP_INVALID_VALUE, STOPGAP_CALLBACK_FAILED; those of a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_access_scope(
    access: stopgap_access,
    same_as: *const c_char,
    same_as_length: usize,
    role_of: *const stopgap_role_of,
    scope: *mut stopgap_scope,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (same_as, knows, scope) = unsafe {
            (
                text(same_as, same_as_length)?,
                lent(role_of)?,
                output(scope)?,
            )
        };
        let access = access_of(access, same_as)?;
        let given = asking(knows, |role_of| Ok(access.scope(role_of)))?;
        scope.write(given.into());
        Ok(())
    })
}
