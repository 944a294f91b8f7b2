//! The sealed record of a security code.

use pyo3::{prelude::*, types::PyBytes};
use stopgap::{LifecycleEvent, Refusal, Role, Sealed};

use crate::{
    Result,
    access::{self, Access, Authentication},
    actor::Actor,
    code::Code,
    error::{OrRaise, Raise},
    function::Function,
    key_ring::KeyRing,
    lifetime::Lifetime,
    random::Random,
    request::SecurityRequest,
    scopes::Scopes,
    security_format::{SecurityFormat, SecurityText},
    text::{Text, quoted},
    time::{self, Instant},
    word,
};

/// The record of a security code, an API secret with a lifetime, without the code, and its
/// tag.
///
/// :meth:`create` makes one, and only the methods here change one: they check the tag, and
/// return the new record, to be stored in place of this one. The attributes are the fields as
/// they are stored, *unverified*: use them for an index or a list, and call :meth:`open`
/// before you decide by them. Equal records have equal fields and tags.
///
/// All changes need a super administrator. They may raise :class:`Forbidden`,
/// :class:`NotFound` if the code is gone, :class:`Tampered`, :class:`KeyMissing`, and
/// :class:`TimeOutOfRange` outside the years 1 to 9999.
///
/// >>> from datetime import datetime, timezone
/// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
/// >>> key_ring = KeyRing(1, MasterKey.generate())
/// >>> sasha = Actor("sasha", Role.SUPER_ADMINISTRATOR)
/// >>> request = SecurityRequest(Access.same_as("svc-backup"), ["backup:write"])
/// >>> text, record = SecurityCode.create(key_ring, sasha, request, now=now)
/// >>> secret = text.reveal()  # stopgap_…, for the program
/// >>> record = record.make_permanent(key_ring, sasha, now=now)
///
/// A program presents it. A store finds the record by :meth:`KeyRing.security_digests`:
///
/// >>> code = SecurityFormat().read(secret)
/// >>> roles = {"svc-backup": Role.ADMINISTRATOR}
/// >>> authentication = record.authenticate(key_ring, code, roles.__getitem__, now=now)
/// >>> authentication.role, authentication.user
/// (<Role.ADMINISTRATOR: 'administrator'>, 'svc-backup')
/// >>> "backup:write" in authentication.scopes
/// True
#[pyclass(frozen, module = "stopgap")]
#[derive(Clone)]
pub(crate) struct SecurityCode(pub(crate) Sealed<stopgap::SecurityCode>);

impl SecurityCode {
    fn after(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        actor: &Actor,
        event: LifecycleEvent<'_>,
        now: Instant,
    ) -> Result<Self> {
        let changed = self.0.apply(&key_ring.now(), &actor.0, event, now.0);
        changed.map(Self).or_raise(py)
    }
}

#[pymethods]
impl SecurityCode {
    /// Creates a code of 128 random bits, with a lifetime of 24 hours unless the request gives
    /// another. Returns its text, to be shown once and not stored, and its record, to be stored.
    /// ``format`` has the prefix of the text.
    ///
    /// ``random`` is for tests: a function that returns as many bytes as it is asked for, as
    /// ``os.urandom`` does.
    ///
    /// Raises:
    ///     Forbidden: the actor is no super administrator.
    ///     Invalid: the description has more than 1,024 bytes of UTF-8
    ///         (``description_too_long``) or a control character (``description_control``).
    ///     ExpiryNotInFuture: ``expires_at`` of the request is not after now.
    ///     TimeOutOfRange: outside the years 1 to 9999.
    #[staticmethod]
    #[pyo3(
        signature = (key_ring, actor, request, *, now, format=None, random=None),
        text_signature = "(key_ring, actor, request, *, now, format=..., random=None)"
    )]
    fn create(
        py: Python<'_>,
        key_ring: &KeyRing,
        actor: &Actor,
        request: &SecurityRequest,
        now: Instant,
        format: Option<&SecurityFormat>,
        random: Option<&Bound<'_, PyAny>>,
    ) -> Result<(SecurityText, Self)> {
        let (text, record) = stopgap::SecurityCode::create(
            &key_ring.now(),
            &SecurityFormat::or_default(format),
            &actor.0,
            request.core(),
            now.0,
            &mut Random(py, random),
        )
        .or_raise(py)?;
        Ok((SecurityText(text), Self(record)))
    }

    /// The id of the record, a UUID that contains the time of creation.
    #[getter]
    fn id(&self) -> String {
        self.0.unverified().id.to_string()
    }

    /// The keyed digest of the code, 32 bytes. A store finds the record by it.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.unverified().digest.as_bytes())
    }

    /// The access level.
    #[getter]
    fn access(&self) -> Access {
        Access(self.0.unverified().access.clone())
    }

    /// The scopes.
    #[getter]
    fn scopes(&self) -> Scopes {
        Scopes(self.0.unverified().scopes.clone())
    }

    /// The description.
    #[getter]
    fn description(&self) -> &str {
        &self.0.unverified().description
    }

    /// The time of creation, in UTC.
    #[getter]
    fn created_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        time::utc(py, self.0.unverified().created_at)
    }

    /// The lifetime.
    #[getter]
    fn lifetime(&self) -> Lifetime {
        Lifetime(self.0.unverified().lifetime)
    }

    /// Returns the state of the code now, by its unverified lifetime.
    #[pyo3(signature = (*, now))]
    fn state<'py>(&self, py: Python<'py>, now: Instant) -> Result<Bound<'py, PyAny>> {
        word::lifecycle_state(py, &self.0.unverified().state(now.0))
    }

    /// Authenticates a code that :meth:`SecurityFormat.read` has read. The code is compared in
    /// constant time. ``role_of`` is called only for the right code, with the name of the
    /// user whose rights it has, and returns the user's :class:`Role`.
    ///
    /// Raises:
    ///     TimeOutOfRange: now is outside the years 1 to 9999.
    ///     KeyMissing: the ring does not hold the record's key; with ``key_id``.
    ///     Unknown: it is another code, or the code is gone.
    ///     Tampered: it is the right code, and the record was changed outside Stopgap.
    ///     Expired: it is the right code, in the week after its expiry.
    ///     TypeError: ``role_of`` returned no :class:`Role`. An exception of ``role_of``
    ///         itself is not caught.
    #[pyo3(signature = (key_ring, code, role_of, *, now))]
    fn authenticate(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        code: &Code,
        role_of: Function,
        now: Instant,
    ) -> Result<Authentication> {
        let mut told = Ok(Some(Role::User));
        let keys = key_ring.now();
        let role_of = |user: &stopgap::Name| {
            told = access::told(py, &role_of, user);
            told.as_ref().ok().copied().flatten().unwrap_or(Role::User)
        };
        let authenticated = self.0.authenticate(&keys, &code.0, role_of, now.0);
        let authentication = Authentication::of(&authenticated.or_raise(py)?);
        match told? {
            Some(_) => Ok(authentication),
            None => Err(Refusal::Unknown.raise(py)),
        }
    }

    /// Sets the expiry. A permanent code is then no longer permanent.
    ///
    /// Raises:
    ///     Expired: the code has expired; reactivate it first.
    ///     ExpiryNotInFuture: ``expires_at`` is not after now.
    #[pyo3(signature = (key_ring, actor, expires_at, *, now))]
    fn edit(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        actor: &Actor,
        expires_at: Instant,
        now: Instant,
    ) -> Result<Self> {
        let expires_at = expires_at.0;
        self.after(
            py,
            key_ring,
            actor,
            LifecycleEvent::Edit { expires_at },
            now,
        )
    }

    /// Makes the code permanent.
    ///
    /// Raises:
    ///     Expired: the code has expired; reactivate it first.
    #[pyo3(signature = (key_ring, actor, *, now))]
    fn make_permanent(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        actor: &Actor,
        now: Instant,
    ) -> Result<Self> {
        self.after(py, key_ring, actor, LifecycleEvent::MakePermanent, now)
    }

    /// Restarts the 24-hour lifetime, also of a permanent code.
    ///
    /// Raises:
    ///     Expired: the code has expired; reactivate it first.
    #[pyo3(signature = (key_ring, actor, *, now))]
    fn reset(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        actor: &Actor,
        now: Instant,
    ) -> Result<Self> {
        self.after(py, key_ring, actor, LifecycleEvent::Reset, now)
    }

    /// Reactivates an expired code for 24 hours.
    ///
    /// Raises:
    ///     AlreadyActive: the code is active; reset it for another 24 hours.
    #[pyo3(signature = (key_ring, actor, *, now))]
    fn reactivate(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        actor: &Actor,
        now: Instant,
    ) -> Result<Self> {
        self.after(py, key_ring, actor, LifecycleEvent::Reactivate, now)
    }

    /// Sets the description: one line of at most 1,024 bytes of UTF-8.
    ///
    /// Raises:
    ///     Invalid: the text is longer (``description_too_long``), or has a control character
    ///         (``description_control``).
    #[pyo3(signature = (key_ring, actor, description, *, now))]
    fn describe(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        actor: &Actor,
        description: Text<'_>,
        now: Instant,
    ) -> Result<Self> {
        let event = LifecycleEvent::Describe(&description);
        self.after(py, key_ring, actor, event, now)
    }

    /// Deletes the code. The record that is returned is gone.
    #[pyo3(signature = (key_ring, actor, *, now))]
    fn delete(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        actor: &Actor,
        now: Instant,
    ) -> Result<Self> {
        self.after(py, key_ring, actor, LifecycleEvent::Delete, now)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "SecurityCode(id='{}', key_id={}, digest=.., access={}, scopes={}, created_at={}, \
            lifetime={}, description={})",
            self.id(),
            self.0.unverified().key_id,
            self.access().__repr__(py)?,
            self.scopes().__repr__(py)?,
            self.created_at(py)?.repr()?,
            self.lifetime().__repr__(py)?,
            quoted(py, self.description())?
        ))
    }
}
