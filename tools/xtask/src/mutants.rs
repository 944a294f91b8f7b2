//! `cargo xtask mutants`: changes the code in one place after another; a test must see
//! each change.
//!
//! cargo-mutants makes the changes; `.cargo/mutants.toml` lists those that are not tried,
//! each with the reason. A control is tried first and must have the known outcome.

mod suite;
mod tried;

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use crate::{
    control::library,
    python::{self, target},
    server,
    step::{Outcome, root},
    tool::Tool,
};

use self::{
    suite::{SUITES, Suite},
    tried::{CAUGHT, MISSED, TIMEOUT, Tried},
};

const MUTANTS: Tool = Tool("cargo-mutants", "27.1.0");

/// Ends a test program at its first failure. The option is unstable, and exists since
/// Rust 1.90.
const AT_THE_FIRST: &str = "-Zunstable-options --fail-fast";
const WITH_UNSTABLE: &str = "target.'cfg(all())'.runner=['env', 'RUSTC_BOOTSTRAP=1']";

/// Tries the named suite, or `core`. Further words go to cargo-mutants, for example
/// `--shard 0/40 --sharding round-robin` for a part of the suite.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    let (name, words) = words.split_first().unwrap_or((&"core", &[]));
    let tried = || {
        let suite = SUITES.iter().find(|suite| suite.name == *name);
        let names = SUITES.map(|suite| suite.name).join(", ");
        let suite = suite.ok_or_else(|| format!("no {name}; there are {names}"))?;
        match suite.name {
            "postgres" => drop(server::start()?),
            "python" => drop(python::Environment::ready()?),
            _ => {}
        }
        let control = suite.control()?;
        let tried = suite.tries(words)?;
        println!("{}", tried.unseen());
        tried.judged(suite.least, &control)
    };
    Outcome::from(tried()).close(&format!("mutants of the {name}"))
}

impl Suite {
    /// Tries all mutants by the tests that fail soon, then the missed ones by the others.
    fn tries(&self, words: &[&str]) -> Result<Tried, String> {
        let place = target().join("mutants").join(self.name);
        if place.exists() {
            fs::remove_dir_all(&place).map_err(|error| error.to_string())?;
        }
        let mut first = self.mutants(&place, self.soon)?;
        first.args(["--package", self.package]);
        first.args(self.words).args(words);
        let mut soon = Tried::by(first, &place)?;
        let missed: Vec<String> = soon.of(MISSED).map(str::to_owned).collect();
        if missed.is_empty() {
            return Ok(soon);
        }
        let mut second = self.mutants(&place, self.later)?;
        second.args(["--package", self.package]);
        let anywhere = |word: &&&str| !word.starts_with("--file=");
        second.args(self.words.iter().filter(anywhere));
        // The missed mutants are given by name: a shard would now have other members.
        for name in &missed {
            let (file, _) = name.split_once(':').unwrap_or_default();
            second.arg(format!("--file={file}"));
            let pattern = name.replace(|c: char| !c.is_alphanumeric(), ".");
            second.arg(format!("--re=^{pattern}$"));
        }
        // cargo-mutants also leaves out members of structs. It tries these mutants again
        // because no pattern applies to them.
        soon.replace(&missed, Tried::by(second, &place)?);
        Ok(soon)
    }

    /// Tries the control and returns its figures.
    fn control(&self) -> Result<String, String> {
        let package = library("mutants", "", include_str!("../controls/mutants.rs"))?;
        let place = target().join("mutants/control");
        let mut command = self.mutants(&place, "--lib")?;
        command.arg("--dir").arg(package);
        let tried = Tried::by(command, &place)?;
        let only = |kind, name| tried.of(kind).all(|mutant| mutant.contains(name));
        let some = |kind| tried.of(kind).next().is_some();
        let holds = [CAUGHT, MISSED, TIMEOUT].into_iter().all(some)
            && only(MISSED, " untested")
            && only(TIMEOUT, " endless")
            && !tried.of(CAUGHT).any(|mutant| mutant.contains(" untested"));
        if holds {
            Ok(tried.figures())
        } else {
            Err(format!("the control went wrong:\n{}", tried.unseen()))
        }
    }

    /// Returns cargo-mutants with the options of every suite, for these tests.
    fn mutants(&self, place: &Path, tests: &str) -> Result<Command, String> {
        fs::create_dir_all(place).map_err(|error| error.to_string())?;
        let mut command = MUTANTS.subcommand()?;
        let config = root().join(".cargo/mutants.toml");
        command
            .arg("--config")
            .arg(config)
            .arg("--output")
            .arg(place);
        command.args(["--no-shuffle", "--jobs=1"]);
        let (targets, words) = tests.split_once(" -- ").unwrap_or((tests, ""));
        for target in targets.split_whitespace() {
            command.arg(format!("--cargo-arg={target}"));
        }
        let stops = if self.stops { AT_THE_FIRST } else { "" };
        for word in format!("-- {words} {stops}").split_whitespace() {
            command.arg(format!("--cargo-test-arg={word}"));
        }
        if self.stops {
            command.arg(format!("--cargo-arg=--config={WITH_UNSTABLE}"));
        }
        // Debugging information takes a third of the time.
        command.env("CARGO_PROFILE_DEV_DEBUG", "0");
        // Dependencies are built once.
        command.env("CARGO_TARGET_DIR", target().join("mutants/build"));
        // Only the tests of the Python package use it.
        let python = python::folder().join("venv/bin/python");
        command.env("STOPGAP_TEST_PYTHON", python);
        command.env("PYO3_BUILD_EXTENSION_MODULE", "1");
        Ok(command)
    }
}
