//! Requests to issue and to verify codes.

use std::{ffi::c_char, mem::offset_of};

use stopgap::{Context, IssueRequest, Purpose, VerifyRequest};

use crate::{
    error::found,
    growing::{Growing, grown},
    guard::{Outcome, Typed, name_text, text, typed},
    purpose::{purpose_of, stopgap_purpose},
    status::STOPGAP_INVALID_IDEMPOTENCY_KEY,
};

/// A request to issue an online code. Set `size` and `user`; the other members may be
/// zeros. Members may be appended in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_issue_request {
    /// The size of the struct, sizeof(stopgap_issue_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_INVALID_VALUE.
    pub size: usize,
    /// The user.
    pub user: *const c_char,
    /// The length of the user's name in bytes.
    pub user_length: usize,
    /// The network address from which the request came, or NULL. No code depends on this
    /// member and on those that follow: they are for logs and rules.
    pub source_address: *const c_char,
    /// The length of the address in bytes.
    pub source_address_length: usize,
    /// The caller's id of the request, or NULL.
    pub request_id: *const c_char,
    /// The length of the id in bytes.
    pub request_id_length: usize,
    /// The reason for which the code is issued, or NULL.
    pub reason: *const c_char,
    /// The length of the reason in bytes.
    pub reason_length: usize,
    /// The ticket of the help desk, or NULL.
    pub ticket: *const c_char,
    /// The length of the ticket in bytes.
    pub ticket_length: usize,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_issue_request {
    const OLDEST: usize = offset_of!(Self, source_address);
}

/// A request to verify an online code, or to answer a request code. Set `size`, `user`,
/// `text` and `purpose`; the other members may be zeros. Members may be appended in later
/// versions of this header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_verify_request {
    /// The size of the struct, sizeof(stopgap_verify_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_INVALID_VALUE.
    pub size: usize,
    /// The user.
    pub user: *const c_char,
    /// The length of the user's name in bytes.
    pub user_length: usize,
    /// The text that the person typed. Wipe it after the call.
    pub text: *const c_char,
    /// The length of the text in bytes.
    pub text_length: usize,
    /// The purpose.
    pub purpose: stopgap_purpose,
    /// The caller's name for this verification, so that it can be repeated safely, or NULL:
    /// 1 to 255 bytes without a NUL. Only stopgap_verification_seal and
    /// stopgap_verification_replay use it.
    pub idempotency_key: *const c_char,
    /// The length of the key in bytes.
    pub idempotency_key_length: usize,
    /// The network address from which the request came, or NULL. No verification depends
    /// on this member and on those that follow: they are for logs and rules.
    pub source_address: *const c_char,
    /// The length of the address in bytes.
    pub source_address_length: usize,
    /// The caller's id of the request, or NULL.
    pub request_id: *const c_char,
    /// The length of the id in bytes.
    pub request_id_length: usize,
    /// The reason for the request, or NULL.
    pub reason: *const c_char,
    /// The length of the reason in bytes.
    pub reason_length: usize,
    /// The ticket of the help desk, or NULL.
    pub ticket: *const c_char,
    /// The length of the ticket in bytes.
    pub ticket_length: usize,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_verify_request {
    const OLDEST: usize = offset_of!(Self, idempotency_key);
}

/// Returns a text that the caller may leave out.
///
/// # Safety
///
/// As [`text`].
unsafe fn text_or_null<'a>(pointer: *const c_char, length: usize) -> Outcome<Option<&'a str>> {
    if pointer.is_null() && length == 0 {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    unsafe { text(pointer, length) }.map(Some)
}

/// Returns the circumstances of a request, each as a pointer and a length.
///
/// # Safety
///
/// As [`text`].
pub(crate) unsafe fn context<'a>(
    [source_address, request_id, reason, ticket]: [(*const c_char, usize); 4],
) -> Outcome<Context<'a>> {
    let mut context = Context::default();
    // SAFETY: the caller's promise.
    unsafe {
        context.source_address = text_or_null(source_address.0, source_address.1)?;
        context.request_id = text_or_null(request_id.0, request_id.1)?;
        context.reason = text_or_null(reason.0, reason.1)?;
        context.ticket = text_or_null(ticket.0, ticket.1)?;
    }
    Ok(context)
}

/// Returns the caller's request to issue a code.
///
/// # Safety
///
/// As [`grown`] and [`text`].
pub(crate) unsafe fn issue_request<'a>(
    request: *const stopgap_issue_request,
) -> Outcome<IssueRequest<'a>> {
    // SAFETY: the caller's promise.
    unsafe {
        let all = grown(request)?;
        let user = name_text(all.user, all.user_length)?;
        let context = context([
            (all.source_address, all.source_address_length),
            (all.request_id, all.request_id_length),
            (all.reason, all.reason_length),
            (all.ticket, all.ticket_length),
        ])?;
        Ok(IssueRequest::new(user).context(context))
    }
}

/// The caller's request to verify a code, whose text may be any bytes.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    user: &'a str,
    typed: Typed<'a>,
    purpose: Purpose,
    idempotency_key: Option<&'a str>,
    context: Context<'a>,
}

/// Returns the caller's request to verify a code.
///
/// # Safety
///
/// As [`grown`] and [`text`].
pub(crate) unsafe fn verify_request<'a>(
    request: *const stopgap_verify_request,
) -> Outcome<Asked<'a>> {
    // SAFETY: the caller's promise.
    unsafe {
        let all = grown(request)?;
        let key = text_or_null(all.idempotency_key, all.idempotency_key_length)?;
        // A record has it as a terminated text.
        if let Some(key) = key.filter(|key| key.contains('\0')) {
            return Err(found(STOPGAP_INVALID_IDEMPOTENCY_KEY, key.len()));
        }
        Ok(Asked {
            user: name_text(all.user, all.user_length)?,
            typed: typed(all.text, all.text_length)?,
            purpose: purpose_of(all.purpose)?,
            idempotency_key: key,
            context: context([
                (all.source_address, all.source_address_length),
                (all.request_id, all.request_id_length),
                (all.reason, all.reason_length),
                (all.ticket, all.ticket_length),
            ])?,
        })
    }
}

impl Asked<'_> {
    /// Passes the core's request to a call.
    #[inline]
    pub(crate) fn lend<T>(self, call: impl FnOnce(&VerifyRequest<'_>) -> T) -> T {
        self.typed.read(|text| {
            let mut request = VerifyRequest::new(self.user, text, self.purpose);
            request.idempotency_key = self.idempotency_key;
            request.context = self.context;
            call(&request)
        })
    }
}

/// A request to issue a code with its size, and zeros.
#[cfg(test)]
pub(crate) const ISSUE_REQUEST: stopgap_issue_request = stopgap_issue_request {
    size: size_of::<stopgap_issue_request>(),
    user: std::ptr::null(),
    user_length: 0,
    source_address: std::ptr::null(),
    source_address_length: 0,
    request_id: std::ptr::null(),
    request_id_length: 0,
    reason: std::ptr::null(),
    reason_length: 0,
    ticket: std::ptr::null(),
    ticket_length: 0,
};

/// A request to verify a code with its size, and zeros.
#[cfg(test)]
pub(crate) const VERIFY_REQUEST: stopgap_verify_request = stopgap_verify_request {
    size: size_of::<stopgap_verify_request>(),
    user: std::ptr::null(),
    user_length: 0,
    text: std::ptr::null(),
    text_length: 0,
    purpose: 0,
    idempotency_key: std::ptr::null(),
    idempotency_key_length: 0,
    source_address: std::ptr::null(),
    source_address_length: 0,
    request_id: std::ptr::null(),
    request_id_length: 0,
    reason: std::ptr::null(),
    reason_length: 0,
    ticket: std::ptr::null(),
    ticket_length: 0,
};
