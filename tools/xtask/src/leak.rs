//! `cargo xtask leak`: looks for codes and keys outside of their places.
//!
//! The tests of each interface look for every secret in files, output, logs and errors,
//! and in C also in freed memory. Each must first find a secret that is hidden there on
//! purpose. `cargo xtask test` runs them as well.

use std::process::ExitCode;

use crate::{
    postgres,
    python::Environment,
    step::{Outcome, Report, cargo, count_tests},
};

/// The packages, the tests that look, and their number.
const TESTS: [(&str, &str, u32); 4] = [
    ("stopgap-registry", "--all-features --test canary", 3),
    ("stopgap", "--test secrets", 4),
    ("stopgap-cli", "--test command -- no_", 2),
    ("stopgap-c", "--test heap", 2),
];

pub(crate) fn run() -> ExitCode {
    postgres::start();
    let report = Report::default();
    for (package, tests, least) in TESTS {
        let tests = format!("test --package {package} {tests}");
        report.step(package, || match count_tests(cargo(&tests))? {
            passed if passed < least => Err(format!("{passed} of {least} tests ran")),
            passed => Ok(format!("{passed} tests, each with its control")),
        });
    }
    report.step("Python", || match Environment::ready() {
        Err(why) => Outcome::Skipped(why),
        Ok(environment) => match environment.built() {
            Err(why) => Outcome::Failed(why),
            Ok(_) => environment.tests(&["tests/test_canary.py"]),
        },
    });
    report.close()
}
