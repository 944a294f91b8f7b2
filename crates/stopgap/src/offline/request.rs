//! Request codes: what the machine shows, and whose it is.

use core::fmt;

use chrono::{DateTime, TimeZone};
use subtle::ConstantTimeEq;

use crate::{
    alphabet::Alphabet,
    code::{Code, text},
    code_length::CodeLength,
    error::Malformed,
    format::CodeFormat,
    key::EnrolmentKey,
    spoken::Spoken,
};

/// The minute of an instant: floor(Unix seconds / 60) (SPEC, "Words").
#[must_use]
pub fn minute_of<Tz: TimeZone>(instant: DateTime<Tz>) -> i64 {
    instant.timestamp().div_euclid(60)
}

/// For how many seconds, 1 to 60, a machine goes on showing the request code
/// that it shows at this instant (SPEC, "Request codes").
#[must_use]
pub fn seconds_left<Tz: TimeZone>(now: DateTime<Tz>) -> u32 {
    let elapsed = u32::try_from(now.timestamp().rem_euclid(60)).unwrap_or_default();
    60_u32.saturating_sub(elapsed)
}

/// What a machine shows to be read to the help desk: 8 symbols, new every
/// minute (SPEC, "Request codes"). It is no secret, and displays as `ZW4F-RK37`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestCode {
    symbols: [u8; 8],
    grouped: [u8; 9],
}

impl RequestCode {
    fn new(code: &Code) -> Self {
        let shown = code.reveal();
        let mut request = Self {
            symbols: [0; 8],
            grouped: [0; 9],
        };
        for (place, symbol) in request.symbols.iter_mut().zip(shown.canonical().bytes()) {
            *place = symbol;
        }
        for (place, symbol) in request.grouped.iter_mut().zip(shown.as_str().bytes()) {
            *place = symbol;
        }
        request
    }

    /// Two groups with a hyphen between them: `ZW4F-RK37`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        text(&self.grouped)
    }

    /// The symbols alone: `ZW4FRK37`.
    #[must_use]
    pub fn canonical(&self) -> &str {
        text(&self.symbols)
    }

    /// Words to read aloud: `Zulu Whiskey Four Foxtrot, Romeo Kilo Three Seven`.
    #[must_use]
    pub fn spoken(&self) -> Spoken<'_> {
        Spoken::new(&self.symbols)
    }
}

impl fmt::Display for RequestCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
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
        RequestCode::new(&request_format(alphabet).write(&self.challenge(minute)))
    }
}

fn request_format(alphabet: &Alphabet) -> CodeFormat {
    CodeFormat::new(*alphabet, CodeLength::REQUEST)
}

/// How far a machine's clock may be from the server's, in minutes (SPEC, "Request
/// codes"). The protocol's figures are the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
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

/// Whose request code it is (SPEC, "Request codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Located {
    /// The index of the enrolment.
    pub index: usize,
    /// The minute at which its machine showed the code, by that machine's
    /// clock.
    pub minute: i64,
}

/// Finds out which of a user's enrolments shows the request code that was typed
/// (SPEC, "Request codes"): for each in turn, the minutes within the policy,
/// nearest first, and of two as near the earlier.
///
/// # Errors
///
/// [`LocateError`]: malformed, not enrolled, a clock that is off, or
/// unrecognised, which is also what a mistyped code is.
pub fn locate<'k, Tz: TimeZone>(
    enrolments: impl IntoIterator<Item = &'k EnrolmentKey, IntoIter: Clone>,
    typed: &str,
    alphabet: &Alphabet,
    policy: &LocatePolicy,
    now: DateTime<Tz>,
) -> Result<Located, LocateError> {
    let format = request_format(alphabet);
    let number = format.number(&format.normalize(typed)?);
    // Eight symbols are 32 bits, so this is never the default.
    let challenge = u32::try_from(number).unwrap_or_default().to_be_bytes();
    let mut enrolments = enrolments.into_iter().enumerate().peekable();
    if enrolments.peek().is_none() {
        return Err(LocateError::NotEnrolled);
    }
    let now = minute_of(now);
    let find = |past: u16, ahead: u16| {
        enrolments.clone().find_map(|(index, key)| {
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

/// Why a request code is nobody's (SPEC, "Request codes").
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
    #[error("shown {minutes} minutes from now by the machine's clock")]
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

impl LocateError {
    /// One word for the log, which never changes: `malformed`, `not_enrolled`,
    /// `clock_skew` or `unrecognised`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::NotEnrolled => "not_enrolled",
            Self::ClockSkew { .. } => "clock_skew",
            Self::Unrecognised => "unrecognised",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_first_and_of_two_as_near_the_earlier() {
        let offsets = |past, ahead| {
            let mut places = [99; 7];
            let mut count = 0;
            for (place, offset) in places.iter_mut().zip(nearest_first(past, ahead)) {
                *place = offset;
                count += 1;
            }
            (places, count)
        };
        assert_eq!(offsets(3, 2), ([0, -1, 1, -2, 2, -3, 99], 6));
        assert_eq!(offsets(0, 3), ([0, 1, 2, 3, 99, 99, 99], 4));
        assert_eq!(offsets(0, 0), ([0, 99, 99, 99, 99, 99, 99], 1));
        assert_eq!(nearest_first(60, 5).count(), 66);
    }
}
