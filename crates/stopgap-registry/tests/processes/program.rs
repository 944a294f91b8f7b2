//! Programs of the target, which may need an emulator.

use std::{env, ffi::OsStr, process::Command};

/// Returns a command that runs a program. `STOPGAP_RUNNER` has the words before it, if this
/// machine cannot run it otherwise.
pub(crate) fn program(path: impl AsRef<OsStr>) -> Command {
    let runner = env::var("STOPGAP_RUNNER").unwrap_or_default();
    let mut words = runner.split_whitespace();
    let Some(first) = words.next() else {
        return Command::new(path);
    };
    let mut command = Command::new(first);
    command.args(words).arg(path);
    command
}
