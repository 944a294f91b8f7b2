//! Watches the work of Stopgap on secrets, and controls that are wrong on purpose.
//!
//! ```text
//! constant-time ct              the gate of cargo xtask ct
//! constant-time dudect COUNT    the gate of cargo xtask dudect
//! constant-time watch NAME      runs a subject or a control for a tool that watches it
//! ```
//!
//! The first two are checks; their last line has the figures or the error.

mod case;
mod control;
mod ct;
mod dudect;
mod subject;
mod tool;
mod valgrind;
mod watched;
mod welch;

use std::process::ExitCode;

use crate::{
    control::{EARLY_EXIT, MEMCMP, TABLE},
    subject::SUBJECTS,
    tool::{Tool, Wrong},
    watched::Watched,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ct"] => ct::gate(),
        ["dudect", count] => count.parse().map_err(Wrong::from).and_then(dudect::gate),
        ["watch", name] => find(name).and_then(watch),
        _ => Err("usage: constant-time ct | dudect COUNT | watch NAME".into()),
    };
    let (line, code) = match done {
        Ok(figures) => (figures, ExitCode::SUCCESS),
        Err(wrong) => (wrong.to_string(), ExitCode::FAILURE),
    };
    println!("{line}");
    code
}

fn find(name: &str) -> Result<&'static Watched, Wrong> {
    let subjects = SUBJECTS.into_iter().flatten();
    subjects
        .chain([&MEMCMP, &EARLY_EXIT, &TABLE])
        .find(|watched| watched.name == name)
        .ok_or_else(|| format!("{name} is neither a subject nor a control").into())
}

/// Runs a subject or a control with each of its classes of secrets, and returns the
/// number of bytes that memcheck found to depend on secrets.
fn watch(watched: &Watched) -> Result<String, Wrong> {
    let (cases, mut tool) = ((watched.cases)()?, Tool::default());
    // In the first round the processor is detected, functions are linked lazily, and the
    // allocator warms up. The counts of the second round replace those of the first.
    for case in cases.iter().chain(&cases) {
        tool.class = case.class;
        (watched.run)(case, &mut tool)?;
    }
    Ok(tool.checked.to_string())
}
