//! With whose rights a security code acts.

use std::hash::{Hash, Hasher};

use pyo3::prelude::*;
use stopgap::{Name, Role};

use crate::{
    Result,
    error::OrRaise,
    function::Function,
    pickle::{Remade, remade_named},
    text::{Text, quoted},
    word::{Member, Word},
};

/// With whose rights a security code acts: :attr:`SUPER_ADMINISTRATOR`, or
/// :meth:`same_as` a user.
///
/// >>> Access.same_as("svc-backup")
/// Access.same_as('svc-backup')
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(PartialEq, Eq)]
pub(crate) struct Access(pub(crate) stopgap::Access);

impl Hash for Access {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.user().hash(state);
    }
}

#[pymethods]
impl Access {
    /// With a super administrator's rights.
    #[classattr]
    const SUPER_ADMINISTRATOR: Self = Self(stopgap::Access::SuperAdministrator);

    /// With those of this user, but never a super administrator's.
    ///
    /// Raises:
    ///     Invalid: that is no name.
    #[staticmethod]
    fn same_as(py: Python<'_>, user: Text<'_>) -> Result<Self> {
        let user = Name::new(user.into_owned()).or_raise(py)?;
        Ok(Self(stopgap::Access::SameAs(user)))
    }

    /// The user whose rights it has; ``None`` for a super administrator's.
    #[getter]
    fn user(&self) -> Option<&str> {
        match &self.0 {
            stopgap::Access::SuperAdministrator => None,
            stopgap::Access::SameAs(user) => Some(user.as_str()),
        }
    }

    /// What this amounts to, where ``role_of`` tells a user's :class:`Role`. It is
    /// called with the name of the user, if there is one.
    ///
    /// Raises:
    ///     TypeError: ``role_of`` gave something else than a :class:`Role`. What it
    ///         raises itself is not caught.
    ///
    /// >>> scope = Access.same_as("root").scope(lambda user: Role.SUPER_ADMINISTRATOR)
    /// >>> scope
    /// Scope(role=Role.USER, user='root', limited=True)
    fn scope(&self, py: Python<'_>, role_of: Function) -> Result<Scope> {
        let mut raised = None;
        let scope = self.0.scope(|user| told(py, &role_of, user, &mut raised));
        let scope = Scope::of(&scope);
        raised.map_or(Ok(scope), Err)
    }

    pub(crate) fn __repr__(&self, py: Python<'_>) -> Result<String> {
        match self.user() {
            None => Ok("Access.SUPER_ADMINISTRATOR".into()),
            Some(user) => Ok(format!("Access.same_as({})", quoted(py, user)?)),
        }
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        match slf.get().user() {
            None => remade_named(slf, "SUPER_ADMINISTRATOR"),
            Some(user) => {
                let user = (user,).into_pyobject(slf.py())?;
                Ok((slf.get_type().getattr("same_as")?, user))
            }
        }
    }
}

/// The role that `role_of` tells. Where it raises, that is put aside and nobody may
/// believe the role.
pub(crate) fn told(
    py: Python<'_>,
    role_of: &Function,
    user: &Name,
    raised: &mut Option<PyErr>,
) -> Role {
    let role = role_of.0.bind(py).call1((user.as_str(),));
    match role.and_then(|role| role.extract::<Member<Role>>()) {
        Ok(role) => role.0,
        Err(error) => {
            *raised = Some(error);
            Role::User
        }
    }
}

/// What an authenticated security code may do.
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    role: Role,
    user: Option<Name>,
    limited: bool,
}

impl Scope {
    pub(crate) fn of(scope: &stopgap::Scope<'_>) -> Self {
        Self {
            role: scope.role,
            user: scope.user.cloned(),
            limited: scope.limited,
        }
    }
}

#[pymethods]
impl Scope {
    /// With which role's rights it acts.
    #[getter]
    fn role<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.role.member(py)
    }

    /// As which user; ``None`` for a super administrator of its own.
    #[getter]
    fn user(&self) -> Option<&str> {
        self.user.as_ref().map(Name::as_str)
    }

    /// Whether it has less than its user has: the user is a super administrator, the
    /// code has a plain user's rights.
    #[getter]
    fn limited(&self) -> bool {
        self.limited
    }

    /// For pickles.
    #[staticmethod]
    fn _of(
        py: Python<'_>,
        role: Member<Role>,
        user: Option<Text<'_>>,
        limited: bool,
    ) -> Result<Self> {
        let user = user.map(|user| Name::new(user.into_owned()));
        Ok(Self {
            role: role.0,
            user: user.transpose().or_raise(py)?,
            limited,
        })
    }

    pub(crate) fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let role = self.role(py)?.str()?;
        let user = self.user().into_pyobject(py)?.repr()?;
        let limited = if self.limited { "True" } else { "False" };
        Ok(format!(
            "Scope(role={role}, user={user}, limited={limited})"
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let (py, scope) = (slf.py(), slf.get());
        let parts = (scope.role(py)?, scope.user(), scope.limited);
        Ok((slf.get_type().getattr("_of")?, parts.into_pyobject(py)?))
    }
}
