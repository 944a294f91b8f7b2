//! The record of a security code, and its authentication (SPEC, "Security codes").

use alloc::string::String;

use chrono::{DateTime, TimeZone, Utc};
use rand_core::TryCryptoRng;

use crate::{
    code::Code,
    description::{DescriptionError, check_description},
    digest::CodeDigest,
    error::Refusal,
    key_id::KeyId,
    key_ring::KeyRing,
    life::{Life, LifeError, LifeEvent, LifeState},
    name::Name,
    role::{Action, Actor, Forbidden, Role},
    scopes::Scopes,
    security_format::{SECURITY_CODE, SecurityFormat},
    validity::{YearOutOfRange, check_instant},
};

/// The access level of a security code (SPEC, "Security codes").
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Access {
    /// The rights of a super administrator.
    SuperAdministrator,
    /// The rights of this user, but never those of a super administrator.
    SameAs(Name),
}

/// The rights that an access level amounts to (SPEC, "Security codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Rights<'a> {
    /// The role.
    pub role: Role,
    /// The user of [`Access::SameAs`].
    pub user: Option<&'a Name>,
    /// `true` if the user is a super administrator and the code has a plain user's
    /// rights.
    pub limited: bool,
}

/// An authenticated security code (SPEC, "Security codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Authenticated<'a> {
    /// The role with whose rights it acts.
    pub role: Role,
    /// The user of [`Access::SameAs`].
    pub user: Option<&'a Name>,
    /// `true` if the user is a super administrator and the code has a plain user's
    /// rights.
    pub limited: bool,
    /// The scopes to which it is limited.
    pub scopes: &'a Scopes,
}

impl Access {
    /// Returns the rights of this level; `role_of` returns the role of a user.
    ///
    /// ```
    /// use stopgap::{Access, Role};
    ///
    /// let access = Access::SameAs("root@example.com".parse()?);
    /// let rights = access.rights(|_| Role::SuperAdministrator);
    /// assert_eq!((rights.role, rights.limited), (Role::User, true));
    /// # Ok::<(), stopgap::NameError>(())
    /// ```
    pub fn rights(&self, role_of: impl FnOnce(&Name) -> Role) -> Rights<'_> {
        match self {
            Self::SuperAdministrator => Rights {
                role: Role::SuperAdministrator,
                user: None,
                limited: false,
            },
            Self::SameAs(user) => {
                let role = role_of(user);
                let limited = role == Role::SuperAdministrator;
                Rights {
                    role: if limited { Role::User } else { role },
                    user: Some(user),
                    limited,
                }
            }
        }
    }
}

/// The record of a security code: everything but the code (SPEC, "Security codes").
///
/// Every change needs a super administrator. A change that is refused changes nothing;
/// store the record after one that is not.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SecurityCode {
    /// The id of the key that made the digest.
    pub key_id: KeyId,
    /// HMAC(security key, code).
    pub digest: CodeDigest,
    /// The access level.
    pub access: Access,
    /// The scopes to which the code is limited.
    pub scopes: Scopes,
    /// The description: one line of text.
    pub description: String,
    /// The time of creation.
    pub created_at: DateTime<Utc>,
    /// The lifetime.
    pub life: Life,
}

impl SecurityCode {
    /// Creates a code of 128 random bits with a lifetime of 24 hours: the code, to be
    /// shown once by [`SecurityFormat::text`] and not stored, and the record, to be
    /// stored.
    ///
    /// # Errors
    ///
    /// [`CreateError`] if the actor is no super administrator, the description or the
    /// time is out of bounds, or the random number generator fails.
    pub fn create<Tz: TimeZone, R: TryCryptoRng + ?Sized>(
        keys: &KeyRing,
        actor: &Actor,
        access: Access,
        scopes: Scopes,
        description: &str,
        now: DateTime<Tz>,
        rng: &mut R,
    ) -> Result<(Code, Self), CreateError<R::Error>> {
        actor.may(Action::ManageSecurityCode)?;
        let record_description = check_description(description)?;
        let created_at = now.to_utc();
        let life = Life::begin(created_at)?;
        let code = SECURITY_CODE.random(rng).map_err(CreateError::Random)?;
        let key = keys.newest();
        let record = Self {
            key_id: key.id,
            digest: key.security_digest(&code),
            access,
            scopes,
            description: record_description,
            created_at,
            life,
        };
        Ok((code, record))
    }

    /// Authenticates a presented code; `role_of` returns the role of a user. The code is
    /// compared in constant time. The caller needs no role.
    ///
    /// # Errors
    ///
    /// `TimeOutOfRange`, `Malformed`, `KeyMissing`, `Unknown` (also if the code is gone),
    /// or `Expired` if the right code was presented in the week after its expiry.
    pub fn authenticate<Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        format: &SecurityFormat,
        presented: &str,
        role_of: impl FnOnce(&Name) -> Role,
        now: DateTime<Tz>,
    ) -> Result<Authenticated<'_>, Refusal> {
        let now = now.to_utc();
        check_instant(&now)?;
        let code = format.read(presented)?;
        let key = keys.get(self.key_id)?;
        if !bool::from(key.security_digest(&code).matches(&self.digest)) {
            return Err(Refusal::Unknown);
        }
        match self.life.state(now) {
            LifeState::Active { .. } | LifeState::Permanent => {
                let Rights {
                    role,
                    user,
                    limited,
                } = self.access.rights(role_of);
                Ok(Authenticated {
                    role,
                    user,
                    limited,
                    scopes: &self.scopes,
                })
            }
            LifeState::Expired { expired_at } => Err(Refusal::Expired { expired_at }),
            LifeState::Gone => Err(Refusal::Unknown),
        }
    }

    /// Returns the state of its lifecycle now.
    #[must_use]
    pub fn state<Tz: TimeZone>(&self, now: DateTime<Tz>) -> LifeState {
        self.life.state(now)
    }

    /// Applies a lifecycle event. Use [`describe`](Self::describe) to set the text.
    ///
    /// # Errors
    ///
    /// [`LifeError`] if the actor is no super administrator, the event is refused in the
    /// present state, or a time is outside the years 1 to 9999.
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

    /// Sets the description.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply), and [`LifeError::Description`] if the text is longer
    /// than 1,024 bytes or has a control character.
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

/// The reason for which no security code was created (SPEC, "Security codes"). `E` is
/// the random number generator's error.
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
    /// The random number generator failed.
    #[error("no random numbers: {0}")]
    Random(#[source] E),
}

impl<E> CreateError<E> {
    /// Returns one word for the log, which never changes: `forbidden`, `description`,
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
