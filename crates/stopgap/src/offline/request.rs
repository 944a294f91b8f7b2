//! Request codes: shown by the machine, located by the server.

use core::fmt;

use chrono::{DateTime, TimeZone};
use subtle::ConstantTimeEq;

use super::request_error::RequestError;
use crate::{
    alphabet::Alphabet,
    code::{Code, text},
    format::CodeFormat,
    key::EnrolmentKey,
    spoken::Spoken,
};

/// Returns the minute of an instant: floor(Unix seconds / 60) (SPEC, "Terms").
#[must_use]
pub fn minute_of<Tz: TimeZone>(instant: DateTime<Tz>) -> i64 {
    instant.timestamp().div_euclid(60)
}

/// Returns the seconds, 1 to 60, for which a machine shows its present request code
/// (SPEC, "Request codes").
#[must_use]
pub fn seconds_left<Tz: TimeZone>(now: DateTime<Tz>) -> u32 {
    let elapsed = u32::try_from(now.timestamp().rem_euclid(60)).unwrap_or_default();
    60_u32.saturating_sub(elapsed)
}

/// A request code: 8 symbols that a machine shows, new every minute (SPEC, "Request
/// codes"). It is no secret, and displays as `ZW4F-RK37`.
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

    /// Returns two groups with a hyphen: `ZW4F-RK37`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        text(&self.grouped)
    }

    /// Returns the symbols without the hyphen: `ZW4FRK37`.
    #[must_use]
    pub fn canonical(&self) -> &str {
        text(&self.symbols)
    }

    /// Returns words to read aloud: `Zulu Whiskey Four Foxtrot, Romeo Kilo Three Seven`.
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
    /// Returns the request code of a minute; [`minute_of`] counts minutes.
    #[must_use]
    pub fn request_code(&self, minute: i64, alphabet: &Alphabet) -> RequestCode {
        RequestCode::new(&request_format(alphabet).write(&self.challenge(minute)))
    }
}

fn request_format(alphabet: &Alphabet) -> CodeFormat {
    CodeFormat::new(*alphabet, 8)
}

/// The figures by which a request code is located, in minutes (SPEC, "Request codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct LocatePolicy {
    /// Age up to which a request code is accepted. Default 60.
    pub past_minutes: u16,
    /// Minutes by which the machine may be ahead of the server. Default 5.
    pub ahead_minutes: u16,
    /// Minutes either way in which a code is searched to tell a wrong clock from a
    /// mistyped code. Default 1,440.
    pub diagnose_minutes: u16,
    /// The agent's window: a request code that is older is answered as late, because the
    /// machine may refuse the answer. Default 30.
    pub window_minutes: u16,
}

impl Default for LocatePolicy {
    fn default() -> Self {
        Self {
            past_minutes: 60,
            ahead_minutes: 5,
            diagnose_minutes: 1_440,
            window_minutes: 30,
        }
    }
}

/// The enrolment that shows a request code (SPEC, "Request codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Located {
    /// The index of the enrolment.
    pub index: usize,
    /// The minute in which its machine showed the code, by that machine's clock.
    pub minute: i64,
    /// `true` if the code is older than the agent's window.
    pub late: bool,
}

impl LocatePolicy {
    /// Finds the enrolment that shows the request code that was typed (SPEC, "Request
    /// codes"): for each enrolment in turn, the minutes within the policy, nearest first,
    /// and the earlier of two that are as near. Minutes below 0 are skipped.
    ///
    /// # Errors
    ///
    /// [`RequestError`]: `Malformed`, `NotEnrolled` without any enrolment, `ClockSkew`, or
    /// `Unrecognised`, which is also what a mistyped code is.
    pub fn locate<'k, Tz: TimeZone>(
        &self,
        enrolments: impl IntoIterator<Item = &'k EnrolmentKey, IntoIter: Clone>,
        typed: &str,
        alphabet: &Alphabet,
        now: DateTime<Tz>,
    ) -> Result<Located, RequestError> {
        let format = request_format(alphabet);
        let number = format.number(&format.normalize(typed)?);
        // Eight symbols are 32 bits, so this is never the default.
        let challenge = u32::try_from(number).unwrap_or_default().to_be_bytes();
        let mut enrolments = enrolments.into_iter().enumerate().peekable();
        if enrolments.peek().is_none() {
            return Err(RequestError::NotEnrolled);
        }
        let now = minute_of(now);
        let find = |past: u16, ahead: u16| {
            enrolments.clone().find_map(|(index, key)| {
                nearest_first(past, ahead).find_map(|offset| {
                    let minute = now
                        .checked_add(offset.into())
                        .filter(|minute| *minute >= 0)?;
                    let same = key.challenge(minute).ct_eq(&challenge);
                    bool::from(same).then_some((index, minute, offset))
                })
            })
        };
        if let Some((index, minute, offset)) = find(self.past_minutes, self.ahead_minutes) {
            let late = offset < i32::from(self.window_minutes).saturating_neg();
            return Ok(Located {
                index,
                minute,
                late,
            });
        }
        // No minute within the policy fits, so this finds only minutes outside it.
        match find(self.diagnose_minutes, self.diagnose_minutes) {
            Some((index, _, minutes)) => Err(RequestError::ClockSkew {
                index,
                machine: None,
                minutes,
            }),
            None => Err(RequestError::Unrecognised),
        }
    }
}

/// Returns the offsets 0, −1, 1, −2, 2 … in both directions, as far as each goes.
fn nearest_first(past: u16, ahead: u16) -> impl Iterator<Item = i32> {
    (0..=past.max(ahead)).flat_map(move |distance| {
        let earlier = (distance <= past).then_some(i32::from(distance).saturating_neg());
        let later = (0 < distance && distance <= ahead).then_some(i32::from(distance));
        earlier.into_iter().chain(later)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_nearest_first_and_then_earlier_first() {
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
