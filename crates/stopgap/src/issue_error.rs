//! The reasons for which no code or enrolment was issued.

use chrono::{DateTime, Utc};

use crate::{
    invalid_value::InvalidValue, lifecycle::LifecycleError, name::NameError, role::Forbidden,
    validity::OutOfRange,
};

/// The reason for which no online code, security code or enrolment was issued. `E` is the
/// error of the random number generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError<E> {
    /// The name of the user or of the machine is no name.
    #[error(transparent)]
    InvalidName(#[from] NameError),
    /// The policy, the description or the clock is refused.
    #[error(transparent)]
    InvalidValue(#[from] InvalidValue),
    /// The actor is no super administrator (security codes only).
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The code would have expired already.
    #[error("the code would have expired at {expires_at}; choose a later start")]
    NeverValid {
        /// The expiry that the code would have.
        expires_at: DateTime<Utc>,
    },
    /// The expiry of a new security code has passed already, or the code to be replaced cannot
    /// be.
    #[error(transparent)]
    Lifecycle(LifecycleError),
    /// The random number generator failed.
    #[error("no random numbers: {0}")]
    Random(#[source] E),
}

impl<E> From<OutOfRange> for IssueError<E> {
    fn from(_: OutOfRange) -> Self {
        Self::InvalidValue(InvalidValue::TimeOutOfRange)
    }
}

impl<E> From<LifecycleError> for IssueError<E> {
    fn from(error: LifecycleError) -> Self {
        match error {
            LifecycleError::Forbidden(forbidden) => Self::Forbidden(forbidden),
            LifecycleError::InvalidValue(invalid) => Self::InvalidValue(invalid),
            other => Self::Lifecycle(other),
        }
    }
}

impl<E> IssueError<E> {
    /// Returns one word for the log, which never changes: `invalid_name`, `forbidden`,
    /// `never_valid`, `random`, or the reason of [`InvalidValue`] or [`LifecycleError`].
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::InvalidName(_) => "invalid_name",
            Self::InvalidValue(invalid) => invalid.reason(),
            Self::Forbidden(_) => "forbidden",
            Self::NeverValid { .. } => "never_valid",
            Self::Lifecycle(error) => error.reason(),
            Self::Random(_) => "random",
        }
    }
}
