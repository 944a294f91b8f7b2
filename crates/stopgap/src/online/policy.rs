//! What kind of online codes to issue, and issuing them.

#[cfg(feature = "serde")]
mod form;

use chrono::{DateTime, TimeZone, Utc};
use rand_core::TryCryptoRng;

use super::grant::OnlineGrant;
use crate::{
    alphabet::Alphabet,
    code::Code,
    code_length::{CodeLength, LengthError},
    format::CodeFormat,
    key_ring::KeyRing,
    name::{Name, NameError},
    purpose::Purposes,
    validity::{Validity, YearOutOfRange},
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
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "form::Form", try_from = "form::Form")
)]
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

    /// Codes for these purposes alone: one [`Purpose`](crate::Purpose), or several,
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

    /// How its codes are written.
    #[must_use]
    pub const fn format(&self) -> CodeFormat {
        self.format
    }

    /// How long its codes live from the time of issue.
    #[must_use]
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// What its codes may be used for; at least one purpose.
    #[must_use]
    pub const fn allowed_purposes(&self) -> Purposes {
        self.purposes
    }

    /// How often each of its codes may be used, where that is limited; at least
    /// once.
    #[must_use]
    pub const fn allowed_uses(&self) -> Option<u32> {
        self.max_uses
    }

    /// The first instant at which its codes are valid, where that is not at once.
    #[must_use]
    pub const fn starts_at(&self) -> Option<DateTime<Utc>> {
        self.not_before
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

/// Why no code was issued (SPEC, "Online codes"). `E` is the random number
/// generator's error.
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
