//! Stopgap's work on secrets, and deliberately wrong work beside it, to be watched by
//! somebody else: `cargo xtask ct` starts this program under valgrind, and
//! `cargo xtask dudect` as it is.
//!
//! ```text
//! constant-time list              the subjects and the controls, one a line
//! constant-time memcheck NAME     one of them, with its secrets marked undefined
//! constant-time callgrind NAME    one of them by all its classes of secrets
//! constant-time dudect COUNT      times of some of them, and Welch's t
//! ```

mod case;
mod control;
mod dudect;
mod subject;
mod tool;
mod valgrind;
mod welch;

use std::process::ExitCode;

use crate::{
    case::Case,
    subject::SUBJECTS,
    tool::{Tool, Wrong},
};

/// Something to be watched.
pub(crate) struct Watched {
    pub(crate) name: &'static str,
    /// The classes of secrets, all of which come to the same verdict.
    pub(crate) cases: fn() -> Result<Vec<Case>, Wrong>,
    pub(crate) run: fn(&Case, &mut Tool) -> Result<(), Wrong>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            for subject in SUBJECTS {
                println!("subject {}", subject.name);
            }
            for control in control::CONTROLS {
                println!("control {}", control.name);
            }
            Ok(())
        }
        ["memcheck", name] => under_memcheck(name),
        ["callgrind", name] => under_callgrind(name),
        ["dudect", count] => match count.parse() {
            Ok(count) => dudect::run(count),
            Err(_) => Err(Wrong::from("dudect takes a number of measurements")),
        },
        _ => Err(Wrong::from("usage: see the top of src/main.rs")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::FAILURE
        }
    }
}

fn find(name: &str) -> Result<&'static Watched, Wrong> {
    SUBJECTS
        .iter()
        .chain(control::CONTROLS)
        .find(|watched| watched.name == name)
        .ok_or_else(|| format!("there is no {name}"))
}

/// Each class in turn: one may take another way than the rest.
fn under_memcheck(name: &str) -> Result<(), Wrong> {
    if !valgrind::is_there() {
        return Err("this runs under valgrind alone".into());
    }
    let watched = find(name)?;
    let cases = (watched.cases)()?;
    let mut tool = Tool::Memcheck { checked: 0 };
    for case in &cases {
        (watched.run)(case, &mut tool)?;
    }
    if let Tool::Memcheck { checked } = tool {
        println!("{checked} bytes came of secrets");
    }
    Ok(())
}

fn under_callgrind(name: &str) -> Result<(), Wrong> {
    if !valgrind::is_there() {
        return Err("this runs under valgrind alone".into());
    }
    let watched = find(name)?;
    let cases = (watched.cases)()?;
    // The first calls find out what the processor can do, link lazily, and leave the
    // allocator as it stays.
    for case in cases.iter().take(2) {
        (watched.run)(case, &mut Tool::Callgrind { class: "warm-up" })?;
    }
    for case in &cases {
        (watched.run)(case, &mut Tool::Callgrind { class: case.class })?;
    }
    Ok(())
}
