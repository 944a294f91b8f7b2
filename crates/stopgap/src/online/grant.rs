//! The record of an online code, and its verification.

use alloc::string::String;
use core::borrow::BorrowMut;

use chrono::{DateTime, TimeZone, Utc};

use crate::{
    digest::CodeDigest,
    error::Refusal,
    format::CodeFormat,
    key_id::KeyId,
    key_ring::KeyRing,
    name::{Name, check_name},
    offline::Lock,
    purpose::{Purpose, Purposes},
    validity::check_instant,
};

/// The record of an online code: everything but the code (SPEC, "Online codes").
///
/// An `OnlineGrant` owns the user's name. An `OnlineGrant<&str>` borrows it and does the
/// same, for a caller that stores records in another form.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound(
        serialize = "S: AsRef<str>",
        deserialize = "Name<S>: serde::Deserialize<'de>"
    ))
)]
pub struct OnlineGrant<S = String> {
    /// The id of the key that made the digest.
    pub key_id: KeyId,
    /// HMAC(online key, text(user) ‖ code).
    pub digest: CodeDigest,
    /// The user.
    pub user: Name<S>,
    /// The format of the code.
    pub format: CodeFormat,
    /// The purposes for which it may be used.
    pub purposes: Purposes,
    /// The time of issue.
    pub issued_at: DateTime<Utc>,
    /// The instant from which the code is valid; `None` if from issue.
    #[cfg_attr(feature = "serde", serde(default))]
    pub not_before: Option<DateTime<Utc>>,
    /// The expiry: the code is valid before this instant.
    pub expires_at: DateTime<Utc>,
    /// The number of uses allowed; `None` for any number.
    #[cfg_attr(feature = "serde", serde(default))]
    pub max_uses: Option<u32>,
    /// The number of uses, counted only if they are limited.
    #[cfg_attr(feature = "serde", serde(default))]
    pub uses: u32,
    /// The time of revocation; `None` if it was not revoked.
    #[cfg_attr(feature = "serde", serde(default))]
    pub revoked_at: Option<DateTime<Utc>>,
}

impl<S: AsRef<str>> OnlineGrant<S> {
    /// Verifies what a person typed, and counts a use if uses are limited. The grant is
    /// then the new state: store it before you act on the result.
    ///
    /// Nothing is allocated, and the code is compared in constant time. Guard it with a
    /// [`Throttle`](crate::Throttle). If a user may have several codes, use
    /// [`verify_any`](Self::verify_any).
    ///
    /// # Errors
    ///
    /// The first [`Refusal`] that holds, in this order: `TimeOutOfRange`,
    /// `InvalidName`, `Malformed`, `KeyMissing`, `Unknown`, `Revoked`, `WrongPurpose`,
    /// `NotYetValid`, `Expired`, `UsedUp`. Those from `Revoked` on are returned only if
    /// the right code was typed.
    pub fn verify<'u, Tz: TimeZone>(
        &mut self,
        keys: &KeyRing,
        user: &'u str,
        typed: &str,
        purpose: Purpose,
        now: DateTime<Tz>,
    ) -> Result<Granted<'u>, Refusal> {
        let granted = self.check(keys, user, typed, purpose, now)?;
        if self.max_uses.is_some() {
            self.uses = self.uses.saturating_add(1);
        }
        Ok(granted)
    }

    /// Verifies as [`verify`](Self::verify) does, but counts no use: for a shared store,
    /// which must count in one conditional statement. If that changes no record, the code
    /// is [`Refusal::UsedUp`].
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn check<'u, Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        user: &'u str,
        typed: &str,
        purpose: Purpose,
        now: DateTime<Tz>,
    ) -> Result<Granted<'u>, Refusal> {
        let now = now.to_utc();
        check_instant(&now)?;
        let is_own = self.user == *user;
        if !is_own {
            check_name(user)?;
        }
        let code = self.format.normalize(typed)?;
        let key = keys.get(self.key_id)?;
        if !is_own {
            return Err(Refusal::Unknown);
        }
        let digest = key.online_digest(&self.user, &code);
        if !bool::from(digest.matches(&self.digest)) {
            return Err(Refusal::Unknown);
        }
        if let Some(revoked_at) = self.revoked_at {
            return Err(Refusal::Revoked { revoked_at });
        }
        if !self.purposes.contains(purpose) {
            return Err(Refusal::WrongPurpose);
        }
        if let Some(not_before) = self.not_before.filter(|first| now < *first) {
            return Err(Refusal::NotYetValid { not_before });
        }
        let expires_at = self.expires_at;
        if now >= expires_at {
            return Err(Refusal::Expired {
                expired_at: expires_at,
            });
        }
        let unused = self.max_uses.map(|most| most.saturating_sub(self.uses));
        let uses_left = match unused {
            Some(0) => return Err(Refusal::UsedUp),
            unused => unused.map(|unused| unused.saturating_sub(1)),
        };
        Ok(Granted {
            user,
            purpose,
            expires_at,
            uses_left,
        })
    }

    /// Verifies what a person typed against all codes of a user, and counts a use of the
    /// matching one. Returns its index and the grant. Nothing is allocated.
    ///
    /// The grants are a slice or a vector, lent as `&mut grants`, or an iterator of
    /// values that borrow a grant. The iterator stops at the grant that is verified.
    ///
    /// # Errors
    ///
    /// The refusal of [`verify`](Self::verify) for the grant whose code was typed. If it
    /// is the code of none: `Unknown`, also without any grant; `KeyMissing` if the keys
    /// of all that it could be are missing; `Malformed`, `InvalidName` or
    /// `TimeOutOfRange`.
    pub fn verify_any<'u, Tz: TimeZone>(
        grants: impl IntoIterator<Item: BorrowMut<Self>>,
        keys: &KeyRing,
        user: &'u str,
        typed: &str,
        purpose: Purpose,
        now: DateTime<Tz>,
    ) -> Result<(usize, Granted<'u>), Refusal> {
        let now = now.to_utc();
        check_name(user)?;
        let mut nearest = None;
        for (index, mut grant) in grants.into_iter().enumerate() {
            let grant: &mut Self = grant.borrow_mut();
            match grant.verify(keys, user, typed, purpose, now) {
                Ok(granted) => return Ok((index, granted)),
                Err(refusal) if nearness(Some(&refusal)) > nearness(nearest.as_ref()) => {
                    nearest = Some(refusal);
                }
                Err(_) => {}
            }
        }
        Err(nearest.unwrap_or(Refusal::Unknown))
    }

    /// Revokes the code. A second time changes nothing: the first time stays. The caller
    /// checks that the actor may: [`Action::RevokeCode`](crate::Action::RevokeCode).
    pub fn revoke<Tz: TimeZone>(&mut self, now: DateTime<Tz>) {
        self.revoked_at.get_or_insert(now.to_utc());
    }
}

/// Returns the rank of a refusal: the highest decides. A missing key ranks below
/// `Unknown`, otherwise a guess would not count as a failure.
const fn nearness(refusal: Option<&Refusal>) -> u8 {
    match refusal {
        None => 0,
        Some(Refusal::Malformed(_)) => 1,
        Some(Refusal::KeyMissing { .. }) => 2,
        Some(Refusal::Unknown) => 3,
        Some(_) => 4,
    }
}

/// The grant of a verified online code (SPEC, "Online codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Granted<'u> {
    /// The user.
    pub user: &'u str,
    /// The purpose.
    pub purpose: Purpose,
    /// The expiry of the code.
    pub expires_at: DateTime<Utc>,
    /// The number of uses left after this one; `None` for any number.
    pub uses_left: Option<u32>,
}

impl Granted<'_> {
    /// Returns the password-only lock that a code for [`Purpose::Bypass`] activates on
    /// the machine until the code's expiry. Pass it to
    /// [`Agent::open_lock`](crate::offline::Agent::open_lock).
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPurpose`] for another purpose.
    pub fn lock(&self) -> Result<Lock, Refusal> {
        match self.purpose {
            Purpose::Bypass => Ok(Lock {
                until: self.expires_at,
            }),
            Purpose::Reset | Purpose::Register => Err(Refusal::WrongPurpose),
        }
    }
}
