//! What a server keeps of the secret that it shares with a machine.

use crate::{
    key::EnrolmentKey,
    key_id::{KeyId, KeyMissing},
    key_ring::KeyRing,
    name::{Name, NameError},
};

/// The enrolment of one user on one machine, as a server keeps it (SPEC,
/// "Keys"). It holds no secret: the key is derived from the server's master key
/// when it is needed.
///
/// ```
/// use stopgap::{KeyId, KeyRing, MasterKey, offline::Enrolment};
///
/// let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
/// let enrolment = Enrolment::new(&keys, "alice", "LAPTOP-17")?;
/// let for_the_agent = enrolment.key(&keys)?;
/// assert_eq!(for_the_agent.reveal().len(), 32);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Enrolment {
    /// The master key it is derived from.
    pub key_id: KeyId,
    /// The user.
    pub user: Name,
    /// The machine.
    pub machine: Name,
    /// Which enrolment of the two this is; raising it retires those before.
    pub generation: u32,
}

impl Enrolment {
    /// The first enrolment of a user on a machine, under the newest key.
    ///
    /// # Errors
    ///
    /// [`NameError`] where either is no name.
    pub fn new(keys: &KeyRing, user: &str, machine: &str) -> Result<Self, NameError> {
        Ok(Self {
            key_id: keys.newest_id(),
            user: Name::new(user)?,
            machine: Name::new(machine)?,
            generation: 0,
        })
    }

    /// The enrolment that follows this one, under the newest key. Keep it in
    /// place of this one: the machine's old key answers no request any more.
    ///
    /// # Errors
    ///
    /// [`GenerationsExhausted`] after 2³² of them.
    pub fn next(&self, keys: &KeyRing) -> Result<Self, GenerationsExhausted> {
        let generation = self.generation.checked_add(1).ok_or(GenerationsExhausted)?;
        Ok(Self {
            key_id: keys.newest_id(),
            generation,
            ..self.clone()
        })
    }

    /// The secret that the machine has.
    ///
    /// # Errors
    ///
    /// [`KeyMissing`] where the ring does not hold its master key.
    pub fn key(&self, keys: &KeyRing) -> Result<EnrolmentKey, KeyMissing> {
        let key = keys.get(self.key_id)?;
        Ok(key.enrolment_key(&self.user, &self.machine, self.generation))
    }
}

/// There is no generation after 2³² − 1 (SPEC, "Keys").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this machine has been enrolled 2^32 times; give it another name")]
pub struct GenerationsExhausted;
