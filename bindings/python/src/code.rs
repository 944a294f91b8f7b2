//! A code.

use pyo3::{exceptions::PyTypeError, prelude::*, types::PyString};

use crate::{Result, error::OrRaise, language::Tag, text::Text};

/// A code, in memory only. It is shown by :meth:`reveal` only, is wiped when it is deleted,
/// and cannot be compared or pickled.
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
    /// Reads symbols in upper case and without hyphens, which a program stored.
    /// :meth:`CodeFormat.normalize` reads what a person typed.
    ///
    /// Raises:
    ///     Malformed: not 8 to 32 symbols, or another character.
    #[staticmethod]
    fn from_canonical(py: Python<'_>, symbols: Text<'_>) -> Result<Self> {
        stopgap::Code::from_canonical(&symbols)
            .map(Self)
            .or_raise(py)
    }

    /// Returns the code in groups of four, to be shown once: ``7F3A-09C2-B4E1``.
    ///
    /// Python cannot wipe a ``str``: keep it no longer than needed. The text of a security
    /// code is made by :meth:`SecurityFormat.text`.
    fn reveal<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, self.0.reveal().as_str())
    }

    /// Returns the symbols, without hyphens: ``7F3A09C2B4E1``.
    fn reveal_canonical<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, self.0.reveal().canonical())
    }

    /// Returns the code in words, to be read aloud: ``Seven Foxtrot Three Alfa, …``.
    ///
    /// Words are those of the ICAO spelling alphabet; for ``"de"``, those of DIN 5009.
    ///
    /// Raises:
    ///     Invalid: not the tag of a language, such as ``"de"`` or ``"de_AT.UTF-8"``.
    #[pyo3(signature = (language=Tag::ENGLISH))]
    fn reveal_spoken(&self, language: Tag) -> String {
        let shown = self.0.reveal();
        shown.spoken().in_language(language.0).to_string()
    }

    fn __repr__(&self) -> &'static str {
        "Code(..)"
    }

    fn __reduce__(&self) -> Result<()> {
        Err(PyTypeError::new_err(
            "a code cannot be pickled or copied: call reveal()",
        ))
    }
}
