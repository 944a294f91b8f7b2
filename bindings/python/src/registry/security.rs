//! Security codes: API secrets with a lifetime.

use pyo3::{prelude::*, types::PyList};
use stopgap::{Expiry, Rotation};

use super::{
    Registry,
    record::{Made, id_of, list_of},
    tolerance::Overlap,
};
use crate::{
    Result,
    actor::Actor,
    number::Whole,
    request::{SecurityRequest, expiry_of},
    text::Text,
    time::Instant,
};

#[pymethods]
impl Registry {
    /// Creates a security code, with a lifetime of 24 hours unless the request gives another.
    /// ``expires_at`` replaces the expiry of the request.
    ///
    /// ``created.code`` is for the program that will present it, and is not stored.
    ///
    /// Raises:
    ///     Forbidden: the actor is below a super administrator.
    ///     Invalid: the description is too long or not one line.
    ///     ExpiryNotInFuture: ``expires_at`` is not after now.
    #[pyo3(signature = (actor, request, *, expires_at=None))]
    fn create_security_code<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        request: &SecurityRequest,
        expires_at: Option<Instant>,
    ) -> Result<Bound<'py, PyAny>> {
        let mut request = request.core();
        if let Some(expires_at) = expires_at {
            request = request.expiry(Expiry::At(expires_at.0));
        }
        self.call(py, |core| core.create_security_code(&actor.0, request))?
            .made(py)
    }

    /// Lists the security codes that are not gone, oldest first: at most ``limit``, after
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
        let records = self.call(py, |core| {
            core.security_codes(&actor.0, after, limit.0, |_| true)
        });
        list_of(py, records?)
    }

    /// Returns a security code.
    ///
    /// Raises:
    ///     NotFound: there is no code of this id, or it is gone.
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

    /// Sets the expiry of a security code.
    ///
    /// Raises:
    ///     ExpiryNotInFuture: ``expires_at`` is not after now.
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
    ///     Expired: the code has expired; reactivate it first.
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

    /// Restarts the 24-hour lifetime of a security code, also of a permanent one.
    ///
    /// Raises:
    ///     Expired: the code has expired; reactivate it first.
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

    /// Makes a security code that expired within the last 7 days active for 24 hours.
    ///
    /// Raises:
    ///     AlreadyActive: the code is active.
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

    /// Replaces a security code by a new one with the same access level, scopes and description.
    ///
    /// Both are valid until ``overlap`` has passed, or until the old one expires if that is
    /// earlier. ``rotated.code`` is for the program that will present it, and is not stored;
    /// ``rotated.record.replaces`` is the id of the old code. The new code is permanent if the
    /// old one is, and otherwise expires after 24 hours, unless ``expires_at`` or ``permanent``
    /// is given.
    ///
    /// Raises:
    ///     Expired: the code has expired; reactivate it first.
    ///     ExpiryNotInFuture: ``expires_at`` is not after now.
    ///     Invalid: ``overlap`` is negative.
    ///     NotFound, Forbidden, Tampered, KeyMissing: as for all changes.
    #[pyo3(signature = (actor, id, overlap, *, expires_at=None, permanent=false))]
    #[pyo3(text_signature = "($self, actor, id, overlap, *, expires_at=None, permanent=False)")]
    fn rotate_security_code<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        id: Text<'_>,
        overlap: Overlap,
        expires_at: Option<Instant>,
        permanent: bool,
    ) -> Result<Bound<'py, PyAny>> {
        let id = id_of(py, &id)?;
        let mut rotation = Rotation::new(overlap.0);
        rotation.expiry = expiry_of(expires_at, permanent)?;
        self.call(py, |core| core.rotate_security_code(&actor.0, id, rotation))?
            .made(py)
    }

    /// Sets the description of a security code.
    ///
    /// Raises:
    ///     Invalid: the description is too long, or not one line.
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

    /// Returns a security code to be deleted, and the confirmation that deletes it.
    ///
    /// Raises:
    ///     NotFound: there is no code of this id, or it is gone.
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

    /// Deletes a security code that :meth:`request_deletion` returned.
    ///
    /// Raises:
    ///     NotConfirmed: the code has changed since then, or the confirmation is of another.
    ///     NotFound: there is no code of this id, or it is gone.
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
