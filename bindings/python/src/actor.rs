//! Actors.

use std::hash::{Hash, Hasher};

use pyo3::{prelude::*, types::PyDict};
use stopgap::{Action, Role};

use crate::{
    Result,
    error::OrRaise,
    pickle::{Remade, remade},
    text::{Text, quoted},
    word::{self, Member, Word},
};

/// The person or program that acts: a name for the log, and the role that decides what is
/// allowed. The caller must have authenticated the actor. ``on_behalf_of`` is the person for
/// whom the actor acts; it is stored in the log, and decides nothing.
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
        self.0.on_behalf_of.hash(state);
    }
}

#[pymethods]
impl Actor {
    #[new]
    #[pyo3(signature = (name, role, *, on_behalf_of=None))]
    fn new(
        py: Python<'_>,
        name: Text<'_>,
        role: Member<Role>,
        on_behalf_of: Option<Text<'_>>,
    ) -> Result<Self> {
        let name = name.name().or_raise(py)?;
        let on_behalf_of = on_behalf_of.map(|name| name.name().or_raise(py));
        Ok(Self(stopgap::Actor {
            name,
            role: role.0,
            on_behalf_of: on_behalf_of.transpose()?,
        }))
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

    /// The person for whom the actor acts; ``None`` if for nobody else.
    #[getter]
    fn on_behalf_of(&self) -> Option<&str> {
        self.0.on_behalf_of.as_ref().map(stopgap::Name::as_str)
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
        let (name, role) = (quoted(py, self.name())?, word::written(&self.role(py)?)?);
        match self.on_behalf_of() {
            Some(other) => {
                let other = quoted(py, other)?;
                Ok(format!("Actor({name}, {role}, on_behalf_of={other})"))
            }
            None => Ok(format!("Actor({name}, {role})")),
        }
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let (py, actor) = (slf.py(), slf.get());
        let words = PyDict::new(py);
        words.set_item("name", actor.name())?;
        words.set_item("role", actor.role(py)?)?;
        words.set_item("on_behalf_of", actor.on_behalf_of())?;
        remade(slf, &words)
    }
}
