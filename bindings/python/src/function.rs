//! Functions of the caller.

use pyo3::{exceptions::PyTypeError, prelude::*};

/// Anything that can be called; that it is one is known before anything is done.
pub(crate) struct Function(pub(crate) Py<PyAny>);

impl<'a, 'py> FromPyObject<'a, 'py> for Function {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if obj.is_callable() {
            return Ok(Self(obj.to_owned().unbind()));
        }
        let found = obj.get_type().name()?;
        Err(PyTypeError::new_err(format!(
            "a function is expected, not {found}"
        )))
    }
}
