//! The requests of the calls about security codes.

use std::{mem::offset_of, time::Duration};

use stopgap::{Actor, LifecycleEvent, Rotation, SecurityFormat, SecurityRequest};

use crate::{
    access::{access_of, stopgap_access, stopgap_role_of},
    error::Outcome,
    error::{count, found},
    growing::{Growing, grown},
    guard::lent,
    instant::instant,
    lifetime::*,
    random::{Random, random, stopgap_random},
    request::context,
    rights::{actor, stopgap_actor},
    scopes::stopgap_scopes,
    security_text::{issuing, prefixes_of},
    status::STOPGAP_ERR_INVALID_VALUE,
    text::stopgap_text,
    text::{Typed, name_text, text, typed},
};

/// A request to create a security code. Set `size`, `actor`, `access`, `scopes`, and for
/// STOPGAP_ACCESS_SAME_AS the user. The other members may be zeros. Later versions of this
/// header may append members.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_security_request {
    /// The size of the struct, sizeof(stopgap_security_request). Other sizes than those of a
    /// version are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The actor, a super administrator.
    pub actor: stopgap_actor,
    /// The scopes.
    pub scopes: stopgap_scopes,
    /// The user of STOPGAP_ACCESS_SAME_AS.
    pub same_as: stopgap_text,
    /// The access level.
    pub access: stopgap_access,
    /// 1 for a code that does not expire: `expires_at` must be 0 then. Otherwise 0.
    pub permanent: u32,
    /// The expiry; 0 for one 24 hours after the creation.
    pub expires_at: i64,
    /// The description: one line of at most 1,024 bytes.
    pub description: stopgap_text,
    /// The prefix of the code's text, "acme"; missing for "stopgap".
    pub prefix: stopgap_text,
    /// The source of random numbers; NULL for the operating system.
    pub random: *const stopgap_random,
    /// The network address from which the request came, if it is known. No code depends on
    /// this member and on those that follow: they are for logs and rules.
    pub source_address: stopgap_text,
    /// The caller's id of the request.
    pub request_id: stopgap_text,
    /// The reason for which the code is created.
    pub reason: stopgap_text,
    /// The ticket of the help desk.
    pub ticket: stopgap_text,
}

// SAFETY: the size is the first member, and zeros are a value.
unsafe impl Growing for stopgap_security_request {
    const OLDEST: usize = offset_of!(Self, description);
}

/// The caller's request to create a security code, as the core takes it.
pub(crate) struct Creation<'a> {
    pub(crate) format: SecurityFormat,
    pub(crate) actor: Actor,
    pub(crate) request: SecurityRequest<'a>,
    pub(crate) random: Random,
}

/// Returns the caller's request to create a security code.
///
/// # Safety
///
/// As [`grown`], [`text`] and [`random`].
pub(crate) unsafe fn security_request<'a>(
    request: *const stopgap_security_request,
) -> Outcome<Creation<'a>> {
    // SAFETY: the caller's promise.
    unsafe {
        let all = grown(request)?;
        let actor = actor(all.actor)?;
        let access = access_of(all.access, name_text(all.same_as)?)?;
        let context = context([all.source_address, all.request_id, all.reason, all.ticket])?;
        let mut request = SecurityRequest::new(access, all.scopes.read()?)
            .description(text(all.description)?)
            .context(context);
        if let Some(expiry) = expiry_of(all.expires_at, all.permanent)? {
            request = request.expiry(expiry);
        }
        Ok(Creation {
            format: issuing(all.prefix)?,
            actor,
            request,
            random: random(all.random)?,
        })
    }
}

/// A request to authenticate the text of a security code. Set `size`, `presented` and
/// `role_of`; the other members may be zeros. Later versions of this header may append
/// members.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_authenticate_request {
    /// The size of the struct, sizeof(stopgap_authenticate_request). Other sizes than those
    /// of a version are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The text that was presented. Wipe it after the call.
    pub presented: stopgap_text,
    /// The function that returns the role of a user. It is called for a code with
    /// STOPGAP_ACCESS_SAME_AS only.
    pub role_of: *const stopgap_role_of,
    /// The prefixes that are accepted; (NULL, 0) for "stopgap".
    pub prefixes: *const stopgap_text,
    /// The number of prefixes.
    pub prefix_count: usize,
}

// SAFETY: the size is the first member, and zeros are a value.
unsafe impl Growing for stopgap_authenticate_request {
    const OLDEST: usize = offset_of!(Self, prefixes);
}

/// The caller's request to authenticate a security code.
pub(crate) struct Presented<'a> {
    pub(crate) format: SecurityFormat,
    pub(crate) typed: Typed<'a>,
    pub(crate) role_of: &'a stopgap_role_of,
}

/// Returns the caller's request to authenticate a security code.
///
/// # Safety
///
/// As [`grown`], [`text`] and [`prefixes_of`].
pub(crate) unsafe fn authenticate_request<'a>(
    request: *const stopgap_authenticate_request,
) -> Outcome<Presented<'a>> {
    // SAFETY: the caller's promise.
    unsafe {
        let all = grown(request)?;
        Ok(Presented {
            format: prefixes_of(all.prefixes, all.prefix_count)?,
            typed: typed(all.presented)?,
            role_of: lent(all.role_of)?,
        })
    }
}

/// A change of a security code. Set `size`, `actor` and `event`, and the member that the
/// event uses. Later versions of this header may append members.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_security_change {
    /// The size of the struct, sizeof(stopgap_security_change). Other sizes than those of a
    /// version are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The actor, a super administrator.
    pub actor: stopgap_actor,
    /// The event.
    pub event: stopgap_lifecycle_event,
    /// The new expiry. Only STOPGAP_EVENT_EDIT uses it.
    pub expires_at: i64,
    /// The new description: one line of at most 1,024 bytes. Only STOPGAP_EVENT_DESCRIBE
    /// uses it.
    pub description: stopgap_text,
}

// SAFETY: the size is the first member, and zeros are a value.
unsafe impl Growing for stopgap_security_change {
    const OLDEST: usize = offset_of!(Self, expires_at);
}

/// Returns the caller's change of a security code.
///
/// # Safety
///
/// As [`grown`] and [`text`].
pub(crate) unsafe fn security_change<'a>(
    change: *const stopgap_security_change,
) -> Outcome<(Actor, LifecycleEvent<'a>)> {
    // SAFETY: the caller's promise.
    unsafe {
        let all = grown(change)?;
        let event = match all.event {
            STOPGAP_EVENT_EDIT => LifecycleEvent::Edit {
                expires_at: instant(all.expires_at)?,
            },
            STOPGAP_EVENT_MAKE_PERMANENT => LifecycleEvent::MakePermanent,
            STOPGAP_EVENT_RESET => LifecycleEvent::Reset,
            STOPGAP_EVENT_REACTIVATE => LifecycleEvent::Reactivate,
            STOPGAP_EVENT_DELETE => LifecycleEvent::Delete,
            STOPGAP_EVENT_DESCRIBE => LifecycleEvent::Describe(text(all.description)?),
            other => return Err(found(STOPGAP_ERR_INVALID_VALUE, count(other))),
        };
        Ok((actor(all.actor)?, event))
    }
}

/// A request to replace a security code by a new one. Set `size` and `actor`; the other
/// members may be zeros. Later versions of this header may append members.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_rotate_request {
    /// The size of the struct, sizeof(stopgap_rotate_request). Other sizes than those of a
    /// version are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The actor, a super administrator.
    pub actor: stopgap_actor,
    /// The seconds for which the old code stays valid beside the new one, unless it expires
    /// earlier. With 0 it expires at once.
    pub overlap_seconds: u64,
    /// The expiry of the new code. 0 for a new code that is permanent like the old one, or
    /// expires after 24 hours if the old one has an expiry.
    pub expires_at: i64,
    /// 1 for a new code that does not expire: `expires_at` must be 0 then. Otherwise 0.
    pub permanent: u32,
    /// The prefix of the new code's text, "acme"; missing for "stopgap".
    pub prefix: stopgap_text,
    /// The source of random numbers; NULL for the operating system.
    pub random: *const stopgap_random,
}

// SAFETY: the size is the first member, and zeros are a value.
unsafe impl Growing for stopgap_rotate_request {
    const OLDEST: usize = offset_of!(Self, prefix);
}

/// The caller's request to replace a security code.
pub(crate) struct Replacement {
    pub(crate) format: SecurityFormat,
    pub(crate) actor: Actor,
    pub(crate) rotation: Rotation,
    pub(crate) random: Random,
}

/// Returns the caller's request to replace a security code.
///
/// # Safety
///
/// As [`grown`], [`text`] and [`random`].
pub(crate) unsafe fn rotate_request(
    request: *const stopgap_rotate_request,
) -> Outcome<Replacement> {
    // SAFETY: the caller's promise.
    unsafe {
        let all = grown(request)?;
        let mut rotation = Rotation::new(Duration::from_secs(all.overlap_seconds));
        if let Some(expiry) = expiry_of(all.expires_at, all.permanent)? {
            rotation = rotation.expiry(expiry);
        }
        Ok(Replacement {
            format: issuing(all.prefix)?,
            actor: actor(all.actor)?,
            rotation,
            random: random(all.random)?,
        })
    }
}

/// A request to create a code with its size, and zeros.
#[cfg(test)]
pub(crate) const SECURITY_REQUEST: stopgap_security_request = stopgap_security_request {
    size: size_of::<stopgap_security_request>(),
    actor: stopgap_actor {
        name: crate::text::NO_TEXT,
        role: 0,
    },
    scopes: stopgap_scopes {
        list: crate::text::NO_TEXT,
        unlimited: 0,
    },
    same_as: crate::text::NO_TEXT,
    access: 0,
    permanent: 0,
    expires_at: 0,
    description: crate::text::NO_TEXT,
    prefix: crate::text::NO_TEXT,
    random: std::ptr::null(),
    source_address: crate::text::NO_TEXT,
    request_id: crate::text::NO_TEXT,
    reason: crate::text::NO_TEXT,
    ticket: crate::text::NO_TEXT,
};
