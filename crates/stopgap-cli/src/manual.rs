//! Manual pages and completions, generated from the words of the command line.

mod page;

use std::{fs, io, io::Write, path::Path};

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use crate::{args::Args, complete, failure::Failure, private_file::FileError};

/// Prints the manual page, or writes that of every command to a folder.
pub(crate) fn man(out: Option<&Path>) -> Result<(), Failure> {
    let mut command = Args::command().disable_help_subcommand(true);
    command.build();
    match out {
        None => print(&page::render(&command, None)?),
        Some(folder) => fs::create_dir_all(folder)
            .and_then(|()| write_pages(&command, None, folder))
            .map_err(|source| FileError::io(folder, source).into()),
    }
}

fn write_pages(command: &Command, parent: Option<&Command>, folder: &Path) -> io::Result<()> {
    let file = format!("{}.1", page::name(command));
    fs::write(folder.join(file), page::render(command, parent)?)?;
    command
        .get_subcommands()
        .try_for_each(|inner| write_pages(inner, Some(command), folder))
}

/// Prints a completion script.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    complete::script(shell, &mut script)?;
    print(&script)
}

fn print(text: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout();
    out.write_all(text)?;
    Ok(out.flush()?)
}
