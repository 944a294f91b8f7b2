//! Actors.

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

/// The person or program that acts: a name for the log, and the role that decides what is
/// allowed. The caller must have authenticated the actor.
///
/// Raises:
///     InvalidName: the text is no name.
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
        let name = name.name().or_raise(py)?;
        Ok(Self(stopgap::Actor { name, role: role.0 }))
    }

    /// The name.
    #[getter]
    fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// The role.
    #[getter]
    fn role<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.0.role.member(py)
    }

    /// Raises an exception if the actor may not do this. A registry and
    /// :class:`SecurityCode` call this themselves; before anything else, the caller must.
    ///
    /// Raises:
    ///     Forbidden: the role does not suffice; with ``role`` and ``action``.
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
