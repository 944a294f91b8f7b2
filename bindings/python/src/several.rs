//! Lists from Python. An error names the place of the wrong item.

use pyo3::{
    PyClass,
    exceptions::PyTypeError,
    prelude::*,
    types::{PyDict, PyTuple},
};

use crate::{
    Result,
    error::{at, exception},
};

/// Any iterable of such objects. Its own length is not trusted.
pub(crate) struct Several<T>(pub(crate) Vec<Py<T>>);

impl<'a, 'py, T: PyClass> FromPyObject<'a, 'py> for Several<T> {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        let one = |item: Bound<'py, PyAny>| Ok(item.cast_into::<T>()?.unbind());
        each(&obj, one).map(Self)
    }
}

/// Reads the items of an iterable.
pub(crate) fn each<'py, T>(
    items: &Bound<'py, PyAny>,
    mut read: impl FnMut(Bound<'py, PyAny>) -> Result<T>,
) -> Result<Vec<T>> {
    let py = items.py();
    let one = |(index, item): (usize, Result<Bound<'py, PyAny>>)| {
        read(item?).map_err(|error| at_item(py, index, error))
    };
    items.try_iter()?.enumerate().map(one).collect()
}

/// Returns the two parts of an item.
pub(crate) fn pair<'py, A, B>(item: &Bound<'py, PyAny>, parts: &str) -> Result<(A, B)>
where
    A: for<'a> FromPyObject<'a, 'py, Error: Into<PyErr>>,
    B: for<'a> FromPyObject<'a, 'py, Error: Into<PyErr>>,
{
    let py = item.py();
    let Ok(tuple) = item.cast::<PyTuple>() else {
        let found = item.get_type().name()?;
        let message = format!("a tuple of {parts} is expected, not {found}");
        return Err(PyTypeError::new_err(message));
    };
    let found = tuple.len();
    if found != 2 {
        let details = PyDict::new(py);
        details.set_item("expected", 2)?;
        details.set_item("found", found)?;
        let message = format!("a tuple of {parts} is expected, not one of {found} values");
        return Err(exception(py, "Invalid", "pair", &message, Some(&details)));
    }
    let first = tuple.get_item(0)?.extract().map_err(Into::into)?;
    let second = tuple.get_item(1)?.extract().map_err(Into::into)?;
    Ok((first, second))
}

/// Adds the place of an item to an error.
fn at_item(py: Python<'_>, index: usize, error: PyErr) -> PyErr {
    if !error.get_type(py).is(py.get_type::<PyTypeError>()) {
        return at(py, index, error);
    }
    let message = format!("item {index}: {}", error.value(py));
    PyTypeError::new_err(message)
}
