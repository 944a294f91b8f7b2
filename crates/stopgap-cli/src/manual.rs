//! Manual pages and completions, generated from the words of the command line.

use std::{fs, io::Write, path::Path};

use clap_complete::Shell;

use crate::{args, failure::Failure, private_file::FileError};

/// Prints the manual page, or writes that of every command to a folder.
pub(crate) fn man(out: Option<&Path>) -> Result<(), Failure> {
    let Some(folder) = out else {
        let mut page = Vec::new();
        clap_mangen::Man::new(args::command()).render(&mut page)?;
        return print(&page);
    };
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(args::command(), folder))
        .map_err(|source| FileError::io(folder, source).into())
}

/// Prints a completion script.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(), "stopgap", &mut script);
    print(&script)
}

fn print(text: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    out.write_all(text)?;
    Ok(out.flush()?)
}
