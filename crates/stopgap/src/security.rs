//! Security codes: API secrets with a life (SPEC, "Security codes").

use alloc::string::String;

use chrono::{DateTime, TimeDelta, Utc};
use rand_core::TryCryptoRng;

use crate::{
    code::{Code, CodeFormat},
    error::Refusal,
    key::{CodeDigest, KeyId, KeyRing},
    name::Name,
    role::{Action, Actor, Forbidden, Role},
    validity::{YearOutOfRange, check_instant},
};

const DAY_SECONDS: i64 = 86_400;

/// How long a security code lives before it must be edited, reset or made
/// permanent: exactly 24 hours.
const LIFE_SECONDS: i64 = DAY_SECONDS;
/// For how long an expired one can be reactivated: exactly 7 days.
const KEPT_SECONDS: i64 = 7 * DAY_SECONDS;

/// The most bytes that a description has.
const MAX_DESCRIPTION: usize = 1_024;

/// The life of a security code: what is kept of it. [`state`](Self::state) says
/// what that means at an instant, [`apply`](Self::apply) changes it.
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

/// Where a security code stands at an instant.
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

/// What a super administrator does to a security code.
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
    pub fn begin(now: DateTime<Utc>) -> Result<Self, YearOutOfRange> {
        after(now, LIFE_SECONDS).map(Self::Until)
    }

    /// Where it stands now.
    #[must_use]
    pub fn state(self, now: DateTime<Utc>) -> LifeState {
        match self {
            Self::Deleted => LifeState::Gone,
            Self::Permanent => LifeState::Permanent,
            Self::Until(expires_at) if now < expires_at => LifeState::Active { expires_at },
            // Where the end of the week is out of range it cannot be past.
            Self::Until(expired_at) => match after(expired_at, KEPT_SECONDS) {
                Ok(gone_at) if now >= gone_at => LifeState::Gone,
                _ => LifeState::Expired { expired_at },
            },
        }
    }

    /// The life after an event, by the table of SPEC: keep it in place of this
    /// one.
    ///
    /// # Errors
    ///
    /// [`LifeError`] where the event is refused in the state that holds now.
    #[must_use = "the new life must be kept"]
    pub fn apply(self, event: LifeEvent, now: DateTime<Utc>) -> Result<Self, LifeError> {
        use LifeEvent::{Delete, Describe, Edit, MakePermanent, Reactivate, Reset};
        use LifeState::{Active, Expired, Gone, Permanent};

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

/// With whose rights a security code acts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Access {
    /// With a super administrator's.
    SuperAdministrator,
    /// With those of this user, but never a super administrator's.
    SameAs(Name),
}

/// What an authenticated security code may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Scope<'a> {
    /// With which role's rights it acts.
    pub role: Role,
    /// As which user, where it is not a super administrator of its own.
    pub user: Option<&'a Name>,
    /// Whether it has less than its user has: the user is a super
    /// administrator, the code has a plain user's rights.
    pub limited: bool,
}

impl Access {
    /// What this level amounts to, where `role_of` knows what a user is.
    ///
    /// ```
    /// use stopgap::{Access, Name, Role};
    ///
    /// let access = Access::SameAs("root@example.com".parse()?);
    /// let scope = access.scope(|_| Role::SuperAdministrator);
    /// assert_eq!((scope.role, scope.limited), (Role::User, true));
    /// # Ok::<(), stopgap::NameError>(())
    /// ```
    pub fn scope(&self, role_of: impl FnOnce(&Name) -> Role) -> Scope<'_> {
        match self {
            Self::SuperAdministrator => Scope {
                role: Role::SuperAdministrator,
                user: None,
                limited: false,
            },
            Self::SameAs(user) => {
                let role = role_of(user);
                let limited = role == Role::SuperAdministrator;
                Scope {
                    role: if limited { Role::User } else { role },
                    user: Some(user),
                    limited,
                }
            }
        }
    }
}

/// What a server keeps of a security code, in whatever store it has: everything
/// but the code.
///
/// Every change needs a super administrator and changes nothing where it is
/// refused; keep the record after it.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SecurityCode {
    /// The key that made the digest.
    pub key_id: KeyId,
    /// HMAC(security key, code).
    pub digest: CodeDigest,
    /// With whose rights it acts.
    pub access: Access,
    /// What it is for, in somebody's words.
    pub description: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Its life.
    pub life: Life,
}

impl SecurityCode {
    /// Creates a code of 128 random bits that lives 24 hours: the code, to be
    /// told once and not kept, and the record, to be kept.
    ///
    /// # Errors
    ///
    /// [`CreateError`] where the actor is no super administrator, the
    /// description or the time is out of bounds, or the random number generator
    /// fails.
    pub fn create<R: TryCryptoRng + ?Sized>(
        keys: &KeyRing,
        actor: &Actor,
        access: Access,
        description: &str,
        now: DateTime<Utc>,
        rng: &mut R,
    ) -> Result<(Code, Self), CreateError<R::Error>> {
        actor.may(Action::ManageSecurityCode)?;
        let record_description = check_description(description)?;
        let life = Life::begin(now)?;
        let code = CodeFormat::SECURITY
            .random(rng)
            .map_err(CreateError::Random)?;
        let key = keys.newest();
        let record = Self {
            key_id: key.id,
            digest: key.security_digest(&code),
            access,
            description: record_description,
            created_at: now,
            life,
        };
        Ok((code, record))
    }

    /// Authenticates a presented code: what it may do, where `role_of` knows
    /// what a user is. The code is compared in constant time. Nobody's role is
    /// needed for this.
    ///
    /// # Errors
    ///
    /// `KeyMissing`, `Malformed`, `Unknown` (also for one that is gone), or
    /// `Expired` where the right code was presented in the week after its
    /// expiry.
    pub fn authenticate(
        &self,
        keys: &KeyRing,
        presented: &str,
        role_of: impl FnOnce(&Name) -> Role,
        now: DateTime<Utc>,
    ) -> Result<Scope<'_>, Refusal> {
        let key = keys.get(self.key_id)?;
        let code = CodeFormat::SECURITY.normalize(presented)?;
        if !bool::from(key.security_digest(&code).matches(&self.digest)) {
            return Err(Refusal::Unknown);
        }
        match self.life.state(now) {
            LifeState::Active { .. } | LifeState::Permanent => Ok(self.access.scope(role_of)),
            LifeState::Expired { expired_at } => Err(Refusal::Expired { expired_at }),
            LifeState::Gone => Err(Refusal::Unknown),
        }
    }

    /// Where its life stands now.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> LifeState {
        self.life.state(now)
    }

    /// Does something to the code.
    /// [`describe`](Self::describe) takes the words that
    /// [`LifeEvent::Describe`] alone does not bring.
    ///
    /// # Errors
    ///
    /// [`LifeError`] where the actor is no super administrator, or the event is
    /// refused in the state that holds now.
    pub fn apply(
        &mut self,
        actor: &Actor,
        event: LifeEvent,
        now: DateTime<Utc>,
    ) -> Result<(), LifeError> {
        actor.may(Action::ManageSecurityCode)?;
        self.life = self.life.apply(event, now)?;
        Ok(())
    }

    /// Describes the code anew.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply), and [`LifeError::Description`] where the text
    /// is longer than 1,024 bytes or holds a control character.
    pub fn describe(
        &mut self,
        actor: &Actor,
        description: &str,
        now: DateTime<Utc>,
    ) -> Result<(), LifeError> {
        self.apply(actor, LifeEvent::Describe, now)?;
        self.description = check_description(description)?;
        Ok(())
    }
}

fn check_description(description: &str) -> Result<String, DescriptionError> {
    if description.len() > MAX_DESCRIPTION {
        let found = description.len();
        return Err(DescriptionError::TooLong { found });
    }
    match description.chars().position(char::is_control) {
        Some(position) => Err(DescriptionError::ControlCharacter { position }),
        None => Ok(description.into()),
    }
}

/// What cannot be done to a security code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LifeError {
    /// The actor is no super administrator.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It was deleted, or expired more than 7 days ago.
    #[error("there is no such security code")]
    NotFound,
    /// It has expired: reactivate it first.
    #[error("the security code expired at {expired_at}; reactivate it first")]
    Expired {
        /// When.
        expired_at: DateTime<Utc>,
    },
    /// The new expiry has passed already.
    #[error("the new expiry is not in the future")]
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

/// Why a text is no description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// More than 1,024 bytes of UTF-8.
    #[error("a description has at most 1024 bytes of UTF-8, this one has {found}")]
    TooLong {
        /// How many bytes there are.
        found: usize,
    },
    /// It is one line of text without control characters.
    #[error("a description must not hold a control character; see position {position}")]
    ControlCharacter {
        /// Where it is, in characters from 0.
        position: usize,
    },
}

/// Why no security code was created. `E` is the random number generator's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError<E> {
    /// The actor is no super administrator.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The description is too long, or not one line of text.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// The clock is out of range.
    #[error(transparent)]
    Time(#[from] YearOutOfRange),
    /// There were no random numbers.
    #[error("no random numbers: {0}")]
    Random(#[source] E),
}
