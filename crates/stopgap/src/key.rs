//! Master keys and enrolment keys (SPEC, "Keys").

use alloc::boxed::Box;
use core::fmt;

use rand_core::TryCryptoRng;

use crate::{
    hmac::{DerivationKey, HmacKey, on_wiped_stack},
    key_bytes::KeyBytes,
    key_error::KeyError,
    name::Name,
};

/// A server's secret, on which everything that it issues depends: 32 uniformly
/// random bytes (SPEC, "Keys").
///
/// A master key redacts `Debug`, has no `==`, and is wiped when dropped. Only
/// [`reveal`](Self::reveal) shows it.
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
pub struct MasterKey(KeyBytes);

impl MasterKey {
    /// Creates a key from bytes, which must be uniformly random.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(KeyBytes::new(bytes))
    }

    /// Creates a key from a slice.
    ///
    /// # Errors
    ///
    /// [`KeyError::WrongLength`] unless there are 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, KeyError> {
        KeyBytes::from_slice(bytes).map(Self)
    }

    /// Reads a key from 64 hexadecimal digits in either case, as a key file holds
    /// it. White space around them is ignored.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the text is anything else.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        KeyBytes::from_hex(text).map(Self)
    }

    /// Generates a key. [`SysRng`](crate::SysRng) is the operating system's random
    /// number generator.
    ///
    /// # Errors
    ///
    /// The error of the random number generator.
    pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let mut key = KeyBytes::default();
        rng.try_fill_bytes(key.bytes_mut())?;
        Ok(Self(key))
    }

    /// Derives the master key of a tenant: expand(master, `stopgap/1/tenant` ‖
    /// text(tenant)).
    #[must_use]
    pub fn tenant(&self, tenant: &Name) -> Self {
        Self(on_wiped_stack(|| {
            expand_tenant(&DerivationKey::new(self.reveal()), tenant)
        }))
    }

    /// Returns the secret bytes. Store them where only the server can read them.
    #[must_use]
    pub fn reveal(&self) -> &[u8; 32] {
        self.0.bytes()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// Derives the bytes of a tenant's master key.
pub(crate) fn expand_tenant(master: &DerivationKey, tenant: &Name) -> KeyBytes {
    let mut key = KeyBytes::default();
    let info: [&[u8]; 3] = [b"stopgap/1/tenant", &tenant.length(), tenant.as_bytes()];
    master.expand(&info, key.bytes_mut());
    key
}

/// The secret that a server and one machine share for one user (SPEC, "Keys").
///
/// A server derives it from the [`Enrolment`](crate::offline::Enrolment) that it
/// stores. A machine receives it while it is online, and stores it where its users
/// cannot read it. Like a master key it redacts `Debug`, has no `==`, and is wiped
/// when dropped.
pub struct EnrolmentKey {
    secret: KeyBytes,
    pub(crate) derived: Box<DerivedKeys>,
}

/// The keys that are derived from an enrolment key.
pub(crate) struct DerivedKeys {
    pub(crate) request: HmacKey,
    pub(crate) response: HmacKey,
    pub(crate) state: HmacKey,
}

impl EnrolmentKey {
    /// Creates a key from the bytes that a machine stored.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self::new(KeyBytes::new(bytes))
    }

    /// Creates a key from a slice.
    ///
    /// # Errors
    ///
    /// [`KeyError::WrongLength`] unless there are 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, KeyError> {
        KeyBytes::from_slice(bytes).map(Self::new)
    }

    /// Reads a key from 64 hexadecimal digits in either case. White space around
    /// them is ignored.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the text is anything else.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        KeyBytes::from_hex(text).map(Self::new)
    }

    pub(crate) fn new(secret: KeyBytes) -> Self {
        let derived = on_wiped_stack(|| {
            let key = DerivationKey::new(secret.bytes());
            Box::new(DerivedKeys {
                request: key.derive(b"stopgap/1/request"),
                response: key.derive(b"stopgap/1/response"),
                state: key.derive(b"stopgap/1/state"),
            })
        });
        Self { secret, derived }
    }

    /// Returns the secret bytes. Send them to the machine over a channel that you
    /// trust.
    #[must_use]
    pub fn reveal(&self) -> &[u8; 32] {
        self.secret.bytes()
    }
}

impl fmt::Debug for EnrolmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnrolmentKey(..)")
    }
}
