//! `cargo xtask border`: what a call from C costs beside the same call from Rust, both
//! built as the library is that is installed.

use std::process::ExitCode;

use crate::step::{cargo, run};

/// A test of the C library measures: both sides are in its reach.
pub(crate) fn measure() -> ExitCode {
    let measured = run(
        cargo("test --quiet --profile c --package stopgap-c --lib border -- --ignored --nocapture"),
        |_| (),
    );
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("border: FAILED, {error}");
            ExitCode::FAILURE
        }
    }
}
