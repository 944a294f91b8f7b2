//! What a code may be used for.

use pyo3::{prelude::*, types::PyFrozenSet};
use stopgap::Purpose;

use crate::word::{Member, Word};

/// One purpose from Python, or several.
#[derive(Clone, Copy)]
pub(crate) struct Purposes(pub(crate) stopgap::Purposes);

impl Purposes {
    pub(crate) const ALL: Self = Self(stopgap::Purposes::ALL);
}

impl<'a, 'py> FromPyObject<'a, 'py> for Purposes {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let one = match obj.extract::<Member<Purpose>>() {
            Ok(purpose) => return Ok(Self(purpose.0.into())),
            Err(error) => error,
        };
        let Ok(several) = obj.try_iter() else {
            return Err(one);
        };
        let purposes = several.map(|purpose| {
            let purpose: Member<Purpose> = purpose?.extract()?;
            Ok(purpose.0)
        });
        purposes.collect::<PyResult<_>>().map(Self)
    }
}

/// The purposes of a code, for Python.
pub(crate) fn frozenset(
    py: Python<'_>,
    purposes: stopgap::Purposes,
) -> PyResult<Bound<'_, PyFrozenSet>> {
    let members = purposes.iter().map(|purpose| purpose.member(py));
    PyFrozenSet::new(py, members.collect::<PyResult<Vec<_>>>()?)
}

/// The purposes as a set that is written down in Python.
pub(crate) fn written(py: Python<'_>, purposes: stopgap::Purposes) -> PyResult<String> {
    let members = purposes.iter().map(|purpose| {
        let member = purpose.member(py)?;
        Ok(member.str()?.to_string())
    });
    let members: Vec<String> = members.collect::<PyResult<_>>()?;
    Ok(if members.is_empty() {
        "()".into()
    } else {
        format!("{{{}}}", members.join(", "))
    })
}
