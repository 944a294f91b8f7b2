//! `cargo xtask once | crash | faults | failover`: what the registry promises, tried
//! at length. The plain tests do the same more shortly.

use std::process::ExitCode;

use crate::step::{cargo, run};

/// Runs one of the registry's tests in its long form; the last line has what it
/// counted.
pub(crate) fn deeply(test: &str) -> ExitCode {
    let arguments = "test --package stopgap-registry --test";
    let mut command = cargo(&format!("{arguments} {test} -- --nocapture"));
    command.env("STOPGAP_DEEP", "1");
    let mark = format!("{test}: ");
    let mut figures = Vec::new();
    let outcome = run(command, |line| {
        // The harness may have begun the line.
        if let Some((_, figure)) = line.split_once(&mark) {
            figures.push(figure.to_owned());
        }
    });
    match outcome {
        Err(error) => println!("{mark}FAILED, {error}"),
        Ok(()) if figures.is_empty() => println!("{mark}FAILED, nothing was counted"),
        Ok(()) => {
            println!("{mark}{}", figures.join("; "));
            return ExitCode::SUCCESS;
        }
    }
    ExitCode::FAILURE
}
