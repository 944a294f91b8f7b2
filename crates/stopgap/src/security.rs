//! The record of a security code, its authentication and its lifecycle (SPEC, "Security
//! codes").

use alloc::{string::String, vec::Vec};

use chrono::{DateTime, TimeZone, Utc};
use rand_core::TryCryptoRng;

use crate::{
    code::Code,
    description::check_description,
    digest::{CodeDigest, ComputedDigest},
    error::Refusal,
    issue_error::IssueError,
    key_id::KeyId,
    key_ring::{KeyRing, RingKey},
    lifecycle::{Expiry, LifecycleError, LifecycleEvent, LifecycleState, Lifetime},
    name::Name,
    record_bytes_error::RecordBytesError,
    record_id::RecordId,
    record_reader::Reader,
    request::Context,
    role::{Action, Actor, Role},
    scopes::Scopes,
    sealed::{self, Sealed, private::Encode, push_text},
    security_format::{SECURITY_CODE, SecurityFormat, SecurityText},
    validity::check_instant,
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

/// A request to create a security code.
///
/// ```
/// use stopgap::{Access, Scopes, SecurityRequest};
///
/// let access = Access::SameAs("bob@example.com".parse()?);
/// let request = SecurityRequest::new(access, Scopes::new(["reports:read"])?)
///     .description("nightly report")
///     .permanent();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecurityRequest<'a> {
    /// The access level.
    pub access: Access,
    /// The scopes to which the code is limited, or [`Scopes::UNLIMITED`].
    pub scopes: Scopes,
    /// The description: one line of at most 1,024 bytes.
    pub description: &'a str,
    /// The expiry.
    pub expiry: Expiry,
    /// The circumstances.
    pub context: Context<'a>,
}

impl<'a> SecurityRequest<'a> {
    /// Returns a request with this access level and these scopes, for a code that expires
    /// after 24 hours.
    #[must_use]
    pub fn new(access: Access, scopes: Scopes) -> Self {
        Self {
            access,
            scopes,
            description: "",
            expiry: Expiry::default(),
            context: Context::default(),
        }
    }

    /// Sets the description.
    #[must_use]
    pub fn description(self, description: &'a str) -> Self {
        Self {
            description,
            ..self
        }
    }

    /// Sets the expiry.
    #[must_use]
    pub fn expiry(self, expiry: Expiry) -> Self {
        Self { expiry, ..self }
    }

    /// Sets the instant of expiry, which must be in the future.
    #[must_use]
    pub fn expires_at<Tz: TimeZone>(self, expires_at: DateTime<Tz>) -> Self {
        self.expiry(Expiry::At(expires_at.to_utc()))
    }

    /// Makes the code permanent.
    #[must_use]
    pub fn permanent(self) -> Self {
        self.expiry(Expiry::Never)
    }

    /// Sets the circumstances.
    #[must_use]
    pub fn context(self, context: Context<'a>) -> Self {
        Self { context, ..self }
    }
}

/// An authenticated security code (SPEC, "Security codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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

/// The record of a security code: everything but the code (SPEC, "Security codes"). It is
/// stored, authenticated and changed as a [`Sealed`] value.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SecurityCode {
    /// The id of the record.
    pub id: RecordId,
    /// The id of the key that made the digest and the tag.
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
    pub lifetime: Lifetime,
}

impl Encode for SecurityCode {
    const LABEL: &'static str = "security\0";

    fn key_id(&self) -> KeyId {
        self.key_id
    }

    fn encode<T>(&self, take: impl FnOnce(&[&[u8]]) -> T) -> T {
        let mut rest = Vec::new();
        match &self.access {
            Access::SuperAdministrator => rest.push(0),
            Access::SameAs(user) => {
                rest.push(1);
                push_text(&mut rest, user.as_str());
            }
        }
        push_text(&mut rest, &self.description);
        rest.extend(sealed::instant(Some(self.created_at)));
        match self.lifetime {
            Lifetime::Until(expires_at) => {
                rest.push(0);
                rest.extend(sealed::instant(Some(expires_at)));
            }
            Lifetime::Permanent => rest.push(1),
            Lifetime::Deleted => rest.push(2),
        }
        // 0 for a code that is not limited; never more than 32.
        let scopes = u16::try_from(self.scopes.iter().len()).unwrap_or_default();
        rest.extend(scopes.to_be_bytes());
        for scope in self.scopes.iter() {
            push_text(&mut rest, scope);
        }
        take(&[
            Self::LABEL.as_bytes(),
            &sealed::key_id(self.key_id),
            self.id.as_bytes(),
            self.digest.as_bytes(),
            &rest,
        ])
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, RecordBytesError> {
        let (key_id, id, digest) = (fields.key_id()?, fields.id()?, fields.digest()?);
        let access = match fields.byte()? {
            0 => Access::SuperAdministrator,
            1 => Access::SameAs(fields.name("access")?),
            _ => return Err(RecordBytesError::Invalid { field: "access" }),
        };
        let is_description = |text: &str| check_description(text).is_ok();
        let description = fields.text_of("description", is_description)?.into();
        let created_at = fields.instant("created_at")?;
        let lifetime = match fields.byte()? {
            0 => Lifetime::Until(fields.instant("lifetime")?),
            1 => Lifetime::Permanent,
            2 => Lifetime::Deleted,
            _ => return Err(RecordBytesError::Invalid { field: "lifetime" }),
        };
        Ok(Self {
            id,
            key_id,
            digest,
            access,
            scopes: fields.scopes("scopes")?,
            description,
            created_at,
            lifetime,
        })
    }

    fn is_sound(&self) -> bool {
        let expires_at = match self.lifetime {
            Lifetime::Until(expires_at) => Some(expires_at),
            Lifetime::Permanent | Lifetime::Deleted => None,
        };
        check_description(&self.description).is_ok()
            && sealed::are_whole(&[Some(self.created_at), expires_at])
    }
}

impl SecurityCode {
    /// Creates a code of 128 random bits: its text with the prefix of the format, to be shown
    /// once and not stored, and its sealed record, to be stored.
    ///
    /// # Errors
    ///
    /// [`IssueError`] if the actor is no super administrator, the description, the time or the
    /// expiry is refused, or the random number generator fails.
    pub fn create<Tz: TimeZone, R: TryCryptoRng + ?Sized>(
        keys: &KeyRing,
        format: &SecurityFormat,
        actor: &Actor,
        request: SecurityRequest<'_>,
        now: DateTime<Tz>,
        rng: &mut R,
    ) -> Result<(SecurityText, Sealed<Self>), IssueError<R::Error>> {
        actor.may(Action::ManageSecurityCode)?;
        let created_at = sealed::whole(now.to_utc());
        let lifetime = Lifetime::new(request.expiry, created_at)?;
        check_description(request.description)?;
        let code = SECURITY_CODE.random(rng).map_err(IssueError::Random)?;
        let key = keys.primary();
        let record = Self {
            id: RecordId::new(created_at, rng).map_err(IssueError::Random)?,
            key_id: key.id,
            digest: key.security_digest(&code),
            access: request.access,
            scopes: request.scopes,
            description: request.description.into(),
            created_at,
            lifetime,
        };
        Ok((format.text(&code), Sealed::seal_with(record, key)))
    }

    /// Returns the state of the code now.
    #[must_use]
    pub fn state<Tz: TimeZone>(&self, now: DateTime<Tz>) -> LifecycleState {
        self.lifetime.state(now)
    }
}

impl Sealed<SecurityCode> {
    /// Authenticates a code that [`SecurityFormat::read`](crate::SecurityFormat::read) has
    /// read; `role_of` returns the role of a user. The code is compared in constant time.
    /// The caller needs no role, and the record does not change.
    ///
    /// # Errors
    ///
    /// The first [`Refusal`] that holds: `TimeOutOfRange`, `KeyMissing`, `Unknown`,
    /// `Tampered`, `Unknown` if the code is gone, or `Expired` in the week after its
    /// expiry.
    pub fn authenticate<Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        code: &Code,
        role_of: impl FnOnce(&Name) -> Role,
        now: DateTime<Tz>,
    ) -> Result<Authenticated<'_>, Refusal> {
        self.decide(keys, |key| key.security_digest(code), role_of, now.to_utc())
    }

    /// Authenticates a code by its digest, one of [`KeyRing::security_digests`], as
    /// [`authenticate`](Self::authenticate) does.
    ///
    /// # Errors
    ///
    /// As [`authenticate`](Self::authenticate).
    pub fn authenticate_digest<Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        digest: &ComputedDigest,
        role_of: impl FnOnce(&Name) -> Role,
        now: DateTime<Tz>,
    ) -> Result<Authenticated<'_>, Refusal> {
        self.decide(keys, |_| digest.digest(), role_of, now.to_utc())
    }

    fn decide(
        &self,
        keys: &KeyRing,
        digest: impl FnOnce(&RingKey) -> CodeDigest,
        role_of: impl FnOnce(&Name) -> Role,
        now: DateTime<Utc>,
    ) -> Result<Authenticated<'_>, Refusal> {
        check_instant(&now)?;
        let key = keys.get(self.unverified().key_id)?;
        if !bool::from(digest(key).matches(&self.unverified().digest)) {
            return Err(Refusal::Unknown);
        }
        let record = self.open_with(key)?;
        match record.state(now) {
            LifecycleState::Active { .. } | LifecycleState::Permanent => {
                Ok(record.authenticated(role_of))
            }
            LifecycleState::Expired { expired_at } => Err(Refusal::Expired { expired_at }),
            LifecycleState::Gone => Err(Refusal::Unknown),
        }
    }

    /// Returns the record after a lifecycle event. Store it in place of this one.
    ///
    /// # Errors
    ///
    /// [`LifecycleError`] if the actor is no super administrator, the record is tampered
    /// with, the event is refused in the present state, or the description or a time is
    /// refused.
    pub fn apply<Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        actor: &Actor,
        event: LifecycleEvent<'_>,
        now: DateTime<Tz>,
    ) -> Result<Self, LifecycleError> {
        actor.may(Action::ManageSecurityCode)?;
        let now = now.to_utc();
        check_instant(&now)?;
        let lifetime = self.open(keys)?.lifetime.apply(event, now)?.whole();
        if let LifecycleEvent::Describe(description) = event {
            check_description(description)?;
        }
        Ok(self.change(keys, |record| {
            record.lifetime = lifetime;
            if let LifecycleEvent::Describe(description) = event {
                record.description = description.into();
            }
        })?)
    }
}

impl SecurityCode {
    /// Returns the rights of an authenticated code.
    fn authenticated(&self, role_of: impl FnOnce(&Name) -> Role) -> Authenticated<'_> {
        let (role, user, limited) = match &self.access {
            Access::SuperAdministrator => (Role::SuperAdministrator, None, false),
            Access::SameAs(user) => match role_of(user) {
                Role::SuperAdministrator => (Role::User, Some(user), true),
                role => (role, Some(user), false),
            },
        };
        Authenticated {
            role,
            user,
            limited,
            scopes: &self.scopes,
        }
    }
}
