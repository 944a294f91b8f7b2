//! The reasons for which a code is refused: precise for the log, discreet for the person
//! (SPEC, "Reasons").

use alloc::{format, string::String};

use chrono::{DateTime, Offset, TimeZone, Utc};

use crate::{
    key_id::{KeyId, KeyMissing},
    malformed::Malformed,
    name::NameError,
    public_message::{PublicMessage, Sentence},
    validity::OutOfRange,
};

impl Malformed {
    /// Returns the sentence for the person at the screen, in English.
    #[must_use]
    pub fn public_message(&self) -> PublicMessage {
        Refusal::from(*self).public_message()
    }
}

/// The reason for which a code is refused (SPEC, "Reasons").
///
/// `Display` and [`reason`](Self::reason) are for the caller's log,
/// [`public_message`](Self::public_message) is for the person at the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "reason", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Refusal {
    /// The name of the user is no name.
    #[error("{0}")]
    InvalidName(#[from] NameError),
    /// The text is no code.
    #[error("malformed: {0}")]
    Malformed(#[from] Malformed),
    /// There is no such code. This refusal counts as a failure.
    #[error("there is no such code")]
    Unknown,
    /// The code was revoked.
    #[error("the code was revoked at {revoked_at}")]
    Revoked {
        /// The time of the revocation.
        revoked_at: DateTime<Utc>,
    },
    /// The code is for another purpose, or the purpose needs the server.
    #[error("the code is for another purpose")]
    WrongPurpose,
    /// The code is not valid yet.
    #[error("the code is not valid before {not_before}")]
    NotYetValid {
        /// The instant from which it is valid.
        not_before: DateTime<Utc>,
    },
    /// The code has expired.
    #[error("the code expired at {expired_at}")]
    Expired {
        /// The expiry.
        expired_at: DateTime<Utc>,
    },
    /// The code has no use left.
    #[error("the code has no use left")]
    UsedUp,
    /// Attempts are locked out after too many failures; the code was not read.
    #[error("too many failed attempts: locked {}", lockout(*.until))]
    Throttled {
        /// The end of the lockout; `None` if an administrator must unlock.
        until: Option<DateTime<Utc>>,
    },
    /// The clock is behind a time that it has shown before.
    #[error("the clock was set back: it has shown {seen}; set it right")]
    ClockRolledBack {
        /// The latest time that it has shown.
        seen: DateTime<Utc>,
    },
    /// The clock, or an expiry that follows from it, is outside the years 1 to 9999.
    #[error("the time is outside the years 1 to 9999; check the clock")]
    TimeOutOfRange,
    /// The ring does not hold the key of the record.
    #[error("the key ring has no key {id}; add it")]
    KeyMissing {
        /// The id of the key.
        id: KeyId,
    },
    /// The idempotency key is not 1 to 255 bytes.
    #[error("an idempotency key has 1 to 255 bytes, not {found}")]
    InvalidIdempotencyKey {
        /// The number of bytes.
        found: usize,
    },
    /// The answer under this idempotency key is no longer replayed; the key is spent.
    #[error("the idempotency key has expired; use a new one")]
    IdempotencyKeyExpired,
    /// The idempotency key was used for another code or purpose.
    #[error("the idempotency key was used for another verification; use a new one")]
    IdempotencyKeyReused,
    /// The record does not fit its tag.
    #[error("the record was changed outside Stopgap; find out who can write to the store")]
    Tampered,
}

fn lockout(until: Option<DateTime<Utc>>) -> String {
    match until {
        Some(until) => format!("until {until}"),
        None => "until an administrator unlocks".into(),
    }
}

impl Refusal {
    /// Returns one word for the log, which never changes: `invalid_name`, `malformed`,
    /// `unknown`, `revoked`, `wrong_purpose`, `not_yet_valid`, `expired`, `used_up`,
    /// `throttled`, `clock_rolled_back`, `time_out_of_range`, `key_missing`,
    /// `invalid_idempotency_key`, `idempotency_key_expired`, `idempotency_key_reused` or `tampered`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::InvalidName(_) => "invalid_name",
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
            Self::InvalidIdempotencyKey { .. } => "invalid_idempotency_key",
            Self::IdempotencyKeyExpired => "idempotency_key_expired",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::Tampered => "tampered",
        }
    }

    /// Returns the sentence for the person at the screen, in English and with times in
    /// UTC. It does not tell a guesser which part of a guess was wrong.
    /// [`PublicMessage::in_language`] translates it.
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

    /// Returns [`public_message`](Self::public_message), with times on the wall clock of
    /// a zone.
    #[must_use]
    pub fn public_message_in<Tz: TimeZone>(&self, zone: &Tz) -> PublicMessage {
        let wall_clock = |instant: DateTime<Utc>| {
            let offset = zone.offset_from_utc_datetime(&instant.naive_utc()).fix();
            instant.with_timezone(&offset)
        };
        PublicMessage::new(match *self {
            Self::Malformed(malformed) => Sentence::Malformed(malformed),
            Self::InvalidName(_)
            | Self::Unknown
            | Self::Revoked { .. }
            | Self::WrongPurpose
            | Self::NotYetValid { .. }
            | Self::KeyMissing { .. }
            | Self::InvalidIdempotencyKey { .. }
            | Self::IdempotencyKeyExpired
            | Self::IdempotencyKeyReused
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

/// Returns the first whole second that is not before an instant. At the time that a
/// person is told, attempts are no longer locked out.
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
        Self::KeyMissing { id: missing.0 }
    }
}

impl From<OutOfRange> for Refusal {
    fn from(_: OutOfRange) -> Self {
        Self::TimeOutOfRange
    }
}
