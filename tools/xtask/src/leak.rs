//! `cargo xtask leak`: after everything was done, no code and no key is where none
//! should be.
//!
//! The tests of each face look for every secret in what it kept, printed, logged and
//! complained of, and in C in memory that is freed; each of them first has to find
//! what is hidden there on purpose. They are part of `cargo xtask test` as well.

use std::process::ExitCode;

use crate::{
    python::Environment,
    step::{Outcome, Report, cargo, run as show, tests_passed},
};

/// A face, the tests that look, and how many there are.
const FACES: [(&str, &str, u32); 4] = [
    (
        "Rust",
        "test --package stopgap-registry --all-features --test canary",
        3,
    ),
    ("core", "test --package stopgap --test secrets", 4),
    (
        "command",
        "test --package stopgap-cli --test command -- no_",
        2,
    ),
    ("C", "test --package stopgap-c --test heap", 2),
];

pub(crate) fn run() -> ExitCode {
    crate::postgres::start();
    let report = Report::default();
    for (face, tests, least) in FACES {
        report.step(face, || looked(tests, least));
    }
    report.step("Python", python);
    report.close()
}

fn looked(tests: &str, least: u32) -> Outcome {
    let mut counted = 0_u32;
    let result = show(cargo(tests), |line| {
        counted = counted.saturating_add(tests_passed(line));
    });
    match result {
        Err(error) => Outcome::Failed(error),
        Ok(()) if counted < least => Outcome::Failed(format!("{counted} of {least} tests ran")),
        Ok(()) => Outcome::Passed(format!("{counted} tests, each with its control")),
    }
}

fn python() -> Outcome {
    let environment = match Environment::ready() {
        Ok(environment) => environment,
        Err(why) => return Outcome::Skipped(why),
    };
    if let Err(why) = environment.built() {
        return Outcome::Failed(why);
    }
    environment.tests(&["tests/test_canary.py"])
}
