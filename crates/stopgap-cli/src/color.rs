//! The choice of colours, `--color`.

use std::ffi::OsString;

use clap::{ColorChoice, ValueEnum};

/// Sets the choice for both streams. By default the terminal and the environment decide.
pub(crate) fn set(choice: ColorChoice) {
    let choice = match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// Returns the choice of words that cannot be read otherwise.
pub(crate) fn of(words: &[OsString]) -> ColorChoice {
    let mut words = words.iter().filter_map(|word| word.to_str());
    let mut choice = None;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--color") {
            Some("") => words.next(),
            Some(value) => value.strip_prefix('='),
            None => continue,
        };
        let value = value.and_then(|value| ColorChoice::from_str(value, false).ok());
        choice = value.or(choice);
    }
    choice.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_is_found_among_wrong_words() {
        for (words, choice) in [
            ("online --color never --nonsense", ColorChoice::Never),
            ("--color=always online", ColorChoice::Always),
            ("--color=always --color blue", ColorChoice::Always),
            ("--colors never", ColorChoice::Auto),
            ("--color", ColorChoice::Auto),
        ] {
            let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
            assert_eq!(of(&words), choice, "{words:?}");
        }
    }
}
