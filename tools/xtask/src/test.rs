//! `cargo xtask test`: the checks that must pass before a change lands. `.ci/run` also runs
//! deeper checks.
//!
//! Cargo builds all test programs first. Then the steps that need Cargo's lock, and those
//! that run programs of Rust, of C and of Python, run beside each other.

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, ExitCode},
    thread,
};

use crate::{
    claims, cycles,
    interpreter::Interpreter,
    links, postgres, python, sanitize, server,
    step::{Outcome, Report, Step, cargo, output, run as show, tests_passed, works},
    structure,
    test_programs::{self, Effort, Program},
};

/// A target without an operating system, and so without `std`.
const BARE_METAL: &str = "thumbv7em-none-eabi";

/// The most crates that users of the core compile.
const MOST_CRATES: usize = 30;

pub(crate) fn run() -> ExitCode {
    let report = Report::default();
    report.step("formatting", formatting);
    thread::scope(|scope| {
        // pip waits for the network while Cargo builds.
        scope.spawn(python::prepare);
        report.step("build", test_programs::build);
    });
    // Many tests use the server, and fail if it does not start.
    let _ = server::start();
    let cargo = vec![
        Step::new("lints", lints),
        Step::new("documentation", documentation),
        Step::new("features", features),
        Step::new("bare metal", bare_metal),
        Step::new("crates", crates),
        Step::new("claims", claims::check),
        Step::new("links", links::check),
        Step::new("import cycles", cycles::check),
        Step::new("structure", structure::check),
        Step::new("PostgreSQL", postgres::check),
    ];
    let rust = vec![Step::new("tests", tests)];
    let c = vec![Step::new("C and C++", c)];
    let mut others = python::steps();
    others.push(Step::new("vectors twice", twice));
    others.extend(sanitize::steps());
    // The lanes take about the same time.
    report.lanes(vec![cargo, rust, c, others]);
    report.close()
}

/// Runs a command that has no figures to show.
fn holds(command: Command) -> Result<(), String> {
    show(command, |_| ())
}

/// Runs commands of Cargo one after another, until one fails.
fn all_hold<'a>(commands: impl IntoIterator<Item = &'a str>) -> Outcome {
    let mut commands = commands.into_iter();
    match commands.try_for_each(|command| holds(cargo(command))) {
        Ok(()) => Outcome::Passed(String::new()),
        Err(error) => Outcome::Failed(error),
    }
}

fn formatting() -> Outcome {
    if works(cargo("fmt --version")) {
        all_hold(["fmt --all --check"])
    } else {
        Outcome::Skipped("no rustfmt; rustup component add rustfmt".into())
    }
}

fn no_clippy() -> Outcome {
    Outcome::Skipped("no clippy; rustup component add clippy".into())
}

fn lints() -> Outcome {
    if !works(cargo("clippy --version")) {
        return no_clippy();
    }
    all_hold([
        "clippy --workspace --all-targets -- -D warnings",
        "clippy --package stopgap-c --no-default-features -- -D warnings",
        "clippy --package stopgap-registry --no-default-features --lib --tests -- -D warnings",
    ])
}

/// Builds the documentation, and runs its examples.
fn documentation() -> Outcome {
    let mut command = cargo("doc --workspace --no-deps");
    command.env("RUSTDOCFLAGS", "-D warnings");
    let mut counted = 0_u32;
    let examples = holds(command).and_then(|()| {
        show(cargo("test --workspace --doc"), |line| {
            counted = counted.saturating_add(tests_passed(line));
        })
    });
    match examples {
        Ok(()) if counted == 0 => Outcome::Failed("no example ran".into()),
        Ok(()) => Outcome::Passed(format!("{counted} examples")),
        Err(error) => Outcome::Failed(error),
    }
}

/// Runs the test that depends on a feature in a build without that feature. The lints
/// check that all tests compile without it.
fn features() -> Outcome {
    let mut counted = 0_u32;
    let test = "test --package stopgap-registry --no-default-features --test trouble -- no_store";
    let ran = show(cargo(test), |line| {
        counted = counted.saturating_add(tests_passed(line));
    });
    match ran {
        Ok(()) if counted == 0 => Outcome::Failed("no test ran".into()),
        Ok(()) => Outcome::Passed(format!("{counted} test without PostgreSQL")),
        Err(error) => Outcome::Failed(error),
    }
}

/// Runs the tests of Rust, except those that need PostgreSQL.
fn tests() -> Outcome {
    let is_rust = |program: &Program| !program.is_in("bindings/c");
    let ran = test_programs::run(&["--skip", "postgres"], Effort::Short, is_rust, |_| ());
    ran.map(|counted| format!("{counted} tests")).into()
}

/// Runs the tests of C and C++, with every compiler of this machine.
fn c() -> Outcome {
    let mut skipped = BTreeSet::new();
    let ran = test_programs::run(
        &["--nocapture"],
        Effort::Short,
        |program| program.is_in("bindings/c"),
        |line| skipped.extend(line.strip_prefix("skipped: ").map(str::to_owned)),
    );
    match ran {
        Err(error) => Outcome::Failed(error),
        Ok(counted) if skipped.is_empty() => Outcome::Passed(format!("{counted} tests")),
        Ok(counted) => {
            let skipped: Vec<_> = skipped.into_iter().collect();
            Outcome::Skipped(format!("{}; {counted} tests passed", skipped.join("; ")))
        }
    }
}

/// Checks the vectors with their second implementation, in Python.
fn twice() -> Outcome {
    let Some(python) = Interpreter::find() else {
        return Outcome::Skipped("no Python 3.9 or newer; install one".into());
    };
    let command = python.runs(&["-I", "crates/stopgap/tests/generate.py", "--check"]);
    let (mut files, mut skipped) = (0_u32, String::new());
    let checked = show(command, |line| {
        if line.ends_with("up to date") {
            files = files.saturating_add(1);
        } else if line.contains("skipped") {
            skipped.push_str(line);
        }
    });
    match checked {
        Err(error) => Outcome::Failed(error),
        Ok(()) if !skipped.is_empty() => Outcome::Skipped(skipped),
        Ok(()) if files == 0 => Outcome::Failed("no file was checked".into()),
        Ok(()) => Outcome::Passed(format!("{files} files")),
    }
}

/// Lints the core without its features, for a target without `std`.
fn bare_metal() -> Outcome {
    if !works(cargo("clippy --version")) {
        return no_clippy();
    }
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", BARE_METAL]);
    let installed = output(rustc).is_ok_and(|path| Path::new(path.trim()).exists());
    let here = if installed { BARE_METAL } else { "host-tuple" };
    let lint = format!("clippy --package stopgap --no-default-features --target {here}");
    let with_serde = format!("{lint} --features serde,zones -- -D warnings");
    match all_hold([&*format!("{lint} -- -D warnings"), &*with_serde]) {
        Outcome::Passed(_) if installed => Outcome::Passed(format!("builds for {BARE_METAL}")),
        Outcome::Passed(_) => {
            Outcome::Skipped(format!("no target; rustup target add {BARE_METAL}"))
        }
        failed => failed,
    }
}

/// Counts the crates that the core needs with its default features, itself included.
pub(crate) fn crates() -> Outcome {
    let tree = output(cargo(
        "tree --package stopgap --edges normal --prefix none --format {p}",
    ));
    let tree = match tree {
        Ok(tree) => tree,
        Err(error) => return Outcome::Failed(error),
    };
    let crates: BTreeSet<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty())
        .collect();
    let counted = format!("{} of {MOST_CRATES}", crates.len());
    if (2..=MOST_CRATES).contains(&crates.len()) {
        Outcome::Passed(counted)
    } else {
        Outcome::Failed(format!("{counted}: {crates:?}"))
    }
}
