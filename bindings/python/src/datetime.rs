//! The types of the module `datetime`, as C defines them.
//!
//! A library such as freezegun puts subclasses in their place, perhaps before this module is
//! imported. An attribute of such a subclass still names the type in C that has it.

use std::sync::OnceLock;

use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyDict, PyType},
};

use crate::{
    Result,
    once::{intern, once},
};

/// The types, and the zone UTC.
pub(crate) struct Types {
    datetime: Py<PyType>,
    timedelta: Py<PyType>,
    tzinfo: Py<PyType>,
    utc: Py<PyAny>,
}

impl Types {
    /// Returns the types. They are looked up once.
    fn get(py: Python<'_>) -> Result<&Self> {
        static TYPES: OnceLock<Types> = OnceLock::new();
        once(&TYPES, || Self::look_up(py))
    }

    fn look_up(py: Python<'_>) -> Result<Self> {
        let module = PyModule::import(py, "datetime")?;
        let defining = |class: &str, attribute: &str| -> Result<Py<PyType>> {
            let attribute = module.getattr(class)?.getattr(attribute)?;
            let class = attribute.getattr("__objclass__")?;
            Ok(class.cast_into::<PyType>()?.unbind())
        };
        Ok(Self {
            datetime: defining("datetime", "hour")?,
            timedelta: defining("timedelta", "days")?,
            tzinfo: defining("tzinfo", "fromutc")?,
            utc: module.getattr("timezone")?.getattr("utc")?.unbind(),
        })
    }
}

/// The zone UTC.
pub(crate) fn utc(py: Python<'_>) -> Result<&Bound<'_, PyAny>> {
    Ok(Types::get(py)?.utc.bind(py))
}

/// Makes a datetime of the date and time of a wall clock.
pub(crate) fn new<'py>(
    py: Python<'py>,
    parts: (i32, u32, u32, u32, u32, u32, u32),
    tzinfo: &Bound<'py, PyAny>,
    fold: bool,
) -> Result<Bound<'py, PyAny>> {
    let class = Types::get(py)?.datetime.bind(py);
    let (year, month, day, hour, minute, second, micro) = parts;
    let parts = (year, month, day, hour, minute, second, micro, tzinfo);
    // Without fold, no dict of keywords is made.
    if !fold {
        return class.call1(parts);
    }
    let words = PyDict::new(py);
    words.set_item(intern!(py, "fold"), 1)?;
    class.call(parts, Some(&words))
}

/// Returns `true` if an object is a datetime.
pub(crate) fn is_datetime(object: &Bound<'_, PyAny>) -> Result<bool> {
    let py = object.py();
    object.is_instance(Types::get(py)?.datetime.bind(py))
}

/// Fails if an object is no datetime.
pub(crate) fn check_datetime(object: &Bound<'_, PyAny>) -> Result<()> {
    let py = object.py();
    check(object, Types::get(py)?.datetime.bind(py), "datetime")
}

/// Returns `true` if an object is a timedelta.
pub(crate) fn is_timedelta(object: &Bound<'_, PyAny>) -> Result<bool> {
    let py = object.py();
    object.is_instance(Types::get(py)?.timedelta.bind(py))
}

/// Fails if an object is no timedelta.
pub(crate) fn check_timedelta(object: &Bound<'_, PyAny>) -> Result<()> {
    let py = object.py();
    check(object, Types::get(py)?.timedelta.bind(py), "timedelta")
}

/// Fails if an object is no tzinfo.
pub(crate) fn check_tzinfo(object: &Bound<'_, PyAny>) -> Result<()> {
    let py = object.py();
    check(object, Types::get(py)?.tzinfo.bind(py), "tzinfo")
}

fn check(object: &Bound<'_, PyAny>, class: &Bound<'_, PyType>, name: &str) -> Result<()> {
    if object.is_instance(class)? {
        return Ok(());
    }
    let found = object.get_type().name()?;
    let message = format!("a {name} is expected, not {found}");
    Err(PyTypeError::new_err(message))
}
