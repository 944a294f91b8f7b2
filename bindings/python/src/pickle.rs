//! Pickling of values, as calls that make them.

use pyo3::{
    PyClass,
    prelude::*,
    types::{PyDict, PyTuple},
};

use crate::Result;

/// The result of `__reduce__`: a callable, and its arguments.
pub(crate) type Remade<'py> = (Bound<'py, PyAny>, Bound<'py, PyTuple>);

/// Returns a call of the value's class with keyword arguments.
///
/// It uses `functools.partial`: before protocol 4, a pickle has no keywords.
pub(crate) fn remade<'py, T: PyClass>(
    value: &Bound<'py, T>,
    words: &Bound<'py, PyDict>,
) -> Result<Remade<'py>> {
    let py = value.py();
    let partial = PyModule::import(py, "functools")?.getattr("partial")?;
    let make = partial.call((value.as_any().get_type(),), Some(words))?;
    Ok((make, PyTuple::empty(py)))
}

/// Returns a call of the class's `from_dict`.
pub(crate) fn remade_of<'py, T: PyClass>(
    value: &Bound<'py, T>,
    record: Bound<'py, PyDict>,
) -> Result<Remade<'py>> {
    let from_dict = value.as_any().get_type().getattr("from_dict")?;
    Ok((from_dict, PyTuple::new(value.py(), [record])?))
}

/// Returns the lookup of a constant of the class.
pub(crate) fn remade_named<'py, T: PyClass>(
    value: &Bound<'py, T>,
    name: &str,
) -> Result<Remade<'py>> {
    let py = value.py();
    let getattr = PyModule::import(py, "builtins")?.getattr("getattr")?;
    Ok((
        getattr,
        (value.as_any().get_type(), name).into_pyobject(py)?,
    ))
}
