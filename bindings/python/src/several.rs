//! Lists of objects of a class.

use pyo3::{PyClass, prelude::*};

use crate::Result;

/// Any iterable of such objects. Its own length is not trusted.
pub(crate) struct Several<T>(pub(crate) Vec<Py<T>>);

impl<'a, 'py, T: PyClass> FromPyObject<'a, 'py> for Several<T> {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        let one = |item: Result<Bound<'py, PyAny>>| Ok(item?.cast_into::<T>()?.unbind());
        obj.try_iter()?.map(one).collect::<Result<_>>().map(Self)
    }
}
