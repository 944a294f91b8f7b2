//! Whole numbers. A number that does not fit is `Invalid`, not an `OverflowError`.

use pyo3::{exceptions::PyOverflowError, prelude::*};

use crate::{Result, error};

/// A whole number that fits `T`.
#[derive(Clone, Copy)]
pub(crate) struct Whole<T>(pub(crate) T);

/// The numbers of a type.
pub(crate) trait Range {
    const LEAST: i128;
    const MOST: i128;
}

macro_rules! ranges {
    ($($number:ty),*) => {
        $(impl Range for $number {
            #[allow(clippy::cast_possible_wrap, clippy::cast_lossless, reason = "all fit")]
            const LEAST: i128 = <$number>::MIN as i128;
            #[allow(clippy::cast_possible_wrap, clippy::cast_lossless, reason = "all fit")]
            const MOST: i128 = <$number>::MAX as i128;
        })*
    };
}

ranges!(i64, u8, u16, u32, u64, usize);

impl<'a, 'py, T> FromPyObject<'a, 'py> for Whole<T>
where
    T: FromPyObject<'a, 'py, Error = PyErr> + Range,
{
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        match obj.extract::<T>() {
            Ok(number) => Ok(Self(number)),
            Err(error) if error.is_instance_of::<PyOverflowError>(obj.py()) => {
                let found = obj.str().map(|found| found.to_string()).unwrap_or_default();
                // A very long number is left out.
                let found = if (1..=40).contains(&found.len()) {
                    format!(", not {found}")
                } else {
                    String::new()
                };
                let message = format!("a number is from {} to {}{found}", T::LEAST, T::MOST);
                Err(error::invalid(obj.py(), "number", &message))
            }
            Err(error) => Err(error),
        }
    }
}
