//! Codes in words, to be read aloud over a telephone.

use core::fmt;

use crate::language::Language;

/// Words for symbols: those of a group with a space between them, groups with a
/// comma and a space (SPEC, "Reading what a person typed").
///
/// Letters are the ICAO spelling alphabet (ICAO Annex 10, volume II, 5.2.1.3),
/// digits plain English, unless another language is [chosen](Self::in_language).
pub struct Spoken<'a> {
    symbols: &'a [u8],
    language: Language,
}

impl<'a> Spoken<'a> {
    pub(crate) const fn new(symbols: &'a [u8]) -> Self {
        Self {
            symbols,
            language: Language::English,
        }
    }

    /// Returns the words of a language: the spelling alphabet of DIN 5009:2022 and German
    /// digits for German, those of English for the others.
    #[must_use]
    pub const fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }
}

impl fmt::Display for Spoken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spelling = self.language.table().spelling;
        for (index, symbol) in self.symbols.iter().enumerate() {
            match index {
                0 => {}
                index if index % 4 == 0 => f.write_str(", ")?,
                _ => f.write_str(" ")?,
            }
            // No alphabet holds a symbol without a word.
            let place = char::from(*symbol).to_digit(36);
            let place = place.and_then(|place| usize::try_from(place).ok());
            let word = place.and_then(|place| spelling.get(place));
            f.write_str(word.copied().unwrap_or_default())?;
        }
        Ok(())
    }
}

/// The words may be a secret's.
impl fmt::Debug for Spoken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spoken(..)")
    }
}
