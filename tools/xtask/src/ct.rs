//! `cargo xtask ct` and `cargo xtask dudect`: the gates of `tools/constant-time`, built
//! with the options of a release.

use std::process::{Command, ExitCode};

use crate::step::{Outcome, cargo, run as show, works};

/// The number of measurements of each subject and control with each seed.
const MEASUREMENTS: &str = "1000000";

pub(crate) fn run() -> ExitCode {
    check().close("ct")
}

/// Runs `ct` as a step of a report.
pub(crate) fn check() -> Outcome {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return Outcome::Skipped("this check needs Linux on x86-64; run it there".into());
    }
    for (tool, package) in [("valgrind", "valgrind"), ("objdump", "binutils")] {
        let mut version = Command::new(tool);
        version.arg("--version");
        if !works(version) {
            return Outcome::Skipped(format!("no {tool}; apt-get install {package}"));
        }
    }
    gate(&["ct"])
}

pub(crate) fn dudect() -> ExitCode {
    gate(&["dudect", MEASUREMENTS]).close("dudect")
}

/// Runs a gate. The last line of its output has the figures or the error.
fn gate(words: &[&str]) -> Outcome {
    let mut command = cargo("run --package constant-time --profile constant-time --");
    command.args(words);
    let mut last = String::new();
    match show(command, |line| line.clone_into(&mut last)) {
        Ok(()) => Outcome::Passed(last),
        Err(status) => Outcome::Failed(format!("{last} ({status})")),
    }
}
