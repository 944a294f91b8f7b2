//! Who acts.

use std::hash::{Hash, Hasher};

use pyo3::prelude::*;
use stopgap::{Action, Role};

use crate::{
    Result,
    error::OrRaise,
    pickle::Remade,
    text::{Text, quoted},
    word::{Member, Word},
};

/// Who acts: a name for the log, and the role that decides what they may. The caller
/// has found out who that is.
///
/// The name is 1 to 255 bytes of UTF-8 without control characters.
///
/// Raises:
///     Invalid: that is no name.
///
/// >>> dana = Actor("dana", Role.HELP_DESK)
/// >>> dana
/// Actor('dana', Role.HELP_DESK)
/// >>> dana.may(Action.ISSUE_CODE)
/// >>> dana.may(Action.MANAGE_KEY)
/// Traceback (most recent call last):
/// stopgap.errors.Forbidden: help_desk may not manage keys
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(PartialEq, Eq)]
pub(crate) struct Actor(pub(crate) stopgap::Actor);

impl Hash for Actor {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
        self.0.role.hash(state);
    }
}

#[pymethods]
impl Actor {
    #[new]
    fn new(py: Python<'_>, name: Text<'_>, role: Member<Role>) -> Result<Self> {
        stopgap::Actor::new(&name, role.0).map(Self).or_raise(py)
    }

    /// Their name.
    #[getter]
    fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// What they are.
    #[getter]
    fn role<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.0.role.member(py)
    }

    /// That they may do this. A registry and :class:`SecurityCode` ask by themselves;
    /// whoever does the rest by other means asks first.
    ///
    /// Raises:
    ///     Forbidden: their role does not suffice; with ``role`` and ``action``.
    fn may(&self, py: Python<'_>, action: Member<Action>) -> Result<()> {
        self.0.may(action.0).or_raise(py)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let (name, role) = (quoted(py, self.name())?, self.role(py)?.str()?);
        Ok(format!("Actor({name}, {role})"))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let (py, actor) = (slf.py(), slf.get());
        let arguments = (actor.name(), actor.role(py)?).into_pyobject(py)?;
        Ok((slf.get_type().into_any(), arguments))
    }
}
