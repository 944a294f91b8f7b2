//! The record of a preset: a named policy.

use stopgap::{Preset, Sealed};

use crate::text::{stopgap_bytes, stopgap_text};
use crate::{
    digest::stopgap_tag,
    error::stopgap_error,
    growing::{Growing, grown_output},
    guard::{free, guard, lent, output},
    key_ring::stopgap_key_ring,
    online_policy::stopgap_online_policy,
    record::{read_bytes, write_bytes},
    status::stopgap_status,
    text::name,
};

/// The sealed record of a preset, a named policy (SPEC, "Records at rest"). Open it before
/// you issue by the policy. It never changes: any number of threads may use it at the same
/// time.
pub struct stopgap_preset(Sealed<Preset>);

/// The members of a preset, to be listed or to be stored in columns. Set `size`
/// before the call. Members may be appended in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_preset_info {
    /// The size of the struct, sizeof(stopgap_preset_info). Other sizes are those of other
    /// versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The name of the preset, lent by the record until it is freed.
    pub name: stopgap_text,
    /// The policy. Its alphabet is lent by the record until it is freed.
    pub policy: stopgap_online_policy,
    /// The key that made the tag.
    pub key_id: u32,
    /// The tag, which is also the version of the record: update the stored row only if its
    /// tag is still the one that you loaded.
    pub tag: stopgap_tag,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_preset_info {
    const OLDEST: usize = size_of::<Self>();
}

/// Seals a policy under a name, by the primary key. Check first that the actor may do this:
/// STOPGAP_ACTION_MANAGE_PRESET. Free the record with stopgap_preset_free.
///
/// Errors: those of a name and of a policy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_preset_seal(
    ring: *const stopgap_key_ring,
    name: stopgap_text,
    policy: *const stopgap_online_policy,
    preset: *mut *mut stopgap_preset,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, name, policy, preset) = unsafe {
            (
                lent(ring)?,
                self::name(name)?,
                lent(policy)?.read()?,
                output(preset)?,
            )
        };
        let sealed = Preset::seal(&ring.0, name, policy)?;
        preset.hand_over(stopgap_preset(sealed))
    })
}

/// Checks the tag of a preset, and writes its policy. The alphabet of the policy is lent by
/// the preset until it is freed.
///
/// Errors: those of a name; STOPGAP_ERR_KEY_MISSING; STOPGAP_ERR_TAMPERED if record and tag do
/// not fit, or if the preset has another name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_preset_open(
    preset: *const stopgap_preset,
    ring: *const stopgap_key_ring,
    name: stopgap_text,
    policy: *mut stopgap_online_policy,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (preset, ring, name, policy) = unsafe {
            (
                lent(preset)?,
                lent(ring)?,
                self::name(name)?,
                output(policy)?,
            )
        };
        // The alphabet of this copy could not be lent.
        let _ = preset.0.policy(&ring.0, name.as_str())?;
        policy.write(stopgap_online_policy::lend(&preset.0.unverified().policy));
        Ok(())
    })
}

/// Writes the members of a preset *without* a check of its tag: for a list or an index, not
/// for a decision. stopgap_preset_open checks the tag.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for an unknown size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_preset_info(
    preset: *const stopgap_preset,
    info: *mut stopgap_preset_info,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, info) = unsafe { (&lent(preset)?.0, grown_output(info)?) };
        let record = sealed.unverified();
        info.write(&stopgap_preset_info {
            size: 0,
            name: stopgap_text::lend(record.name.as_str()),
            policy: stopgap_online_policy::lend(&record.policy),
            key_id: record.key_id.0,
            tag: (*sealed.tag()).into(),
        });
        Ok(())
    })
}

/// Writes the preset as portable bytes, which are the same on every platform (SPEC,
/// "Records as bytes").
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; the capacity needed is written to `needed`, which
/// may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_preset_to_bytes(
    preset: *const stopgap_preset,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe { write_bytes(&lent(preset)?.0, 0, buffer, capacity, needed) }
    })
}

/// Makes a preset of its portable bytes. The tag is not checked before stopgap_preset_open.
/// Free the record with stopgap_preset_free.
///
/// Errors: STOPGAP_ERR_RECORD_BYTES.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_preset_from_bytes(
    bytes: stopgap_bytes,
    preset: *mut *mut stopgap_preset,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, preset) = unsafe { (read_bytes(bytes)?, output(preset)?) };
        preset.hand_over(stopgap_preset(sealed))
    })
}

/// Frees a preset, and sets the pointer to NULL. NULL, and a pointer to NULL, are left
/// alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_preset_free(preset: *mut *mut stopgap_preset) {
    // SAFETY: the contract of the header.
    unsafe { free(preset) }
}
