//! Steps of a check, and the report at its end.

use std::{
    ffi::OsString,
    fmt,
    io::{self, BufRead, BufReader},
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
};

use crate::postgres;

/// How a step ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It ran and holds; what it counted.
    Passed(String),
    /// It could not run, and what to do about that.
    Skipped(String),
    /// It ran and does not hold.
    Failed(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed(detail) => write!(f, "passed   {detail}"),
            Self::Skipped(why) => write!(f, "SKIPPED  {why}"),
            Self::Failed(why) => write!(f, "FAILED   {why}"),
        }
    }
}

impl Outcome {
    /// Ends a gate that was run alone: its last line, and success only where it ran
    /// and holds.
    pub(crate) fn close(self, name: &str) -> ExitCode {
        println!("{name}: {self}");
        match self {
            Self::Passed(_) => ExitCode::SUCCESS,
            Self::Skipped(_) | Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}

/// The steps that ran, in their order.
#[derive(Debug, Default)]
pub(crate) struct Report {
    steps: Vec<(&'static str, Outcome)>,
}

impl Report {
    /// Runs a step, says so, and goes on whatever its outcome is.
    pub(crate) fn step(&mut self, name: &'static str, run: impl FnOnce() -> Outcome) {
        println!("\n== {name}");
        let outcome = run();
        println!("-- {name}: {outcome}");
        self.steps.push((name, outcome));
    }

    /// The last lines: each step's outcome, and how many there were of each kind.
    ///
    /// With `STOPGAP_SKIP=never` a step that was skipped has failed.
    pub(crate) fn close(self) -> ExitCode {
        println!("\n== What ran, and what did not");
        let (mut passed, mut failed, mut skipped) = (0_u32, 0_u32, 0_u32);
        for (name, outcome) in &self.steps {
            println!("{name:<16} {outcome}");
            let count = match outcome {
                Outcome::Passed(_) => &mut passed,
                Outcome::Failed(_) => &mut failed,
                Outcome::Skipped(_) => &mut skipped,
            };
            *count = count.saturating_add(1);
        }
        println!("steps: {passed} passed, {failed} failed, {skipped} skipped");
        let never = std::env::var_os("STOPGAP_SKIP").is_some_and(|skip| skip == "never");
        if failed > 0 || (never && skipped > 0) {
            return ExitCode::FAILURE;
        }
        ExitCode::SUCCESS
    }
}

/// The root of the workspace, where every command runs.
pub(crate) fn root() -> PathBuf {
    // Where Cargo runs this, which need not be where it was built.
    let here = std::env::var_os("CARGO_MANIFEST_DIR");
    let here = here.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.ancestors().nth(2).unwrap_or(&here).to_path_buf()
}

/// A command of this cargo.
pub(crate) fn cargo(arguments: &str) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(arguments.split(' ')).current_dir(root());
    command
}

/// Whether a command can be started and succeeds; it prints nothing.
pub(crate) fn works(mut command: Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// What a command prints, where it succeeds.
pub(crate) fn output(mut command: Command) -> Result<String, String> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

/// Returns what a command prints, shows its standard error, and fails if it fails.
pub(crate) fn output_of_both(mut command: Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| error.to_string())?;
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    if output.status.success() {
        Ok(told)
    } else {
        Err(format!("{told}\n{command:?}: {}", output.status))
    }
}

/// The count in `test result: ok. 8 passed; 0 failed; …`.
pub(crate) fn tests_passed(line: &str) -> u32 {
    line.strip_prefix("test result: ok. ")
        .and_then(|counts| counts.split(' ').next())
        .and_then(|count| count.parse().ok())
        .unwrap_or_default()
}

/// Runs a command in sight, its standard output line by line through `read`.
pub(crate) fn run(mut command: Command, mut read: impl FnMut(&str)) -> Result<(), String> {
    println!("{command:?}");
    postgres::tell(&mut command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    if let Some(stdout) = child.stdout.take() {
        // A test may print anything, also what is not UTF-8.
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.map_err(|error: io::Error| error.to_string())?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            read(&line);
        }
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(status.to_string()),
        Err(error) => Err(error.to_string()),
    }
}
