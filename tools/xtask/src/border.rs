//! `cargo xtask border`: the cost of a call from C beside the same call from Rust, both
//! built with the options of the installed library.

use std::process::ExitCode;

use crate::step::{Outcome, cargo, count_tests};

/// Runs the test of the C library that measures both.
pub(crate) fn measure() -> ExitCode {
    let test = "test --quiet --profile c --package stopgap-c --lib border";
    let measured = count_tests(cargo(&format!("{test} -- --ignored --nocapture")));
    Outcome::from(measured.map(|_| String::new())).close("border")
}
