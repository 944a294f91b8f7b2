//! The exceptions of `stopgap.errors`, and the trait of the errors that become one.

use std::sync::OnceLock;

use pyo3::{prelude::*, types::PyDict};
use stopgap_registry::RandomError;

use crate::once::{intern, once};

/// pyo3's `PyResult`, under the name that `cargo xtask mutants` can change.
pub(crate) type Result<T, E = PyErr> = std::result::Result<T, E>;

/// An error of the core or the registry that Python sees as an exception.
pub(crate) trait Raise {
    fn raise(self, py: Python<'_>) -> PyErr;
}

/// `?` for results of the core and the registry.
pub(crate) trait OrRaise<T> {
    fn or_raise(self, py: Python<'_>) -> Result<T>;
}

impl<T, E: Raise> OrRaise<T> for Result<T, E> {
    fn or_raise(self, py: Python<'_>) -> Result<T> {
        self.map_err(|error| error.raise(py))
    }
}

/// `stopgap.errors`.
fn errors(py: Python<'_>) -> Result<&Bound<'_, PyModule>> {
    static ERRORS: OnceLock<Py<PyModule>> = OnceLock::new();
    let import = || PyModule::import(py, "stopgap.errors").map(Bound::unbind);
    Ok(once(&ERRORS, import)?.bind(py))
}

/// Makes an exception. If that fails, returns the failure instead.
pub(crate) fn exception(
    py: Python<'_>,
    class: &str,
    reason: &str,
    message: &str,
    details: Option<&Bound<'_, PyDict>>,
) -> PyErr {
    let make = || -> Result<PyErr> {
        let details = details.map_or_else(|| PyDict::new(py), Clone::clone);
        details.set_item(intern!(py, "reason"), reason)?;
        let class = errors(py)?.getattr(class)?;
        Ok(PyErr::from_value(class.call((message,), Some(&details))?))
    };
    make().unwrap_or_else(|error| error)
}

/// Makes an `Invalid`, for arguments that make no sense.
pub(crate) fn invalid(py: Python<'_>, reason: &str, error: &impl ToString) -> PyErr {
    exception(py, "Invalid", reason, &error.to_string(), None)
}

/// Adds the index to an error of this package.
pub(crate) fn at(py: Python<'_>, index: usize, error: PyErr) -> PyErr {
    let tell = || -> Result<()> {
        let base = errors(py)?.getattr(intern!(py, "StopgapError"))?;
        if error.is_instance(py, &base) {
            error.value(py).setattr(intern!(py, "index"), index)?;
        }
        Ok(())
    };
    tell().err().unwrap_or(error)
}

/// `true` if an exception is a refusal.
pub(crate) fn is_refused(py: Python<'_>, raised: &PyErr) -> bool {
    let class = errors(py).and_then(|errors| errors.getattr(intern!(py, "Refused")));
    class.is_ok_and(|class| raised.is_instance(py, &class))
}

/// `true` if an exception is `Unknown`, the one refusal that counts as a failure.
pub(crate) fn is_unknown(py: Python<'_>, raised: &PyErr) -> bool {
    let class = errors(py).and_then(|errors| errors.getattr(intern!(py, "Unknown")));
    class.is_ok_and(|class| raised.is_instance(py, &class))
}

/// Makes the subclass of `Refused` for a reason.
pub(crate) fn refused(
    py: Python<'_>,
    reason: &str,
    message: &str,
    details: Option<&Bound<'_, PyDict>>,
) -> PyErr {
    let make = || -> Result<PyErr> {
        let details = details.map_or_else(|| PyDict::new(py), Clone::clone);
        let make = errors(py)?.getattr(intern!(py, "_refused"))?;
        Ok(PyErr::from_value(make.call1((reason, message, details))?))
    };
    make().unwrap_or_else(|error| error)
}

/// Makes the exception for an operating system without random numbers.
pub(crate) fn random(py: Python<'_>, failure: RandomError) -> PyErr {
    let message = format!("no random numbers: {failure}");
    exception(py, "StoreError", "random", &message, None)
}
