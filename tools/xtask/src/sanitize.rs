//! `cargo xtask sanitize`: runs C programs that use the library under tools that see
//! faults which tests cannot see. Each gate also runs programs with faults that it must
//! report.
//!
//! | gate     | tool                                       | the library              |
//! | -------- | ------------------------------------------ | ------------------------ |
//! | memcheck | valgrind                                   | all of it, as it is      |
//! | address  | `AddressSanitizer`, `LeakSanitizer`        | instrumented, except std |
//! | threads  | helgrind                                   | all of it, as it is      |
//! |          | `ThreadSanitizer`, in the long form        | instrumented, except std |
//!
//! The programs of the gate `address` also have `UndefinedBehaviorSanitizer`, which Rust
//! does not have. `cargo xtask test` runs a shorter form: one compiler and one build,
//! fewer rounds, and no `ThreadSanitizer`.

use std::{collections::BTreeSet, process::ExitCode};

use crate::{
    step::{Outcome, Report, Step},
    test_programs::{self, Effort},
};

/// The gates: test programs of `stopgap-c`.
const GATES: [&str; 3] = ["memcheck", "address", "threads"];

/// Runs the long form.
pub(crate) fn deeply() -> ExitCode {
    let report = Report::default();
    report.step("build", test_programs::build);
    for gate in GATES {
        report.step(gate, || run(gate, Effort::Deep));
    }
    report.close()
}

/// Returns the steps of the short form.
pub(crate) fn steps<'a>() -> impl Iterator<Item = Step<'a>> {
    GATES
        .map(|gate| Step::new(gate, move || run(gate, Effort::Short)))
        .into_iter()
}

fn run(gate: &str, effort: Effort) -> Outcome {
    let mark = format!("{gate}: ");
    let (mut figures, mut skipped) = (Vec::new(), BTreeSet::new());
    let ran = test_programs::run(
        &["--ignored", "--nocapture"],
        effort,
        |program| program.is_in("bindings/c") && program.name == gate,
        |line| {
            if let Some(figure) = line.strip_prefix(&mark) {
                figures.push(figure.to_owned());
            } else if line.starts_with("skipped: ") {
                skipped.insert(line.to_owned());
            }
        },
    );
    match ran {
        Err(error) => Outcome::Failed(error),
        Ok(_) if !figures.is_empty() => {
            figures.extend(skipped);
            Outcome::Passed(figures.join("; "))
        }
        Ok(_) if !skipped.is_empty() => {
            Outcome::Skipped(skipped.into_iter().collect::<Vec<_>>().join("; "))
        }
        Ok(_) => Outcome::Failed("no tool reported".into()),
    }
}
