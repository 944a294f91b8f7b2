//! Sources of the key rings of tenants.

use core::{convert::Infallible, error::Error};

use crate::{key_ring::KeyRing, name::Name};

/// A source of the key rings of tenants: a [`KeyRing`] of master keys, or another key
/// store, such as a vault that derives the tenants' master keys itself.
///
/// A registry asks it once for each tenant. The master key of a tenant is
/// expand(master, `stopgap/1/tenant` ‖ text(tenant)), by HKDF-Expand with SHA-256 (SPEC,
/// "Keys").
pub trait KeySource {
    /// The error of the source.
    type Error: Error + Send + Sync + 'static;

    /// Returns the key ring of a tenant.
    ///
    /// # Errors
    ///
    /// The error of the source.
    fn tenant_ring(&self, tenant: &Name) -> Result<KeyRing, Self::Error>;
}

impl KeySource for KeyRing {
    type Error = Infallible;

    fn tenant_ring(&self, tenant: &Name) -> Result<KeyRing, Infallible> {
        Ok(self.tenant(tenant))
    }
}
