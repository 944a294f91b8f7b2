//! A code.

use pyo3::{exceptions::PyTypeError, prelude::*, types::PyString};

use crate::{Result, error::OrRaise, text::Text};

/// A code, in memory only: it shows itself by :meth:`reveal` alone, is wiped when it
/// goes, and is neither compared nor pickled. What a code is worth, a grant tells.
///
/// >>> code = Code.from_canonical("7F3A09C2B4E1")
/// >>> code
/// Code(..)
/// >>> print(f"Your code: {code.reveal()}")
/// Your code: 7F3A-09C2-B4E1
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Code(pub(crate) stopgap::Code);

#[pymethods]
impl Code {
    /// The code of these symbols, without hyphens, in upper case.
    ///
    /// For one that a program kept; what a person typed is for
    /// :meth:`CodeFormat.normalize`.
    ///
    /// Raises:
    ///     Malformed: not 8 to 32 symbols, or another character.
    #[staticmethod]
    fn from_canonical(py: Python<'_>, symbols: Text<'_>) -> Result<Self> {
        stopgap::Code::from_canonical(&symbols)
            .map(Self)
            .or_raise(py)
    }

    /// The code in groups of four, to be shown or sent once: ``7F3A-09C2-B4E1``.
    ///
    /// Python cannot wipe text: let it go soon.
    fn reveal<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, self.0.reveal().as_str())
    }

    /// The symbols alone, without hyphens: ``7F3A09C2B4E1``.
    fn reveal_canonical<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, self.0.reveal().canonical())
    }

    /// The code as one reads it out, in words: ``Seven Foxtrot Three Alfa, …``.
    fn reveal_spoken(&self) -> String {
        self.0.reveal().spoken().to_string()
    }

    fn __repr__(&self) -> &'static str {
        "Code(..)"
    }

    fn __reduce__(&self) -> Result<()> {
        Err(PyTypeError::new_err(
            "a code is not pickled or copied; reveal() it to whom it is for",
        ))
    }
}
