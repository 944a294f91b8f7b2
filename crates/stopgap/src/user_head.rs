//! The head record of a user (SPEC, "Records at rest").

use crate::{
    error::Refusal,
    key_id::KeyId,
    key_ring::KeyRing,
    name::Name,
    record_bytes_error::RecordBytesError,
    record_reader::Reader,
    sealed::{self, Sealed, Text, private::Encode},
    throttle::Throttle,
};

/// The head record of a user on a server: the throttle, and the number of changes of the
/// user's records. It is stored as a [`Sealed`] value.
///
/// A store has one head for each user. Each change of a record of the user raises
/// [`changes`](Self::changes), so an unchanged head shows that no record of the user was
/// added, replaced or removed meanwhile.
///
/// ```
/// use stopgap::{KeyId, KeyRing, MasterKey, Throttle, UserHead};
///
/// let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
/// let sealed = UserHead::seal(&keys, "alice".parse()?, Throttle::default(), 1);
/// let sealed = sealed.update(&keys, Throttle::default(), 2)?; // to be stored
/// assert_eq!(sealed.head(&keys, "alice")?.changes, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UserHead {
    /// The id of the key that made the tag.
    pub key_id: KeyId,
    /// The user.
    pub user: Name,
    /// The failed attempts of the user.
    pub throttle: Throttle,
    /// The number of changes of the user's records.
    pub changes: u64,
}

impl Encode for UserHead {
    const LABEL: &'static str = "head\0";

    fn key_id(&self) -> KeyId {
        self.key_id
    }

    fn encode<T>(&self, take: impl FnOnce(&[&[u8]]) -> T) -> T {
        let user = Text::of(&self.user);
        take(&[
            Self::LABEL.as_bytes(),
            &sealed::key_id(self.key_id),
            &user.0,
            user.1,
            &self.throttle.failures.to_be_bytes(),
            &sealed::instant(self.throttle.locked_until),
            &self.changes.to_be_bytes(),
        ])
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, RecordBytesError> {
        Ok(Self {
            key_id: fields.key_id()?,
            user: fields.name("user")?,
            throttle: Throttle::read(fields)?,
            changes: fields.be64()?,
        })
    }

    fn is_sound(&self) -> bool {
        sealed::are_whole(&[self.throttle.locked_until])
    }
}

impl UserHead {
    /// Seals the head of a user under the primary key.
    pub fn seal(keys: &KeyRing, user: Name, throttle: Throttle, changes: u64) -> Sealed<Self> {
        let key = keys.primary();
        let record = Self {
            key_id: key.id,
            user,
            throttle: whole(throttle),
            changes,
        };
        Sealed::seal_with(record, key)
    }
}

impl Sealed<UserHead> {
    /// Checks the tag and the user, and returns the head.
    ///
    /// # Errors
    ///
    /// `KeyMissing`, or `Tampered` if record and tag do not fit or the head belongs to
    /// another user.
    pub fn head(&self, keys: &KeyRing, user: &str) -> Result<&UserHead, Refusal> {
        let record = self.open(keys)?;
        if record.user == *user {
            Ok(record)
        } else {
            Err(Refusal::Tampered)
        }
    }

    /// Checks the tag, and seals the head with another throttle and number of changes. It
    /// keeps its key, so that a process without a newer key can read it.
    ///
    /// # Errors
    ///
    /// `KeyMissing` or `Tampered`.
    pub fn update(
        &self,
        keys: &KeyRing,
        throttle: Throttle,
        changes: u64,
    ) -> Result<Self, Refusal> {
        self.change(keys, |head| {
            head.throttle = whole(throttle);
            head.changes = changes;
        })
    }
}

fn whole(throttle: Throttle) -> Throttle {
    Throttle {
        locked_until: throttle.locked_until.map(sealed::whole),
        ..throttle
    }
}
