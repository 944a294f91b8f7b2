//! `cargo xtask header`: makes `include/stopgap.h` from `bindings/c/src`, and the list of its
//! binary interface.

use std::process::ExitCode;

use crate::step::{cargo, run};

/// Runs the tests that compare them, and makes these write the files first.
pub(crate) fn write() -> ExitCode {
    let mut command =
        cargo("test --quiet --package stopgap-c --test header -- is_what_the_sources_say layout");
    command.env("STOPGAP_HEADER", "write");
    match run(command, |_| ()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("header: FAILED, {error}");
            ExitCode::FAILURE
        }
    }
}
