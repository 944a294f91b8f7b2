//! The number of symbols of a code.

use core::fmt;

/// The fewest symbols of a code.
pub(crate) const MIN_SYMBOLS: usize = 8;
/// The most symbols of a code.
pub(crate) const MAX_SYMBOLS: usize = 32;

/// The number of symbols of a code: 8 to 32 (SPEC, "Online codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "usize", try_from = "usize")
)]
pub struct CodeLength(u8);

impl CodeLength {
    /// 12 symbols, 48 bits: the default of online codes.
    pub const ONLINE: Self = Self(12);
    /// 16 symbols, 64 bits: an offline code.
    pub const OFFLINE: Self = Self(16);
    /// 8 symbols, 32 bits: a request code.
    pub const REQUEST: Self = Self(8);
    /// 32 symbols, 128 bits: a security code.
    pub const SECURITY: Self = Self(32);

    /// Returns the length of a code of `symbols`.
    ///
    /// # Errors
    ///
    /// [`LengthError`] outside 8 to 32.
    pub const fn new(symbols: usize) -> Result<Self, LengthError> {
        match symbols {
            #[expect(clippy::cast_possible_truncation, reason = "32 at the most")]
            MIN_SYMBOLS..=MAX_SYMBOLS => Ok(Self(symbols as u8)),
            found => Err(LengthError { found }),
        }
    }

    /// Returns the number of symbols.
    #[must_use]
    pub const fn symbols(self) -> usize {
        self.0 as usize
    }
}

impl TryFrom<usize> for CodeLength {
    type Error = LengthError;

    fn try_from(symbols: usize) -> Result<Self, LengthError> {
        Self::new(symbols)
    }
}

impl From<CodeLength> for usize {
    fn from(length: CodeLength) -> Self {
        length.symbols()
    }
}

impl fmt::Display for CodeLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The number of symbols is no length of a code (SPEC, "Online codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has 8 to 32 symbols, not {found}")]
pub struct LengthError {
    /// The rejected number of symbols.
    pub found: usize,
}
