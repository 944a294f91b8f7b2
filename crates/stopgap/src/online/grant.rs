//! What is kept of an online code, and verifying what was typed against it.

use alloc::string::String;
use core::borrow::BorrowMut;

use chrono::{DateTime, TimeZone, Utc};

use crate::{
    digest::CodeDigest,
    error::Refusal,
    format::CodeFormat,
    key_id::KeyId,
    key_ring::KeyRing,
    name::Name,
    offline::Lock,
    purpose::{Purpose, Purposes},
    validity::check_instant,
};

/// What a server keeps of an online code, in whatever store it has: everything
/// but the code (SPEC, "Online codes").
///
/// An `OnlineGrant` owns the user's name. An `OnlineGrant<&str>` borrows it, for
/// a caller that keeps its records in a form of its own and makes a grant of one
/// only to verify; it does the same.
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
    /// The key that made the digest.
    pub key_id: KeyId,
    /// HMAC(online key, text(user) ‖ code).
    pub digest: CodeDigest,
    /// Whose code it is.
    pub user: Name<S>,
    /// How the code is written.
    pub format: CodeFormat,
    /// What it may be used for.
    pub purposes: Purposes,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// The first instant at which it is valid, where that is not at once.
    #[cfg_attr(feature = "serde", serde(default))]
    pub not_before: Option<DateTime<Utc>>,
    /// The first instant at which it is not valid any more.
    pub expires_at: DateTime<Utc>,
    /// How often it may be used, where that is limited.
    #[cfg_attr(feature = "serde", serde(default))]
    pub max_uses: Option<u32>,
    /// How often it has been used, where that is limited.
    #[cfg_attr(feature = "serde", serde(default))]
    pub uses: u32,
    /// When it was revoked.
    #[cfg_attr(feature = "serde", serde(default))]
    pub revoked_at: Option<DateTime<Utc>>,
}

impl<S: AsRef<str>> OnlineGrant<S> {
    /// Verifies what a person typed, and counts a use where uses are limited. The
    /// grant is then the new state: keep it before you act on what is granted.
    ///
    /// Nothing is allocated, and the code is compared in constant time. Guard it
    /// with a [`Throttle`](crate::Throttle). A user who may have several codes is
    /// for [`verify_any`](Self::verify_any).
    ///
    /// # Errors
    ///
    /// The first [`Refusal`] that holds, in this order: `TimeOutOfRange`,
    /// `Malformed`, `KeyMissing`, `Unknown`, `Revoked`, `WrongPurpose`,
    /// `NotYetValid`, `Expired`, `UsedUp`. All from `Revoked` on are given only
    /// where the right code was typed.
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

    /// Verifies as [`verify`](Self::verify) does, and counts no use: for a store
    /// that others share, which must count in one conditional statement, and
    /// where that changes nothing the code is [`Refusal::UsedUp`].
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
        let code = self.format.normalize(typed)?;
        let key = keys.get(self.key_id)?;
        // A name that this grant is not for may be no name at all.
        if self.user != *user {
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

    /// Verifies what a person typed against all the codes that they have, and
    /// counts a use of the one it is: its index, and what it grants. Nothing is
    /// allocated.
    ///
    /// The grants are a slice or a vector, lent as `&mut grants`; or an iterator
    /// of anything that is a grant while it is verified and is dropped before the
    /// next one is asked for, such as a guard that writes the use back where the
    /// record is kept. None is asked for after the one that is granted.
    ///
    /// # Errors
    ///
    /// Where none is granted, what [`verify`](Self::verify) says of the one whose
    /// code was typed. Where it is the code of none: `Unknown`, also with no grant
    /// at all; `KeyMissing` where the keys of all that could be it are missing;
    /// what keeps the text from being a code at all; or `TimeOutOfRange`.
    pub fn verify_any<'u, Tz: TimeZone>(
        grants: impl IntoIterator<Item: BorrowMut<Self>>,
        keys: &KeyRing,
        user: &'u str,
        typed: &str,
        purpose: Purpose,
        now: DateTime<Tz>,
    ) -> Result<(usize, Granted<'u>), Refusal> {
        let now = now.to_utc();
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

    /// Revokes the code. A second time changes nothing: the first instant
    /// stands. Whether the actor may is for the caller to ask:
    /// [`Action::RevokeCode`](crate::Action::RevokeCode).
    pub fn revoke<Tz: TimeZone>(&mut self, now: DateTime<Tz>) {
        self.revoked_at.get_or_insert(now.to_utc());
    }
}

/// How near to the right code a refusal is. A missing key is further than
/// `Unknown`, or a guess would not count as one.
const fn nearness(refusal: Option<&Refusal>) -> u8 {
    match refusal {
        None => 0,
        Some(Refusal::Malformed(_)) => 1,
        Some(Refusal::KeyMissing { .. }) => 2,
        Some(Refusal::Unknown) => 3,
        Some(_) => 4,
    }
}

/// What a verified online code grants (SPEC, "Online codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Granted<'u> {
    /// To whom.
    pub user: &'u str,
    /// For what.
    pub purpose: Purpose,
    /// Until when the code can be used again.
    pub expires_at: DateTime<Utc>,
    /// How many uses are left after this one, where they are limited.
    pub uses_left: Option<u32>,
}

impl Granted<'_> {
    /// The temporary password-only lock that a code for [`Purpose::Bypass`]
    /// opens on the machine where it was typed, to the code's expiry. Give it to
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
