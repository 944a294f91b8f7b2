//! The record of a preset: a named policy.

use alloc::string::ToString;

use super::policy::OnlinePolicy;
use crate::{
    error::Refusal,
    invalid_value::InvalidValue,
    key_id::KeyId,
    key_ring::KeyRing,
    name::Name,
    record_bytes_error::RecordBytesError,
    record_reader::Reader,
    sealed::{self, Sealed, Text, private::Encode},
};

/// The record of a preset: a named policy. It is stored as a [`Sealed`] value.
///
/// ```
/// use stopgap::{KeyId, KeyRing, MasterKey, OnlinePolicy, Preset};
///
/// let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
/// let sealed = Preset::seal(&keys, "visitor".parse()?, OnlinePolicy::default().max_uses(1))?;
/// assert_eq!(sealed.policy(&keys, "visitor")?.max_uses, Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Preset {
    /// The id of the key that made the tag.
    pub key_id: KeyId,
    /// The name of the preset.
    pub name: Name,
    /// The policy.
    pub policy: OnlinePolicy,
}

impl Encode for Preset {
    const LABEL: &'static str = "preset\0";

    fn key_id(&self) -> KeyId {
        self.key_id
    }

    fn encode<T>(&self, take: impl FnOnce(&[&[u8]]) -> T) -> T {
        let name = Text::of(&self.name);
        let validity = self.policy.validity.to_string();
        // At most seven characters, `PT1439M`.
        let validity_length = u16::try_from(validity.len()).unwrap_or_default();
        take(&[
            Self::LABEL.as_bytes(),
            &sealed::key_id(self.key_id),
            &name.0,
            name.1,
            &sealed::format(&self.policy.format),
            &validity_length.to_be_bytes(),
            validity.as_bytes(),
            &[self.policy.purposes.bits()],
            &sealed::instant(self.policy.not_before),
            &self.policy.max_uses.unwrap_or_default().to_be_bytes(),
        ])
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, RecordBytesError> {
        Ok(Self {
            key_id: fields.key_id()?,
            name: fields.name("name")?,
            policy: OnlinePolicy {
                format: fields.format("format")?,
                validity: fields.validity("validity")?,
                purposes: fields.purposes("purposes")?,
                not_before: fields.maybe_instant("not_before")?,
                max_uses: fields.limit()?,
            },
        })
    }

    /// 0 uses allowed would be encoded as no limit.
    fn is_sound(&self) -> bool {
        self.policy.validate().is_ok() && sealed::are_whole(&[self.policy.not_before])
    }
}

impl Preset {
    /// Seals a policy under a name.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if the policy is not valid.
    pub fn seal(
        keys: &KeyRing,
        name: Name,
        policy: OnlinePolicy,
    ) -> Result<Sealed<Self>, InvalidValue> {
        policy.validate()?;
        let key = keys.primary();
        let record = Self {
            key_id: key.id,
            name,
            policy: OnlinePolicy {
                not_before: policy.not_before.map(sealed::whole),
                ..policy
            },
        };
        Ok(Sealed::seal_with(record, key))
    }
}

impl Sealed<Preset> {
    /// Checks the tag and the name, and returns the policy.
    ///
    /// # Errors
    ///
    /// `KeyMissing`, or `Tampered` if record and tag do not fit or the preset has another
    /// name.
    pub fn policy(&self, keys: &KeyRing, name: &str) -> Result<OnlinePolicy, Refusal> {
        let record = self.open(keys)?;
        if record.name == *name {
            Ok(record.policy)
        } else {
            Err(Refusal::Tampered)
        }
    }
}
