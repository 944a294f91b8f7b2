//! The reasons for which a policy or a format is refused.

/// The reason for which a policy or a format is refused (SPEC, "Online codes" and
/// "Offline codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The length of the codes is not 8 to 32 symbols.
    #[error("a code has 8 to 32 symbols, not {found}")]
    Length {
        /// The rejected number of symbols.
        found: u8,
    },
    /// Fewer than 8 symbols remain beside the check symbol.
    #[error("a code with a check symbol has 9 to 32 symbols, not {found}")]
    CheckedLength {
        /// The rejected number of symbols, the check symbol included.
        found: u8,
    },
    /// The symbols of the code need another number of bytes.
    #[error("the symbols of this code need {expected} bytes, not {found}")]
    Bytes {
        /// The number of bytes that the symbols need, two symbols to a byte.
        expected: usize,
        /// The rejected number of bytes.
        found: usize,
    },
    /// The set of purposes is empty.
    #[error("a code needs at least one purpose")]
    NoPurpose,
    /// The number of uses is 0.
    #[error("a code needs at least one use; leave the limit out for any number of uses")]
    NoUses,
    /// Minutes or hours, which an offline code cannot carry.
    #[error("an offline code is valid for 1 to 31 days or one month")]
    OfflineValidity,
}

impl PolicyError {
    /// Returns one word for the log, which never changes: `length`, `checked_length`,
    /// `bytes`, `no_purpose`, `no_uses` or `offline_validity`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Length { .. } => "length",
            Self::CheckedLength { .. } => "checked_length",
            Self::Bytes { .. } => "bytes",
            Self::NoPurpose => "no_purpose",
            Self::NoUses => "no_uses",
            Self::OfflineValidity => "offline_validity",
        }
    }
}
