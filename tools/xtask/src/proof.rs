//! `cargo xtask once | crash | faults | failover`: long runs of the tests that check the
//! registry's promises. `cargo xtask test` has shorter runs.

use std::process::ExitCode;

use crate::step::{Outcome, cargo, run};

/// Runs one of the tests in its long form and shows its counts.
pub(crate) fn deeply(test: &str) -> ExitCode {
    let words = format!("test --package stopgap-registry --test {test} -- --nocapture");
    let mut command = cargo(&words);
    command.env("STOPGAP_DEEP", "1");
    let mark = format!("{test}: ");
    let mut counts = Vec::new();
    let ran = run(command, |line| {
        // The line may start with output of the test harness.
        if let Some((_, count)) = line.split_once(&mark) {
            counts.push(count.to_owned());
        }
    });
    let outcome = match ran {
        Err(error) => Outcome::Failed(error),
        Ok(()) if counts.is_empty() => Outcome::Failed("nothing was counted".into()),
        Ok(()) => Outcome::Passed(counts.join("; ")),
    };
    outcome.close(test)
}
