//! What a server keeps of a security code.

use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict},
};
use stopgap::{CodeDigest, KeyId, LifeEvent};

use crate::{
    Result,
    access::{Access, Scope, told},
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
    tag::Tag,
    text::{Text, quoted},
    time::{self, Instant},
    word,
};

/// What a server keeps of a security code, an API secret with a life, in whatever store
/// it has: everything but the code. ``digest`` has 32 bytes.
///
/// It does not change: what is done to it gives the record after that, to be kept in its
/// place. All of that needs a super administrator, and may raise :class:`Forbidden`,
/// :class:`NotFound` for a code that is gone, and :class:`TimeOutOfRange` outside the
/// years 1 to 9999. Records are not compared: that would compare digests.
///
/// Raises:
///     Invalid: the digest has not 32 bytes.
///
/// >>> from datetime import datetime, timezone
/// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
/// >>> ring = KeyRing(1, MasterKey.generate())
/// >>> sasha = Actor("sasha", Role.SUPER_ADMINISTRATOR)
/// >>> access = Access.same_as("svc-backup")
/// >>> code, record = SecurityCode.create(ring, sasha, access, "backup", now=now)
/// >>> record = record.make_permanent(sasha, now=now)
///
/// Somebody presents it:
///
/// >>> record.authenticate(
/// ...     ring, code.reveal(), role_of=lambda user: Role.ADMINISTRATOR, now=now
/// ... )
/// Scope(role=Role.ADMINISTRATOR, user='svc-backup', limited=False)
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
        signature = (*, key_id, digest, access, created_at, life, description=None),
        text_signature = "(*, key_id, digest, access, created_at, life, description='')"
    )]
    fn new(
        py: Python<'_>,
        key_id: Whole<u32>,
        digest: Octets,
        access: &Access,
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
            description: description.map(Text::into_owned).unwrap_or_default(),
            created_at: created_at.0,
            life: life.0,
        }))
    }

    /// Creates a code of 128 random bits that lives 24 hours: the code, to be told once
    /// and not kept, and the record, to be kept.
    ///
    /// ``random`` gives as many bytes as it is asked for; the operating system's by
    /// default.
    ///
    /// Raises:
    ///     Forbidden: the actor is no super administrator.
    ///     Invalid: the description has more than 1,024 bytes of UTF-8, or a control
    ///         character.
    ///     TimeOutOfRange: outside the years 1 to 9999.
    #[staticmethod]
    #[pyo3(
        signature = (
            key_ring, actor, access, description=None, *, now, random=None
        ),
        text_signature = "(key_ring, actor, access, description='', *, now, random=None)"
    )]
    fn create(
        py: Python<'_>,
        key_ring: &KeyRing,
        actor: &Actor,
        access: &Access,
        description: Option<Text<'_>>,
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
            &description,
            now.0,
            &mut random,
        )
        .or_raise(py)?;
        Ok((Code(code), Self(record)))
    }

    /// The key that made the digest.
    #[getter]
    fn key_id(&self) -> u32 {
        self.0.key_id.0
    }

    /// The keyed digest of the code, 32 bytes: what a store looks for.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.digest.as_bytes())
    }

    /// With whose rights it acts.
    #[getter]
    fn access(&self) -> Access {
        Access(self.0.access.clone())
    }

    /// What it is for, in somebody's words.
    #[getter]
    fn description(&self) -> &str {
        &self.0.description
    }

    /// When it was created, in UTC.
    #[getter]
    fn created_at<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        time::utc(py, self.0.created_at)
    }

    /// Its life.
    #[getter]
    fn life(&self) -> Life {
        Life(self.0.life)
    }

    /// What the code that somebody presents may do, where ``role_of`` tells a user's
    /// :class:`Role`. The code is compared in constant time; nobody's role is needed for
    /// this. ``role_of`` is called for a code that is right, with the name of the user
    /// whose rights it has.
    ///
    /// Raises:
    ///     Malformed: it is not a code at all.
    ///     KeyMissing: the ring does not hold the record's key; with ``key_id``.
    ///     Unknown: it is another code, or is gone.
    ///     Expired: it is the right code, in the week after its expiry.
    ///     TimeOutOfRange: outside the years 1 to 9999.
    ///     TypeError: ``role_of`` gave something else than a :class:`Role`. What it
    ///         raises itself is not caught.
    #[pyo3(signature = (key_ring, presented, *, role_of, now))]
    fn authenticate(
        &self,
        py: Python<'_>,
        key_ring: &KeyRing,
        presented: Text<'_>,
        role_of: Function,
        now: Instant,
    ) -> Result<Scope> {
        let mut raised = None;
        let keys = key_ring.now();
        let role_of = |user: &stopgap::Name| told(py, &role_of, user, &mut raised);
        let scope = self.0.authenticate(&keys, &presented, role_of, now.0);
        let scope = Scope::of(&scope.or_raise(py)?);
        raised.map_or(Ok(scope), Err)
    }

    /// Where its life stands.
    #[pyo3(signature = (*, now))]
    fn state<'py>(&self, py: Python<'py>, now: Instant) -> Result<Bound<'py, PyAny>> {
        word::life_state(py, &self.0.state(now.0))
    }

    /// Lets it live until another instant; a permanent one is permanent no longer.
    ///
    /// Raises:
    ///     Expired: it has expired; reactivate it first.
    ///     ExpiryNotInFuture: ``expires_at`` is over.
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

    /// Lets it live for good.
    ///
    /// Raises:
    ///     Expired: it has expired; reactivate it first.
    #[pyo3(signature = (actor, *, now))]
    fn make_permanent(&self, py: Python<'_>, actor: &Actor, now: Instant) -> Result<Self> {
        self.after(py, actor, LifeEvent::MakePermanent, now)
    }

    /// Lets it live 24 hours from now.
    ///
    /// Raises:
    ///     Expired: it has expired; reactivate it first.
    #[pyo3(signature = (actor, *, now))]
    fn reset(&self, py: Python<'_>, actor: &Actor, now: Instant) -> Result<Self> {
        self.after(py, actor, LifeEvent::Reset, now)
    }

    /// Brings an expired one back for 24 hours.
    ///
    /// Raises:
    ///     AlreadyActive: it lives; reset it for 24 hours more.
    #[pyo3(signature = (actor, *, now))]
    fn reactivate(&self, py: Python<'_>, actor: &Actor, now: Instant) -> Result<Self> {
        self.after(py, actor, LifeEvent::Reactivate, now)
    }

    /// Describes it anew, in at most 1,024 bytes of UTF-8.
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

    /// Deletes it: the record after that is gone for good.
    #[pyo3(signature = (actor, *, now))]
    fn delete(&self, py: Python<'_>, actor: &Actor, now: Instant) -> Result<Self> {
        self.after(py, actor, LifeEvent::Delete, now)
    }

    /// The tag to keep beside this record, 32 bytes under the server's record key. It
    /// binds the digest, the life and the access: make it anew when the life changes.
    ///
    /// Raises:
    ///     KeyMissing: the ring does not hold the record's key; with ``key_id``.
    fn tag<'py>(&self, py: Python<'py>, key_ring: &KeyRing) -> Result<Bound<'py, PyBytes>> {
        let tag = self.0.tag(&key_ring.now()).or_raise(py)?;
        Ok(PyBytes::new(py, tag.as_bytes()))
    }

    /// Checks the tag that was kept beside this record, in constant time: before anything
    /// in it is believed.
    ///
    /// Raises:
    ///     Tampered: record and tag do not belong together.
    ///     KeyMissing: the ring does not hold the record's key; with ``key_id``.
    fn check_tag(&self, py: Python<'_>, key_ring: &KeyRing, tag: Tag) -> Result<()> {
        let tag = tag.kept().or_raise(py)?;
        self.0.check_tag(&key_ring.now(), &tag).or_raise(py)
    }

    /// Plain values, to be kept; the digest in hexadecimal.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &self.0)
    }

    /// The record of such a dict.
    ///
    /// Raises:
    ///     Invalid: it describes none.
    #[staticmethod]
    fn from_dict(record: &Bound<'_, PyDict>) -> Result<Self> {
        record::from_dict(record).map(Self)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "SecurityCode(key_id={}, digest=.., access={}, created_at={}, life={}, \
            description={})",
            self.key_id(),
            self.access().__repr__(py)?,
            self.created_at(py)?.repr()?,
            self.life().__repr__(py)?,
            quoted(py, self.description())?
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        remade_of(slf, slf.get().to_dict(slf.py())?)
    }
}
