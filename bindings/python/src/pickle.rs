//! Pickling of values: as the call that makes them.

use pyo3::{
    PyClass,
    prelude::*,
    types::{PyDict, PyTuple},
};

use crate::Result;

/// What `__reduce__` gives: a callable, and its arguments.
pub(crate) type Remade<'py> = (Bound<'py, PyAny>, Bound<'py, PyTuple>);

/// The class of the value, to be called with these keyword arguments.
///
/// By way of `functools.partial`, since a pickle knows no keywords before protocol 4.
pub(crate) fn remade<'py, T: PyClass>(
    value: &Bound<'py, T>,
    words: &Bound<'py, PyDict>,
) -> Result<Remade<'py>> {
    let py = value.py();
    let partial = PyModule::import(py, "functools")?.getattr("partial")?;
    let make = partial.call((value.as_any().get_type(),), Some(words))?;
    Ok((make, PyTuple::empty(py)))
}

/// The class's `from_dict`, to be called with this record.
pub(crate) fn remade_of<'py, T: PyClass>(
    value: &Bound<'py, T>,
    record: Bound<'py, PyDict>,
) -> Result<Remade<'py>> {
    let from_dict = value.as_any().get_type().getattr("from_dict")?;
    Ok((from_dict, PyTuple::new(value.py(), [record])?))
}

/// The constant of this name that the class has.
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
