//! `cargo xtask leak`: looks for codes and keys in places that must not contain them.
//!
//! The tests of each interface look for every secret in files, output, logs and errors,
//! and in C also in freed memory. Each test must first find a secret that was put there
//! on purpose. `cargo xtask test` runs these tests too.

use std::process::ExitCode;

use crate::{
    python::Environment,
    server,
    step::{Outcome, Report},
    test_programs::{self, Effort},
};

/// The packages, their tests that look for secrets, the words for libtest, and the number
/// of tests.
const TESTS: [(&str, &str, &[&str], u32); 4] = [
    ("crates/stopgap-registry", "canary", &[], 3),
    ("crates/stopgap", "secrets", &[], 4),
    ("crates/stopgap-cli", "command", &["no_"], 2),
    ("bindings/c", "heap", &[], 2),
];

pub(crate) fn run() -> ExitCode {
    let report = Report::default();
    report.step("build", test_programs::build);
    report.step("server", || match server::start() {
        Ok(version) => Outcome::Passed(version.unwrap_or("none here").to_owned()),
        Err(why) => Outcome::Failed(why),
    });
    for (folder, name, words, least) in TESTS {
        let chosen =
            |program: &test_programs::Program| program.is_in(folder) && program.name == name;
        report.step(folder, || {
            match test_programs::run(words, Effort::Short, chosen, |_| ())? {
                passed if passed < least => Err(format!("{passed} of {least} tests ran")),
                passed => Ok(format!("{passed} tests, each with its control")),
            }
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
