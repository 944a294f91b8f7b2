//! Master keys, the ring that holds them, and what is derived from them (SPEC,
//! "Keys").

use alloc::vec::Vec;
use core::{fmt, iter};

use rand_core::TryCryptoRng;
use subtle::{Choice, ConstantTimeEq};

use crate::{
    code::Code,
    hmac::HmacKey,
    name::{NameError, check, length_prefix},
    secret::{KeyError, Secret},
};

/// The secret that everything a server issues depends on: 32 uniformly random
/// bytes.
///
/// It redacts `Debug`, has no `==`, is wiped when dropped, and shows itself by
/// [`reveal`](Self::reveal) alone.
///
/// ```
/// # #[cfg(feature = "os-rng")] {
/// use stopgap::{KeyId, KeyRing, MasterKey, SysRng};
///
/// let master = MasterKey::generate(&mut SysRng)?;
/// let keys = KeyRing::new(KeyId(1), &master);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MasterKey(Secret);

impl MasterKey {
    /// The key of these bytes, which must be uniformly random.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// The key of these bytes.
    ///
    /// # Errors
    ///
    /// [`KeyError::WrongLength`] unless there are 32.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, KeyError> {
        Secret::from_slice(bytes).map(Self)
    }

    /// The key of 64 hexadecimal digits in either case, as a key file holds it;
    /// white space around them is left out.
    ///
    /// # Errors
    ///
    /// [`KeyError`] where there is anything else.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        Secret::from_hex(text).map(Self)
    }

    /// A new key; give it [`SysRng`](crate::SysRng) for the operating system's
    /// random numbers.
    ///
    /// # Errors
    ///
    /// The random number generator's own.
    pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let mut secret = Self::from_bytes([0; 32]);
        rng.try_fill_bytes(secret.0.bytes_mut())?;
        Ok(secret)
    }

    /// The master key of one tenant: expand(master, `stopgap/1/tenant` ‖
    /// text(tenant)).
    ///
    /// # Errors
    ///
    /// [`NameError`] where that is no name.
    pub fn tenant(&self, tenant: &str) -> Result<Self, NameError> {
        check(tenant)?;
        let key = expand_tenant(&HmacKey::new(self.reveal()), tenant);
        Ok(Self::from_bytes(*key))
    }

    /// The secret bytes, to be stored where no one else can read them.
    #[must_use]
    pub const fn reveal(&self) -> &[u8; 32] {
        self.0.reveal()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

fn expand_tenant(master: &HmacKey, tenant: &str) -> zeroize::Zeroizing<[u8; 32]> {
    master.expand(&[
        b"stopgap/1/tenant",
        &length_prefix(tenant),
        tenant.as_bytes(),
    ])
}

/// Names a master key in the records that were made with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KeyId(pub u32);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The keys of a server: the newest issues, all verify, and every record keeps
/// the id of its own. It is never empty.
///
/// What is derived from a master key is derived once, when it is added.
#[derive(Debug)]
pub struct KeyRing {
    newest: RingKey,
    /// Newest first.
    older: Vec<RingKey>,
}

#[derive(Debug)]
pub(crate) struct RingKey {
    pub(crate) id: KeyId,
    master: HmacKey,
    online: HmacKey,
    security: HmacKey,
}

impl RingKey {
    fn new(id: KeyId, master: &[u8; 32]) -> Self {
        let master = HmacKey::new(master);
        Self {
            id,
            online: master.derive(&[b"stopgap/1/online"]),
            security: master.derive(&[b"stopgap/1/security"]),
            master,
        }
    }

    /// HMAC(online key, text(user) ‖ code).
    pub(crate) fn online_digest(&self, user: &str, code: &Code) -> CodeDigest {
        let prefix = length_prefix(user);
        CodeDigest(self.online.mac(&[&prefix, user.as_bytes(), code.ascii()]))
    }

    /// HMAC(security key, code).
    pub(crate) fn security_digest(&self, code: &Code) -> CodeDigest {
        CodeDigest(self.security.mac(&[code.ascii()]))
    }

    /// expand(master, `stopgap/1/enrolment` ‖ text(user) ‖ text(machine) ‖
    /// be32(generation)).
    pub(crate) fn enrolment_key(&self, user: &str, machine: &str, generation: u32) -> EnrolmentKey {
        let secret = self.master.expand(&[
            b"stopgap/1/enrolment",
            &length_prefix(user),
            user.as_bytes(),
            &length_prefix(machine),
            machine.as_bytes(),
            &generation.to_be_bytes(),
        ]);
        EnrolmentKey::from_bytes(*secret)
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
        self.older.insert(0, previous);
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
        check(tenant)?;
        let derive = |key: &RingKey| RingKey::new(key.id, &expand_tenant(&key.master, tenant));
        Ok(Self {
            newest: derive(&self.newest),
            older: self.older.iter().map(derive).collect(),
        })
    }

    /// The digest of an online code of this user under each key, newest first:
    /// what a store looks for. Under another user's name the same code has
    /// another digest.
    pub fn online_digests(
        &self,
        user: &str,
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

    fn iter(&self) -> impl Iterator<Item = &RingKey> {
        iter::once(&self.newest).chain(&self.older)
    }
}

/// A record was made with a key that the ring does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key ring has no key {id}; add it, or issue anew")]
pub struct KeyMissing {
    /// The key that the record names.
    pub id: KeyId,
}

/// What a key ring refuses.
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

/// The keyed digest of a code: what is stored of it. Without the key it gives
/// nothing to try codes against.
#[derive(Clone, Copy)]
pub struct CodeDigest([u8; 32]);

impl CodeDigest {
    /// The digest that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest, to be stored and looked up by.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether two digests are the same, in constant time.
    pub(crate) fn matches(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl fmt::Debug for CodeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeDigest(..)")
    }
}

/// The secret that a server and one machine share for one user.
///
/// A server derives it when it is needed, from the
/// [`Enrolment`](crate::offline::Enrolment) it keeps. A machine gets it while it
/// is online, and keeps it where its users cannot read it. Like a master key it
/// redacts `Debug`, has no `==` and is wiped when dropped.
pub struct EnrolmentKey {
    secret: Secret,
    pub(crate) request: HmacKey,
    pub(crate) response: HmacKey,
    pub(crate) state: HmacKey,
}

impl EnrolmentKey {
    /// The key of these bytes, as a machine has kept them.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self::of(Secret::new(bytes))
    }

    /// The key of these bytes.
    ///
    /// # Errors
    ///
    /// [`KeyError::WrongLength`] unless there are 32.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, KeyError> {
        Secret::from_slice(bytes).map(Self::of)
    }

    /// The key of 64 hexadecimal digits in either case; white space around them
    /// is left out.
    ///
    /// # Errors
    ///
    /// [`KeyError`] where there is anything else.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        Secret::from_hex(text).map(Self::of)
    }

    fn of(secret: Secret) -> Self {
        let key = HmacKey::new(secret.reveal());
        Self {
            request: key.derive(&[b"stopgap/1/request"]),
            response: key.derive(&[b"stopgap/1/response"]),
            state: key.derive(&[b"stopgap/1/state"]),
            secret,
        }
    }

    /// The secret bytes, to be handed to the machine over a channel that you
    /// trust.
    #[must_use]
    pub const fn reveal(&self) -> &[u8; 32] {
        self.secret.reveal()
    }
}

impl fmt::Debug for EnrolmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnrolmentKey(..)")
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    use alloc::string::String;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use super::CodeDigest;

    impl Serialize for CodeDigest {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut hex = [0; 64];
            let hex = base16ct::lower::encode_str(&self.0, &mut hex);
            serializer.serialize_str(hex.map_err(serde::ser::Error::custom)?)
        }
    }

    impl<'de> Deserialize<'de> for CodeDigest {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let hex = String::deserialize(deserializer)?;
            let mut bytes = [0; 32];
            match base16ct::mixed::decode(&hex, &mut bytes).map(<[u8]>::len) {
                Ok(32) => Ok(Self(bytes)),
                _ => Err(D::Error::custom("a digest is 64 hexadecimal digits")),
            }
        }
    }
}
