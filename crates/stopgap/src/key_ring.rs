//! The ring of master keys that a server works with (SPEC, "Keys").

use alloc::{boxed::Box, vec::Vec};
use core::iter;

use crate::{
    code::Code,
    digest::CodeDigest,
    hmac::HmacKey,
    key::{EnrolmentKey, MasterKey, expand_tenant},
    key_id::{KeyId, KeyMissing},
    name::{Name, NameError},
    secret::Secret,
};

/// The keys of a server: the newest issues, all verify, and every record keeps
/// the id of its own (SPEC, "Keys"). It is never empty.
///
/// What is derived from a master key is derived once, when it is added.
#[derive(Debug)]
pub struct KeyRing {
    newest: RingKey,
    /// Newest first.
    // A vector that grows, or closes a gap, leaves behind what it moved: pointers.
    #[expect(clippy::vec_box, reason = "a key stays where it is wiped")]
    older: Vec<Box<RingKey>>,
}

#[derive(Debug)]
pub(crate) struct RingKey {
    pub(crate) id: KeyId,
    master: HmacKey,
    online: HmacKey,
    security: HmacKey,
    record: HmacKey,
}

impl RingKey {
    fn new(id: KeyId, master: &[u8; 32]) -> Self {
        let master = HmacKey::new(master);
        Self {
            id,
            online: master.derive(&[b"stopgap/1/online"]),
            security: master.derive(&[b"stopgap/1/security"]),
            record: master.derive(&[b"stopgap/1/record"]),
            master,
        }
    }

    /// HMAC(online key, text(user) ‖ code).
    pub(crate) fn online_digest(&self, user: &Name<impl AsRef<str>>, code: &Code) -> CodeDigest {
        let mac = self
            .online
            .mac(&[&user.length(), user.as_bytes(), code.ascii()]);
        CodeDigest::from_bytes(mac)
    }

    /// HMAC(security key, code).
    pub(crate) fn security_digest(&self, code: &Code) -> CodeDigest {
        CodeDigest::from_bytes(self.security.mac(&[code.ascii()]))
    }

    /// HMAC under the record key of the parts, one after the other.
    pub(crate) fn record_mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.record.mac(parts)
    }

    /// expand(master, `stopgap/1/enrolment` ‖ text(user) ‖ text(machine) ‖
    /// be32(generation)).
    pub(crate) fn enrolment_key(
        &self,
        user: &Name,
        machine: &Name,
        generation: u32,
    ) -> EnrolmentKey {
        let secret = self.master.expand(&[
            b"stopgap/1/enrolment",
            &user.length(),
            user.as_bytes(),
            &machine.length(),
            machine.as_bytes(),
            &generation.to_be_bytes(),
        ]);
        EnrolmentKey::of(Secret::copy_of(&secret))
    }
}

impl KeyRing {
    /// A ring of one key.
    #[must_use]
    pub fn new(id: KeyId, master: &MasterKey) -> Self {
        Self {
            newest: RingKey::new(id, master.reveal()),
            older: Vec::new(),
        }
    }

    /// Adds a key that issues from now on. The others go on verifying. Add the
    /// keys of a store from the oldest to the newest.
    ///
    /// # Errors
    ///
    /// [`KeyRingError::Duplicate`] where the ring holds a key of that id.
    pub fn rotate(&mut self, id: KeyId, master: &MasterKey) -> Result<(), KeyRingError> {
        if self.get(id).is_ok() {
            return Err(KeyRingError::Duplicate { id });
        }
        let key = RingKey::new(id, master.reveal());
        let previous = core::mem::replace(&mut self.newest, key);
        self.older.insert(0, Box::new(previous));
        Ok(())
    }

    /// Drops an old key: nothing made with it is accepted any more.
    ///
    /// # Errors
    ///
    /// [`KeyRingError::Newest`] for the key that issues,
    /// [`KeyRingError::Missing`] for an id that is not there.
    pub fn retire(&mut self, id: KeyId) -> Result<(), KeyRingError> {
        if self.newest.id == id {
            return Err(KeyRingError::Newest { id });
        }
        match self.older.iter().position(|key| key.id == id) {
            Some(index) => {
                self.older.remove(index);
                Ok(())
            }
            None => Err(KeyRingError::Missing(KeyMissing { id })),
        }
    }

    /// The id of the key that issues.
    #[must_use]
    pub fn newest_id(&self) -> KeyId {
        self.newest.id
    }

    /// The ids of all keys, newest first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.iter().map(|key| key.id)
    }

    /// The ring of one tenant: every key becomes the tenant's, under the same
    /// id.
    ///
    /// # Errors
    ///
    /// [`NameError`] where that is no name.
    pub fn tenant(&self, tenant: &str) -> Result<Self, NameError> {
        let tenant = Name::borrowed(tenant)?;
        let derive = |key: &RingKey| RingKey::new(key.id, &expand_tenant(&key.master, tenant));
        Ok(Self {
            newest: derive(&self.newest),
            older: (self.older.iter())
                .map(|key| Box::new(derive(key)))
                .collect(),
        })
    }

    /// The digest of an online code of this user under each key, newest first:
    /// what a store looks for. Under another user's name the same code has
    /// another digest.
    pub fn online_digests(
        &self,
        user: &Name<impl AsRef<str>>,
        code: &Code,
    ) -> impl Iterator<Item = (KeyId, CodeDigest)> {
        self.iter()
            .map(move |key| (key.id, key.online_digest(user, code)))
    }

    /// The digest of a security code under each key, newest first: what a store
    /// looks for.
    pub fn security_digests(&self, code: &Code) -> impl Iterator<Item = (KeyId, CodeDigest)> {
        self.iter()
            .map(move |key| (key.id, key.security_digest(code)))
    }

    pub(crate) fn newest(&self) -> &RingKey {
        &self.newest
    }

    pub(crate) fn get(&self, id: KeyId) -> Result<&RingKey, KeyMissing> {
        self.iter()
            .find(|key| key.id == id)
            .ok_or(KeyMissing { id })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &RingKey> {
        iter::once(&self.newest).chain(self.older.iter().map(Box::as_ref))
    }
}

/// What a key ring refuses (SPEC, "Keys").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRingError {
    /// There is a key of that id already.
    #[error("the key ring has a key {id} already; choose another id")]
    Duplicate {
        /// The id that is taken.
        id: KeyId,
    },
    /// The newest key issues and cannot be retired.
    #[error("key {id} is the one that issues; add a newer key first")]
    Newest {
        /// Its id.
        id: KeyId,
    },
    /// There is no such key.
    #[error(transparent)]
    Missing(#[from] KeyMissing),
}
