//! Requests to issue and to verify codes.

use std::mem::offset_of;

use stopgap::{Context, IssueRequest, Purpose, VerifyRequest};

use crate::text::stopgap_text;
use crate::{
    error::Outcome,
    growing::{Growing, grown},
    guard::lent_or_null,
    online_policy::stopgap_online_policy,
    purpose::{purpose_of, stopgap_purpose},
    random::stopgap_random,
    text::{Typed, name_text, text_or_null, typed},
};

/// A request to issue an online code. Set `size` and `user`; the other members may be
/// zeros. Members may be appended in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_issue_request {
    /// The size of the struct, sizeof(stopgap_issue_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The user.
    pub user: stopgap_text,
    /// The policy; NULL for that of stopgap_online_policy_default().
    pub policy: *const stopgap_online_policy,
    /// The IANA name of the zone in which days and months are counted, or (NULL, 0) for
    /// UTC.
    pub zone: stopgap_text,
    /// The source of random numbers; NULL for the operating system.
    pub random: *const stopgap_random,
    /// The network address from which the request came, or (NULL, 0). No code depends on
    /// this member and on those that follow: they are for logs and rules.
    pub source_address: stopgap_text,
    /// The caller's id of the request, or (NULL, 0).
    pub request_id: stopgap_text,
    /// The reason for which the code is issued, or (NULL, 0).
    pub reason: stopgap_text,
    /// The ticket of the help desk, or (NULL, 0).
    pub ticket: stopgap_text,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_issue_request {
    const OLDEST: usize = offset_of!(Self, policy);
}

/// A request to verify an online code. Set `size`, `user`, `text` and `purpose`; the other
/// members may be zeros. Members may be appended in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_verify_request {
    /// The size of the struct, sizeof(stopgap_verify_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The user.
    pub user: stopgap_text,
    /// The text that the person typed. Wipe it after the call.
    pub text: stopgap_text,
    /// The purpose.
    pub purpose: stopgap_purpose,
    /// The network address from which the request came, or (NULL, 0). No verification
    /// depends on this member and on those that follow: they are for logs and rules.
    pub source_address: stopgap_text,
    /// The caller's id of the request, or (NULL, 0).
    pub request_id: stopgap_text,
    /// The reason for the request, or (NULL, 0).
    pub reason: stopgap_text,
    /// The ticket of the help desk, or (NULL, 0).
    pub ticket: stopgap_text,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_verify_request {
    const OLDEST: usize = offset_of!(Self, source_address);
}

/// Returns the circumstances of a request, in the order of their members.
///
/// # Safety
///
/// As [`text_or_null`].
#[inline]
pub(crate) unsafe fn context<'a>(
    [source_address, request_id, reason, ticket]: [stopgap_text; 4],
) -> Outcome<Context<'a>> {
    let mut context = Context::default();
    // SAFETY: the caller's promise.
    unsafe {
        context.source_address = text_or_null(source_address)?;
        context.request_id = text_or_null(request_id)?;
        context.reason = text_or_null(reason)?;
        context.ticket = text_or_null(ticket)?;
    }
    Ok(context)
}

/// The caller's request to issue a code.
pub(crate) struct Issue<'a> {
    pub(crate) request: IssueRequest<'a>,
    /// `None` for the default policy.
    pub(crate) policy: Option<&'a stopgap_online_policy>,
    pub(crate) zone: stopgap_text,
    pub(crate) random: *const stopgap_random,
}

/// Returns the caller's request to issue a code.
///
/// # Safety
///
/// As [`grown`] and [`text_or_null`].
pub(crate) unsafe fn issue_request<'a>(
    request: *const stopgap_issue_request,
) -> Outcome<Issue<'a>> {
    // SAFETY: the caller's promise.
    unsafe {
        let all = grown(request)?;
        let user = name_text(all.user)?;
        let context = context([all.source_address, all.request_id, all.reason, all.ticket])?;
        Ok(Issue {
            request: IssueRequest::new(user).context(context),
            policy: lent_or_null(all.policy)?,
            zone: all.zone,
            random: all.random,
        })
    }
}

/// The caller's request about a text, which may be any bytes.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    user: &'a str,
    typed: Typed<'a>,
    purpose: Purpose,
    context: Context<'a>,
}

/// Returns the caller's request to verify a code.
///
/// # Safety
///
/// As [`grown`] and [`text_or_null`].
pub(crate) unsafe fn verify_request<'a>(
    request: *const stopgap_verify_request,
) -> Outcome<Asked<'a>> {
    // SAFETY: the caller's promise.
    unsafe {
        let all = grown(request)?;
        let notes = [all.source_address, all.request_id, all.reason, all.ticket];
        asked(all.user, all.text, all.purpose, notes)
    }
}

/// Returns a request about a text, with its circumstances in the order of their members.
///
/// # Safety
///
/// As [`text_or_null`].
pub(crate) unsafe fn asked<'a>(
    user: stopgap_text,
    text: stopgap_text,
    purpose: stopgap_purpose,
    notes: [stopgap_text; 4],
) -> Outcome<Asked<'a>> {
    // SAFETY: the caller's promise.
    unsafe {
        Ok(Asked {
            user: name_text(user)?,
            typed: typed(text)?,
            purpose: purpose_of(purpose)?,
            context: context(notes)?,
        })
    }
}

impl Asked<'_> {
    /// Passes the core's request to a call.
    #[inline]
    pub(crate) fn lend<T>(self, call: impl FnOnce(&VerifyRequest<'_>) -> T) -> T {
        self.typed.read(|text| {
            let mut request = VerifyRequest::new(self.user, text, self.purpose);
            request.context = self.context;
            call(&request)
        })
    }
}

/// A request to issue a code with its size, and zeros.
#[cfg(test)]
pub(crate) const ISSUE_REQUEST: stopgap_issue_request = stopgap_issue_request {
    size: size_of::<stopgap_issue_request>(),
    user: crate::text::NO_TEXT,
    policy: std::ptr::null(),
    zone: crate::text::NO_TEXT,
    random: std::ptr::null(),
    source_address: crate::text::NO_TEXT,
    request_id: crate::text::NO_TEXT,
    reason: crate::text::NO_TEXT,
    ticket: crate::text::NO_TEXT,
};

/// A request to verify a code with its size, and zeros.
#[cfg(test)]
pub(crate) const VERIFY_REQUEST: stopgap_verify_request = stopgap_verify_request {
    size: size_of::<stopgap_verify_request>(),
    user: crate::text::NO_TEXT,
    text: crate::text::NO_TEXT,
    purpose: 0,
    source_address: crate::text::NO_TEXT,
    request_id: crate::text::NO_TEXT,
    reason: crate::text::NO_TEXT,
    ticket: crate::text::NO_TEXT,
};
