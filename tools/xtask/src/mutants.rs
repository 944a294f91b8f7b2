//! `cargo xtask mutants`: the code is changed in one place after another, and each
//! time a test must see it.
//!
//! cargo-mutants makes the changes. `.cargo/mutants.toml` has what is not tried, each
//! with the reason. A control of one function with a test, one without, and one that
//! never ends when it is changed is tried first, with the same words: where its
//! outcome is not as it must be, the gate has failed.

mod suite;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    postgres,
    python::{self, target},
    step::{Outcome, root},
    tool::Tool,
};

use self::suite::{SUITES, Suite};

const MUTANTS: Tool = Tool {
    name: "cargo-mutants",
    version: "27.1.0",
};

/// Has a program of tests end at the first that fails, which it knows from Rust 1.90 on,
/// and only where it takes what is not stable.
const AT_THE_FIRST: &[&str] = &["-Zunstable-options", "--fail-fast"];
const WITH_UNSTABLE: &str = "target.'cfg(all())'.runner=['env', 'RUSTC_BOOTSTRAP=1']";

/// The control's package.
const CONTROL: &str = r"
pub fn tested(a: u8, b: u8) -> bool { a < b }
pub fn untested(a: u8, b: u8) -> bool { a < b }
pub fn endless(mut n: u8) -> u8 {
    let mut steps = 0_u8;
    while n > 0 { n -= 1; steps = steps.wrapping_add(1); }
    steps
}

#[test]
fn one_of_them() {
    assert!(tested(1, 2) && !tested(2, 2) && !tested(3, 2));
    untested(1, 2);
    assert_eq!(endless(3), 3);
}
";

/// Tries a suite, `core` where none is named; further words are cargo-mutants', for
/// example `--shard 0/40 --sharding round-robin` for a part of it.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    let (name, words) = words.split_first().unwrap_or((&"core", &[]));
    let Some(suite) = SUITES.iter().find(|suite| suite.name == *name) else {
        let names = SUITES.map(|suite| suite.name).join(", ");
        return Outcome::Failed(format!("no {name}; there are {names}")).close("mutants");
    };
    if suite.name == "postgres" {
        postgres::start();
    }
    let ready = match suite.name {
        "python" => python::Environment::ready().map(|_| ()),
        _ => Ok(()),
    };
    let outcome = ready.and_then(|()| suite.control()).and_then(|control| {
        let tried = suite.tries(words)?;
        println!("{}", tried.seen());
        tried.judged(suite.least, &control)
    });
    outcome
        .map_or_else(Outcome::Failed, Outcome::Passed)
        .close(&format!("mutants of the {name}"))
}

impl Suite {
    /// Tries the mutants by the tests that say no soon, and what those missed by all.
    fn tries(&self, words: &[&str]) -> Result<Tried, String> {
        let place = target().join("mutants").join(self.name);
        if place.exists() {
            fs::remove_dir_all(&place).map_err(|error| error.to_string())?;
        }
        let by = |words: &[&str], tests: &[&str]| -> Result<Command, String> {
            let mut command = mutants(&place)?;
            command.args(["--package", self.package]).args(words);
            command.args(tests.iter().map(|test| format!("--cargo-arg={test}")));
            Ok(command)
        };
        let mut first = by(self.words, self.soon)?;
        first.args(self.only(self.only_soon)).args(words);
        let soon = Tried::by(first, &place)?;
        if soon.missed.is_empty() {
            return Ok(soon);
        }
        // By their names, for a part of all would be another part of what is left.
        let anywhere = |word: &&&str| !word.starts_with("--file=");
        let words: Vec<&str> = self.words.iter().filter(anywhere).copied().collect();
        let mut again = by(&words, self.later)?;
        for one in &soon.missed {
            let (file, _) = one.split_once(':').ok_or(one)?;
            again.arg(format!("--file={file}"));
            again.arg(format!("--re=^{}$", escaped(one)));
        }
        again.args(self.only(self.only_later));
        let mut tried = Tried::by(again, &place)?;
        // A member of a struct left out, in these files, comes again: it has no pattern.
        tried.keep(&soon.missed);
        tried.caught.extend(soon.caught);
        tried.timeout.extend(soon.timeout);
        tried.unviable.extend(soon.unviable);
        Ok(tried)
    }

    /// Words for the programs of tests: these, and where to end.
    fn only(&self, words: &[&str]) -> Vec<String> {
        let stop = if self.stops { AT_THE_FIRST } else { &[] };
        let words = ["--"].iter().chain(words).chain(stop);
        let mut words: Vec<String> = words
            .map(|word| format!("--cargo-test-arg={word}"))
            .collect();
        if self.stops {
            words.push(format!("--cargo-arg=--config={WITH_UNSTABLE}"));
        }
        words
    }

    /// That a change is reported as it must be; what was reported.
    fn control(&self) -> Result<String, String> {
        let place = target().join("mutants/control");
        let package = place.join("package");
        fs::create_dir_all(package.join("src")).map_err(|error| error.to_string())?;
        let manifest = "[package]\nname = \"control\"\nedition = \"2024\"\n\n[workspace]\n";
        for (file, text) in [("Cargo.toml", manifest), ("src/lib.rs", CONTROL)] {
            fs::write(package.join(file), text).map_err(|error| error.to_string())?;
        }
        let mut command = mutants(&place)?;
        command.arg("--dir").arg(&package).arg("--cargo-arg=--lib");
        command.args(self.only(&[]));
        let tried = Tried::by(command, &place)?;
        let all_of = |list: &[String], name: &str| list.iter().all(|is| is.contains(name));
        let holds = !tried.caught.is_empty()
            && !tried.missed.is_empty()
            && !tried.timeout.is_empty()
            && all_of(&tried.missed, " untested")
            && all_of(&tried.timeout, " endless")
            && !tried.caught.iter().any(|is| is.contains(" untested"));
        if holds {
            Ok(tried.figures())
        } else {
            Err(format!(
                "the control is not as it must be:\n{}",
                tried.seen()
            ))
        }
    }
}

/// A pattern for this text alone.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        c if r"\.+*?()|[]{}^$".contains(c) => format!("\\{c}"),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

/// cargo-mutants, with the words for every suite.
fn mutants(place: &Path) -> Result<Command, String> {
    fs::create_dir_all(place).map_err(|error| error.to_string())?;
    let mut command = MUTANTS.subcommand()?;
    command
        .arg("--config")
        .arg(root().join(".cargo/mutants.toml"));
    command.args(["--no-shuffle", "--jobs=1", "--minimum-test-timeout=30"]);
    command.arg("--output").arg(place);
    // Debugging information takes a third of the time.
    command.env("CARGO_PROFILE_DEV_DEBUG", "0");
    // What others have made is built once.
    command.env("CARGO_TARGET_DIR", target().join("mutants/build"));
    // Used by Python's tests alone; their module links no Python.
    let python = python::folder().join("venv/bin/python");
    command.env("STOPGAP_TEST_PYTHON", python);
    command.env("PYO3_BUILD_EXTENSION_MODULE", "1");
    Ok(command)
}

/// What became of the mutants, by their names.
struct Tried {
    caught: Vec<String>,
    missed: Vec<String>,
    timeout: Vec<String>,
    unviable: Vec<String>,
}

impl Tried {
    /// Runs cargo-mutants, and reads what it wrote.
    fn by(mut command: Command, place: &Path) -> Result<Self, String> {
        println!("{command:?}");
        // Not before, for a server's password is in it.
        postgres::tell(&mut command);
        let status = command.status().map_err(|error| error.to_string())?;
        // 2 says that some were missed, 3 that some did not end.
        if !matches!(status.code(), Some(0 | 2 | 3)) {
            return Err(format!("cargo-mutants: {status}"));
        }
        let list = |kind: &str| -> Result<Vec<String>, String> {
            let file: PathBuf = place.join("mutants.out").join(kind).with_extension("txt");
            let text = fs::read_to_string(&file);
            let text = text.map_err(|error| format!("{}: {error}", file.display()))?;
            Ok(text.lines().map(str::to_owned).collect())
        };
        Ok(Self {
            caught: list("caught")?,
            missed: list("missed")?,
            timeout: list("timeout")?,
            unviable: list("unviable")?,
        })
    }

    /// Leaves out all but these.
    fn keep(&mut self, these: &[String]) {
        for list in [
            &mut self.caught,
            &mut self.missed,
            &mut self.timeout,
            &mut self.unviable,
        ] {
            list.retain(|one| these.contains(one));
        }
    }

    /// Those that no test saw.
    fn seen(&self) -> String {
        let missed = self.missed.iter().map(|is| format!("missed   {is}\n"));
        let endless = self.timeout.iter().map(|is| format!("endless  {is}\n"));
        missed.chain(endless).collect()
    }

    fn figures(&self) -> String {
        format!(
            "{} caught, {} missed, {} timeouts, {} do not compile",
            self.caught.len(),
            self.missed.len(),
            self.timeout.len(),
            self.unviable.len()
        )
    }

    /// The last line: enough were caught, not by waiting.
    fn judged(&self, least: usize, control: &str) -> Result<String, String> {
        let caught = self.caught.len();
        let not = self.missed.len().saturating_add(self.timeout.len());
        let all = caught.saturating_add(not);
        let figures = format!("{} (control: {control})", self.figures());
        let enough = caught.saturating_mul(100) >= all.saturating_mul(least);
        // Of all of them: one that has no end is not seen by a test, but by waiting.
        let ends = least < 100 || self.timeout.is_empty();
        if all > 0 && enough && ends {
            Ok(figures)
        } else {
            Err(format!("{figures}; {least} % must be caught"))
        }
    }
}
