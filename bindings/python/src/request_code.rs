//! Request codes.

use pyo3::prelude::*;
use stopgap::offline;

use crate::language::Tag;

/// The request code that a machine shows: 8 symbols, new every minute. It is no secret.
///
/// >>> code = EnrolmentKey(bytes(32)).request_code(29_921_220)
/// >>> f"Read this to the help desk: {code}"
/// 'Read this to the help desk: K76E-CH44'
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct RequestCode(pub(crate) offline::RequestCode);

#[pymethods]
impl RequestCode {
    /// The text, with a hyphen: ``ZW4F-RK37``.
    #[getter]
    fn text(&self) -> &str {
        self.0.as_str()
    }

    /// The symbols, without the hyphen: ``ZW4FRK37``.
    #[getter]
    fn canonical(&self) -> &str {
        self.0.canonical()
    }

    /// Words to read aloud: ``Zulu Whiskey Four Foxtrot, Romeo Kilo Three Seven``.
    #[getter]
    fn spoken(&self) -> String {
        self.0.spoken().to_string()
    }

    /// Returns :attr:`spoken` in a language: for ``"de"``, words by DIN 5009.
    ///
    /// Raises:
    ///     Invalid: not the tag of a language, such as ``"de"`` or ``"de_AT.UTF-8"``.
    fn spoken_in(&self, language: Tag) -> String {
        self.0.spoken().in_language(language.0).to_string()
    }

    fn __str__(&self) -> &str {
        self.text()
    }

    fn __repr__(&self) -> String {
        format!("<RequestCode {}>", self.text())
    }
}
