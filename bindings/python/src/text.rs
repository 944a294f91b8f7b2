//! Text from Python.

use std::{marker::PhantomData, ops::Deref};

use pyo3::{
    exceptions::{PyTypeError, PyUnicodeEncodeError},
    prelude::*,
    pybacked::PyBackedStr,
};
use stopgap::{Name, NameError};

use crate::Result;

/// Any text. A lone surrogate, which UTF-8 cannot hold, is read as U+FFFD: it keeps its
/// place, and a code with it is refused there. [`Text::named`] refuses it in a name.
pub(crate) struct Text<'a>(Kept, PhantomData<&'a str>);

/// A text that outlives a call into Python.
pub(crate) type Held = Text<'static>;

enum Kept {
    /// Python's bytes, which are not copied and can be read without the interpreter.
    Whole(PyBackedStr),
    /// A copy in which U+FFFD replaces lone surrogates.
    Replaced(String),
}

impl Text<'_> {
    pub(crate) fn into_owned(self) -> String {
        match self.0 {
            Kept::Replaced(text) => text,
            Kept::Whole(text) => text.to_string(),
        }
    }

    /// Returns the text for a function that checks names itself. Only this type knows
    /// that there was a lone surrogate.
    pub(crate) fn named(&self) -> Result<&str, NameError> {
        match &self.0 {
            Kept::Whole(text) => Ok(text),
            Kept::Replaced(_) => Err(NameError::InvalidUnicode),
        }
    }

    /// Returns the text as a name.
    pub(crate) fn name(&self) -> Result<Name, NameError> {
        self.named().and_then(Name::new)
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Kept::Whole(text) => text,
            Kept::Replaced(text) => text,
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Text<'_> {
    type Error = PyErr;

    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
        let kept = match obj.extract() {
            Ok(text) => Kept::Whole(text),
            Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(obj.py()) => {
                Kept::Replaced(replaced(&obj)?)
            }
            Err(error) if error.is_instance_of::<PyTypeError>(obj.py()) => {
                let found = obj.get_type().name()?;
                let message = format!("a str is expected, not {found}");
                return Err(PyTypeError::new_err(message));
            }
            Err(error) => return Err(error),
        };
        Ok(Self(kept, PhantomData))
    }
}

fn replaced(text: &Bound<'_, PyAny>) -> Result<String> {
    let code_points = text.call_method1("encode", ("utf-32-le", "surrogatepass"))?;
    let code_points: &[u8] = code_points.extract()?;
    let scalar = |four: &[u8]| {
        let four = four.try_into().map_or(u32::MAX, u32::from_le_bytes);
        char::from_u32(four).unwrap_or(char::REPLACEMENT_CHARACTER)
    };
    Ok(code_points.chunks(4).map(scalar).collect())
}

/// Returns the text as a Python literal.
pub(crate) fn quoted(py: Python<'_>, text: &str) -> Result<String> {
    let quoted = text.into_pyobject(py)?;
    Ok(quoted.repr()?.to_string())
}
