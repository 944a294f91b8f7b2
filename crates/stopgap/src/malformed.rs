//! Texts that are no code.

/// The reason for which a text is no code (SPEC, "Reading what a person typed"). It
/// holds no character of the text, which may be part of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "kind", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Malformed {
    /// The text has more than 256 bytes of UTF-8 and was not read.
    #[error("the input is longer than 256 bytes")]
    TooLong,
    /// A character is not in the alphabet.
    #[error("the character at position {} does not belong in a code", .position.saturating_add(1))]
    UnexpectedSymbol {
        /// The position of the first one, in Unicode scalar values from 0.
        position: usize,
    },
    /// The number of symbols is not that of a code.
    #[error("a code has {expected} symbols, not {found}")]
    WrongLength {
        /// The number of symbols of a code.
        expected: usize,
        /// The number of symbols that were typed.
        found: usize,
    },
    /// The check does not fit: there is a typo.
    #[error("the code has a typo: its check does not fit")]
    CheckFailed,
}

impl Malformed {
    /// Returns one word for the log, which never changes: `too_long`,
    /// `unexpected_symbol`, `wrong_length` or `check_failed`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::UnexpectedSymbol { .. } => "unexpected_symbol",
            Self::WrongLength { .. } => "wrong_length",
            Self::CheckFailed => "check_failed",
        }
    }
}
