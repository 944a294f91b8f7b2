//! Programs that gates run beside Cargo: tools of crates.io, each in one version, and
//! other toolchains of rustup.

use std::{ffi::OsStr, fs, path::PathBuf, process::Command};

use crate::step::{cargo, output, root, run};

/// A program of crates.io, mostly a subcommand of Cargo: the crate, such as `cargo-deny`,
/// and the version that made the gate's figures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool(pub(crate) &'static str, pub(crate) &'static str);

impl Tool {
    /// Returns the subcommand; it is installed first if it is missing, which takes minutes.
    pub(crate) fn subcommand(self) -> Result<Command, String> {
        Ok(self.after(Command::new(self.installed(&[])?)))
    }

    /// Returns the subcommand as the nightly toolchain runs it.
    pub(crate) fn nightly(self) -> Result<Command, String> {
        Ok(self.after(nightly(self.installed(&[])?)))
    }

    /// Returns a program that is no subcommand of Cargo; these words for Cargo choose its
    /// features if it is missing.
    pub(crate) fn program(self, features: &[&str]) -> Result<Command, String> {
        let mut command = Command::new(self.installed(features)?);
        command.current_dir(root());
        Ok(command)
    }

    fn after(self, mut command: Command) -> Command {
        command.arg(self.0.trim_start_matches("cargo-"));
        command.current_dir(root());
        command
    }

    fn installed(self, features: &[&str]) -> Result<PathBuf, String> {
        let Self(name, version) = self;
        let folder = root().join("target/tools");
        let list = fs::read_to_string(folder.join(".crates.toml")).unwrap_or_default();
        if !list.contains(&format!("\"{name} {version} ")) {
            let mut install = cargo("install --locked --root target/tools");
            install.args([name, "--version", version]).args(features);
            run(install, |_| ())
                .map_err(|error| format!("cannot install {name} {version}: {error}"))?;
        }
        Ok(folder.join("bin").join(name))
    }
}

/// Returns a program as a toolchain of rustup runs it, at the root.
pub(crate) fn toolchain(name: &str, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", name]).arg(program).current_dir(root());
    // These variables name the toolchain that runs xtask.
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(variable);
    }
    command
}

/// Returns a program of the nightly toolchain.
pub(crate) fn nightly(program: impl AsRef<OsStr>) -> Command {
    toolchain("nightly", program)
}

/// Returns a line of `rustc -vV`, such as `release: ` or `host: `.
pub(crate) fn about(mut rustc: Command, line: &str) -> Result<String, String> {
    rustc.arg("-vV");
    let about = output(rustc)?;
    let value = about.lines().find_map(|about| about.strip_prefix(line));
    value
        .map(str::to_owned)
        .ok_or_else(|| format!("rustc does not report its {line}"))
}
