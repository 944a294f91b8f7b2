//! A request to create a security code.

use std::mem::offset_of;

use stopgap::SecurityRequest;

use crate::text::stopgap_text;
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
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The scopes: from stopgap_scopes_parse, or stopgap_scopes_unlimited().
    pub scopes: *const stopgap_scopes,
    /// The user of STOPGAP_ACCESS_SAME_AS.
    pub same_as: stopgap_text,
    /// The access level.
    pub access: stopgap_access,
    /// The description: one line of at most 1,024 bytes.
    pub description: stopgap_text,
    /// The network address from which the request came, or NULL. No code depends on this
    /// member and on those that follow: they are for logs and rules.
    pub source_address: stopgap_text,
    /// The caller's id of the request, or NULL.
    pub request_id: stopgap_text,
    /// The reason for which the code is created, or NULL.
    pub reason: stopgap_text,
    /// The ticket of the help desk, or NULL.
    pub ticket: stopgap_text,
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
        let same_as = name_text(all.same_as)?;
        let access = access_of(all.access, same_as)?;
        let context = context([all.source_address, all.request_id, all.reason, all.ticket])?;
        Ok(SecurityRequest::new(access, lent(all.scopes)?.read()?)
            .description(text(all.description)?)
            .context(context))
    }
}

/// A request to create a code with its size, and zeros.
#[cfg(test)]
pub(crate) const SECURITY_REQUEST: stopgap_security_request = stopgap_security_request {
    size: size_of::<stopgap_security_request>(),
    scopes: std::ptr::null(),
    same_as: crate::text::NO_TEXT,
    access: 0,
    description: crate::text::NO_TEXT,
    source_address: crate::text::NO_TEXT,
    request_id: crate::text::NO_TEXT,
    reason: crate::text::NO_TEXT,
    ticket: crate::text::NO_TEXT,
};
