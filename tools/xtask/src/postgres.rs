//! `cargo xtask postgres`: the tests with `postgres` in their names.

use std::process::ExitCode;

use crate::{
    server,
    step::{Outcome, Report},
    test_programs::{self, Effort, Program},
};

const NOT_TESTED: &str = "PostgreSQL was not tested; install its server (Debian: postgresql) \
                          or set STOPGAP_TEST_POSTGRES";

pub(crate) fn run() -> ExitCode {
    let report = Report::default();
    report.step("build", test_programs::build);
    report.step("PostgreSQL", check);
    report.close()
}

/// Runs the tests. Those that need no server run in any case.
pub(crate) fn check() -> Outcome {
    let version = match server::start() {
        Ok(version) => version,
        Err(error) => return Outcome::Failed(error),
    };
    let is_rust = |program: &Program| !program.is_in("bindings/c");
    let ran = test_programs::run(&["postgres"], Effort::Short, is_rust, |_| ());
    match (ran, version) {
        (Err(error), _) => Outcome::Failed(error),
        (Ok(counted), Some(version)) => Outcome::Passed(format!("{version}, {counted} tests")),
        (Ok(_), None) => Outcome::Skipped(NOT_TESTED.into()),
    }
}
