//! The purposes of a code.

use std::sync::OnceLock;

use pyo3::{
    prelude::*,
    types::{PyFrozenSet, PyString},
};
use stopgap::Purpose;

use crate::{
    Result,
    once::once,
    several::each,
    word::{self, Member, Word},
};

/// One purpose from Python, or several.
#[derive(Clone, Copy)]
pub(crate) struct Purposes(pub(crate) stopgap::Purposes);

impl Purposes {
    pub(crate) const ALL: Self = Self(stopgap::Purposes::ALL);
}

impl<'a, 'py> FromPyObject<'a, 'py> for Purposes {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        let one = match obj.extract::<Member<Purpose>>() {
            Ok(purpose) => return Ok(Self(purpose.0.into())),
            Err(error) => error,
        };
        if obj.is_instance_of::<PyString>() || obj.try_iter().is_err() {
            return Err(one);
        }
        let purposes = each(&obj, |purpose| purpose.extract::<Member<Purpose>>())?;
        Ok(Self(purposes.iter().map(|purpose| purpose.0).collect()))
    }
}

/// Returns purposes as a `frozenset`.
pub(crate) fn frozenset(
    py: Python<'_>,
    purposes: stopgap::Purposes,
) -> Result<Bound<'_, PyFrozenSet>> {
    // The default is made once: members of an enum are slow to hash.
    static ALL: OnceLock<Py<PyFrozenSet>> = OnceLock::new();
    let make = || {
        let members = purposes.iter().map(|purpose| purpose.member(py));
        PyFrozenSet::new(py, members.collect::<Result<Vec<_>>>()?)
    };
    if purposes == stopgap::Purposes::ALL {
        let all = once(&ALL, || make().map(Bound::unbind))?;
        return Ok(all.bind(py).clone());
    }
    make()
}

/// Returns purposes as a Python literal.
pub(crate) fn written(py: Python<'_>, purposes: stopgap::Purposes) -> Result<String> {
    let members = purposes
        .iter()
        .map(|purpose| word::written(&purpose.member(py)?));
    let members: Vec<String> = members.collect::<Result<_>>()?;
    Ok(if members.is_empty() {
        "()".into()
    } else {
        format!("{{{}}}", members.join(", "))
    })
}
