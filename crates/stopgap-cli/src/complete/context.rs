//! The words before the cursor, and the store that they and the environment name.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use clap::{ArgMatches, CommandFactory, FromArgMatches, Id, parser::ValueSource};
use stopgap::Name;

use crate::{
    args::{Args, Globals},
    config_file::ConfigFile,
    home,
    place::Place,
};

/// The command line as far as it is known.
pub(super) struct Context {
    matches: Option<ArgMatches>,
    /// `true` if the shell runs a suggestion as it is written, so that a name with a space or a
    /// quote would be more than one word, or another command.
    pub(super) is_unquoted: bool,
}

/// A store, and one of its tenants.
pub(super) struct Source {
    /// The address.
    pub(super) url: String,
    pub(super) tenant: Name,
}

impl Context {
    /// Reads the words before the cursor. What is wrong or missing in them does not matter.
    pub(super) fn of(words: &[OsString], shell: &str) -> Self {
        let words = words.iter().map(|word| at_home(word));
        let command = Args::command().ignore_errors(true);
        Self {
            matches: command.try_get_matches_from(words).ok(),
            is_unquoted: shell == "powershell",
        }
    }

    /// Returns the store that the options, the environment and the configuration file name;
    /// `None` if there is none.
    pub(super) fn source(&self) -> Option<Source> {
        let mut globals = Globals::from_arg_matches(self.matches.as_ref()?).ok()?;
        let file = ConfigFile::read(&globals).ok()?;
        file.fill(&mut globals).ok()?;
        let place = home::place(&globals).ok()?;
        let may_be_there = matches!(place, Place::File(_) | Place::Server(_)) && place.is_there();
        Some(Source {
            url: may_be_there.then(|| place.url().ok()).flatten()?,
            tenant: Name::new(globals.tenant()).ok()?,
        })
    }

    /// Returns the name that an argument of the command has.
    pub(super) fn name(&self, argument: &str) -> Option<Name> {
        let name = self.innermost()?.try_get_one::<Name>(argument);
        name.ok().flatten().cloned()
    }

    /// Returns `true` if the words have an argument of the command.
    pub(super) fn has(&self, argument: &Id) -> bool {
        let Some(matches) = self.innermost() else {
            return false;
        };
        let is_known = matches.try_contains_id(argument.as_str());
        is_known.is_ok_and(|is_there| is_there)
            && matches.value_source(argument.as_str()) == Some(ValueSource::CommandLine)
    }

    /// Returns the words of the innermost command.
    fn innermost(&self) -> Option<&ArgMatches> {
        let mut matches = self.matches.as_ref()?;
        while let Some((_, inner)) = matches.subcommand() {
            matches = inner;
        }
        Some(matches)
    }
}

/// Returns a word as the shell will pass it: without its quotes.
pub(super) fn unquoted(word: &OsString) -> OsString {
    let Some(text) = word.to_str() else {
        return word.clone();
    };
    match shlex::split(text).as_deref() {
        Some([one]) => one.into(),
        // A quote that is still open.
        _ => text.trim_start_matches(['\'', '"']).into(),
    }
}

/// Returns a path with the user's folder in place of its tilde.
fn at_home(word: &OsStr) -> OsString {
    let rest = Path::new(word).strip_prefix("~");
    match (rest, env::var_os("HOME")) {
        (Ok(rest), Some(home)) => PathBuf::from(home).join(rest).into(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(words: &str) -> Context {
        let words: Vec<OsString> = words.split_whitespace().map(Into::into).collect();
        Context::of(&words, "bash")
    }

    fn globals(words: &str) -> Globals {
        let matches = context(words).matches.unwrap();
        Globals::from_arg_matches(&matches).unwrap()
    }

    #[test]
    fn unfinished_words_name_a_store() {
        for words in [
            "stopgap --home /srv --tenant acme",
            "stopgap --home=/srv --tenant=acme online issue",
            "stopgap online revoke --home /srv --tenant acme --id",
            "stopgap machine retire alice --home /srv --tenant acme",
            "stopgap online issue --home /srv --tenant acme --valid never --zone",
            "stopgap log --home /srv --tenant acme --nonsense --user",
            "stopgap --home /srv --tenant acme nonsense",
        ] {
            let globals = globals(words);
            assert_eq!(globals.home.as_deref(), Some(Path::new("/srv")), "{words}");
            assert_eq!(globals.tenant(), "acme", "{words}");
        }
    }

    #[test]
    fn the_user_is_known_where_a_machine_is_asked_for() {
        let name = context("stopgap machine retire alice").name("user");
        assert_eq!(name.unwrap().as_str(), "alice");
        for words in ["stopgap", "stopgap machine retire", "stopgap log"] {
            assert!(context(words).name("user").is_none(), "{words}");
        }
    }

    #[test]
    fn words_lose_their_quotes() {
        for (word, text) in [
            ("a", "a"),
            ("'a b'", "a b"),
            ("'a b", "a b"),
            ("\"a", "a"),
            (r"a\ b", "a b"),
            ("", ""),
        ] {
            assert_eq!(unquoted(&word.into()), text, "{word}");
        }
    }
}
