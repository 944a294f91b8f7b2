//! The languages of sentences for people, and of spelling words: one file for each.

use core::{fmt, str::FromStr};

use crate::invalid_value::InvalidValue;

mod english;
#[cfg(feature = "languages")]
mod french;
#[cfg(feature = "languages")]
mod german;
mod icao;
#[cfg(feature = "languages")]
mod spanish;
mod table;

use table::Table;

/// A language of public messages and spelling words (SPEC, "Languages").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// English, with the ICAO spelling alphabet.
    #[default]
    English,
    /// German, with the spelling alphabet of DIN 5009.
    #[cfg(feature = "languages")]
    German,
    /// French, with the ICAO spelling alphabet.
    #[cfg(feature = "languages")]
    French,
    /// Spanish, with the ICAO spelling alphabet.
    #[cfg(feature = "languages")]
    Spanish,
}

impl Language {
    /// All languages of this build.
    pub const ALL: &'static [Self] = &[
        Self::English,
        #[cfg(feature = "languages")]
        Self::German,
        #[cfg(feature = "languages")]
        Self::French,
        #[cfg(feature = "languages")]
        Self::Spanish,
    ];

    /// Returns the tag by ISO 639-1: `en`, `de`, `fr` or `es`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            #[cfg(feature = "languages")]
            Self::German => "de",
            #[cfg(feature = "languages")]
            Self::French => "fr",
            #[cfg(feature = "languages")]
            Self::Spanish => "es",
        }
    }

    pub(crate) const fn table(self) -> &'static Table {
        match self {
            Self::English => &english::TABLE,
            #[cfg(feature = "languages")]
            Self::German => &german::TABLE,
            #[cfg(feature = "languages")]
            Self::French => &french::TABLE,
            #[cfg(feature = "languages")]
            Self::Spanish => &spanish::TABLE,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Language {
    type Err = InvalidValue;

    /// Reads a language tag or the name of a locale, in any case: `de`, `de-AT`,
    /// `de_DE.UTF-8`. Only the language before the first `-`, `_`, `.` or `@` matters.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let tag = text.split(['-', '_', '.', '@']).next().unwrap_or_default();
        Self::ALL
            .iter()
            .find(|language| language.as_str().eq_ignore_ascii_case(tag))
            .copied()
            .ok_or(InvalidValue::Language)
    }
}
