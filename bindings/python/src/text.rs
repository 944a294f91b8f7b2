//! Text from Python.

use std::borrow::Cow;

use pyo3::{exceptions::PyUnicodeEncodeError, prelude::*, pybacked::PyBackedStr};

/// Any text. A lone surrogate, which UTF-8 cannot hold, is read as U+FFFD: it keeps
/// its place, and what reads the text refuses it there.
pub(crate) struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    pub(crate) fn into_owned(self) -> String {
        self.0.into_owned()
    }
}

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Text<'a> {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match obj.extract::<Cow<'a, str>>() {
            Ok(text) => Ok(Self(text)),
            Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(obj.py()) => {
                replaced(&obj).map(|text| Self(Cow::Owned(text)))
            }
            Err(error) => Err(error),
        }
    }
}

/// The same, of a batch: Python's bytes are not copied, and can be read without it.
pub(crate) enum Held {
    Whole(PyBackedStr),
    Replaced(String),
}

impl std::ops::Deref for Held {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Whole(text) => text,
            Self::Replaced(text) => text,
        }
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Held {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match obj.extract() {
            Ok(text) => Ok(Self::Whole(text)),
            Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(obj.py()) => {
                replaced(&obj).map(Self::Replaced)
            }
            Err(error) => Err(error),
        }
    }
}

fn replaced(text: &Bound<'_, PyAny>) -> PyResult<String> {
    let code_points = text.call_method1("encode", ("utf-32-le", "surrogatepass"))?;
    let code_points: &[u8] = code_points.extract()?;
    let scalar = |four: &[u8]| {
        let four = four.try_into().map_or(u32::MAX, u32::from_le_bytes);
        char::from_u32(four).unwrap_or(char::REPLACEMENT_CHARACTER)
    };
    Ok(code_points.chunks(4).map(scalar).collect())
}

/// Text as it is written down in Python.
pub(crate) fn quoted(py: Python<'_>, text: &str) -> PyResult<String> {
    let quoted = text.into_pyobject(py)?;
    Ok(quoted.repr()?.to_string())
}
