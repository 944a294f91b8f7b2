//! The enrolment of a user on a machine, as a server stores it.

use rand_core::TryCryptoRng;

use crate::{
    key::EnrolmentKey,
    key_id::{KeyId, KeyMissing},
    key_ring::KeyRing,
    name::Name,
    online::IssueError,
};

/// The enrolment of one user on one machine, as a server stores it (SPEC, "Keys"). It
/// holds no secret: the key is derived from the server's master key.
///
/// ```
/// # #[cfg(feature = "os-rng")] {
/// use stopgap::{KeyId, KeyRing, MasterKey, SysRng, offline::Enrolment};
///
/// let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
/// let enrolment = Enrolment::new(&keys, "alice", "LAPTOP-17", &mut SysRng)?;
/// let for_the_agent = enrolment.key(&keys)?;
/// assert_eq!(for_the_agent.reveal().len(), 32);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Enrolment {
    /// The id of the master key from which the enrolment's key is derived.
    pub key_id: KeyId,
    /// The user.
    pub user: Name,
    /// The machine.
    pub machine: Name,
    /// The number of this enrolment; the next one has one more and retires it.
    pub generation: u32,
}

impl Enrolment {
    /// Returns the first enrolment of a user on a machine, under the newest key. It has a
    /// random generation below 2³¹, so that a new store under an old key does not bring
    /// back the enrolments of the old store.
    ///
    /// # Errors
    ///
    /// [`IssueError`] if a name is none, or the random number generator fails.
    pub fn new<R: TryCryptoRng + ?Sized>(
        keys: &KeyRing,
        user: &str,
        machine: &str,
        rng: &mut R,
    ) -> Result<Self, IssueError<R::Error>> {
        let (user, machine) = (Name::new(user)?, Name::new(machine)?);
        let generation = rng.try_next_u32().map_err(IssueError::Random)? >> 1;
        Ok(Self {
            key_id: keys.newest_id(),
            user,
            machine,
            generation,
        })
    }

    /// Returns the enrolment that follows this one, under the newest key. Store it in
    /// place of this one: the machine's old key answers no request any more.
    ///
    /// # Errors
    ///
    /// [`GenerationsExhausted`] after generation 2³² − 1.
    pub fn next(&self, keys: &KeyRing) -> Result<Self, GenerationsExhausted> {
        let generation = self.generation.checked_add(1).ok_or(GenerationsExhausted)?;
        Ok(Self {
            key_id: keys.newest_id(),
            generation,
            ..self.clone()
        })
    }

    /// Returns the secret that the machine has.
    ///
    /// # Errors
    ///
    /// [`KeyMissing`] if the ring does not hold the master key.
    pub fn key(&self, keys: &KeyRing) -> Result<EnrolmentKey, KeyMissing> {
        let key = keys.get(self.key_id)?;
        Ok(key.enrolment_key(&self.user, &self.machine, self.generation))
    }
}

/// There is no generation after 2³² − 1 (SPEC, "Keys").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this machine has no further generation; give it another name")]
pub struct GenerationsExhausted;
