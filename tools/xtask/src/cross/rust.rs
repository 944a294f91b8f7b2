//! The tests of Rust on a target.

use super::{host::Host, native::Library};
use crate::step::{Outcome, count_tests};

pub(crate) fn core(host: &Host, _: &Library) -> Result<String, Outcome> {
    let words = "--package stopgap --all-features --lib --tests --examples";
    tests(host, words, &[])
}

/// Runs the registry's tests but those that need a PostgreSQL server.
pub(crate) fn registry(host: &Host, _: &Library) -> Result<String, Outcome> {
    tests(
        host,
        "--package stopgap-registry --lib --tests",
        &["--skip=postgres"],
    )
}

fn tests(host: &Host, words: &str, skipped: &[&str]) -> Result<String, Outcome> {
    let mut command = host.cargo("test", words);
    command.arg("--").args(skipped);
    let ran = count_tests(command)?;
    Ok(format!("{ran} tests"))
}
