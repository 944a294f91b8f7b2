//! A request to create a security code.

use std::{ffi::c_char, mem::offset_of};

use stopgap::SecurityRequest;

use crate::{
    access::{access_of, stopgap_access},
    growing::{Growing, grown},
    guard::{Outcome, lent, name_text, text},
    request::context,
    scopes::stopgap_scopes,
};

/// A request to create a security code. Set `size`, `access`, and for
/// STOPGAP_ACCESS_SAME_AS the user; `scopes` must be given. The other members may be zeros.
/// Members may be appended in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_security_request {
    /// The size of the struct, sizeof(stopgap_security_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_INVALID_VALUE.
    pub size: usize,
    /// The scopes: from stopgap_scopes_parse, or stopgap_scopes_unlimited().
    pub scopes: *const stopgap_scopes,
    /// The user of STOPGAP_ACCESS_SAME_AS.
    pub same_as: *const c_char,
    /// The length of the user's name in bytes.
    pub same_as_length: usize,
    /// The access level.
    pub access: stopgap_access,
    /// The description: one line of at most 1,024 bytes.
    pub description: *const c_char,
    /// The length of the description in bytes.
    pub description_length: usize,
    /// The network address from which the request came, or NULL. No code depends on this
    /// member and on those that follow: they are for logs and rules.
    pub source_address: *const c_char,
    /// The length of the address in bytes.
    pub source_address_length: usize,
    /// The caller's id of the request, or NULL.
    pub request_id: *const c_char,
    /// The length of the id in bytes.
    pub request_id_length: usize,
    /// The reason for which the code is created, or NULL.
    pub reason: *const c_char,
    /// The length of the reason in bytes.
    pub reason_length: usize,
    /// The ticket of the help desk, or NULL.
    pub ticket: *const c_char,
    /// The length of the ticket in bytes.
    pub ticket_length: usize,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_security_request {
    const OLDEST: usize = offset_of!(Self, description);
}

/// Returns the caller's request to create a security code.
///
/// # Safety
///
/// As [`grown`] and [`text`].
pub(crate) unsafe fn security_request<'a>(
    request: *const stopgap_security_request,
) -> Outcome<SecurityRequest<'a>> {
    // SAFETY: the caller's promise.
    unsafe {
        let all = grown(request)?;
        let same_as = name_text(all.same_as, all.same_as_length)?;
        let access = access_of(all.access, same_as)?;
        let context = context([
            (all.source_address, all.source_address_length),
            (all.request_id, all.request_id_length),
            (all.reason, all.reason_length),
            (all.ticket, all.ticket_length),
        ])?;
        Ok(SecurityRequest::new(access, lent(all.scopes)?.read()?)
            .description(text(all.description, all.description_length)?)
            .context(context))
    }
}

/// A request to create a code with its size, and zeros.
#[cfg(test)]
pub(crate) const SECURITY_REQUEST: stopgap_security_request = stopgap_security_request {
    size: size_of::<stopgap_security_request>(),
    scopes: std::ptr::null(),
    same_as: std::ptr::null(),
    same_as_length: 0,
    access: 0,
    description: std::ptr::null(),
    description_length: 0,
    source_address: std::ptr::null(),
    source_address_length: 0,
    request_id: std::ptr::null(),
    request_id_length: 0,
    reason: std::ptr::null(),
    reason_length: 0,
    ticket: std::ptr::null(),
    ticket_length: 0,
};
