//! The master key, from which all keys are derived.

use stopgap::MasterKey;

use crate::text::stopgap_text;
use crate::{
    error::stopgap_error,
    guard::{guard, lent, output},
    random::{random, stopgap_random},
    status::stopgap_status,
    text::{name, text},
};

/// The key from which all others are derived (SPEC, "Keys"): a secret of 32 bytes, which
/// must be uniformly random. Store it where others cannot read it, and wipe it with
/// stopgap_wipe when a key ring holds it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_master_key {
    /// The secret bytes.
    pub bytes: [u8; 32],
}

impl From<&MasterKey> for stopgap_master_key {
    fn from(key: &MasterKey) -> Self {
        Self {
            bytes: *key.reveal(),
        }
    }
}

impl stopgap_master_key {
    pub(crate) fn read(&self) -> MasterKey {
        MasterKey::from_bytes(self.bytes)
    }
}

/// Generates a key; `random` may be NULL for the operating system.
///
/// Errors: STOPGAP_ERR_RANDOM_FAILED, STOPGAP_ERR_CALLBACK_FAILED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_master_key_generate(
    random: *const stopgap_random,
    key: *mut stopgap_master_key,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (mut random, key) = unsafe { (self::random(random)?, output(key)?) };
        key.write((&MasterKey::generate(&mut random)?).into());
        Ok(())
    })
}

/// Reads a key of 64 hexadecimal digits in either case, as a key file has it; white space
/// around them is left out.
///
/// Errors: STOPGAP_ERR_KEY_WRONG_HEX_LENGTH, STOPGAP_ERR_KEY_NOT_HEX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_master_key_from_hex(
    digits: stopgap_text,
    key: *mut stopgap_master_key,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (digits, key) = unsafe { (text(digits)?, output(key)?) };
        key.write((&MasterKey::from_hex(digits)?).into());
        Ok(())
    })
}

/// Derives the master key of one tenant.
///
/// Errors: those of a name, STOPGAP_ERR_NAME_INVALID_UNICODE to STOPGAP_ERR_NAME_BLANK.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_master_key_tenant(
    key: *const stopgap_master_key,
    tenant: stopgap_text,
    tenant_key: *mut stopgap_master_key,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (key, tenant, tenant_key) = unsafe { (lent(key)?, name(tenant)?, output(tenant_key)?) };
        tenant_key.write((&key.read().tenant(&tenant)).into());
        Ok(())
    })
}
