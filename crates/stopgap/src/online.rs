//! Online codes: random, kept as a keyed digest, good until they expire (SPEC,
//! "Online codes").

use chrono::{DateTime, TimeZone, Utc};
use rand_core::TryCryptoRng;

use crate::{
    alphabet::Alphabet,
    code::Code,
    digest::CodeDigest,
    error::Refusal,
    format::{CodeFormat, CodeLength, LengthError},
    key_ring::{KeyId, KeyRing},
    name::{Name, NameError},
    offline::Lock,
    purpose::{Purpose, Purposes},
    validity::{Validity, YearOutOfRange, check_instant},
};

/// What kind of online codes to issue (SPEC, "Online codes"). By default: 12
/// hexadecimal symbols, one day, every purpose, any number of uses, from now on.
///
/// A policy cannot hold what no code could have.
///
/// ```
/// use stopgap::{OnlinePolicy, PolicyError, Purpose, Validity};
///
/// let policy = OnlinePolicy::default()
///     .valid_for(Validity::days(7)?)
///     .purposes(Purpose::Reset)?
///     .max_uses(1)?;
/// assert!(policy.length(7).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct OnlinePolicy {
    format: CodeFormat,
    validity: Validity,
    purposes: Purposes,
    not_before: Option<DateTime<Utc>>,
    max_uses: Option<u32>,
}

impl Default for OnlinePolicy {
    fn default() -> Self {
        Self {
            format: CodeFormat::ONLINE,
            validity: Validity::DAY,
            purposes: Purposes::ALL,
            not_before: None,
            max_uses: None,
        }
    }
}

impl OnlinePolicy {
    /// Codes of this many symbols, a check symbol included.
    ///
    /// # Errors
    ///
    /// [`LengthError`] outside 8 to 32.
    pub fn length(mut self, symbols: usize) -> Result<Self, LengthError> {
        self.format.length = CodeLength::new(symbols)?;
        Ok(self)
    }

    /// Codes in this alphabet.
    pub fn alphabet(mut self, alphabet: Alphabet) -> Self {
        self.format.alphabet = alphabet;
        self
    }

    /// Codes whose last symbol checks the others (ISO/IEC 7064, MOD 17,16), so
    /// that a typo is told from a wrong code.
    pub fn check_symbol(mut self, check_symbol: bool) -> Self {
        self.format.check_symbol = check_symbol;
        self
    }

    /// Codes that expire so long after they were issued.
    pub fn valid_for(mut self, validity: Validity) -> Self {
        self.validity = validity;
        self
    }

    /// Codes for these purposes alone: one [`Purpose`], or several,
    /// `[Purpose::Reset, Purpose::Bypass]`.
    ///
    /// # Errors
    ///
    /// [`PolicyError::NoPurpose`] where there is none.
    pub fn purposes(mut self, purposes: impl Into<Purposes>) -> Result<Self, PolicyError> {
        self.purposes = purposes.into();
        if self.purposes.is_empty() {
            return Err(PolicyError::NoPurpose);
        }
        Ok(self)
    }

    /// Codes that are not valid before this instant. They expire as if they
    /// were: validity counts from the time of issue.
    pub fn not_before<Tz: TimeZone>(mut self, first: DateTime<Tz>) -> Self {
        self.not_before = Some(first.to_utc());
        self
    }

    /// Codes that can be used so often; by default any number of times.
    ///
    /// # Errors
    ///
    /// [`PolicyError::NoUses`] for 0.
    pub fn max_uses(mut self, uses: u32) -> Result<Self, PolicyError> {
        if uses == 0 {
            return Err(PolicyError::NoUses);
        }
        self.max_uses = Some(uses);
        Ok(self)
    }

    /// Issues a code to a user: the code, to be told once and not kept, and the
    /// grant, to be kept.
    ///
    /// It expires on the wall clock of the zone that `now` is in. Whether the
    /// actor may issue is for the caller to ask:
    /// [`Action::IssueCode`](crate::Action::IssueCode).
    ///
    /// # Errors
    ///
    /// [`IssueError`] where the user is no name, the time is out of range, the
    /// code would expire before it may first be used, or the random number
    /// generator fails.
    pub fn issue<Tz: TimeZone, R: TryCryptoRng + ?Sized>(
        &self,
        keys: &KeyRing,
        user: &str,
        now: DateTime<Tz>,
        rng: &mut R,
    ) -> Result<(Code, OnlineGrant), IssueError<R::Error>> {
        let user = Name::new(user)?;
        let issued_at = now.to_utc();
        let expires_at = self.validity.expires_at(now)?.to_utc();
        if self.not_before.is_some_and(|first| first >= expires_at) {
            return Err(IssueError::NeverValid { expires_at });
        }
        let code = self.format.random(rng).map_err(IssueError::Random)?;
        let key = keys.newest();
        let grant = OnlineGrant {
            key_id: key.id,
            digest: key.online_digest(&user, &code),
            user,
            format: self.format,
            purposes: self.purposes,
            issued_at,
            not_before: self.not_before,
            expires_at,
            max_uses: self.max_uses,
            uses: 0,
            revoked_at: None,
        };
        Ok((code, grant))
    }
}

/// What a server keeps of an online code, in whatever store it has: everything
/// but the code (SPEC, "Online codes").
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OnlineGrant {
    /// The key that made the digest.
    pub key_id: KeyId,
    /// HMAC(online key, text(user) ‖ code).
    pub digest: CodeDigest,
    /// Whose code it is.
    pub user: Name,
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

impl OnlineGrant {
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
    /// # Errors
    ///
    /// Where none is granted, what [`verify`](Self::verify) says of the one whose
    /// code was typed. Where it is the code of none: `Unknown`, also with no grant
    /// at all; `KeyMissing` where the keys of all that could be it are missing;
    /// what keeps the text from being a code at all; or `TimeOutOfRange`.
    pub fn verify_any<'u, Tz: TimeZone>(
        grants: &mut [Self],
        keys: &KeyRing,
        user: &'u str,
        typed: &str,
        purpose: Purpose,
        now: DateTime<Tz>,
    ) -> Result<(usize, Granted<'u>), Refusal> {
        let now = now.to_utc();
        let mut nearest = None;
        for (index, grant) in grants.iter_mut().enumerate() {
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

/// What no policy can be (SPEC, "Online codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A code for nothing.
    #[error("a code needs at least one purpose")]
    NoPurpose,
    /// A code that can never be used.
    #[error("a code needs at least one use; leave the limit out for any number")]
    NoUses,
}

/// Why no code was issued (SPEC, "Online codes"). `E` is the random number generator's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError<E> {
    /// The user is no name.
    #[error("the user's name: {0}")]
    User(#[from] NameError),
    /// The clock, or the expiry, is out of range.
    #[error(transparent)]
    Time(#[from] YearOutOfRange),
    /// The code would expire before it may first be used.
    #[error(
        "the code would expire at {expires_at}, before it may first be used; \
        let it live longer, or begin earlier"
    )]
    NeverValid {
        /// When it would expire.
        expires_at: DateTime<Utc>,
    },
    /// There were no random numbers.
    #[error("no random numbers: {0}")]
    Random(#[source] E),
}

impl<E> IssueError<E> {
    /// One word for the log, which never changes: `name`, `time_out_of_range`,
    /// `never_valid` or `random`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::User(_) => "name",
            Self::Time(_) => "time_out_of_range",
            Self::NeverValid { .. } => "never_valid",
            Self::Random(_) => "random",
        }
    }
}
