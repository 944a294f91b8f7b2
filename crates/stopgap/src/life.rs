//! The life of a security code, as a state machine (SPEC, "Security codes").

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use crate::{
    description::DescriptionError,
    role::Forbidden,
    validity::{YearOutOfRange, check_instant},
};

const DAY_SECONDS: i64 = 86_400;

/// How long a security code lives before it must be edited, reset or made
/// permanent: exactly 24 hours.
const LIFE_SECONDS: i64 = DAY_SECONDS;
/// For how long an expired one can be reactivated: exactly 7 days.
const KEPT_SECONDS: i64 = 7 * DAY_SECONDS;

/// The life of a security code (SPEC, "Security codes"): what is kept of it.
/// [`state`](Self::state) says what that means at an instant,
/// [`apply`](Self::apply) changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Life {
    /// It lives until this instant, at which it has expired.
    Until(DateTime<Utc>),
    /// It lives for good.
    Permanent,
    /// Somebody deleted it.
    Deleted,
}

/// Where a security code stands at an instant: a column of SPEC's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LifeState {
    /// It authenticates until it expires.
    Active {
        /// When it expires.
        expires_at: DateTime<Utc>,
    },
    /// It authenticates for good.
    Permanent,
    /// It expired less than 7 days ago and can be reactivated.
    Expired {
        /// When it expired.
        expired_at: DateTime<Utc>,
    },
    /// It was deleted, or expired 7 days ago or more.
    Gone,
}

impl LifeState {
    /// `active`, `permanent`, `expired` or `gone`.
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

/// What a super administrator does to a security code: a row of SPEC's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LifeEvent {
    /// Give it another expiry; a permanent one is permanent no longer.
    Edit {
        /// The new one.
        expires_at: DateTime<Utc>,
    },
    /// Let it live for good.
    MakePermanent,
    /// Let it live 24 hours from now.
    Reset,
    /// Bring an expired one back for 24 hours.
    Reactivate,
    /// Describe it anew.
    Describe,
    /// Delete it.
    Delete,
}

impl Life {
    /// 24 hours from now, as every security code begins.
    ///
    /// # Errors
    ///
    /// [`YearOutOfRange`] outside the years 1 to 9999.
    pub fn begin<Tz: TimeZone>(now: DateTime<Tz>) -> Result<Self, YearOutOfRange> {
        after(now.to_utc(), LIFE_SECONDS).map(Self::Until)
    }

    /// Where it stands now.
    #[must_use]
    pub fn state<Tz: TimeZone>(self, now: DateTime<Tz>) -> LifeState {
        let now = now.to_utc();
        match self {
            Self::Deleted => LifeState::Gone,
            Self::Permanent => LifeState::Permanent,
            Self::Until(expires_at) if now < expires_at => LifeState::Active { expires_at },
            Self::Until(expired_at) => {
                let since = now.signed_duration_since(expired_at).num_seconds();
                if since >= KEPT_SECONDS {
                    LifeState::Gone
                } else {
                    LifeState::Expired { expired_at }
                }
            }
        }
    }

    /// The life after an event, by the table of SPEC: keep it in place of this
    /// one.
    ///
    /// # Errors
    ///
    /// [`LifeError`] where the event is refused in the state that holds now, or a
    /// time is outside the years 1 to 9999.
    #[must_use = "the new life must be kept"]
    pub fn apply<Tz: TimeZone>(
        self,
        event: LifeEvent,
        now: DateTime<Tz>,
    ) -> Result<Self, LifeError> {
        use LifeEvent::{Delete, Describe, Edit, MakePermanent, Reactivate, Reset};
        use LifeState::{Active, Expired, Gone, Permanent};

        let now = now.to_utc();
        check_instant(&now)?;
        Ok(match (self.state(now), event) {
            (Gone, _) => return Err(LifeError::NotFound),
            (Active { .. } | Permanent | Expired { .. }, Describe) => self,
            (Active { .. } | Permanent | Expired { .. }, Delete) => Self::Deleted,
            (Expired { .. }, Reactivate) | (Active { .. } | Permanent, Reset) => Self::begin(now)?,
            (Expired { expired_at }, Edit { .. } | MakePermanent | Reset) => {
                return Err(LifeError::Expired { expired_at });
            }
            (Active { .. } | Permanent, Edit { expires_at }) => {
                if expires_at <= now {
                    return Err(LifeError::ExpiryNotInFuture);
                }
                check_instant(&expires_at)?;
                Self::Until(expires_at)
            }
            (Active { .. } | Permanent, MakePermanent) => Self::Permanent,
            (Active { .. } | Permanent, Reactivate) => return Err(LifeError::AlreadyActive),
        })
    }
}

fn after(instant: DateTime<Utc>, seconds: i64) -> Result<DateTime<Utc>, YearOutOfRange> {
    let later = TimeDelta::try_seconds(seconds).and_then(|span| instant.checked_add_signed(span));
    let later = later.ok_or(YearOutOfRange)?;
    check_instant(&later)?;
    Ok(later)
}

/// What cannot be done to a security code (SPEC, "Security codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LifeError {
    /// The actor is no super administrator.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It was deleted, or expired 7 days ago or more.
    #[error("there is no such security code (any more); create a new one")]
    NotFound,
    /// It has expired: reactivate it first.
    #[error("the security code expired at {expired_at}; reactivate it first")]
    Expired {
        /// When.
        expired_at: DateTime<Utc>,
    },
    /// The new expiry has passed already.
    #[error("the new expiry is not in the future; choose a later one")]
    ExpiryNotInFuture,
    /// There is nothing to reactivate.
    #[error("the security code is active already; reset it for 24 hours more")]
    AlreadyActive,
    /// The description is too long, or not one line of text.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// The clock, or an expiry, is out of range.
    #[error(transparent)]
    Time(#[from] YearOutOfRange),
}

impl LifeError {
    /// One word for the log, which never changes: `forbidden`, `not_found`,
    /// `expired`, `expiry_not_in_future`, `already_active`, `description` or
    /// `time_out_of_range`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => "forbidden",
            Self::NotFound => "not_found",
            Self::Expired { .. } => "expired",
            Self::ExpiryNotInFuture => "expiry_not_in_future",
            Self::AlreadyActive => "already_active",
            Self::Description(_) => "description",
            Self::Time(_) => "time_out_of_range",
        }
    }
}
