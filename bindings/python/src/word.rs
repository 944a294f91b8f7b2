//! The enums of `stopgap.words`.

use std::sync::OnceLock;

use pyo3::{exceptions::PyTypeError, prelude::*, types::PyString};
use stopgap::{Action, LifecycleState, LookAlike, Purpose, Role};
use stopgap_registry::{CodeState, EventKind};

use crate::{Result, error::OrRaise, once::once};

/// The members of an enum, with their values in Rust.
type Members<W> = Vec<(W, Py<PyAny>)>;

/// An enum of the core or the registry that Python has as an `enum.Enum`.
pub(crate) trait Word: Copy + PartialEq + Send + Sync + 'static {
    /// The name of the class.
    const CLASS: &'static str;

    fn all() -> &'static [Self];

    /// Returns the value of the member.
    fn value(self) -> String;

    fn kept() -> &'static OnceLock<Members<Self>>;

    fn members(py: Python<'_>) -> Result<&'static Members<Self>> {
        let look_up = || -> Result<Members<Self>> {
            let class = PyModule::import(py, "stopgap.words")?.getattr(Self::CLASS)?;
            let member = |word: &Self| Ok((*word, class.call1((word.value(),))?.unbind()));
            Self::all().iter().map(member).collect()
        };
        once(Self::kept(), look_up)
    }

    /// Returns the member.
    fn member(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let mut members = Self::members(py)?.iter();
        match members.find(|(word, _)| *word == self) {
            Some((_, member)) => Ok(member.bind(py).clone()),
            None => Err(PyTypeError::new_err(format!(
                "stopgap.{} lacks {}; install one version of Stopgap",
                Self::CLASS,
                self.value()
            ))),
        }
    }
}

/// A member of an enum, from Python.
#[derive(Clone, Copy)]
pub(crate) struct Member<W>(pub(crate) W);

impl<'a, 'py, W: Word> FromPyObject<'a, 'py> for Member<W> {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        let py = obj.py();
        for (word, member) in W::members(py)? {
            if member.is(&*obj) {
                return Ok(Self(*word));
            }
        }
        let found = obj.get_type().name()?;
        let names = W::members(py)?.iter().take(2);
        let names: Vec<String> = names
            .map(|(_, member)| written(member.bind(py)))
            .collect::<Result<_>>()?;
        let class = W::CLASS;
        let names = names.join(" or ");
        let hint = if obj.is_instance_of::<PyString>() {
            format!("; stopgap.{class}(text) reads text")
        } else {
            String::new()
        };
        Err(PyTypeError::new_err(format!(
            "a stopgap.{class} is expected, such as {names}, not {found}{hint}"
        )))
    }
}

/// Returns a member as a Python literal: `Purpose.RESET`.
pub(crate) fn written(member: &Bound<'_, PyAny>) -> Result<String> {
    let class = member.get_type().name()?;
    Ok(format!("{class}.{}", member.getattr("name")?))
}

macro_rules! words {
    ($($word:ty, $class:literal, $all:expr, $value:expr;)*) => {
        $(impl Word for $word {
            const CLASS: &'static str = $class;

            fn all() -> &'static [Self] {
                &$all
            }

            fn value(self) -> String {
                let value: fn(Self) -> String = $value;
                value(self)
            }

            fn kept() -> &'static OnceLock<Members<Self>> {
                static MEMBERS: OnceLock<Members<$word>> = OnceLock::new();
                &MEMBERS
            }
        })*
    };
}

words! {
    Purpose, "Purpose", Self::ALL, |purpose| purpose.as_str().into();
    Role, "Role", Self::ALL, |role| role.as_str().into();
    Action, "Action", Self::ALL, |action| action.to_string();
    LookAlike, "LookAlike", Self::ALL, |look_alike| match look_alike {
        LookAlike::OAsZero => "O=0".into(),
        LookAlike::IAsOne => "I=1".into(),
        LookAlike::LAsOne => "L=1".into(),
    };
    EventKind, "EventKind", *Self::ALL, |kind| kind.as_str().into();
    CodeState, "CodeState", [
        Self::Active,
        Self::NotYetValid,
        Self::UsedUp,
        Self::Expired,
        Self::Revoked,
    ], |state| state.as_str().into();
}

/// Returns the member of a state. Unlike in Rust, it has no instant.
pub(crate) fn lifecycle_state<'py>(
    py: Python<'py>,
    state: &LifecycleState,
) -> Result<Bound<'py, PyAny>> {
    PyModule::import(py, "stopgap.words")?
        .getattr("LifecycleState")?
        .call1((state.as_str(),))
}

/// Fails if a role does not suffice.
#[pyfunction]
#[pyo3(name = "_may")]
pub(crate) fn may(py: Python<'_>, role: Member<Role>, action: Member<Action>) -> Result<()> {
    role.0.may(action.0).or_raise(py)
}
