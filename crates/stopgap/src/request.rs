//! The values that a caller gives to issue and to verify codes.

use core::fmt;

use crate::purpose::Purpose;

/// The circumstances of a request, all optional: for a registry's audit log and for rules.
/// No code depends on them.
///
/// ```
/// use stopgap::Context;
///
/// let context = Context::default().reason("lost token").ticket("INC-4711");
/// assert_eq!(context.ticket, Some("INC-4711"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Context<'a> {
    /// The network address from which the request came.
    pub source_address: Option<&'a str>,
    /// The caller's id of the request, by which logs are joined.
    pub request_id: Option<&'a str>,
    /// The reason for which a code is issued or changed.
    pub reason: Option<&'a str>,
    /// The ticket of the help desk.
    pub ticket: Option<&'a str>,
}

impl<'a> Context<'a> {
    /// Sets the network address from which the request came.
    #[must_use]
    pub const fn source_address(mut self, address: &'a str) -> Self {
        self.source_address = Some(address);
        self
    }

    /// Sets the caller's id of the request.
    #[must_use]
    pub const fn request_id(mut self, id: &'a str) -> Self {
        self.request_id = Some(id);
        self
    }

    /// Sets the reason.
    #[must_use]
    pub const fn reason(mut self, reason: &'a str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Sets the ticket of the help desk.
    #[must_use]
    pub const fn ticket(mut self, ticket: &'a str) -> Self {
        self.ticket = Some(ticket);
        self
    }
}

/// A request to issue an online code. A user's name alone is one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssueRequest<'a> {
    /// The user.
    pub user: &'a str,
    /// The circumstances.
    pub context: Context<'a>,
}

impl<'a> IssueRequest<'a> {
    /// Returns a request for this user.
    #[must_use]
    pub fn new(user: &'a str) -> Self {
        let context = Context::default();
        Self { user, context }
    }

    /// Sets the circumstances.
    #[must_use]
    pub const fn context(mut self, context: Context<'a>) -> Self {
        self.context = context;
        self
    }
}

impl<'a> From<&'a str> for IssueRequest<'a> {
    fn from(user: &'a str) -> Self {
        Self::new(user)
    }
}

/// A request to verify an online code, or to answer a request code.
///
/// ```
/// use stopgap::{Context, Purpose, VerifyRequest};
///
/// let request = VerifyRequest::new("alice", "3f9a 77c2 01be", Purpose::Bypass)
///     .idempotency_key("5f0c-1")
///     .context(Context::default().source_address("192.0.2.7"));
/// assert_eq!(format!("{request:?}").contains("3f9a"), false);
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct VerifyRequest<'a> {
    /// The user.
    pub user: &'a str,
    /// The text that the person typed.
    pub text: &'a str,
    /// The purpose.
    pub purpose: Purpose,
    /// The caller's name for this verification, so that it can be repeated safely: 1 to
    /// 255 bytes. Only [`Verification`](crate::Verification) and registries use it.
    pub idempotency_key: Option<&'a str>,
    /// The circumstances.
    pub context: Context<'a>,
}

impl<'a> VerifyRequest<'a> {
    /// Returns a request for this user, text and purpose.
    #[must_use]
    pub fn new(user: &'a str, text: &'a str, purpose: Purpose) -> Self {
        Self {
            user,
            text,
            purpose,
            idempotency_key: None,
            context: Context::default(),
        }
    }

    /// Sets the idempotency key.
    #[must_use]
    pub const fn idempotency_key(mut self, key: &'a str) -> Self {
        self.idempotency_key = Some(key);
        self
    }

    /// Sets the circumstances.
    #[must_use]
    pub const fn context(mut self, context: Context<'a>) -> Self {
        self.context = context;
        self
    }
}

/// The text is left out: it may be a code.
impl fmt::Debug for VerifyRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyRequest")
            .field("user", &self.user)
            .field("purpose", &self.purpose)
            .field("idempotency_key", &self.idempotency_key)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
