//! The test programs of the workspace. Cargo builds all of them at once, with one set of
//! features, and steps run them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::{
    command::read,
    step::{Outcome, cargo, run as show, tests_passed},
    stopwatch,
};

/// A test program.
pub(crate) struct Program {
    /// The folder of its package, in which it runs.
    folder: PathBuf,
    /// The name of the test, or of the library or program that contains the tests.
    pub(crate) name: String,
    executable: PathBuf,
}

static BUILT: OnceLock<Result<Vec<Program>, String>> = OnceLock::new();

/// Builds all test programs, and everything else that they need.
pub(crate) fn build() -> Outcome {
    match BUILT.get_or_init(built) {
        Ok(programs) => Outcome::Passed(format!("{} test programs", programs.len())),
        Err(why) => Outcome::Failed(why.clone()),
    }
}

fn built() -> Result<Vec<Program>, String> {
    let mut programs = Vec::new();
    let command = "test --workspace --no-run --message-format json-render-diagnostics";
    read(cargo(command), |line| programs.extend(program(line)))?;
    if programs.is_empty() {
        return Err("Cargo built no test program".into());
    }
    Ok(programs)
}

/// Reads a line of Cargo's output. It describes a test program if it names an executable.
fn program(line: &str) -> Option<Program> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    let executable = message.get("executable")?.as_str()?;
    if message.pointer("/profile/test") != Some(&true.into()) {
        return None;
    }
    let manifest = Path::new(message.get("manifest_path")?.as_str()?);
    Some(Program {
        folder: manifest.parent()?.into(),
        name: message.pointer("/target/name")?.as_str()?.into(),
        executable: executable.into(),
    })
}

impl Program {
    /// Returns `true` if the program is of the package in this folder of the workspace.
    pub(crate) fn is_in(&self, folder: &str) -> bool {
        self.folder.ends_with(folder)
    }

    /// Returns the names of the package's folder and of the program.
    fn full_name(&self) -> String {
        let package = self.folder.file_name().unwrap_or_default();
        format!("{} {}", package.to_string_lossy(), self.name)
    }

    /// Returns a command that runs the program as Cargo does.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        command.current_dir(&self.folder);
        command.env("CARGO_MANIFEST_DIR", &self.folder);
        command
    }
}

/// Returns a command that runs a test program of the package in this folder.
pub(crate) fn command(folder: &str, name: &str) -> Result<Command, String> {
    let programs = BUILT.get_or_init(built).as_ref().map_err(Clone::clone)?;
    let mut programs = programs.iter();
    let program = programs.find(|program| program.is_in(folder) && program.name == name);
    let program = program.ok_or_else(|| format!("{folder} has no test {name}"))?;
    Ok(program.command())
}

/// The amount of work that a test does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    Short,
    /// The larger amount that `STOPGAP_DEEP` asks for.
    Deep,
}

/// Runs the chosen programs one after another, with these words for libtest. Returns the
/// number of tests that passed.
pub(crate) fn run(
    words: &[&str],
    effort: Effort,
    chosen: impl Fn(&Program) -> bool,
    mut each: impl FnMut(&str),
) -> Result<u32, String> {
    let programs = BUILT.get_or_init(built).as_ref();
    let programs = programs.map_err(|_| "the test programs were not built".to_owned())?;
    let (mut counted, mut failed) = (0_u32, BTreeSet::new());
    for program in programs.iter().filter(|program| chosen(program)) {
        let mut command = program.command();
        command.args(words);
        match effort {
            Effort::Short => command.env_remove("STOPGAP_DEEP"),
            Effort::Deep => command.env("STOPGAP_DEEP", "1"),
        };
        let ran = stopwatch::program(&program.full_name(), || {
            show(command, |line| {
                counted = counted.saturating_add(tests_passed(line));
                each(line);
            })
        });
        if let Err(why) = ran {
            failed.insert(format!("{}: {why}", program.name));
        }
    }
    if !failed.is_empty() {
        let failed: Vec<_> = failed.into_iter().collect();
        return Err(failed.join("; "));
    }
    if counted == 0 {
        return Err("no test ran".into());
    }
    Ok(counted)
}
