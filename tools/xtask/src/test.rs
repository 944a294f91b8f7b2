//! `cargo xtask test`: everything that must hold before a change lands.

use std::{
    collections::BTreeSet,
    process::{Command, ExitCode},
};

use crate::{
    claims, ct, instructions,
    interpreter::Interpreter,
    postgres, python, sanitize,
    step::{Outcome, Report, cargo, output, run as show, tests_passed, works},
};

/// Without an operating system: it has no `std` to lean on by accident.
const BARE_METAL: &str = "thumbv7em-none-eabi";

/// The most crates that the core's users compile.
const MOST_CRATES: usize = 30;

pub(crate) fn run() -> ExitCode {
    let mut report = Report::default();
    postgres::start();
    report.step("formatting", formatting);
    report.step("lints", lints);
    report.step("documentation", documentation);
    report.step("tests", || {
        tests("test --workspace --exclude stopgap-c -- --skip postgres")
    });
    report.step("PostgreSQL", postgres::check);
    report.step("C and C++", c);
    sanitize::shortly(&mut report);
    report.step("constant time", ct::check);
    report.step("no features", || {
        tests("test --package stopgap --no-default-features --lib --tests")
    });
    report.step("no PostgreSQL", || {
        tests("test --package stopgap-registry --no-default-features --lib --tests")
    });
    report.step("vectors twice", twice);
    python::check(&mut report);
    report.step("bare metal", bare_metal);
    report.step("crates", crates);
    report.step("claims", claims::check);
    report.step("instructions", instructions::check);
    report.close()
}

/// A command whose success is all there is to say.
fn holds(command: Command) -> Outcome {
    match show(command, |_| ()) {
        Ok(()) => Outcome::Passed(String::new()),
        Err(error) => Outcome::Failed(error),
    }
}

fn formatting() -> Outcome {
    if works(cargo("fmt --version")) {
        holds(cargo("fmt --all --check"))
    } else {
        Outcome::Skipped("no rustfmt; rustup component add rustfmt".into())
    }
}

fn lints() -> Outcome {
    if !works(cargo("clippy --version")) {
        return Outcome::Skipped("no clippy; rustup component add clippy".into());
    }
    let all = "clippy --workspace --all-targets -- -D warnings";
    let least = ["stopgap", "stopgap-c"]
        .map(|package| format!("clippy --package {package} --no-default-features -- -D warnings"));
    let mut outcome = holds(cargo(all));
    for lints in least {
        if let Outcome::Passed(_) = outcome {
            outcome = holds(cargo(&lints));
        }
    }
    outcome
}

fn documentation() -> Outcome {
    let mut command = cargo("doc --workspace --no-deps");
    command.env("RUSTDOCFLAGS", "-D warnings");
    holds(command)
}

/// Unit, integration, property, vector and documentation tests, and how many of
/// them there were.
fn tests(arguments: &str) -> Outcome {
    let mut counted = 0_u32;
    let result = show(cargo(arguments), |line| {
        counted = counted.saturating_add(tests_passed(line));
    });
    match result {
        Ok(()) if counted == 0 => Outcome::Failed("no test ran".into()),
        Ok(()) => Outcome::Passed(format!("{counted} tests")),
        Err(error) => Outcome::Failed(error),
    }
}

/// The C face, with every compiler that is here; what its tests say that they
/// skipped is skipped.
fn c() -> Outcome {
    let (mut counted, mut skipped) = (0_u32, BTreeSet::new());
    for arguments in [
        "test --package stopgap-c -- --nocapture",
        "test --package stopgap-c --no-default-features --lib",
    ] {
        let mut count = 0;
        let result = show(cargo(arguments), |line| {
            count = tests_passed(line).saturating_add(count);
            if let Some(why) = line.strip_prefix("skipped: ") {
                skipped.insert(why.to_owned());
            }
        });
        match result {
            Err(error) => return Outcome::Failed(error),
            Ok(()) if count == 0 => return Outcome::Failed(format!("no test ran: {arguments}")),
            Ok(()) => counted = counted.saturating_add(count),
        }
    }
    let counted = format!("{counted} tests");
    if skipped.is_empty() {
        return Outcome::Passed(counted);
    }
    let skipped: Vec<_> = skipped.into_iter().collect();
    Outcome::Skipped(format!("{}; {counted} passed", skipped.join("; ")))
}

/// The vectors by their second implementation; the tests pass where there is no
/// Python.
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

fn bare_metal() -> Outcome {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", BARE_METAL]);
    let installed = output(rustc).is_ok_and(|path| std::path::Path::new(path.trim()).exists());
    if !installed {
        return Outcome::Skipped(format!("no target; rustup target add {BARE_METAL}"));
    }
    let build = format!("build --package stopgap --no-default-features --target {BARE_METAL}");
    let serde = format!("{build} --features serde");
    match holds(cargo(&build)) {
        Outcome::Passed(_) => match holds(cargo(&serde)) {
            Outcome::Passed(_) => Outcome::Passed(format!("builds for {BARE_METAL}")),
            failed => failed,
        },
        failed => failed,
    }
}

/// The normal dependency tree of the core with its default features, itself
/// included.
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
