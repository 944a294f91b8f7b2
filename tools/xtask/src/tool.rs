//! Tools that gates run: each of one version, from crates.io, kept below
//! `target/tools`.

use std::{fs, process::Command};

use crate::step::{cargo, output, root, run};

/// A program of crates.io. Cargo's subcommands are run by their own names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    /// The crate, and the program.
    pub(crate) name: &'static str,
    /// The version that the gate's figures were made with.
    pub(crate) version: &'static str,
}

impl Tool {
    /// The tool as cargo's subcommand: `cargo-deny` gives `cargo deny`. Installed
    /// first where it is not there in this version, which takes minutes.
    ///
    /// # Errors
    ///
    /// Why it could not be installed.
    pub(crate) fn subcommand(self) -> Result<Command, String> {
        let program = root().join("target/tools/bin").join(self.name);
        let mut is = Command::new(&program);
        let subcommand = self.name.trim_start_matches("cargo-");
        is.args([subcommand, "--version"]);
        let there = program.exists()
            && (self.is_installed()
                || output(is)
                    .is_ok_and(|is| is.split_whitespace().any(|word| word == self.version)));
        if !there {
            let mut install = cargo("install --locked --force --root target/tools");
            install.args([self.name, "--version", self.version]);
            run(install, |_| ()).map_err(|error| {
                let Self { name, version } = self;
                format!("{name} {version} could not be installed ({error})")
            })?;
        }
        let mut command = Command::new(program);
        command.arg(subcommand).current_dir(root());
        Ok(command)
    }

    /// Whether cargo has installed it: some say no version.
    fn is_installed(self) -> bool {
        let list = fs::read_to_string(root().join("target/tools/.crates.toml"));
        let this = format!("\"{} {} ", self.name, self.version);
        list.is_ok_and(|list| list.contains(&this))
    }
}
