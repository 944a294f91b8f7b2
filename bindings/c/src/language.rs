//! The languages of sentences for people, and of spelling words.

use stopgap::Language;

use crate::text::stopgap_text;
use crate::{
    error::Outcome,
    error::{count, found, stopgap_error},
    guard::{guard, output},
    status::{STOPGAP_ERR_INVALID_VALUE, stopgap_status},
    text::text,
};

/// A language of public messages and spelling words (SPEC, "Languages").
pub type stopgap_language = u32;
/// English, with the ICAO spelling alphabet.
pub const STOPGAP_LANGUAGE_ENGLISH: stopgap_language = 1;
/// German, with the spelling alphabet of DIN 5009.
pub const STOPGAP_LANGUAGE_GERMAN: stopgap_language = 2;
/// French, with the ICAO spelling alphabet.
pub const STOPGAP_LANGUAGE_FRENCH: stopgap_language = 3;
/// Spanish, with the ICAO spelling alphabet.
pub const STOPGAP_LANGUAGE_SPANISH: stopgap_language = 4;

const LANGUAGES: [(Language, stopgap_language); 4] = [
    (Language::English, STOPGAP_LANGUAGE_ENGLISH),
    (Language::German, STOPGAP_LANGUAGE_GERMAN),
    (Language::French, STOPGAP_LANGUAGE_FRENCH),
    (Language::Spanish, STOPGAP_LANGUAGE_SPANISH),
];

/// Returns the number of a language; 0 for one without.
pub(crate) fn language_number(language: Language) -> stopgap_language {
    let numbered = LANGUAGES.iter().find(|(known, _)| *known == language);
    numbered.map_or(0, |(_, number)| *number)
}

pub(crate) fn language_of(number: stopgap_language) -> Outcome<Language> {
    let numbered = LANGUAGES.iter().find(|(_, known)| *known == number);
    numbered
        .map(|(language, _)| *language)
        .ok_or_else(|| found(STOPGAP_ERR_INVALID_VALUE, count(number)))
}

/// Reads a language tag or the name of a locale, in any case: `de`, `de-AT`, `de_DE.UTF-8`.
///
/// Errors: STOPGAP_ERR_NO_SUCH_LANGUAGE, also for the locales `C` and `POSIX`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_language_parse(
    text: stopgap_text,
    language: *mut stopgap_language,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (text, language) = unsafe { (self::text(text)?, output(language)?) };
        language.write(language_number(text.parse()?));
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_a_number() {
        for language in Language::ALL {
            let number = language_number(*language);
            assert_eq!(language_of(number).ok(), Some(*language));
        }
        assert!(language_of(0).is_err() && language_of(5).is_err());
    }
}
