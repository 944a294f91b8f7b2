//! The lifecycle of a security code, as a state machine (SPEC, "Security codes").

use core::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use crate::{
    error::Refusal,
    invalid_value::InvalidValue,
    role::Forbidden,
    sealed,
    validity::{OutOfRange, check_instant},
};

const DAY_SECONDS: i64 = 86_400;
/// Seconds from creation, reset and reactivation to expiry.
const LIFETIME_SECONDS: i64 = DAY_SECONDS;
/// Seconds from expiry during which a code can be reactivated.
const REACTIVATION_SECONDS: i64 = 7 * DAY_SECONDS;

/// The lifetime of a security code, as it is stored (SPEC, "Security codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Lifetime {
    /// The code expires at this instant.
    Until(DateTime<Utc>),
    /// The code does not expire.
    Permanent,
    /// The code was deleted.
    Deleted,
}

/// The expiry of a new security code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Expiry {
    /// 24 hours after creation.
    #[default]
    InADay,
    /// This instant, which must be in the future.
    At(DateTime<Utc>),
    /// None: the code is permanent.
    Never,
}

/// The state of a security code at an instant: a column of SPEC's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LifecycleState {
    /// The code authenticates until it expires.
    Active {
        /// The expiry.
        expires_at: DateTime<Utc>,
    },
    /// The code authenticates and does not expire.
    Permanent,
    /// The code expired less than 7 days ago and can be reactivated.
    Expired {
        /// The expiry.
        expired_at: DateTime<Utc>,
    },
    /// The code was deleted, or expired 7 days ago or more.
    Gone,
}

impl LifecycleState {
    /// Returns `active`, `permanent`, `expired` or `gone`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Active { .. } => "active",
            Self::Permanent => "permanent",
            Self::Expired { .. } => "expired",
            Self::Gone => "gone",
        }
    }
}

/// A change of a security code: a row of SPEC's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LifecycleEvent<'a> {
    /// Set another expiry. A permanent code is permanent no longer.
    Edit {
        /// The new expiry.
        expires_at: DateTime<Utc>,
    },
    /// Make the code permanent.
    MakePermanent,
    /// Restart the 24-hour lifetime.
    Reset,
    /// Reactivate an expired code for 24 hours.
    Reactivate,
    /// Set the description: one line of at most 1,024 bytes.
    Describe(&'a str),
    /// Delete the code.
    Delete,
}

impl Lifetime {
    /// Returns the lifetime of a new code: 24 hours.
    pub(crate) fn begin(now: DateTime<Utc>) -> Result<Self, OutOfRange> {
        check_instant(&now)?;
        let span = TimeDelta::try_seconds(LIFETIME_SECONDS).ok_or(OutOfRange)?;
        let end = now.checked_add_signed(span).ok_or(OutOfRange)?;
        check_instant(&end)?;
        Ok(Self::Until(end))
    }

    /// Returns the lifetime of a new code with this expiry.
    pub(crate) fn new(expiry: Expiry, now: DateTime<Utc>) -> Result<Self, LifecycleError> {
        check_instant(&now)?;
        match expiry {
            Expiry::InADay => Ok(Self::begin(now)?),
            Expiry::At(expires_at) => Self::until(expires_at, now),
            Expiry::Never => Ok(Self::Permanent),
        }
    }

    /// Returns the lifetime that ends at this instant, if it is in the future.
    fn until(expires_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<Self, LifecycleError> {
        let expires_at = sealed::whole(expires_at);
        if expires_at <= now {
            return Err(LifecycleError::ExpiryNotInFuture);
        }
        check_instant(&expires_at)?;
        Ok(Self::Until(expires_at))
    }

    /// Returns the lifetime of a replaced code: it ends after the overlap, or at its expiry if
    /// that is earlier.
    pub(crate) fn replaced(
        self,
        overlap: Duration,
        now: DateTime<Utc>,
    ) -> Result<Self, LifecycleError> {
        check_instant(&now)?;
        let overlap = TimeDelta::from_std(overlap).map_err(|_| OutOfRange)?;
        let end = now.checked_add_signed(overlap).ok_or(OutOfRange)?;
        check_instant(&end)?;
        let end = sealed::whole(end);
        match self.state(now) {
            LifecycleState::Active { expires_at } => Ok(Self::Until(expires_at.min(end))),
            LifecycleState::Permanent => Ok(Self::Until(end)),
            LifecycleState::Expired { expired_at } => Err(LifecycleError::Expired { expired_at }),
            LifecycleState::Gone => Err(LifecycleError::NotFound),
        }
    }

    /// Returns the lifetime with its end in whole microseconds.
    pub(crate) fn whole(self) -> Self {
        match self {
            Self::Until(expires_at) => Self::Until(sealed::whole(expires_at)),
            other => other,
        }
    }

    /// Returns the state of the code now.
    #[must_use]
    pub fn state<Tz: TimeZone>(self, now: DateTime<Tz>) -> LifecycleState {
        let now = now.to_utc();
        match self {
            Self::Deleted => LifecycleState::Gone,
            Self::Permanent => LifecycleState::Permanent,
            Self::Until(expires_at) if now < expires_at => LifecycleState::Active { expires_at },
            Self::Until(expired_at) => {
                let since = now.signed_duration_since(expired_at).num_seconds();
                if since >= REACTIVATION_SECONDS {
                    LifecycleState::Gone
                } else {
                    LifecycleState::Expired { expired_at }
                }
            }
        }
    }

    /// Returns the lifetime after an event, by SPEC's table.
    pub(crate) fn apply(
        self,
        event: LifecycleEvent<'_>,
        now: DateTime<Utc>,
    ) -> Result<Self, LifecycleError> {
        use LifecycleEvent::{Delete, Describe, Edit, MakePermanent, Reactivate, Reset};
        use LifecycleState::{Active, Expired, Gone, Permanent};

        check_instant(&now)?;
        Ok(match (self.state(now), event) {
            (Gone, _) => return Err(LifecycleError::NotFound),
            (Active { .. } | Permanent | Expired { .. }, Describe(_)) => self,
            (Active { .. } | Permanent | Expired { .. }, Delete) => Self::Deleted,
            (Expired { .. }, Reactivate) | (Active { .. } | Permanent, Reset) => Self::begin(now)?,
            (Expired { expired_at }, Edit { .. } | MakePermanent | Reset) => {
                return Err(LifecycleError::Expired { expired_at });
            }
            (Active { .. } | Permanent, Edit { expires_at }) => Self::until(expires_at, now)?,
            (Active { .. } | Permanent, MakePermanent) => Self::Permanent,
            (Active { .. } | Permanent, Reactivate) => return Err(LifecycleError::AlreadyActive),
        })
    }
}

/// The reason for which a security code or an enrolment was not changed (SPEC, "Security
/// codes" and "Keys").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LifecycleError {
    /// The actor is no super administrator.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The code was deleted, or expired 7 days ago or more.
    #[error("the security code does not exist any more; create a new one")]
    NotFound,
    /// The code has expired.
    #[error("the security code expired at {expired_at}; reactivate it first")]
    Expired {
        /// The expiry.
        expired_at: DateTime<Utc>,
    },
    /// The new expiry has passed already.
    #[error("the new expiry is not in the future; choose a later one")]
    ExpiryNotInFuture,
    /// The code is active, so it cannot be reactivated.
    #[error("the security code is active already; reset it for another 24 hours")]
    AlreadyActive,
    /// The description, the clock or the expiry is refused.
    #[error(transparent)]
    InvalidValue(#[from] InvalidValue),
    /// The record cannot be believed: [`Refusal::KeyMissing`] or [`Refusal::Tampered`].
    #[error(transparent)]
    Record(#[from] Refusal),
}

impl From<OutOfRange> for LifecycleError {
    fn from(_: OutOfRange) -> Self {
        Self::InvalidValue(InvalidValue::TimeOutOfRange)
    }
}

impl LifecycleError {
    /// Returns one word for the log, which never changes: `forbidden`, `not_found`,
    /// `expired`, `expiry_not_in_future`, `already_active`, or the reason of
    /// [`InvalidValue`] or [`Refusal`].
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => "forbidden",
            Self::NotFound => "not_found",
            Self::Expired { .. } => "expired",
            Self::ExpiryNotInFuture => "expiry_not_in_future",
            Self::AlreadyActive => "already_active",
            Self::InvalidValue(invalid) => invalid.reason(),
            Self::Record(refusal) => refusal.reason(),
        }
    }
}
