//! The sixteen symbols of codes.

use pyo3::prelude::*;

/// Sixteen symbols.
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Alphabet(pub(crate) stopgap::Alphabet);
