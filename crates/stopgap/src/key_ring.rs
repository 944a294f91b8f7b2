//! The ring of a server's master keys (SPEC, "Keys").

use alloc::{boxed::Box, vec::Vec};
use core::{iter, mem};

use crate::{
    code::Code,
    digest::{CodeDigest, ComputedDigest},
    hmac::{DerivationKey, HmacKey, on_wiped_stack},
    key::{EnrolmentKey, MasterKey, expand_tenant},
    key_bytes::KeyBytes,
    key_error::KeyError,
    key_id::{KeyId, KeyMissing},
    name::Name,
};

/// The master keys of a server (SPEC, "Keys"). The key that was added last is the primary
/// key, by which codes are issued. Codes are verified by all keys, and each record stores the
/// id of its key. A ring is never empty.
///
/// The keys that are derived from a master key are computed once, when that key is added.
// Each key stays in one place, where it is wiped when dropped: a value that moves
// leaves its bytes behind.
#[derive(Debug)]
pub struct KeyRing {
    primary: Box<RingKey>,
    /// The other keys; the one that was added last is first.
    #[expect(clippy::vec_box, reason = "a vector that grows moves its items")]
    older: Vec<Box<RingKey>>,
}

/// A master key and the keys that are derived from it.
#[derive(Debug)]
pub(crate) struct RingKey {
    pub(crate) id: KeyId,
    master: DerivationKey,
    online: HmacKey,
    security: HmacKey,
    record: HmacKey,
}

impl RingKey {
    fn new(id: KeyId, master: &[u8; 32]) -> Box<Self> {
        on_wiped_stack(|| {
            let master = DerivationKey::new(master);
            Box::new(Self {
                id,
                online: master.derive(b"stopgap/1/online"),
                security: master.derive(b"stopgap/1/security"),
                record: master.derive(b"stopgap/1/record"),
                master,
            })
        })
    }

    fn copy(&self) -> Box<Self> {
        on_wiped_stack(|| {
            Box::new(Self {
                id: self.id,
                master: self.master.clone(),
                online: self.online.clone(),
                security: self.security.clone(),
                record: self.record.clone(),
            })
        })
    }

    /// Returns the key of a tenant under the same id.
    fn tenant(&self, tenant: &Name) -> Box<Self> {
        let master = on_wiped_stack(|| expand_tenant(&self.master, tenant));
        Self::new(self.id, master.bytes())
    }

    /// Returns HMAC(online key, text(user) ‖ code).
    pub(crate) fn online_digest(&self, user: &Name, code: &Code) -> CodeDigest {
        let parts: [&[u8]; 3] = [&user.length(), user.as_bytes(), code.ascii()];
        CodeDigest::from_bytes(self.online.mac(&parts))
    }

    /// Returns HMAC(security key, code).
    pub(crate) fn security_digest(&self, code: &Code) -> CodeDigest {
        CodeDigest::from_bytes(self.security.mac(&[code.ascii()]))
    }

    /// Returns the HMAC of the parts, joined, under the record key.
    pub(crate) fn record_mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.record.mac(parts)
    }

    /// Returns expand(master, `stopgap/1/enrolment` ‖ text(user) ‖ text(machine) ‖
    /// be32(generation)).
    pub(crate) fn enrolment_key(
        &self,
        user: &Name,
        machine: &Name,
        generation: u32,
    ) -> EnrolmentKey {
        let info: [&[u8]; 6] = [
            b"stopgap/1/enrolment",
            &user.length(),
            user.as_bytes(),
            &machine.length(),
            machine.as_bytes(),
            &generation.to_be_bytes(),
        ];
        let mut key = KeyBytes::default();
        on_wiped_stack(|| self.master.expand(&info, key.bytes_mut()));
        EnrolmentKey::new(key)
    }
}

/// Copies the keys: for a ring that replaces one which others still use.
impl Clone for KeyRing {
    fn clone(&self) -> Self {
        Self {
            primary: self.primary.copy(),
            older: self.older.iter().map(|key| key.copy()).collect(),
        }
    }
}

impl KeyRing {
    /// Creates a ring with one key.
    #[must_use]
    pub fn new(id: KeyId, master: &MasterKey) -> Self {
        Self {
            primary: RingKey::new(id, master.reveal()),
            older: Vec::new(),
        }
    }

    /// Adds a key, which becomes the primary key. The other keys continue to verify. Add
    /// the keys of a store from the oldest to the newest.
    ///
    /// # Errors
    ///
    /// [`KeyError::Duplicate`] if the ring has a key with that id.
    pub fn add(&mut self, id: KeyId, master: &MasterKey) -> Result<(), KeyError> {
        if self.get(id).is_ok() {
            return Err(KeyError::Duplicate { id });
        }
        let key = RingKey::new(id, master.reveal());
        let previous = mem::replace(&mut self.primary, key);
        self.older.insert(0, previous);
        Ok(())
    }

    /// Retires a key. Codes and records that were made with it are refused from
    /// now on.
    ///
    /// # Errors
    ///
    /// [`KeyError::Primary`] for the primary key, [`KeyError::Missing`] if
    /// the ring has no key with that id.
    pub fn retire(&mut self, id: KeyId) -> Result<(), KeyError> {
        if self.primary.id == id {
            return Err(KeyError::Primary { id });
        }
        match self.older.iter().position(|key| key.id == id) {
            Some(index) => {
                self.older.remove(index);
                Ok(())
            }
            None => Err(KeyError::Missing { id }),
        }
    }

    /// Returns the id of the primary key.
    #[must_use]
    pub fn primary_id(&self) -> KeyId {
        self.primary.id
    }

    /// Returns the ids of all keys, the primary key first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.iter().map(|key| key.id)
    }

    /// Derives the ring of a tenant: the tenant's key of each master key, under the same
    /// id. Another source of keys does so by [`KeySource`](crate::KeySource).
    #[must_use]
    pub fn tenant(&self, tenant: &Name) -> Self {
        let older = self.older.iter().map(|key| key.tenant(tenant));
        Self {
            primary: self.primary.tenant(tenant),
            older: older.collect(),
        }
    }

    /// Returns a check value for each key, the primary key first. It identifies the key and
    /// reveals nothing else (SPEC, "Records at rest"). Store it, and compare it when the
    /// store is opened.
    pub fn check_values(&self) -> impl Iterator<Item = (KeyId, [u8; 32])> {
        self.iter().map(|key| (key.id, key.record_mac(&[b"check"])))
    }

    /// Returns the digest of a user's online code under each key, the primary key first. A
    /// store finds the code by them. Another user has other digests for the same
    /// code.
    pub fn online_digests(&self, user: &Name, code: &Code) -> impl Iterator<Item = ComputedDigest> {
        self.iter()
            .map(move |key| ComputedDigest::new(key.id, key.online_digest(user, code)))
    }

    /// Returns the digest of a security code under each key, the primary key first. A store
    /// finds the code by them.
    pub fn security_digests(&self, code: &Code) -> impl Iterator<Item = ComputedDigest> {
        self.iter()
            .map(move |key| ComputedDigest::new(key.id, key.security_digest(code)))
    }

    pub(crate) fn primary(&self) -> &RingKey {
        &self.primary
    }

    pub(crate) fn get(&self, id: KeyId) -> Result<&RingKey, KeyMissing> {
        self.iter().find(|key| key.id == id).ok_or(KeyMissing(id))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &RingKey> {
        iter::once(&self.primary)
            .chain(&self.older)
            .map(Box::as_ref)
    }
}
