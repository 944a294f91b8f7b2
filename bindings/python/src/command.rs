//! The command line, within the interpreter's process.

use std::{
    ffi::OsString,
    panic::{AssertUnwindSafe, catch_unwind},
};

use pyo3::prelude::*;

/// What a program that panics leaves behind.
const PANICKED: u8 = 101;

/// Runs the command of these words, and gives its exit status. Words that are not
/// UTF-8 are as Python has them, with lone surrogates.
#[pyfunction]
#[pyo3(name = "_command")]
pub(crate) fn command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    let words = std::iter::once(OsString::from("stopgap")).chain(arguments);
    // What a panic says, its hook has written to the standard error.
    py.detach(|| catch_unwind(AssertUnwindSafe(|| stopgap_cli::run(words))).unwrap_or(PANICKED))
}
