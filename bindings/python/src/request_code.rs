//! Request codes.

use pyo3::prelude::*;
use stopgap::offline;

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

    fn __str__(&self) -> &str {
        self.text()
    }

    fn __repr__(&self) -> String {
        format!("<RequestCode {}>", self.text())
    }
}
