//! Master keys and enrolment keys (SPEC, "Keys").

use core::fmt;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::{
    hmac::HmacKey,
    name::{Name, NameError},
    secret::{KeyError, Secret},
};

/// The secret that everything a server issues depends on: 32 uniformly random
/// bytes (SPEC, "Keys").
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
        let tenant = Name::borrowed(tenant)?;
        let key = expand_tenant(&HmacKey::new(self.reveal()), tenant);
        Ok(Self(Secret::copy_of(&key)))
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

/// The bytes of a tenant's master key.
pub(crate) fn expand_tenant(master: &HmacKey, tenant: Name<&str>) -> Zeroizing<[u8; 32]> {
    master.expand(&[b"stopgap/1/tenant", &tenant.length(), tenant.as_bytes()])
}

/// The secret that a server and one machine share for one user (SPEC, "Keys").
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

    pub(crate) fn of(secret: Secret) -> Self {
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
