//! The `stopgap` command: temporary access codes from a shell.
//!
//! It reads words and files, calls the registry, and shows the result. The core and the registry
//! decide. It is a library, so that the command can be part of another program, as it is of the
//! Python package.

mod agent;
mod agent_unlock;
mod args;
mod attention;
mod backup;
mod bar;
mod cell;
mod code_list;
mod code_show;
mod code_text;
mod codes_file;
mod color;
mod column;
mod complete;
mod compromised;
mod config;
mod config_file;
mod counted;
mod csv_text;
mod disk;
mod distance;
mod doctor;
mod enrolment_file;
mod event_csv;
mod event_form;
mod event_table;
mod failure;
#[doc(hidden)]
pub mod files;
mod filters;
mod flow;
mod help;
mod home;
mod in_words;
mod init;
mod interrupt;
mod key;
mod key_file;
mod locale;
mod lock_status;
mod log;
mod log_follow;
mod machine;
mod manual;
mod moment;
mod online;
mod pager;
mod people;
mod people_file;
mod permissions;
mod place;
mod plain;
mod preset;
mod private_file;
mod prompt;
mod purge;
mod reader;
mod relative;
mod remedy;
mod rewrite;
mod security;
mod security_list;
mod show;
mod status;
mod store;
mod table;
mod tenant;
mod throttle;
mod upkeep;
mod watched_draft;
mod wrong_lines;
mod zone;

use std::ffi::OsString;

use clap::{
    ArgMatches, CommandFactory, FromArgMatches,
    error::{ContextKind, ContextValue, ErrorKind},
};

use stopgap::Language;

use crate::{
    args::{Args, Command},
    config_file::ConfigFile,
    failure::Failure,
    home::{Home, Opening},
    show::Screen,
    zone::Zone,
};

/// Runs the command of these words, the program's name first, and returns its exit
/// status: 0 done, 1 refused, 2 wrong usage, 3 trouble with a file or the store.
///
/// It reads the standard input, writes to the standard output and the standard error,
/// and looks at the environment, as a program of its own does.
pub fn run(words: impl IntoIterator<Item = OsString>) -> u8 {
    let words: Vec<OsString> = words.into_iter().collect();
    if let Some(status) = complete::answer(&words) {
        return status;
    }
    let mut matches = Args::command().try_get_matches_from(&words);
    if matches.as_ref().is_err_and(is_help) {
        matches = help::command().try_get_matches_from(&words);
    }
    let parsed = matches.and_then(|matches| Ok((Args::from_arg_matches(&matches)?, matches)));
    let (args, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return usage(&words, &error),
    };
    color::set(args.globals.color.unwrap_or_default());
    let language = args.globals.lang.unwrap_or_else(locale::language);
    let mut screen = Screen::new(args.globals.json, language);
    match act(args, &matches, &mut screen) {
        Ok(()) => 0,
        Err(failure) => {
            screen.failed(&failure);
            failure.exit_status()
        }
    }
}

fn act(args: Args, matches: &ArgMatches, screen: &mut Screen) -> Result<(), Failure> {
    let Args {
        mut globals,
        command,
    } = args;
    let file = ConfigFile::read(&globals)?;
    file.fill(&mut globals)?;
    color::set(globals.color.unwrap_or_default());
    screen.recolor();
    if let Some(language) = globals.lang {
        screen.language = language;
    }
    Zone::configure(file.zone);
    let globals = &globals;
    let opening = Opening::of(&command);
    // Opened only if it is needed: the machine of an agent has neither store nor key.
    let home = || Home::open(globals, &opening);
    match command {
        Command::Init => init::run(globals, &opening, screen),
        Command::Status => status::run(globals, &opening, screen),
        Command::Doctor(doctor) => doctor::run(&doctor, globals, &opening, screen),
        Command::Online(command) => online::run(command, &home()?, screen),
        Command::Machine(command) => machine::run(command, &home()?, screen),
        Command::Offline(command) => machine::run_offline(command, &home()?, screen),
        Command::Agent(command) => agent::run(command, home, screen),
        Command::Security(command) => security::run(command, home, screen),
        Command::Preset(command) => preset::run(command, &home()?, screen),
        Command::Log(log) => log::run(log, &home()?, screen),
        Command::Tenant(command) => tenant::run(command, globals, &opening, screen),
        Command::Throttle(command) => throttle::run(command, &home()?, screen),
        Command::Key(command) => key::run(command, &home()?, screen),
        Command::Clock(command) => upkeep::clock(command, &home()?, screen),
        Command::Purge(purge) => purge::run(&purge, &home()?, screen),
        Command::Backup(args) => backup::back_up(&args, globals, screen),
        Command::Restore(args) => backup::restore(&args, globals, &opening, screen),
        Command::Store(command) => store::run(command, globals, screen),
        Command::Config => config::run(globals, &file, matches, screen),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { out } => manual::man(out.as_deref()),
    }
}

/// Returns `true` for a help text. That of the whole command takes time to put together.
fn is_help(error: &clap::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    )
}

/// Shows help or a mistake in the words, also as JSON if the words ask for it.
fn usage(words: &[OsString], error: &clap::Error) -> u8 {
    let json = words.iter().any(|word| word == "--json");
    color::set(color::of(words));
    if is_code(words, error) {
        let failure = Failure::usage(
            "a code is not taken from the command line, where others can see it; \
            leave it out, and type it at the prompt or pipe it in"
                .into(),
        );
        Screen::new(json, Language::English).failed(&failure);
        return failure.exit_status();
    }
    // If this fails, the exit status tells.
    let _ = error.print();
    if json && error.use_stderr() {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default();
        let message = message.trim_start_matches("error: ").to_owned();
        Screen::new(true, Language::English).document(&Failure::usage(message));
    }
    match error.exit_code() {
        0 => 0,
        _ => 2,
    }
}

/// Returns `true` if an unexpected word is in the place of a code. It is not repeated, because
/// the standard error is often stored.
fn is_code(words: &[OsString], error: &clap::Error) -> bool {
    let hears = |word: &OsString| {
        let word = word.to_str();
        matches!(word, Some("verify" | "redeem" | "authenticate"))
    };
    let extra = error.get(ContextKind::InvalidArg);
    error.kind() == ErrorKind::UnknownArgument
        && matches!(extra, Some(ContextValue::String(word)) if !word.starts_with('-'))
        && words.iter().any(hears)
}
