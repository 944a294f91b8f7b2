//! The policy by which online codes are issued, and issuing them.

#[cfg(feature = "serde")]
mod form;

use chrono::{DateTime, TimeZone, Utc};
use rand_core::TryCryptoRng;

use super::grant::OnlineGrant;
use crate::{
    alphabet::Alphabet,
    code::Code,
    format::CodeFormat,
    invalid_value::InvalidValue,
    issue_error::IssueError,
    key_ring::KeyRing,
    name::Name,
    purpose::Purposes,
    record_id::RecordId,
    request::IssueRequest,
    sealed::{self, Sealed},
    validity::{Validity, check_instant, wall_clock},
};

/// The policy by which online codes are issued (SPEC, "Online codes"). By default: 12
/// hexadecimal symbols, one day, every purpose, any number of uses, valid at once.
///
/// Builder methods have the names of the fields and check nothing; issuing does, by
/// [`validate`](Self::validate).
///
/// ```
/// use stopgap::{OnlinePolicy, InvalidValue, Purpose, Validity};
///
/// let policy = OnlinePolicy::default()
///     .validity(Validity::DAY)
///     .purposes(Purpose::Reset)
///     .max_uses(1);
/// assert_eq!(policy.validate(), Ok(()));
/// assert_eq!(policy.length(7).validate(), Err(InvalidValue::Length { found: 7 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "form::Form", try_from = "form::Form")
)]
#[must_use]
pub struct OnlinePolicy {
    /// The format of the codes.
    pub format: CodeFormat,
    /// The validity of the codes, from the time of issue or from `not_before`.
    pub validity: Validity,
    /// The purposes of the codes; at least one.
    pub purposes: Purposes,
    /// The instant from which the codes are valid; `None` if from issue.
    pub not_before: Option<DateTime<Utc>>,
    /// The number of uses of each code, at least 1; `None` for any number.
    pub max_uses: Option<u32>,
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
    /// Sets the number of symbols, a check symbol included: 8 to 32, and 9 to 32 with a
    /// check symbol.
    pub const fn length(mut self, symbols: u8) -> Self {
        self.format.length = symbols;
        self
    }

    /// Sets the alphabet.
    pub const fn alphabet(mut self, alphabet: Alphabet) -> Self {
        self.format.alphabet = alphabet;
        self
    }

    /// Sets whether the last symbol checks the others (ISO/IEC 7064, MOD 17,16), so that
    /// a typo is told from a wrong code.
    pub const fn check_symbol(mut self, check_symbol: bool) -> Self {
        self.format.check_symbol = check_symbol;
        self
    }

    /// Sets the validity.
    pub const fn validity(mut self, validity: Validity) -> Self {
        self.validity = validity;
        self
    }

    /// Sets the purposes: one [`Purpose`](crate::Purpose), or several,
    /// `[Purpose::Reset, Purpose::Bypass]`.
    pub fn purposes(mut self, purposes: impl Into<Purposes>) -> Self {
        self.purposes = purposes.into();
        self
    }

    /// Sets the instant from which the codes are valid. The validity counts from it.
    pub fn not_before<Tz: TimeZone>(mut self, first: DateTime<Tz>) -> Self {
        self.not_before = Some(first.to_utc());
        self
    }

    /// Sets the number of uses of each code, at least 1.
    pub const fn max_uses(mut self, uses: u32) -> Self {
        self.max_uses = Some(uses);
        self
    }

    /// Checks that codes can be issued by this policy.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] names the field that is wrong.
    pub const fn validate(&self) -> Result<(), InvalidValue> {
        if self.purposes.is_empty() {
            return Err(InvalidValue::NoPurpose);
        }
        if matches!(self.max_uses, Some(0)) {
            return Err(InvalidValue::NoUses);
        }
        self.format.validate()
    }

    /// Issues a code to a user: the code, to be shown once and not stored, and its sealed
    /// record, to be stored.
    ///
    /// Days and months count on the wall clock of the zone of `now`. The caller checks
    /// that the actor may issue: [`Action::IssueCode`](crate::Action::IssueCode).
    ///
    /// # Errors
    ///
    /// [`IssueError`] if the user is no name, the policy is not valid, a time is out of
    /// range, the code would have expired already, or the random number generator fails.
    pub fn issue<'a, Tz: TimeZone, R: TryCryptoRng + ?Sized>(
        &self,
        keys: &KeyRing,
        request: impl Into<IssueRequest<'a>>,
        now: DateTime<Tz>,
        rng: &mut R,
    ) -> Result<(Code, Sealed<OnlineGrant>), IssueError<R::Error>> {
        let user = Name::new(request.into().user)?;
        self.validate()?;
        let issued_at = sealed::whole(now.to_utc());
        wall_clock(&now)?;
        let not_before = self.not_before.map(sealed::whole);
        let valid_from = match &not_before {
            Some(first) => {
                check_instant(first)?;
                first.with_timezone(&now.timezone())
            }
            None => now,
        };
        let expires_at = sealed::whole(self.validity.expiry(valid_from)?.to_utc());
        if expires_at <= issued_at {
            return Err(IssueError::NeverValid { expires_at });
        }
        let code = self.format.random(rng).map_err(IssueError::Random)?;
        let key = keys.primary();
        let record = OnlineGrant {
            id: RecordId::new(issued_at, rng).map_err(IssueError::Random)?,
            key_id: key.id,
            digest: key.online_digest(&user, &code),
            user,
            format: self.format,
            purposes: self.purposes,
            issued_at,
            not_before,
            expires_at,
            max_uses: self.max_uses,
            uses: 0,
            revoked_at: None,
        };
        Ok((code, Sealed::seal_with(record, key)))
    }
}
