//! Bytes.

use std::ops::Deref;

use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    pybacked::PyBackedBytes,
    types::{PyByteArray, PyBytes, PyMemoryView},
};

use crate::Result;

/// The bytes of a `bytes`, a `bytearray` or a `memoryview`: databases return all three.
pub(crate) struct Octets(PyBackedBytes);

impl Deref for Octets {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<'py> FromPyObject<'_, 'py> for Octets {
    type Error = PyErr;

    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
        if obj.is_instance_of::<PyBytes>() || obj.is_instance_of::<PyByteArray>() {
            return Ok(Self(obj.extract()?));
        }
        if obj.is_instance_of::<PyMemoryView>() {
            return Ok(Self(obj.call_method0("tobytes")?.extract()?));
        }
        let found = obj.get_type().name()?;
        let message = format!("bytes are expected, not {found}");
        Err(PyTypeError::new_err(message))
    }
}
