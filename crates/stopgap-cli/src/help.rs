//! The help of the whole command: the commands by task, on one screen.

use std::fmt::Write as _;

use clap::{Command, CommandFactory};

use crate::args::Args;

/// The commands by task. Each command is in one of them.
const TASKS: [(&str, &[&str]); 5] = [
    (
        "At the help desk",
        &["online", "offline", "machine", "throttle"],
    ),
    ("For programs", &["security"]),
    ("On a machine without a network", &["agent"]),
    (
        "Administration",
        &[
            "init", "status", "doctor", "preset", "log", "purge", "tenant", "key", "clock",
            "store", "backup", "restore", "config",
        ],
    ),
    ("In a shell", &["completions", "man", "help"]),
];

/// Options that the first screen explains.
const OPTIONS: [&str; 4] = ["home", "store", "tenant", "json"];

/// Returns the command line, with its commands by task.
pub(crate) fn command() -> Command {
    let mut command = Args::command();
    command.build();
    let header = *command.get_styles().get_header();
    let literal = *command.get_styles().get_literal();
    let mut text = String::from("{about-with-newline}\n{usage-heading} {usage}\n");
    for (task, names) in TASKS {
        // Writing to a string does not fail.
        let _ = writeln!(text, "\n{header}{task}:{header:#}");
        for name in names {
            let about = command.find_subcommand(name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            let about = about.lines().next().unwrap_or_default();
            let _ = writeln!(text, "  {literal}{name:<12}{literal:#} {about}");
        }
    }
    let _ = writeln!(text, "\n{header}Options of every command:{header:#}");
    for id in OPTIONS {
        let Some(option) = command.get_arguments().find(|option| option.get_id() == id) else {
            continue;
        };
        let takes_value = option.get_action().takes_values();
        let values = option.get_value_names().filter(|_| takes_value);
        let value = values.and_then(<[_]>::first);
        let value = value.map_or_else(String::new, |value| format!(" <{value}>"));
        let about = option
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let (name, gap) = (format!("--{id}"), 15_usize.saturating_sub(id.len()));
        let _ = writeln!(text, "  {literal}{name}{literal:#}{value:<gap$} {about}");
    }
    // The last words begin with a blank line.
    text.truncate(text.trim_end().len());
    text.push_str("{after-help}");
    Args::command().help_template(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_task() {
        let mut command = Args::command();
        command.build();
        let mut known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        let mut shown: Vec<&str> = TASKS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        known.sort_unstable();
        shown.sort_unstable();
        assert_eq!(known, shown);
    }
}
