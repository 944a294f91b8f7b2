//! Records as dicts of plain values, to be kept wherever a caller likes: the same
//! form as in Rust's JSON.

use pyo3::{prelude::*, sync::PyOnceLock, types::PyDict};
use serde::{Serialize, de::DeserializeOwned};

use crate::error;

/// A dict of text, numbers, booleans, `None`, lists and dicts.
pub(crate) fn to_dict<'py>(
    py: Python<'py>,
    record: &impl Serialize,
) -> PyResult<Bound<'py, PyDict>> {
    let text = serde_json::to_string(record).map_err(|error| bad(py, &error))?;
    let dict = json(py)?.call_method1("loads", (text,))?;
    Ok(dict.cast_into()?)
}

/// The record that such a dict describes.
pub(crate) fn from_dict<T: DeserializeOwned>(dict: &Bound<'_, PyDict>) -> PyResult<T> {
    let py = dict.py();
    let text = json(py)?.call_method1("dumps", (dict,))?;
    let text: String = text.extract()?;
    // By way of a value: the place in a text that nobody wrote would say nothing.
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| bad(py, &error))?;
    serde_json::from_value(value).map_err(|error| bad(py, &error))
}

fn bad(py: Python<'_>, error: &serde_json::Error) -> PyErr {
    error::invalid(py, "record", error)
}

fn json(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static JSON: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let import = || PyModule::import(py, "json").map(Bound::unbind);
    Ok(JSON.get_or_try_init(py, import)?.bind(py))
}
