//! The programs of this machine that build and run for a target.

use std::{path::PathBuf, process::Command};

use super::target::{Compilers, Runner, Target};
use crate::step::{Outcome, cargo, output, program, works};

/// A target whose programs are installed.
pub(crate) struct Host {
    pub(crate) target: &'static Target,
    /// The compilers of C and of C++.
    pub(crate) cc: String,
    pub(crate) cxx: String,
    /// The words before a program.
    pub(crate) runner: Vec<String>,
    /// Variables of the runner.
    pub(crate) variables: Vec<(&'static str, PathBuf)>,
    /// The folder of everything that is made for the target, but for Cargo's files.
    pub(crate) folder: PathBuf,
}

impl Host {
    /// Returns a command of Cargo for the target: its words, before which `--target` stands.
    pub(crate) fn cargo(&self, subcommand: &str, words: &str) -> Command {
        let mut command = cargo(subcommand);
        command.args(["--target", self.target.triple]);
        command.args(words.split_whitespace());
        let triple = self.target.triple.replace('-', "_");
        command.env(format!("CC_{triple}"), &self.cc);
        command.env(format!("CXX_{triple}"), &self.cxx);
        let name = |what: &str| format!("CARGO_TARGET_{}_{what}", triple.to_uppercase());
        // rustc has its own linker for musl.
        if matches!(self.target.compilers, Compilers::Gnu(_)) {
            command.env(name("LINKER"), &self.cc);
        }
        if !self.runner.is_empty() {
            command.env(name("RUNNER"), self.runner.join(" "));
        }
        if matches!(self.target.runner, Runner::Qemu(..)) {
            // Wine starts programs of Windows, but qemu leaves those of its target to Linux.
            command.env("STOPGAP_RUNNER", self.runner.join(" "));
        }
        self.prepare(&mut command);
        command
    }

    /// Returns a command that runs a program of the target.
    pub(crate) fn start(&self, program: &std::path::Path) -> Command {
        let mut words = self.runner.iter();
        let mut command = match words.next() {
            None => Command::new(program),
            Some(runner) => {
                let mut command = Command::new(runner);
                command.args(words).arg(program);
                command
            }
        };
        self.prepare(&mut command);
        command
    }

    /// Sets the runner's variables.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }

    /// Returns the versions of the compiler and of the runner.
    pub(crate) fn about(&self) -> String {
        let version = |command: Command| {
            let told = output(command).unwrap_or_default();
            told.lines().next().unwrap_or_default().trim().to_owned()
        };
        let compiler = match self.target.compilers {
            Compilers::Gnu(_) => {
                let version = version(program(&format!("{} -dumpfullversion", self.cc)));
                format!("gcc {version}")
            }
            Compilers::Musl => "musl-gcc; C++ by zig".to_owned(),
            Compilers::Zig => "zig".to_owned(),
        };
        let runner = match self.target.runner {
            Runner::Wine => version(self.start(std::path::Path::new("--version"))),
            Runner::Qemu(qemu, _) => {
                let told = version(program(&format!("{qemu} --version")));
                let number = told
                    .split_whitespace()
                    .nth(2)
                    .unwrap_or_default()
                    .to_owned();
                format!("qemu {number}")
            }
            Runner::Native | Runner::None => return compiler,
        };
        format!("{compiler}, {runner}")
    }
}

/// Fails unless a program of the target's packages works.
pub(crate) fn needs(target: &Target, name: &str) -> Result<(), Outcome> {
    if works(program(&format!("{name} --version"))) {
        return Ok(());
    }
    Err(missing(target, name))
}

/// Returns the outcome for a program that is not installed.
pub(crate) fn missing(target: &Target, name: &str) -> Outcome {
    let packages = target.packages;
    Outcome::Skipped(format!(
        "no {name}; apt-get install --no-install-recommends {packages}"
    ))
}
