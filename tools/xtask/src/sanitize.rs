//! `cargo xtask sanitize`: C programs against the library, watched by tools that
//! see what a test cannot. Each gate runs deeds that it must report, too.
//!
//! | gate     | watched by                                 | the library             |
//! | -------- | ------------------------------------------ | ----------------------- |
//! | memcheck | valgrind                                   | all of it, as it is     |
//! | address  | `AddressSanitizer`, `LeakSanitizer`        | instrumented, not `std` |
//! | threads  | helgrind                                   | all of it, as it is     |
//! |          | `ThreadSanitizer`, in the long form        | instrumented, not `std` |
//!
//! `UndefinedBehaviorSanitizer` is on in the programs of the gate `address`; Rust
//! has none. `cargo xtask test` does the same more shortly: with one compiler and
//! one build, fewer rounds and without `ThreadSanitizer`.

use std::{collections::BTreeSet, process::ExitCode};

use crate::step::{Outcome, Report, cargo, run as show};

/// The gates: integration tests of `stopgap-c`.
const GATES: [&str; 3] = ["memcheck", "address", "threads"];

/// The long form.
pub(crate) fn deeply() -> ExitCode {
    let mut report = Report::default();
    for gate in GATES {
        report.step(gate, || run(gate, true));
    }
    report.close()
}

/// The short one, as steps of a report.
pub(crate) fn shortly(report: &mut Report) {
    for gate in GATES {
        report.step(gate, || run(gate, false));
    }
}

fn run(gate: &str, deep: bool) -> Outcome {
    let arguments = "test --package stopgap-c --test";
    let mut command = cargo(&format!(
        "{arguments} {gate} -- --include-ignored --nocapture"
    ));
    if deep {
        command.env("STOPGAP_DEEP", "1");
    } else {
        command.env_remove("STOPGAP_DEEP");
    }
    let mark = format!("{gate}: ");
    let (mut figures, mut skipped) = (Vec::new(), BTreeSet::new());
    let outcome = show(command, |line| {
        if let Some(figure) = line.strip_prefix(&mark) {
            figures.push(figure.to_owned());
        } else if line.starts_with("skipped: ") {
            skipped.insert(line.to_owned());
        }
    });
    match outcome {
        Err(error) => Outcome::Failed(error),
        Ok(()) if !figures.is_empty() => {
            figures.extend(skipped);
            Outcome::Passed(figures.join("; "))
        }
        Ok(()) if !skipped.is_empty() => {
            Outcome::Skipped(skipped.into_iter().collect::<Vec<_>>().join("; "))
        }
        Ok(()) => Outcome::Failed("nothing was watched".into()),
    }
}
