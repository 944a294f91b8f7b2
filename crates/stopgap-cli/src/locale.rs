//! The language of the locale.

use std::env;

use stopgap::Language;

/// The variables that set the language of messages, the first that is set and not empty first
/// (POSIX, "Environment Variables").
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// Returns the language of this process's locale; English if there is no sentence in it.
pub(crate) fn language() -> Language {
    chosen(VARIABLES.into_iter().filter_map(env::var_os).map(|name| {
        // A name that is not UTF-8 is that of no known language.
        name.into_string().unwrap_or_else(|_| "C".into())
    }))
}

/// Returns the language of the first name that is not empty.
fn chosen(mut locales: impl Iterator<Item = String>) -> Language {
    let name = locales.find(|name| !name.is_empty()).unwrap_or_default();
    name.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_is_not_empty_decides() {
        for (locales, language) in [
            (&["", "", "de_AT.UTF-8"] as &[&str], Language::German),
            (&["fr_CA", "de_DE"], Language::French),
            (&["", "es_MX.utf8", "fr"], Language::Spanish),
            (&["C", "de_DE.UTF-8", "de_DE"], Language::English),
            (&["C.UTF-8", "fr"], Language::English),
            (&["POSIX", "fr"], Language::English),
            (&["it_IT", "de_DE"], Language::English),
            (&[""], Language::English),
            (&[], Language::English),
        ] {
            let locales = locales.iter().map(ToString::to_string);
            assert_eq!(chosen(locales), language);
        }
    }
}
