//! The record of a preset: a named policy.

use std::ffi::c_char;

use stopgap::{KeyId, Name, Preset, RecordTag, Sealed};

use crate::text::stopgap_text;
use crate::{
    digest::stopgap_tag,
    error::stopgap_error,
    format::stopgap_format,
    grant::STOPGAP_NAME_SIZE,
    guard::{Outcome, guard, lent, name, output},
    key_ring::stopgap_key_ring,
    online_policy::stopgap_online_policy,
    purpose::stopgap_purposes,
    status::stopgap_status,
    text,
    validity::stopgap_validity,
};

/// The sealed record of a preset, a named policy (SPEC, "Records at rest"). Open it before
/// you issue by the policy. The struct has no padding, so it can be written to a file as it
/// is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_preset {
    /// The instant from which the codes are valid; STOPGAP_NEVER if from issue.
    pub not_before: i64,
    /// The format of the codes.
    pub format: stopgap_format,
    /// The validity of the codes.
    pub validity: stopgap_validity,
    /// The purposes of the codes.
    pub purposes: stopgap_purposes,
    /// The number of uses of each code, or STOPGAP_UNLIMITED.
    pub max_uses: u32,
    /// The key that made the tag.
    pub key_id: u32,
    /// The tag of all other members. It is also the version of the record: update the
    /// stored row only if its tag is still the one that you loaded.
    pub tag: stopgap_tag,
    /// The name of the preset.
    pub name: [c_char; STOPGAP_NAME_SIZE],
}

impl From<Sealed<Preset>> for stopgap_preset {
    fn from(sealed: Sealed<Preset>) -> Self {
        let (record, tag) = sealed.into_parts();
        let policy = stopgap_online_policy::from(record.policy);
        Self {
            not_before: policy.not_before,
            format: policy.format,
            validity: policy.validity,
            purposes: policy.purposes,
            max_uses: policy.max_uses,
            key_id: record.key_id.0,
            tag: tag.into(),
            name: text::field(record.name.as_str().as_bytes()),
        }
    }
}

impl stopgap_preset {
    fn read(&self) -> Outcome<Sealed<Preset>> {
        let policy = stopgap_online_policy {
            not_before: self.not_before,
            format: self.format,
            validity: self.validity,
            purposes: self.purposes,
            max_uses: self.max_uses,
        };
        let record = Preset {
            key_id: KeyId(self.key_id),
            name: Name::new(text::read_name(&self.name)?)?,
            policy: policy.read()?,
        };
        Ok(Sealed::from_parts(
            record,
            RecordTag::from_bytes(self.tag.bytes),
        ))
    }
}

/// Seals a policy under a name, by the primary key. Check first that the actor may do this:
/// STOPGAP_ACTION_MANAGE_PRESET.
///
/// Errors: those of a name and of a policy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_preset_seal(
    ring: *const stopgap_key_ring,
    name: stopgap_text,
    policy: *const stopgap_online_policy,
    preset: *mut stopgap_preset,
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
        preset.write(Preset::seal(&ring.0, name, policy)?.into());
        Ok(())
    })
}

/// Checks the tag of a preset, and writes its policy.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit, or if the preset has another
/// name; STOPGAP_ERR_KEY_MISSING; those of a name, and of a preset that is none.
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
        let (sealed, ring, name, policy) = unsafe {
            (
                lent(preset)?.read()?,
                lent(ring)?,
                self::name(name)?,
                output(policy)?,
            )
        };
        policy.write(sealed.policy(&ring.0, name.as_str())?.into());
        Ok(())
    })
}
