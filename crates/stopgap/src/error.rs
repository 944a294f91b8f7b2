//! Why a code was refused: precise for the log, discreet for the person (SPEC,
//! "Reasons").

use alloc::{format, string::String};
use core::fmt;

use chrono::{DateTime, Offset, TimeZone, Utc};

use crate::{
    key_id::{KeyId, KeyMissing},
    validity::YearOutOfRange,
};

/// What was typed is not a code at all (SPEC, "Reading what a person typed"). No
/// character of it is kept: it may be part of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "kind", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Malformed {
    /// More than 256 bytes of UTF-8, refused unread.
    #[error("the input is longer than 256 bytes")]
    TooLong,
    /// A character that the alphabet does not hold.
    #[error("the character at position {position} does not belong in a code")]
    UnexpectedSymbol {
        /// Where the first one is, in Unicode scalar values from 0.
        position: usize,
    },
    /// Another number of symbols than a code has.
    #[error("{found} symbols where a code has {expected}")]
    WrongLength {
        /// How many symbols the code has.
        expected: usize,
        /// How many were typed.
        found: usize,
    },
    /// The last symbol does not check the others: there is a typo.
    #[error("the check symbol does not fit the others")]
    CheckFailed,
}

impl Malformed {
    /// The protocol's word: `too_long`, `unexpected_symbol`, `wrong_length` or
    /// `check_failed`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::UnexpectedSymbol { .. } => "unexpected_symbol",
            Self::WrongLength { .. } => "wrong_length",
            Self::CheckFailed => "check_failed",
        }
    }

    /// The sentence for the person at the screen.
    #[must_use]
    pub fn public_message(&self) -> PublicMessage {
        Refusal::from(*self).public_message()
    }
}

/// Why a code was refused (SPEC, "Reasons").
///
/// `Display` and [`reason`](Self::reason) are for the log of whoever asked;
/// [`public_message`](Self::public_message) is for the person at the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "reason", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Refusal {
    /// Not a code at all.
    #[error("malformed: {0}")]
    Malformed(#[from] Malformed),
    /// No such code. The only refusal that counts as a failure.
    #[error("no such code")]
    Unknown,
    /// The right code, but it was revoked.
    #[error("the code was revoked at {revoked_at}")]
    Revoked {
        /// When.
        revoked_at: DateTime<Utc>,
    },
    /// The code is not for this, or this needs the server.
    #[error("the code is for another purpose")]
    WrongPurpose,
    /// The right code, too early.
    #[error("the code is not valid before {not_before}")]
    NotYetValid {
        /// The first instant at which it is.
        not_before: DateTime<Utc>,
    },
    /// The right code, too late.
    #[error("the code expired at {expired_at}")]
    Expired {
        /// The first instant at which it was no longer good.
        expired_at: DateTime<Utc>,
    },
    /// The right code, but it has been used as often as it may be.
    #[error("the code has been used up")]
    UsedUp,
    /// Too many failures in a row; the code was not read.
    #[error("too many failures in a row; {}", opens(*.until))]
    Throttled {
        /// When the door opens; none where an administrator must open it.
        until: Option<DateTime<Utc>>,
    },
    /// The clock is behind what it has shown before.
    #[error("the clock was set back: it has shown {seen} before; set it right")]
    ClockRolledBack {
        /// The latest time that was seen.
        seen: DateTime<Utc>,
    },
    /// The clock, or an expiry counted from it, is outside the years 1 to 9999.
    #[error("the time is outside the years 1 to 9999; check the clock")]
    TimeOutOfRange,
    /// The record was made with a key that the ring does not hold.
    #[error("the key ring has no key {id}; add it, or issue anew")]
    KeyMissing {
        /// The key that the record names.
        id: KeyId,
    },
    /// The record and its tag do not belong together.
    #[error(
        "the record was changed from outside; issue anew, and find out who can write to the store"
    )]
    Tampered,
}

fn opens(until: Option<DateTime<Utc>>) -> String {
    match until {
        Some(until) => format!("the door opens at {until}"),
        None => "an administrator must reset the throttle".into(),
    }
}

impl Refusal {
    /// One word for the log, which never changes: `malformed`, `unknown`,
    /// `revoked`, `wrong_purpose`, `not_yet_valid`, `expired`, `used_up`,
    /// `throttled`, `clock_rolled_back`, `time_out_of_range`, `key_missing` or
    /// `tampered`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Unknown => "unknown",
            Self::Revoked { .. } => "revoked",
            Self::WrongPurpose => "wrong_purpose",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::Expired { .. } => "expired",
            Self::UsedUp => "used_up",
            Self::Throttled { .. } => "throttled",
            Self::ClockRolledBack { .. } => "clock_rolled_back",
            Self::TimeOutOfRange => "time_out_of_range",
            Self::KeyMissing { .. } => "key_missing",
            Self::Tampered => "tampered",
        }
    }

    /// The sentence for the person at the screen, times in UTC. It does not tell
    /// a guesser which part of a guess was wrong.
    ///
    /// ```
    /// use stopgap::{Malformed, Refusal};
    ///
    /// let typo = Refusal::from(Malformed::UnexpectedSymbol { position: 4 });
    /// assert_eq!(
    ///     typo.public_message().to_string(),
    ///     "That is not a complete code; check character 5."
    /// );
    /// assert_eq!(
    ///     Refusal::WrongPurpose.public_message().to_string(),
    ///     "That code is not valid."
    /// );
    /// ```
    #[must_use]
    pub fn public_message(&self) -> PublicMessage {
        self.public_message_in(&Utc)
    }

    /// The sentence for the person at the screen, times on the wall clock of
    /// their zone.
    #[must_use]
    pub fn public_message_in<Tz: TimeZone>(&self, zone: &Tz) -> PublicMessage {
        let wall_clock = |instant: DateTime<Utc>| {
            let offset = zone.offset_from_utc_datetime(&instant.naive_utc()).fix();
            instant.with_timezone(&offset)
        };
        PublicMessage(match *self {
            Self::Malformed(malformed) => Sentence::Malformed(malformed),
            Self::Unknown
            | Self::Revoked { .. }
            | Self::WrongPurpose
            | Self::NotYetValid { .. }
            | Self::KeyMissing { .. }
            | Self::Tampered => Sentence::NotValid,
            Self::Expired { .. } => Sentence::Expired,
            Self::UsedUp => Sentence::UsedUp,
            Self::Throttled { until } => {
                Sentence::Throttled(until.map(|until| wall_clock(whole_second(until))))
            }
            Self::ClockRolledBack { .. } | Self::TimeOutOfRange => Sentence::Clock,
        })
    }
}

/// The first whole second that is not before an instant: at the time that a person is
/// told, the door is open.
fn whole_second(until: DateTime<Utc>) -> DateTime<Utc> {
    let began = until.timestamp();
    let whole = match until.timestamp_subsec_nanos() {
        0 => Some(began),
        _ => began.checked_add(1),
    };
    let whole = whole.and_then(|whole| DateTime::from_timestamp(whole, 0));
    whole.unwrap_or(until)
}

impl From<KeyMissing> for Refusal {
    fn from(missing: KeyMissing) -> Self {
        Self::KeyMissing { id: missing.id }
    }
}

impl From<YearOutOfRange> for Refusal {
    fn from(_: YearOutOfRange) -> Self {
        Self::TimeOutOfRange
    }
}

/// One sentence that may be shown to the person at the screen (SPEC, "Reasons").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicMessage(Sentence);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sentence {
    Malformed(Malformed),
    NotValid,
    Expired,
    UsedUp,
    Throttled(Option<DateTime<chrono::FixedOffset>>),
    Clock,
}

impl fmt::Display for PublicMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Sentence::Malformed(Malformed::UnexpectedSymbol { position }) => {
                // People count from one.
                let character = position.saturating_add(1);
                write!(
                    f,
                    "That is not a complete code; check character {character}."
                )
            }
            Sentence::Malformed(Malformed::WrongLength { expected, found }) => write!(
                f,
                "That is not a complete code; it has {found} characters, not {expected}."
            ),
            Sentence::Malformed(Malformed::TooLong) => {
                f.write_str("That is not a complete code; it is far too long.")
            }
            Sentence::Malformed(Malformed::CheckFailed) => {
                f.write_str("That is not a complete code; check each character.")
            }
            Sentence::NotValid => f.write_str("That code is not valid."),
            Sentence::Expired => f.write_str("That code has expired; ask for a new one."),
            Sentence::UsedUp => f.write_str("That code has been used."),
            Sentence::Throttled(Some(until)) => {
                let until = until.format("%Y-%m-%d %H:%M:%S %:z");
                write!(f, "Too many tries; try again at {until}.")
            }
            Sentence::Throttled(None) => {
                f.write_str("Too many tries; ask an administrator to open the door.")
            }
            Sentence::Clock => f.write_str("This computer's clock is wrong."),
        }
    }
}
