//! `cargo xtask header`: makes `include/stopgap.h` from `bindings/c/src`.

use std::process::ExitCode;

use crate::step::{cargo, run};

/// Runs the test that compares the two, and makes it write the header first.
pub(crate) fn write() -> ExitCode {
    let mut command =
        cargo("test --quiet --package stopgap-c --test header is_what_the_sources_say");
    command.env("STOPGAP_HEADER", "write");
    match run(command, |_| ()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("header: FAILED, {error}");
            ExitCode::FAILURE
        }
    }
}
