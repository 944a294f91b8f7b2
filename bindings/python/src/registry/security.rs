//! Security codes: API secrets with a life.

use pyo3::{prelude::*, types::PyList};

use super::{
    Registry,
    record::{Made, id_of, list_of},
};
use crate::{Result, access::Access, actor::Actor, number::Whole, text::Text, time::Instant};

#[pymethods]
impl Registry {
    /// Creates a security code, which lives for 24 hours unless somebody edits that.
    ///
    /// ``created.code`` is for the program that will present it, and is not kept here.
    /// ``description`` is one line of up to 1,000 characters.
    ///
    /// Raises:
    ///     Forbidden: the actor is below a super administrator.
    ///     Invalid: the description is too long, or not one line of text.
    #[pyo3(signature = (actor, access, description=None))]
    #[pyo3(text_signature = "($self, actor, access, description='')")]
    fn create_security_code<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        access: &Access,
        description: Option<Text<'_>>,
    ) -> Result<Bound<'py, PyAny>> {
        let description = description.as_deref().unwrap_or_default();
        let access = access.0.clone();
        self.call(py, |core| {
            core.create_security_code(&actor.0, access, description)
        })?
        .made(py)
    }

    /// The security codes that are not gone, oldest first; at most ``limit``, those after
    /// the id ``after``.
    ///
    /// Raises:
    ///     Forbidden: the actor is below a super administrator.
    #[pyo3(signature = (actor, *, after=None, limit=Whole(100)))]
    #[pyo3(text_signature = "($self, actor, *, after=None, limit=100)")]
    fn security_codes<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        after: Option<Text<'_>>,
        limit: Whole<usize>,
    ) -> Result<Bound<'py, PyList>> {
        let after = after.map(|after| id_of(py, &after)).transpose()?;
        let records = self.call(py, |core| core.security_codes(&actor.0, after, limit.0));
        list_of(py, records?)
    }

    /// One security code.
    ///
    /// Raises:
    ///     NotFound: there is none of that id, or it is gone.
    ///     Forbidden: the actor is below a super administrator.
    fn security_code<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        id: Text<'_>,
    ) -> Result<Bound<'py, PyAny>> {
        let id = id_of(py, &id)?;
        self.call(py, |core| core.security_code(&actor.0, id))?
            .made(py)
    }

    /// Gives a security code another expiry.
    ///
    /// Raises:
    ///     ExpiryNotInFuture: that is over.
    ///     Expired: the code has expired; reactivate it first.
    ///     NotFound, Forbidden, Tampered, KeyMissing: as for all changes.
    fn edit_security_code<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        id: Text<'_>,
        expires_at: Instant,
    ) -> Result<Bound<'py, PyAny>> {
        let id = id_of(py, &id)?;
        self.call(py, |core| {
            core.edit_security_code(&actor.0, id, expires_at.0)
        })?
        .made(py)
    }

    /// Makes a security code permanent.
    ///
    /// Raises:
    ///     Expired: it has expired; reactivate it first.
    ///     NotFound, Forbidden, Tampered, KeyMissing: as for all changes.
    fn make_security_code_permanent<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        id: Text<'_>,
    ) -> Result<Bound<'py, PyAny>> {
        let id = id_of(py, &id)?;
        self.call(py, |core| core.make_security_code_permanent(&actor.0, id))?
            .made(py)
    }

    /// Gives a security code 24 hours from now; also a permanent one.
    ///
    /// Raises:
    ///     Expired: it has expired; reactivate it first.
    ///     NotFound, Forbidden, Tampered, KeyMissing: as for all changes.
    fn reset_security_code<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        id: Text<'_>,
    ) -> Result<Bound<'py, PyAny>> {
        let id = id_of(py, &id)?;
        self.call(py, |core| core.reset_security_code(&actor.0, id))?
            .made(py)
    }

    /// Brings back a security code that expired within the last 7 days, for 24 hours.
    ///
    /// Raises:
    ///     AlreadyActive: it lives.
    ///     NotFound, Forbidden, Tampered, KeyMissing: as for all changes.
    fn reactivate_security_code<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        id: Text<'_>,
    ) -> Result<Bound<'py, PyAny>> {
        let id = id_of(py, &id)?;
        self.call(py, |core| core.reactivate_security_code(&actor.0, id))?
            .made(py)
    }

    /// Describes a security code anew.
    ///
    /// Raises:
    ///     Invalid: the description is too long, or not one line of text.
    ///     NotFound, Forbidden, Tampered, KeyMissing: as for all changes.
    fn describe_security_code<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        id: Text<'_>,
        description: Text<'_>,
    ) -> Result<Bound<'py, PyAny>> {
        let id = id_of(py, &id)?;
        self.call(py, |core| {
            core.describe_security_code(&actor.0, id, &description)
        })?
        .made(py)
    }

    /// Shows the security code that is to be deleted, and what confirms it.
    ///
    /// Raises:
    ///     NotFound: there is none of that id, or it is gone.
    ///     Forbidden: the actor is below a super administrator.
    fn request_deletion<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        id: Text<'_>,
    ) -> Result<Bound<'py, PyAny>> {
        let id = id_of(py, &id)?;
        self.call(py, |core| core.request_deletion(&actor.0, id))?
            .made(py)
    }

    /// Deletes a security code, as it was shown by :meth:`request_deletion`.
    ///
    /// Raises:
    ///     NotConfirmed: it has changed since, or another one was shown.
    ///     NotFound: there is none of that id, or it is gone.
    ///     Forbidden: the actor is below a super administrator.
    fn confirm_deletion(
        &self,
        py: Python<'_>,
        actor: &Actor,
        id: Text<'_>,
        confirmation: Text<'_>,
    ) -> Result<()> {
        let id = id_of(py, &id)?;
        self.call(py, |core| {
            core.confirm_deletion(&actor.0, id, &confirmation)
        })
    }
}
