//! Request codes: what the machine shows, and whose it is.

use core::fmt;

use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq;

use crate::{
    alphabet::Alphabet,
    code::Code,
    error::Malformed,
    format::{CodeFormat, CodeLength},
    key::EnrolmentKey,
    spoken::Spoken,
};

/// The minute of an instant: floor(Unix seconds / 60).
#[must_use]
pub fn minute_of(instant: DateTime<Utc>) -> i64 {
    instant.timestamp().div_euclid(60)
}

/// For how many seconds, 1 to 60, a machine goes on showing the request code
/// that it shows at this instant.
#[must_use]
pub fn seconds_left(now: DateTime<Utc>) -> u32 {
    let elapsed = u32::try_from(now.timestamp().rem_euclid(60)).unwrap_or_default();
    60_u32.saturating_sub(elapsed)
}

/// What a machine shows to be read to the help desk: 8 symbols, new every
/// minute. It is no secret, and displays as `ZW4F-RK37`.
pub struct RequestCode {
    code: Code,
}

impl RequestCode {
    /// The code without its hyphen: `ZW4FRK37`.
    #[must_use]
    pub fn canonical(&self) -> &str {
        core::str::from_utf8(self.code.ascii()).unwrap_or_default()
    }

    /// Words to read aloud: `Zulu Whiskey Four Foxtrot, Romeo Kilo Three Seven`.
    #[must_use]
    pub fn spoken(&self) -> Spoken<'_> {
        Spoken::new(self.code.ascii())
    }
}

impl fmt::Display for RequestCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.code.reveal(), f)
    }
}

impl fmt::Debug for RequestCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestCode({self})")
    }
}

impl EnrolmentKey {
    /// The request code of a minute, counted from the Unix epoch as
    /// [`minute_of`] gives it.
    #[must_use]
    pub fn request_code(&self, minute: i64, alphabet: &Alphabet) -> RequestCode {
        let code = request_format(alphabet).write(&self.challenge(minute));
        RequestCode { code }
    }
}

fn request_format(alphabet: &Alphabet) -> CodeFormat {
    CodeFormat::new(*alphabet, CodeLength::REQUEST)
}

/// How far a machine's clock may be from the server's, in minutes. The
/// protocol's figures are the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LocatePolicy {
    /// How long ago the code may have been shown; 60.
    pub past_minutes: u16,
    /// How far ahead of the server the machine may be; 5.
    pub ahead_minutes: u16,
    /// How far either way to look, only to tell a wrong clock from a mistyped
    /// code; 1,440.
    pub diagnose_minutes: u16,
}

impl Default for LocatePolicy {
    fn default() -> Self {
        Self {
            past_minutes: 60,
            ahead_minutes: 5,
            diagnose_minutes: 1_440,
        }
    }
}

/// Whose request code it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Located {
    /// The index of the enrolment.
    pub index: usize,
    /// The minute at which its machine showed the code, by that machine's
    /// clock.
    pub minute: i64,
}

/// Finds out which of a user's enrolments shows the request code that was typed:
/// for each in turn, the minutes within the policy, nearest first, and of two
/// as near the earlier.
///
/// # Errors
///
/// [`LocateError`]: malformed, not enrolled, a clock that is off, or
/// unrecognised, which is also what a mistyped code is.
pub fn locate(
    enrolments: &[EnrolmentKey],
    typed: &str,
    alphabet: &Alphabet,
    policy: &LocatePolicy,
    now: DateTime<Utc>,
) -> Result<Located, LocateError> {
    let format = request_format(alphabet);
    let number = format.number(&format.normalize(typed)?);
    // Eight symbols are 32 bits, so this is never the default.
    let challenge = u32::try_from(number).unwrap_or_default().to_be_bytes();
    if enrolments.is_empty() {
        return Err(LocateError::NotEnrolled);
    }
    let now = minute_of(now);
    let find = |past: u16, ahead: u16| {
        enrolments.iter().enumerate().find_map(|(index, key)| {
            nearest_first(past, ahead)
                .find(|offset| {
                    let shown = key.challenge(now.saturating_add((*offset).into()));
                    bool::from(shown.ct_eq(&challenge))
                })
                .map(|offset| (index, offset))
        })
    };
    if let Some((index, offset)) = find(policy.past_minutes, policy.ahead_minutes) {
        let minute = now.saturating_add(offset.into());
        return Ok(Located { index, minute });
    }
    // Nothing within the policy fits, so what this finds is outside it.
    match find(policy.diagnose_minutes, policy.diagnose_minutes) {
        Some((index, minutes)) => Err(LocateError::ClockSkew { index, minutes }),
        None => Err(LocateError::Unrecognised),
    }
}

/// 0, −1, 1, −2, 2 … as far as each way goes.
fn nearest_first(past: u16, ahead: u16) -> impl Iterator<Item = i32> {
    (0..=past.max(ahead)).flat_map(move |distance| {
        let earlier = (distance <= past).then_some(i32::from(distance).saturating_neg());
        let later = (0 < distance && distance <= ahead).then_some(i32::from(distance));
        earlier.into_iter().chain(later)
    })
}

/// Why a request code is nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocateError {
    /// Not a request code at all.
    #[error("malformed: {0}")]
    Malformed(#[from] Malformed),
    /// The user has no enrolled machine, and so no cached Wallet to open.
    #[error("the user has no enrolled machine")]
    NotEnrolled,
    /// A machine showed it, but its clock is off.
    #[error("the machine's clock is {minutes} minutes off")]
    ClockSkew {
        /// The index of the enrolment.
        index: usize,
        /// By how many minutes; positive where the machine is ahead.
        minutes: i32,
    },
    /// No machine of the user shows it: most likely it was mistyped.
    #[error("no machine of the user shows this request code")]
    Unrecognised,
}
