//! The caller's functions.

use pyo3::{call::PyCallArgs, exceptions::PyTypeError, prelude::*};

use crate::{Result, once::intern};

/// A callable. Another object is refused before anything is done.
pub(crate) struct Function(pub(crate) Py<PyAny>);

impl Function {
    /// Calls the function. A result to await is refused: its work is not done.
    pub(crate) fn done<'py>(
        &self,
        py: Python<'py>,
        arguments: impl PyCallArgs<'py>,
    ) -> Result<Bound<'py, PyAny>> {
        let given = self.0.bind(py).call1(arguments)?;
        if given.get_type().hasattr(intern!(py, "__await__"))? {
            return Err(PyTypeError::new_err(
                "a plain function is expected, not one that gives something to await",
            ));
        }
        Ok(given)
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Function {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        if obj.is_callable() {
            return Ok(Self(obj.to_owned().unbind()));
        }
        let found = obj.get_type().name()?;
        Err(PyTypeError::new_err(format!(
            "a function is expected, not {found}"
        )))
    }
}
