//! The reasons for which a value that a caller gives is refused.

/// The reason for which a value is refused: a setting of a policy, an alphabet, a
/// validity, a prefix, a scope, a description, a word or a time.
///
/// Positions count characters from 0, indices count list items from 0; the messages count
/// from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidValue {
    /// An alphabet has not 16 symbols.
    #[error("an alphabet has 16 symbols, this one has {found}")]
    WrongCount {
        /// The number of characters.
        found: usize,
    },
    /// An alphabet has a lower-case letter. Typed text is folded to upper case, so the
    /// symbol could never be typed.
    #[error(
        "the symbol at position {} is a lower-case letter; use upper case",
        .position.saturating_add(1)
    )]
    LowerCase {
        /// The position of the letter.
        position: usize,
    },
    /// An alphabet has a character that is neither a digit nor an ASCII letter.
    #[error("the symbol at position {} is not one of 0-9 and A-Z", .position.saturating_add(1))]
    NotASymbol {
        /// The position of the character.
        position: usize,
    },
    /// An alphabet has a symbol twice.
    #[error("the symbol at position {} is a repetition", .position.saturating_add(1))]
    Repeated {
        /// The position of the repetition.
        position: usize,
    },
    /// Folding a look-alike would turn one valid code into another.
    #[error("{letter} cannot be read as {digit}: both are symbols of this alphabet")]
    Ambiguous {
        /// The letter.
        letter: char,
        /// The digit.
        digit: char,
    },
    /// A code has not 8 to 32 symbols.
    #[error("a code has 8 to 32 symbols, not {found}")]
    Length {
        /// The rejected number of symbols.
        found: u8,
    },
    /// Fewer than 8 symbols remain beside a check symbol.
    #[error("a code with a check symbol has 9 to 32 symbols, not {found}")]
    CheckedLength {
        /// The rejected number of symbols, the check symbol included.
        found: u8,
    },
    /// The symbols of a code need another number of bytes.
    #[error("the symbols of this code need {expected} bytes, not {found}")]
    Bytes {
        /// The number of bytes that the symbols need, two symbols to a byte.
        expected: usize,
        /// The rejected number of bytes.
        found: usize,
    },
    /// A set of purposes is empty.
    #[error("a code needs at least one purpose")]
    NoPurpose,
    /// A number of uses is 0.
    #[error("a code needs at least one use; leave the limit out for any number of uses")]
    NoUses,
    /// A validity has not 1 to 31 days.
    #[error("a validity has 1 to 31 days, not {found}")]
    Days {
        /// The rejected days; `u32::MAX` also stands for any larger number.
        found: u32,
    },
    /// A validity has not 1 month.
    #[error("a validity has 1 month, not {found}; use days for other lengths")]
    Months {
        /// The rejected months; `u32::MAX` also stands for any larger number.
        found: u32,
    },
    /// A validity has not 1 to 1,440 minutes.
    #[error("a validity has 1 to 1440 minutes (24 hours), not {found}; use days for more")]
    Minutes {
        /// The rejected minutes; `u32::MAX` also stands for any larger number.
        found: u32,
    },
    /// A text is no validity.
    #[error("a validity is written 90m, 8h, 7d or 1mo (ISO 8601: PT90M, PT8H, P7D, P1M)")]
    Validity,
    /// A validity of minutes or hours is for online codes only.
    #[error("an offline code is valid for 1 to 31 days or one month")]
    OfflineValidity,
    /// A text is no purpose.
    #[error("a purpose is reset, register or bypass")]
    Purpose,
    /// A text is no role.
    #[error("a role is user, help_desk, administrator or super_administrator")]
    Role,
    /// A text is no language that this build has.
    #[cfg_attr(feature = "languages", error("a language is en, de, fr or es"))]
    #[cfg_attr(not(feature = "languages"), error("the only language is en"))]
    Language,
    /// A text is no record id.
    #[error("an id looks like 019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11; copy it from the list")]
    RecordId,
    /// A text is no prefix of security codes.
    #[error("a prefix is a lower-case letter and 1 to 15 lower-case letters or digits")]
    Prefix,
    /// A list of scopes is empty.
    #[error("name at least one scope, or say that the code is unlimited")]
    NoScope,
    /// A list has more than 32 scopes.
    #[error("a code has at most 32 scopes")]
    TooManyScopes,
    /// A scope is not 1 to 64 bytes of `[a-z0-9._:/*-]`.
    #[error("scope {} is not 1 to 64 characters of a-z 0-9 . _ : / * -", .index.saturating_add(1))]
    Scope {
        /// The index of the scope in the list.
        index: usize,
    },
    /// A description has more than 1,024 bytes of UTF-8.
    #[error("a description has at most 1024 bytes of UTF-8, this one has {found}")]
    DescriptionTooLong {
        /// The number of bytes.
        found: usize,
    },
    /// A description has a control character: it is one line of text.
    #[error(
        "a description is one line of text; remove the control character at position {}",
        .position.saturating_add(1)
    )]
    DescriptionControl {
        /// The position of the character.
        position: usize,
    },
    /// A time is outside the years 1 to 9999, in UTC or on the wall clock. The clock is
    /// most likely wrong.
    #[error("the time is outside the years 1 to 9999; check the clock")]
    TimeOutOfRange,
    /// A machine has no generation after 2³² − 1.
    #[error("this machine has no further generation; give it another name")]
    NoGeneration,
}

impl InvalidValue {
    /// Returns one word for the log, which never changes: the name of the variant in
    /// snake case, as in `wrong_count` or `time_out_of_range`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::WrongCount { .. } => "wrong_count",
            Self::LowerCase { .. } => "lower_case",
            Self::NotASymbol { .. } => "not_a_symbol",
            Self::Repeated { .. } => "repeated",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Length { .. } => "length",
            Self::CheckedLength { .. } => "checked_length",
            Self::Bytes { .. } => "bytes",
            Self::NoPurpose => "no_purpose",
            Self::NoUses => "no_uses",
            Self::Days { .. } => "days",
            Self::Months { .. } => "months",
            Self::Minutes { .. } => "minutes",
            Self::Validity => "validity",
            Self::OfflineValidity => "offline_validity",
            Self::Purpose => "purpose",
            Self::Role => "role",
            Self::Language => "language",
            Self::RecordId => "record_id",
            Self::Prefix => "prefix",
            Self::NoScope => "no_scope",
            Self::TooManyScopes => "too_many_scopes",
            Self::Scope { .. } => "scope",
            Self::DescriptionTooLong { .. } => "description_too_long",
            Self::DescriptionControl { .. } => "description_control",
            Self::TimeOutOfRange => "time_out_of_range",
            Self::NoGeneration => "no_generation",
        }
    }
}
