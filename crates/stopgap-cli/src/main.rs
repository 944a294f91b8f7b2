//! The `stopgap` command: temporary access codes from a shell.
//!
//! It reads words and files, calls, and shows. What a code is and who may do what
//! is decided by the core and the registry.

#![allow(
    dead_code,
    unused_imports,
    reason = "the registry's commands come next"
)]

mod agent;
mod args;
mod enrolment_file;
mod failure;
mod key_file;
mod manual;
mod moment;
mod private_file;
mod prompt;
mod relative;
mod show;
mod zone;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    args::{Args, Command},
    failure::Failure,
    show::Screen,
};

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    let mut screen = Screen::new(args.globals.json);
    match run(args, &mut screen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            screen.failed(&failure);
            failure.exit_code()
        }
    }
}

fn run(args: Args, screen: &mut Screen) -> Result<(), Failure> {
    match args.command {
        Command::Agent(command) => agent::run(command, screen),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { out } => manual::man(out.as_deref()),
        _ => Err(Failure::usage("not yet".into())),
    }
}

/// Shows help, or what is wrong with the words; for a program too, if it is one
/// that asks.
fn usage(error: &clap::Error) -> ExitCode {
    // Where nobody can be told, the exit status still says it.
    let _ = error.print();
    if error.use_stderr() && std::env::args_os().any(|word| word == "--json") {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default();
        let message = message.trim_start_matches("error: ").to_owned();
        Screen::new(true).document(&Failure::usage(message));
    }
    match error.exit_code() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(2),
    }
}
