//! The purposes of a code.

use std::sync::OnceLock;

use pyo3::{prelude::*, types::PyFrozenSet};
use stopgap::Purpose;

use crate::{
    Result,
    once::once,
    word::{Member, Word},
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
        let Ok(several) = obj.try_iter() else {
            return Err(one);
        };
        let purposes = several.map(|purpose| {
            let purpose: Member<Purpose> = purpose?.extract()?;
            Ok(purpose.0)
        });
        purposes.collect::<Result<_>>().map(Self)
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
    let members = purposes.iter().map(|purpose| {
        let member = purpose.member(py)?;
        Ok(member.str()?.to_string())
    });
    let members: Vec<String> = members.collect::<Result<_>>()?;
    Ok(if members.is_empty() {
        "()".into()
    } else {
        format!("{{{}}}", members.join(", "))
    })
}
