//! The record of a security code.

use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict},
};
use stopgap::{CodeDigest, KeyId, LifeEvent};

use crate::{
    Result,
    access::{Access, Authentication, told},
    actor::Actor,
    code::Code,
    error::{self, OrRaise},
    function::Function,
    key_ring::KeyRing,
    life::Life,
    number::Whole,
    octets::Octets,
    pickle::{Remade, remade_of},
    random::Random,
    record,
    scopes::{Given, Scopes},
    security_format::SecurityFormat,
    tag::Tag,
    text::{Text, quoted},
    time::{self, Instant},
    word,
};

/// The record of a security code, an API secret with a lifetime, without the code.
/// ``digest`` has 32 bytes.
///
/// It is immutable: methods return the new record, to be stored in place of this one. All
/// changes need a super administrator, and may raise :class:`Forbidden`, :class:`NotFound`
/// if the code is gone, and :class:`TimeOutOfRange` outside the years 1 to 9999. Records
/// cannot be compared: that would compare digests.
///
/// Raises:
///     Invalid: the digest has not 32 bytes, or the scopes are none.
///
/// >>> from datetime import datetime, timezone
/// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
/// >>> ring = KeyRing(1, MasterKey.generate())
/// >>> sasha = Actor("sasha", Role.SUPER_ADMINISTRATOR)
/// >>> access = Access.same_as("svc-backup")
/// >>> code, record = SecurityCode.create(
/// ...     ring, sasha, access, "nightly backup", scopes=["backup:write"], now=now
/// ... )
/// >>> secret = SecurityFormat().text(code).reveal()  # stopgap_…, for the program
/// >>> record = record.make_permanent(sasha, now=now)
///
/// A program presents it:
///
/// >>> authentication = record.authenticate(
/// ...     ring, secret, role_of=lambda user: Role.ADMINISTRATOR, now=now
/// ... )
/// >>> authentication.role, authentication.user
/// (<Role.ADMINISTRATOR: 'administrator'>, 'svc-backup')
/// >>> "backup:write" in authentication.scopes
/// True
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct SecurityCode(pub(crate) stopgap::SecurityCode);

impl SecurityCode {
    fn after(&self, py: Python<'_>, actor: &Actor, event: LifeEvent, now: Instant) -> Result<Self> {
        let mut record = self.0.clone();
        record.apply(&actor.0, event, now.0).or_raise(py)?;
        Ok(Self(record))
    }
}

#[pymethods]
impl SecurityCode {
    #[new]
    #[pyo3(
        signature = (
            *, key_id, digest, access, scopes, created_at, life, description=None
        ),
        text_signature = "(*, key_id, digest, access, scopes, created_at, life, \
        description='')"
    )]
    #[expect(clippy::too_many_arguments, reason = "each has its name in Python")]
    fn new(
        py: Python<'_>,
        key_id: Whole<u32>,
        digest: Octets,
        access: &Access,
        scopes: Given,
        created_at: Instant,
        life: &Life,
        description: Option<Text<'_>>,
    ) -> Result<Self> {
        let Ok(digest) = (*digest).try_into().map(CodeDigest::from_bytes) else {
            let message = format!("a digest is 32 bytes, not {}", digest.len());
            return Err(error::invalid(py, "digest", &message));
        };
        Ok(Self(stopgap::SecurityCode {
            key_id: KeyId(key_id.0),
            digest,
            access: access.0.clone(),
            scopes: scopes.0,
            description: description.map(Text::into_owned).unwrap_or_default(),
            created_at: created_at.0,
            life: life.0,
        }))
    }

    /// Creates a code of 128 random bits with a lifetime of 24 hours. Returns the code, to be
    /// shown once and not stored, and the record, to be stored. :class:`SecurityFormat`
    /// makes the text of the code.
    ///
    /// ``scopes`` is :attr:`Scopes.UNLIMITED` or several scopes. ``random`` is for tests: a
    /// function that returns as many bytes as it is asked for, as ``os.urandom`` does.
    ///
    /// Raises:
    ///     Forbidden: the actor is no super administrator.
    ///     Invalid: the scopes are none, or the description has more than 1,024 bytes of
    ///         UTF-8 or a control character.
    ///     TimeOutOfRange: outside the years 1 to 9999.
    #[staticmethod]
    #[pyo3(
        signature = (
            key_ring, actor, access, description=None, *, scopes, now, random=None
        ),
        text_signature = "(key_ring, actor, access, description='', *, scopes, now, \
        random=None)"
    )]
    #[expect(clippy::too_many_arguments, reason = "each has its name in Python")]
    fn create(
        py: Python<'_>,
        key_ring: &KeyRing,
        actor: &Actor,
        access: &Access,
        description: Option<Text<'_>>,
        scopes: Given,
        now: Instant,
        random: Option<&Bound<'_, PyAny>>,
    ) -> Result<(Code, Self)> {
        let description = description.map(Text::into_owned).unwrap_or_default();
        let access = access.0.clone();
        let mut random = Random(py, random);
        let (code, record) = stopgap::SecurityCode::create(
            &key_ring.now(),
            &actor.0,
            access,
            scopes.0,
            &description,
            now.0,
            &mut random,
        )
        .or_raise(py)?;
        Ok((Code(code), Self(record)))
    }

    /// The id of the key that made the digest.
    #[getter]
    fn key_id(&self) -> u32 {
        self.0.key_id.0
    }

    /// The keyed digest of the code, 32 bytes. A store finds the record by it.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.digest.as_bytes())
    }

    /// The access level.
    #[getter]
    fn access(&self) -> Access {
        Access(self.0.access.clone())
    }

    /// The scopes.
    #[getter]
    fn scopes(&self) -> Scopes {
        Scopes(self.0.scopes.clone())
    }

    /// The description.
    #[getter]
    fn description(&self) -> &str {
        &self.0.description
    }

    /// The instant of creation, in UTC.
    #[getter]
    fn created_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        time::utc(py, self.0.created_at)
    }

    /// The lifetime.
    #[getter]
    fn life(&self) -> Life {
        Life(self.0.life)
    }

    /// Authenticates the text of a code that a program presents. The code is compared in
    /// constant time. ``role_of`` is called only for the right code, with the name of the
    /// user whose rights it has, and returns the user's :class:`Role`. The text is read by
    /// ``format``.
    ///
    /// Raises:
    ///     Malformed: the text is no security code.
    ///     KeyMissing: the ring does not hold the record's key; with ``key_id``.
    ///     Unknown: it is another code, or the code is gone.
    ///     Expired: it is the right code, in the week after its expiry.
    ///     TimeOutOfRange: now is outside the years 1 to 9999.
    ///     TypeError: ``role_of`` returned no :class:`Role`. An exception of ``role_of``
    ///         itself is not caught.
    #[pyo3(
        signature = (key_ring, presented, *, role_of, now, format=None),
        text_signature = "($self, key_ring, presented, *, role_of, now, format=...)"
    )]
    fn authenticate(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        presented: Text<'_>,
        role_of: Function,
        now: Instant,
        format: Option<&SecurityFormat>,
    ) -> Result<Authentication> {
        let mut raised = None;
        let keys = key_ring.now();
        let format = SecurityFormat::or_default(format);
        let role_of = |user: &stopgap::Name| told(py, &role_of, user, &mut raised);
        let authenticated = self
            .0
            .authenticate(&keys, &format, &presented, role_of, now.0);
        let authentication = Authentication::of(&authenticated.or_raise(py)?);
        raised.map_or(Ok(authentication), Err)
    }

    /// Returns the state of the lifetime.
    #[pyo3(signature = (*, now))]
    fn state<'py>(&self, py: Python<'py>, now: Instant) -> Result<Bound<'py, PyAny>> {
        word::life_state(py, &self.0.state(now.0))
    }

    /// Sets the expiry. A permanent code is then no longer permanent.
    ///
    /// Raises:
    ///     Expired: the code has expired; reactivate it first.
    ///     ExpiryNotInFuture: ``expires_at`` is not after now.
    #[pyo3(signature = (actor, expires_at, *, now))]
    fn edit(
        &self,
        py: Python<'_>,
        actor: &Actor,
        expires_at: Instant,
        now: Instant,
    ) -> Result<Self> {
        let expires_at = expires_at.0;
        self.after(py, actor, LifeEvent::Edit { expires_at }, now)
    }

    /// Makes the code permanent.
    ///
    /// Raises:
    ///     Expired: the code has expired; reactivate it first.
    #[pyo3(signature = (actor, *, now))]
    fn make_permanent(&self, py: Python<'_>, actor: &Actor, now: Instant) -> Result<Self> {
        self.after(py, actor, LifeEvent::MakePermanent, now)
    }

    /// Restarts the 24-hour lifetime.
    ///
    /// Raises:
    ///     Expired: the code has expired; reactivate it first.
    #[pyo3(signature = (actor, *, now))]
    fn reset(&self, py: Python<'_>, actor: &Actor, now: Instant) -> Result<Self> {
        self.after(py, actor, LifeEvent::Reset, now)
    }

    /// Makes an expired code active for 24 hours.
    ///
    /// Raises:
    ///     AlreadyActive: the code is active; reset it for another 24 hours.
    #[pyo3(signature = (actor, *, now))]
    fn reactivate(&self, py: Python<'_>, actor: &Actor, now: Instant) -> Result<Self> {
        self.after(py, actor, LifeEvent::Reactivate, now)
    }

    /// Sets the description, at most 1,024 bytes of UTF-8.
    ///
    /// Raises:
    ///     Invalid: the text is longer, or holds a control character.
    #[pyo3(signature = (actor, description, *, now))]
    fn describe(
        &self,
        py: Python<'_>,
        actor: &Actor,
        description: Text<'_>,
        now: Instant,
    ) -> Result<Self> {
        let mut record = self.0.clone();
        record
            .describe(&actor.0, &description, now.0)
            .or_raise(py)?;
        Ok(Self(record))
    }

    /// Deletes the code. The record that is returned is gone.
    #[pyo3(signature = (actor, *, now))]
    fn delete(&self, py: Python<'_>, actor: &Actor, now: Instant) -> Result<Self> {
        self.after(py, actor, LifeEvent::Delete, now)
    }

    /// Computes the tag to store beside this record, 32 bytes. Compute it again when the
    /// record changes.
    ///
    /// Raises:
    ///     KeyMissing: the ring does not hold the record's key; with ``key_id``.
    fn tag<'py>(&self, py: Python<'py>, key_ring: &KeyRing) -> Result<Bound<'py, PyBytes>> {
        let tag = self.0.tag(&key_ring.now()).or_raise(py)?;
        Ok(PyBytes::new(py, tag.as_bytes()))
    }

    /// Checks the tag that was stored beside this record, in constant time. Call it before
    /// the record is used.
    ///
    /// Raises:
    ///     Tampered: record and tag do not belong together.
    ///     KeyMissing: the ring does not hold the record's key; with ``key_id``.
    fn check_tag(&self, py: Python<'_>, key_ring: &KeyRing, tag: Tag) -> Result<()> {
        let tag = tag.kept().or_raise(py)?;
        self.0.check_tag(&key_ring.now(), &tag).or_raise(py)
    }

    /// Returns plain values, to be stored; the digest in hexadecimal.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &self.0)
    }

    /// Returns the record of such a dict.
    ///
    /// Raises:
    ///     Invalid: the dict describes no record.
    #[staticmethod]
    fn from_dict(record: &Bound<'_, PyDict>) -> Result<Self> {
        record::from_dict(record).map(Self)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "SecurityCode(key_id={}, digest=.., access={}, scopes={}, created_at={}, \
            life={}, description={})",
            self.key_id(),
            self.access().__repr__(py)?,
            self.scopes().__repr__(py)?,
            self.created_at(py)?.repr()?,
            self.life().__repr__(py)?,
            quoted(py, self.description())?
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        remade_of(slf, slf.get().to_dict(slf.py())?)
    }
}
