//! The replacement of a security code by a new one (SPEC, "Rotation").

use core::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use rand_core::TryCryptoRng;

use crate::{
    issue_error::IssueError,
    key_ring::KeyRing,
    lifecycle::{Expiry, LifecycleError, Lifetime},
    role::{Action, Actor},
    sealed::Sealed,
    security::{SecurityCode, SecurityRequest},
    security_format::{SecurityFormat, SecurityText},
};

/// A request to replace a security code: the time for which the old one stays valid, and the
/// expiry of the new one.
///
/// ```
/// use core::time::Duration;
/// use stopgap::{Expiry, Rotation};
///
/// let rotation = Rotation::new(Duration::from_secs(86_400)).expiry(Expiry::Never);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Rotation {
    /// The time for which the old code stays valid beside the new one, unless it expires
    /// earlier. With 0 it expires at once.
    pub overlap: Duration,
    /// The expiry of the new code. `None` if it is permanent like the old one, or expires after
    /// 24 hours if the old one has an expiry.
    pub expiry: Option<Expiry>,
}

impl Rotation {
    /// Returns a request with this overlap.
    #[must_use]
    pub const fn new(overlap: Duration) -> Self {
        let expiry = None;
        Self { overlap, expiry }
    }

    /// Sets the expiry of the new code.
    #[must_use]
    pub const fn expiry(self, expiry: Expiry) -> Self {
        let expiry = Some(expiry);
        Self { expiry, ..self }
    }
}

/// A security code that was replaced by a new one. Store both records, or neither.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "store both records before you show the text"]
pub struct Rotated {
    /// The text of the new code, to be shown once and not stored.
    pub text: SecurityText,
    /// The record of the new code.
    pub record: Sealed<SecurityCode>,
    /// The record of the old code. Store it in place of the one that was rotated.
    pub replaced: Sealed<SecurityCode>,
}

impl Sealed<SecurityCode> {
    /// Creates a code that replaces this one: a new secret and a new id under the primary key,
    /// the same access level, scopes and description. This code expires after the overlap. It
    /// may be rotated again before that, and has several successors then.
    ///
    /// # Errors
    ///
    /// [`IssueError`] if the actor is no super administrator, the record is tampered with or
    /// its key is missing, the code has expired or is gone, a time is refused, or the random
    /// number generator fails.
    pub fn rotate<Tz: TimeZone, R: TryCryptoRng + ?Sized>(
        &self,
        keys: &KeyRing,
        format: &SecurityFormat,
        actor: &Actor,
        rotation: Rotation,
        now: DateTime<Tz>,
        rng: &mut R,
    ) -> Result<Rotated, IssueError<R::Error>> {
        actor.may(Action::ManageSecurityCode)?;
        let now = now.to_utc();
        let (replaced, request) = self.replace(keys, rotation, now)?;
        let (text, record) = SecurityCode::create(keys, format, actor, request, now, rng)?;
        Ok(Rotated {
            text,
            record,
            replaced,
        })
    }

    /// Returns this record with its earlier end, and the request for the code that replaces it.
    fn replace(
        &self,
        keys: &KeyRing,
        rotation: Rotation,
        now: DateTime<Utc>,
    ) -> Result<(Self, SecurityRequest<'_>), LifecycleError> {
        let old = self.open(keys)?;
        let lifetime = old.lifetime.replaced(rotation.overlap, now)?;
        let expiry = match (rotation.expiry, old.lifetime) {
            (Some(expiry), _) => expiry,
            (None, Lifetime::Permanent) => Expiry::Never,
            (None, Lifetime::Until(_) | Lifetime::Deleted) => Expiry::InADay,
        };
        let request = SecurityRequest::new(old.access.clone(), old.scopes.clone())
            .description(&old.description)
            .expiry(expiry);
        let replaced = self.change(keys, |record| record.lifetime = lifetime)?;
        Ok((replaced, request))
    }
}
