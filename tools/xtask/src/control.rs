//! Controls of the gates: made-up packages that a command must refuse. A gate whose
//! control is not refused fails, because it would not see such a fault in the project
//! either.

use std::{fs, path::PathBuf, process::Command};

use crate::{python::target, step::output_of_both};

/// Writes a package into its own folder; each file has a name and a text.
pub(crate) fn package(name: &str, files: &[(&str, &str)]) -> Result<PathBuf, String> {
    let folder = target().join("controls").join(name);
    for (file, text) in files {
        let file = folder.join(file);
        let parent = file.parent().unwrap_or(&folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&file, text))
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(folder)
}

/// Writes a library of one file; `manifest` follows the lines that every package has.
pub(crate) fn library(name: &str, manifest: &str, source: &str) -> Result<PathBuf, String> {
    let common = "[package]\nname = \"control\"\nversion = \"1.0.0\"\nedition = \"2024\"";
    let manifest = format!("{common}\n{manifest}\n[workspace]\n");
    package(name, &[("Cargo.toml", &manifest), ("src/lib.rs", source)])
}

/// Fails unless the command fails and its output contains this text.
pub(crate) fn refuses(command: Command, why: &str) -> Result<(), String> {
    println!("{command:?}");
    match output_of_both(command) {
        Err(said) if said.contains(why) => Ok(()),
        Ok(said) | Err(said) => Err(format!("a control did not say {why:?}:\n{said}")),
    }
}

/// Fails with the output of the command unless it succeeds.
pub(crate) fn holds(command: Command) -> Result<(), String> {
    println!("{command:?}");
    output_of_both(command).map(drop)
}
