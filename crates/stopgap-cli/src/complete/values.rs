//! The values that each argument may have.

use std::{any::TypeId, ffi::OsStr, path::PathBuf, sync::Arc};

use clap::{Arg, Command, CommandFactory, Id, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use stopgap::{Alphabet, Language, Name};
use stopgap_registry::IdPrefix;

use super::{
    context::Context,
    rows::{self, Ids},
    suggestion::Suggestion,
};
use crate::{
    args::{Args, ClockTolerance},
    plain::Plain,
    zone::Zone,
};

/// The kinds of values that an argument may have, beyond those that clap knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Values {
    Users,
    Presets,
    Tenants,
    /// The machines of the user who is named before.
    Machines,
    Ids(Ids),
    Zones,
    Words(&'static [&'static str]),
    Files,
    Folders,
    /// Values that only the user can know.
    Unknown,
}

/// Returns the command line for completion. Without options, they are suggested only if nothing
/// else is.
pub(super) fn command(context: &Arc<Context>, has_options: bool) -> Command {
    let mut command = Args::command();
    command.build();
    prepared(command, &mut Vec::new(), context, has_options)
}

fn prepared(
    command: Command,
    path: &mut Vec<String>,
    context: &Arc<Context>,
    has_options: bool,
) -> Command {
    let conflicting: Vec<Id> = command
        .get_arguments()
        .filter(|arg| {
            let others = command.get_arg_conflicts_with(arg);
            others.iter().any(|other| context.has(other.get_id()))
        })
        .map(|arg| arg.get_id().clone())
        .collect();
    let command = command.mut_args(|arg| {
        if conflicting.contains(arg.get_id()) {
            return arg.hide(true);
        }
        let is_option = arg.get_long().is_some() || arg.get_short().is_some();
        let is_hidden = arg.is_hide_set() || (is_option && !has_options);
        let values = values(&arg, path);
        with(arg.hide(is_hidden), values, context)
    });
    command.mut_subcommands(|inner| {
        path.push(inner.get_name().to_owned());
        let inner = prepared(inner, path, context, has_options);
        path.pop();
        inner
    })
}

/// Returns the values of an argument of the command at a path; `None` if clap knows them.
fn values(arg: &Arg, path: &[String]) -> Option<Values> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let id = arg.get_id().as_str();
    let kind = arg.get_value_parser().type_id();
    let is = |other: TypeId| kind == other;
    if is(TypeId::of::<Name>()) {
        return Some(match (id, path.as_slice()) {
            ("user" | "only_user" | "same_as", _) => Values::Users,
            ("preset", _) | ("name", ["preset", ..]) => Values::Presets,
            ("tenant", _) => Values::Tenants,
            ("machine", _) => Values::Machines,
            _ => Values::Unknown,
        });
    }
    if is(TypeId::of::<IdPrefix>()) {
        return Some(Values::Ids(match path.as_slice() {
            ["online", "revoke"] => Ids::OnlineUsable,
            ["online", ..] => Ids::Online,
            ["security", ..] => Ids::Security,
            _ => Ids::All,
        }));
    }
    if is(TypeId::of::<PathBuf>()) {
        let is_folder = id == "home" || path == ["man"];
        return Some(if is_folder {
            Values::Folders
        } else {
            Values::Files
        });
    }
    if is(TypeId::of::<Zone>()) {
        return Some(Values::Zones);
    }
    if is(TypeId::of::<Language>()) {
        return Some(Values::Words(&["en", "de", "fr", "es"]));
    }
    if is(TypeId::of::<Alphabet>()) {
        return Some(Values::Words(&["hex", "unambiguous"]));
    }
    if is(TypeId::of::<ClockTolerance>()) {
        return Some(Values::Words(&["off"]));
    }
    match (id, path.as_slice()) {
        ("store", _) | ("from" | "to", ["store", "copy"]) => Some(Values::Files),
        _ => None,
    }
}

fn with(arg: Arg, values: Option<Values>, context: &Arc<Context>) -> Arg {
    let context = Arc::clone(context);
    let completer = match values {
        None | Some(Values::Unknown) => return arg,
        Some(Values::Files) => return arg.value_hint(ValueHint::FilePath),
        Some(Values::Folders) => return arg.value_hint(ValueHint::DirPath),
        Some(Values::Users) => {
            ArgValueCompleter::new(move |word: &OsStr| of_store(&context, word, rows::users))
        }
        Some(Values::Presets) => {
            ArgValueCompleter::new(move |word: &OsStr| of_store(&context, word, rows::presets))
        }
        Some(Values::Tenants) => {
            ArgValueCompleter::new(move |word: &OsStr| of_store(&context, word, rows::tenants))
        }
        Some(Values::Machines) => ArgValueCompleter::new(move |word: &OsStr| {
            let user = context.name("user");
            of_store(&context, word, move |source, word| {
                rows::machines(source, word, user.as_ref())
            })
        }),
        Some(Values::Ids(ids)) => ArgValueCompleter::new(move |word: &OsStr| {
            of_store(&context, word, move |source, word| {
                rows::ids(source, word, ids)
            })
        }),
        Some(Values::Zones) => ArgValueCompleter::new(zones),
        Some(Values::Words(words)) => ArgValueCompleter::new(move |word: &OsStr| {
            let words = words.iter().map(|word| Suggestion::new(*word));
            candidates(words, word, |_| true)
        }),
    };
    arg.add(completer)
}

/// Returns the candidates that begin with a word.
fn candidates(
    suggestions: impl IntoIterator<Item = Suggestion>,
    word: &OsStr,
    is_allowed: impl Fn(&str) -> bool,
) -> Vec<CompletionCandidate> {
    let Some(word) = word.to_str() else {
        return Vec::new();
    };
    let begins = |suggestion: &Suggestion| suggestion.value.starts_with(word);
    let suggestions = suggestions.into_iter().filter(begins);
    suggestions
        .filter(|suggestion| is_allowed(&suggestion.value))
        .map(|Suggestion { value, help }| {
            let help = (!help.is_empty()).then(|| Plain(&help).to_string().into());
            CompletionCandidate::new(value).help(help)
        })
        .collect()
}

/// Returns the candidates that a store has.
fn of_store<F>(context: &Context, word: &OsStr, read: F) -> Vec<CompletionCandidate>
where
    F: FnOnce(&rows::Reader, &str) -> Option<Vec<Suggestion>> + Send + 'static,
{
    let (Some(source), Some(text)) = (context.source(), word.to_str()) else {
        return Vec::new();
    };
    let suggestions = rows::read(source, text.to_owned(), read).unwrap_or_default();
    candidates(suggestions, word, |value| {
        is_shown_as_it_is(value) && (!context.is_unquoted || is_one_word(value))
    })
}

/// Returns `true` for a text without symbols that a terminal obeys.
fn is_shown_as_it_is(value: &str) -> bool {
    Plain(value).to_string() == value
}

/// Returns `true` for a text that is one word in any shell, without quotes.
fn is_one_word(value: &str) -> bool {
    let mut symbols = value.chars();
    let is_first = symbols.next().is_some_and(char::is_alphanumeric);
    is_first && symbols.all(|symbol| symbol.is_alphanumeric() || ".-_+@".contains(symbol))
}

fn zones(word: &OsStr) -> Vec<CompletionCandidate> {
    let Some(word) = word.to_str() else {
        return Vec::new();
    };
    let names = stopgap::Zone::all().map(|zone| zone.name());
    let begins = |name: &&str| {
        let beginning = name.get(..word.len());
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(word))
    };
    let names = names.filter(begins);
    names.map(CompletionCandidate::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks all commands, with their paths.
    fn walk(command: &Command, path: &mut Vec<String>, visit: &mut dyn FnMut(&Arg, &[String])) {
        for arg in command.get_arguments() {
            visit(arg, path);
        }
        for inner in command.get_subcommands() {
            path.push(inner.get_name().to_owned());
            walk(inner, path, visit);
            path.pop();
        }
    }

    fn all() -> Vec<(String, Option<Values>)> {
        let mut command = Args::command();
        command.build();
        let mut all = Vec::new();
        walk(&command, &mut Vec::new(), &mut |arg, path| {
            if arg.get_action().takes_values() {
                let place = format!("{} {}", path.join(" "), arg.get_id());
                all.push((place, values(arg, path)));
            }
        });
        all
    }

    #[test]
    fn each_argument_has_its_values() {
        let all = all();
        let of = |place: &str| {
            let found = all.iter().find(|(other, _)| other == place);
            found.unwrap_or_else(|| panic!("{place}")).1
        };
        for (place, values) in [
            ("online issue user", Values::Users),
            ("online list only_user", Values::Users),
            ("security create same_as", Values::Users),
            ("online issue preset", Values::Presets),
            ("preset remove name", Values::Presets),
            ("tenant add name", Values::Unknown),
            (" tenant", Values::Tenants),
            ("machine retire machine", Values::Machines),
            ("online revoke id", Values::Ids(Ids::OnlineUsable)),
            ("online show id", Values::Ids(Ids::Online)),
            ("security rotate id", Values::Ids(Ids::Security)),
            ("online issue zone", Values::Zones),
            ("online issue from", Values::Files),
            ("agent redeem path", Values::Files),
            ("backup file", Values::Files),
            ("store copy to", Values::Files),
            (" key_file", Values::Files),
            (" home", Values::Folders),
            ("man out", Values::Folders),
        ] {
            assert_eq!(of(place), Some(values), "{place}");
        }
        for place in ["online issue reason", "online list state", "key retire id"] {
            assert_eq!(of(place), None, "{place}");
        }
    }

    /// A new name must be decided upon.
    #[test]
    fn few_names_are_unknown() {
        let unknown = all().into_iter().filter_map(|(place, values)| {
            let is_unknown = values == Some(Values::Unknown);
            (is_unknown && !place.ends_with("on_behalf_of")).then_some(place)
        });
        assert_eq!(
            unknown.collect::<Vec<_>>(),
            ["log actor", "tenant add name"]
        );
    }

    #[test]
    fn all_languages_are_suggested() {
        let all: Vec<&str> = Language::ALL.iter().map(|one| one.as_str()).collect();
        let arg = Args::command();
        let arg = arg.get_arguments().find(|arg| arg.get_id() == "lang");
        let Some(Values::Words(words)) = values(arg.unwrap(), &[]) else {
            panic!("no words");
        };
        assert_eq!(all, words);
    }

    #[test]
    fn zones_begin_in_either_case() {
        let found = zones(OsStr::new("europe/berl"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].get_value(), "Europe/Berlin");
        assert!(zones(OsStr::new("")).len() > 400);
        assert!(zones(OsStr::new("Europe/é")).is_empty());
    }

    #[test]
    fn names_that_a_shell_would_run_are_no_single_words() {
        for value in ["alice", "alice@example.com", "LAPTOP-17", "a.b_c+d"] {
            assert!(is_one_word(value), "{value}");
        }
        for value in [
            "", "a b", "a;b", "$(a)", "-a", "@a", "a'b", "a`b", "a|b", "a,b",
        ] {
            assert!(!is_one_word(value), "{value}");
        }
    }
}
