//! The access level of a security code, and the rights of an authenticated one.

use std::hash::{Hash, Hasher};

use pyo3::prelude::*;
use stopgap::{Name, Role};

use crate::{
    Result,
    error::OrRaise,
    function::Function,
    pickle::{Remade, remade_named},
    scopes::Scopes,
    text::{Text, quoted},
    word::{self, Member, Word},
};

/// The access level of a security code: :attr:`SUPER_ADMINISTRATOR`, or :meth:`same_as` a
/// user.
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
    /// The rights of a super administrator.
    #[classattr]
    const SUPER_ADMINISTRATOR: Self = Self(stopgap::Access::SuperAdministrator);

    /// The rights of a user, but never those of a super administrator.
    ///
    /// Raises:
    ///     InvalidName: the text is no name.
    #[staticmethod]
    fn same_as(py: Python<'_>, user: Text<'_>) -> Result<Self> {
        let user = user.name().or_raise(py)?;
        Ok(Self(stopgap::Access::SameAs(user)))
    }

    /// The user; ``None`` for a super administrator.
    #[getter]
    fn user(&self) -> Option<&str> {
        match &self.0 {
            stopgap::Access::SuperAdministrator => None,
            stopgap::Access::SameAs(user) => Some(user.as_str()),
        }
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

/// Returns the role that `role_of` tells; `None` if there is no such user.
pub(crate) fn told(py: Python<'_>, role_of: &Function, user: &Name) -> Result<Option<Role>> {
    let role = role_of.done(py, (user.as_str(),))?;
    let role: Option<Member<Role>> = role.extract()?;
    Ok(role.map(|role| role.0))
}

/// The rights and the scopes of an authenticated security code.
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Authentication {
    role: Role,
    user: Option<Name>,
    limited: bool,
    scopes: Scopes,
}

impl Authentication {
    pub(crate) fn of(authenticated: &stopgap::Authenticated<'_>) -> Self {
        Self {
            role: authenticated.role,
            user: authenticated.user.cloned(),
            limited: authenticated.limited,
            scopes: Scopes(authenticated.scopes.clone()),
        }
    }
}

#[pymethods]
impl Authentication {
    /// The role with whose rights it acts.
    #[getter]
    fn role<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.role.member(py)
    }

    /// The user of :meth:`Access.same_as`; ``None`` for a super administrator's own code.
    #[getter]
    fn user(&self) -> Option<&str> {
        self.user.as_ref().map(Name::as_str)
    }

    /// ``True`` if the user is a super administrator, and the code has a plain user's
    /// rights.
    #[getter]
    fn limited(&self) -> bool {
        self.limited
    }

    /// The scopes to which it is limited.
    #[getter]
    fn scopes(&self) -> Scopes {
        self.scopes.clone()
    }

    /// For pickles.
    #[staticmethod]
    fn _of(
        py: Python<'_>,
        role: Member<Role>,
        user: Option<Text<'_>>,
        limited: bool,
        scopes: &Scopes,
    ) -> Result<Self> {
        let user = user.map(|user| user.name()).transpose().or_raise(py)?;
        Ok(Self {
            role: role.0,
            user,
            limited,
            scopes: scopes.clone(),
        })
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "Authentication(role={}, user={}, limited={}, scopes={})",
            word::written(&self.role(py)?)?,
            self.user().into_pyobject(py)?.repr()?,
            if self.limited { "True" } else { "False" },
            self.scopes.__repr__(py)?
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let (py, own) = (slf.py(), slf.get());
        let parts = (own.role(py)?, own.user(), own.limited, own.scopes());
        Ok((slf.get_type().getattr("_of")?, parts.into_pyobject(py)?))
    }
}
