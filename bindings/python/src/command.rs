//! The command line, within the interpreter's process.

use std::{
    ffi::OsString,
    panic::{AssertUnwindSafe, catch_unwind},
};

use pyo3::prelude::*;

/// The exit status of a program that panics.
const PANICKED: u8 = 101;

/// Runs the command with these arguments, and returns its exit status. Arguments that are
/// not UTF-8 have lone surrogates in Python.
#[pyfunction]
#[pyo3(name = "_command")]
pub(crate) fn command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    let words = std::iter::once(OsString::from("stopgap")).chain(arguments);
    // The panic hook has written the message to the standard error.
    py.detach(|| catch_unwind(AssertUnwindSafe(|| stopgap_cli::run(words))).unwrap_or(PANICKED))
}
