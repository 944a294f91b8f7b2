//! Security codes: API secrets with a life (SPEC, "Security codes").

use alloc::string::String;

use chrono::{DateTime, TimeZone, Utc};
use rand_core::TryCryptoRng;

use crate::{
    code::Code,
    description::{DescriptionError, check_description},
    digest::CodeDigest,
    error::Refusal,
    format::CodeFormat,
    key_id::KeyId,
    key_ring::KeyRing,
    life::{Life, LifeError, LifeEvent, LifeState},
    name::Name,
    role::{Action, Actor, Forbidden, Role},
    validity::{YearOutOfRange, check_instant},
};

/// With whose rights a security code acts (SPEC, "Security codes").
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

/// What an authenticated security code may do (SPEC, "Security codes").
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
/// but the code (SPEC, "Security codes").
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
    pub fn create<Tz: TimeZone, R: TryCryptoRng + ?Sized>(
        keys: &KeyRing,
        actor: &Actor,
        access: Access,
        description: &str,
        now: DateTime<Tz>,
        rng: &mut R,
    ) -> Result<(Code, Self), CreateError<R::Error>> {
        actor.may(Action::ManageSecurityCode)?;
        let record_description = check_description(description)?;
        let created_at = now.to_utc();
        let life = Life::begin(created_at)?;
        let code = CodeFormat::SECURITY
            .random(rng)
            .map_err(CreateError::Random)?;
        let key = keys.newest();
        let record = Self {
            key_id: key.id,
            digest: key.security_digest(&code),
            access,
            description: record_description,
            created_at,
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
    /// `TimeOutOfRange`, `Malformed`, `KeyMissing`, `Unknown` (also for one that
    /// is gone), or `Expired` where the right code was presented in the week after
    /// its expiry.
    pub fn authenticate<Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        presented: &str,
        role_of: impl FnOnce(&Name) -> Role,
        now: DateTime<Tz>,
    ) -> Result<Scope<'_>, Refusal> {
        let now = now.to_utc();
        check_instant(&now)?;
        let code = CodeFormat::SECURITY.normalize(presented)?;
        let key = keys.get(self.key_id)?;
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
    pub fn state<Tz: TimeZone>(&self, now: DateTime<Tz>) -> LifeState {
        self.life.state(now)
    }

    /// Does something to the code.
    /// [`describe`](Self::describe) takes the words that
    /// [`LifeEvent::Describe`] alone does not bring.
    ///
    /// # Errors
    ///
    /// [`LifeError`] where the actor is no super administrator, the event is
    /// refused in the state that holds now, or a time is outside the years 1 to
    /// 9999.
    pub fn apply<Tz: TimeZone>(
        &mut self,
        actor: &Actor,
        event: LifeEvent,
        now: DateTime<Tz>,
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
    pub fn describe<Tz: TimeZone>(
        &mut self,
        actor: &Actor,
        description: &str,
        now: DateTime<Tz>,
    ) -> Result<(), LifeError> {
        self.apply(actor, LifeEvent::Describe, now)?;
        self.description = check_description(description)?;
        Ok(())
    }
}

/// Why no security code was created (SPEC, "Security codes"). `E` is the random
/// number generator's error.
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

impl<E> CreateError<E> {
    /// One word for the log, which never changes: `forbidden`, `description`,
    /// `time_out_of_range` or `random`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => "forbidden",
            Self::Description(_) => "description",
            Self::Time(_) => "time_out_of_range",
            Self::Random(_) => "random",
        }
    }
}
