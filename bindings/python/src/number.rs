//! Whole numbers. A number that does not fit is `Invalid`, not an `OverflowError`.

use pyo3::{exceptions::PyOverflowError, prelude::*};

use crate::{Result, error};

/// A whole number that fits `T`.
#[derive(Clone, Copy)]
pub(crate) struct Whole<T>(pub(crate) T);

impl<'a, 'py, T> FromPyObject<'a, 'py> for Whole<T>
where
    T: FromPyObject<'a, 'py, Error = PyErr>,
{
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        match obj.extract::<T>() {
            Ok(number) => Ok(Self(number)),
            Err(error) if error.is_instance_of::<PyOverflowError>(obj.py()) => {
                let bits = size_of::<T>().saturating_mul(8);
                let message = format!(
                    "the number does not fit into {bits} bits, or is negative where it \
                    must not be"
                );
                Err(error::invalid(obj.py(), "number", &message))
            }
            Err(error) => Err(error),
        }
    }
}
