//! The ring of a server's master keys.

use stopgap::{ComputedDigest, KeyId, KeyRing};

use crate::memory::with_room;
use crate::text::stopgap_text;
use crate::{
    code::stopgap_code,
    digest::{stopgap_digests, stopgap_keyed_digest},
    error::Outcome,
    error::stopgap_error,
    guard::{free, guard, handle, lent, output, outputs},
    master_key::stopgap_master_key,
    status::stopgap_status,
    text::name,
};

/// The master keys of a server (SPEC, "Keys"). The primary key, which was added last,
/// issues. All keys verify, and each record has the id of its key. A ring is never empty.
///
/// Threads: any number may use it at the same time in calls that take it as const;
/// stopgap_key_ring_add, _retire and _free need it alone.
pub struct stopgap_key_ring(pub(crate) KeyRing);

/// The most memory that a ring takes for a key.
const ROOM_OF_KEY: usize = 1_024;

impl stopgap_key_ring {
    /// Returns the most memory that a ring takes with one more key.
    fn room(&self) -> usize {
        let keys = self.0.ids().count().saturating_add(2);
        keys.saturating_mul(ROOM_OF_KEY)
    }
}

/// Makes a ring of one key. The ring keeps what it needs of the key: wipe yours.
///
/// Free the ring with stopgap_key_ring_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_key_ring_new(
    key_id: u32,
    master: *const stopgap_master_key,
    ring: *mut *mut stopgap_key_ring,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (master, ring) = unsafe { (lent(master)?, output(ring)?) };
        let keys = KeyRing::new(KeyId(key_id), &master.read());
        ring.hand_over(stopgap_key_ring(keys))
    })
}

/// Adds a key, which becomes the primary key. The other keys continue to verify. Add the
/// keys of a store from the oldest to the newest.
///
/// Errors: STOPGAP_ERR_KEY_DUPLICATE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_key_ring_add(
    ring: *mut stopgap_key_ring,
    key_id: u32,
    master: *const stopgap_master_key,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, master) = unsafe { (handle(ring)?, lent(master)?) };
        let larger = with_room(ring.room(), || {
            let mut larger = ring.0.clone();
            larger.add(KeyId(key_id), &master.read())?;
            Ok(larger)
        })?;
        ring.0 = larger;
        Ok(())
    })
}

/// Retires a key. Codes and records that were made with it are refused from now on.
///
/// Errors: STOPGAP_ERR_KEY_PRIMARY for the primary key, STOPGAP_ERR_KEY_MISSING.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_key_ring_retire(
    ring: *mut stopgap_key_ring,
    key_id: u32,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let ring = unsafe { handle(ring)? };
        Ok(ring.0.retire(KeyId(key_id))?)
    })
}

/// Writes the id of the primary key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_key_ring_primary_id(
    ring: *const stopgap_key_ring,
    key_id: *mut u32,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, key_id) = unsafe { (lent(ring)?, output(key_id)?) };
        key_id.write(ring.0.primary_id().0);
        Ok(())
    })
}

/// Derives the ring of a tenant: the tenant's key of each master key, under the same id.
///
/// Free the ring with stopgap_key_ring_free. Errors: those of a name,
/// STOPGAP_ERR_NAME_INVALID_UNICODE to STOPGAP_ERR_NAME_BLANK.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_key_ring_tenant(
    ring: *const stopgap_key_ring,
    tenant: stopgap_text,
    tenant_ring: *mut *mut stopgap_key_ring,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, tenant, tenant_ring) =
            unsafe { (lent(ring)?, name(tenant)?, output(tenant_ring)?) };
        let derived = with_room(ring.room(), || Ok(ring.0.tenant(&tenant)))?;
        tenant_ring.hand_over(stopgap_key_ring(derived))
    })
}

/// Writes a check value under each key, the primary key first. It shows whether a store was
/// made with the key, and nothing else (SPEC, "Records at rest"). It is no secret: store
/// it, and compare it when the store is opened.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_key_ring_check_values(
    ring: *const stopgap_key_ring,
    digests: *mut stopgap_digests,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe {
            let ring = lent(ring)?;
            digests_out(ring, ring.0.check_values(), digests)
        }
    })
}

/// Writes the digest of an online code of this user under each key, the primary key first,
/// by which a store finds the grant. The same code of another user has another digest.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; those of a
/// name, and of an invalid code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_key_ring_online_digests(
    ring: *const stopgap_key_ring,
    user: stopgap_text,
    code: *const stopgap_code,
    digests: *mut stopgap_digests,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe {
            let (ring, user) = (lent(ring)?, name(user)?);
            lent(code)?.lend(|code| {
                digests_out(ring, ring.0.online_digests(&user, code).map(parts), digests)
            })
        }
    })
}

/// Writes the digest of a security code under each key, the primary key first, by which a
/// store finds the record.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; those of an
/// invalid code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_key_ring_security_digests(
    ring: *const stopgap_key_ring,
    code: *const stopgap_code,
    digests: *mut stopgap_digests,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe {
            let ring = lent(ring)?;
            lent(code)?
                .lend(|code| digests_out(ring, ring.0.security_digests(code).map(parts), digests))
        }
    })
}

/// Wipes and frees a ring, and sets the pointer to NULL. NULL, and a pointer to NULL, are
/// left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_key_ring_free(ring: *mut *mut stopgap_key_ring) {
    // SAFETY: the contract of the header.
    unsafe { free(ring) }
}

fn parts(digest: ComputedDigest) -> (KeyId, [u8; 32]) {
    (digest.key_id(), *digest.digest().as_bytes())
}

/// Writes a digest for each key, or nothing; and in both cases the number of keys.
///
/// # Safety
///
/// As [`handle`] and [`outputs`].
unsafe fn digests_out(
    ring: &stopgap_key_ring,
    made: impl Iterator<Item = (KeyId, [u8; 32])>,
    digests: *mut stopgap_digests,
) -> Outcome {
    // SAFETY: the caller's promise.
    let digests = unsafe { handle(digests)? };
    // SAFETY: the caller's promise.
    let place = unsafe { outputs(digests.ptr, digests.capacity)? };
    digests.count = ring.0.ids().count();
    let made = made.map(|(id, bytes)| stopgap_keyed_digest::new(id, bytes));
    place.write_all(digests.count, made)
}
