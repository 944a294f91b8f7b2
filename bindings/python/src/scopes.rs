//! The scopes of a security code.

use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyIterator, PyList, PyString, PyTuple},
};

use crate::{
    Result,
    error::OrRaise,
    pickle::{Remade, remade_named},
    several::each,
    text::{Text, quoted},
};

/// The scopes of a security code: :attr:`UNLIMITED`, or 1 to 32 scopes, sorted and without
/// repetitions. The caller decides what a scope means.
///
/// A scope has 1 to 64 of the characters ``a-z0-9._:/*-``.
///
/// Raises:
///     Invalid: there is no scope (``no_scope``), there are too many
///         (``too_many_scopes``), or one has other characters (``scope``); ``index`` is its
///         place.
///
/// >>> scopes = Scopes(["reports:read", "audit:read", "audit:read"])
/// >>> scopes
/// Scopes(['audit:read', 'reports:read'])
/// >>> "audit:read" in scopes
/// True
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Scopes(pub(crate) stopgap::Scopes);

#[pymethods]
impl Scopes {
    /// No limit.
    #[classattr]
    const UNLIMITED: Self = Self(stopgap::Scopes::UNLIMITED);

    #[new]
    fn new(scopes: &Bound<'_, PyAny>) -> Result<Self> {
        let py = scopes.py();
        if scopes.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err(
                "several scopes are expected, not the letters of one",
            ));
        }
        let scopes: Vec<Text<'_>> = each(scopes, |scope| scope.extract())?;
        stopgap::Scopes::new(scopes.iter().map(|scope| &**scope))
            .map(Self)
            .or_raise(py)
    }

    /// ``True`` if the code is not limited by scopes.
    #[getter]
    fn is_unlimited(&self) -> bool {
        self.0.is_unlimited()
    }

    /// ``True`` if the code has this scope, or is not limited by scopes.
    fn __contains__(&self, scope: Text<'_>) -> bool {
        self.0.allows(&scope)
    }

    /// Iterates over the scopes. If the code is not limited by scopes, there is no scope.
    fn __iter__<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyIterator>> {
        PyList::new(py, self.0.iter())?.try_iter()
    }

    pub(crate) fn __repr__(&self, py: Python<'_>) -> Result<String> {
        if self.0.is_unlimited() {
            return Ok("Scopes.UNLIMITED".into());
        }
        let scopes = self.0.iter().map(|scope| quoted(py, scope));
        let scopes: Vec<String> = scopes.collect::<Result<_>>()?;
        Ok(format!("Scopes([{}])", scopes.join(", ")))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let py = slf.py();
        if slf.get().0.is_unlimited() {
            return remade_named(slf, "UNLIMITED");
        }
        let scopes = PyList::new(py, slf.get().0.iter())?;
        let arguments = PyTuple::new(py, [scopes])?;
        Ok((slf.get_type().into_any(), arguments))
    }
}

/// Scopes from Python: a `Scopes`, or several strings.
pub(crate) struct Given(pub(crate) stopgap::Scopes);

impl<'a, 'py> FromPyObject<'a, 'py> for Given {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        if let Ok(scopes) = obj.cast::<Scopes>() {
            return Ok(Self(scopes.get().0.clone()));
        }
        Scopes::new(&obj).map(|scopes| Self(scopes.0))
    }
}
