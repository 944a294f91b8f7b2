//! The record of a machine: the enrolment of a user on it.

use chrono::{DateTime, TimeZone, Utc};
use rand_core::TryCryptoRng;

use crate::{
    error::Refusal,
    invalid_value::InvalidValue,
    issue_error::IssueError,
    key::EnrolmentKey,
    key_id::KeyId,
    key_ring::KeyRing,
    lifecycle::LifecycleError,
    name::Name,
    record_bytes_error::RecordBytesError,
    record_reader::Reader,
    sealed::{self, Sealed, Text, private::Encode},
    validity::check_instant,
};

/// The enrolment of one user on one machine, as a server stores it (SPEC, "Keys"). It
/// holds no secret: the key is derived from the server's master key. It is stored as a
/// [`Sealed`] value.
///
/// ```
/// # #[cfg(feature = "os-rng")] {
/// use chrono::{TimeZone, Utc};
/// use stopgap::{KeyId, KeyRing, MasterKey, SysRng, offline::Enrolment};
///
/// let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
/// let now = Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 0).unwrap();
/// let enrolment = Enrolment::new(&keys, "alice", "LAPTOP-17", now, &mut SysRng)?;
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
    /// The time of the enrolment.
    pub enrolled_at: DateTime<Utc>,
    /// The time at which it was retired; `None` if it was not.
    #[cfg_attr(feature = "serde", serde(default))]
    pub retired_at: Option<DateTime<Utc>>,
}

impl Encode for Enrolment {
    const LABEL: &'static str = "enrolment\0";

    fn key_id(&self) -> KeyId {
        self.key_id
    }

    fn encode<T>(&self, take: impl FnOnce(&[&[u8]]) -> T) -> T {
        let (user, machine) = (Text::of(&self.user), Text::of(&self.machine));
        take(&[
            Self::LABEL.as_bytes(),
            &sealed::key_id(self.key_id),
            &user.0,
            user.1,
            &machine.0,
            machine.1,
            &self.generation.to_be_bytes(),
            &sealed::instant(Some(self.enrolled_at)),
            &sealed::instant(self.retired_at),
        ])
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, RecordBytesError> {
        Ok(Self {
            key_id: fields.key_id()?,
            user: fields.name("user")?,
            machine: fields.name("machine")?,
            generation: fields.be32()?,
            enrolled_at: fields.instant("enrolled_at")?,
            retired_at: fields.maybe_instant("retired_at")?,
        })
    }

    fn is_sound(&self) -> bool {
        sealed::are_whole(&[Some(self.enrolled_at), self.retired_at])
    }
}

impl Enrolment {
    /// Returns the first enrolment of a user on a machine, under the primary key. It has a
    /// random generation below 2³¹, so that a new store under an old key does not bring
    /// back the enrolments of the old store.
    ///
    /// # Errors
    ///
    /// [`IssueError`] if a name is not valid, the time is out of range, or the random number
    /// generator fails.
    pub fn new<Tz: TimeZone, R: TryCryptoRng + ?Sized>(
        keys: &KeyRing,
        user: &str,
        machine: &str,
        now: DateTime<Tz>,
        rng: &mut R,
    ) -> Result<Sealed<Self>, IssueError<R::Error>> {
        let (user, machine) = (Name::new(user)?, Name::new(machine)?);
        let enrolled_at = sealed::whole(now.to_utc());
        check_instant(&enrolled_at)?;
        let key = keys.primary();
        let record = Self {
            key_id: key.id,
            user,
            machine,
            generation: rng.try_next_u32().map_err(IssueError::Random)? >> 1,
            enrolled_at,
            retired_at: None,
        };
        Ok(Sealed::seal_with(record, key))
    }

    /// Returns the enrolment that another server has, sealed under the primary key: for a
    /// migration. Pass the values that the other server is known to have, not those of a
    /// record whose tag was not checked.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::TimeOutOfRange`] outside the years 1 to 9999.
    pub fn migrate<Tz: TimeZone>(
        keys: &KeyRing,
        user: Name,
        machine: Name,
        generation: u32,
        enrolled_at: DateTime<Tz>,
    ) -> Result<Sealed<Self>, InvalidValue> {
        let enrolled_at = sealed::whole(enrolled_at.to_utc());
        check_instant(&enrolled_at)?;
        let key = keys.primary();
        let record = Self {
            key_id: key.id,
            user,
            machine,
            generation,
            enrolled_at,
            retired_at: None,
        };
        Ok(Sealed::seal_with(record, key))
    }
}

impl Sealed<Enrolment> {
    /// Returns the enrolment that follows this one, under the primary key. Store it in
    /// place of this one: the machine's old key answers no request any more.
    ///
    /// # Errors
    ///
    /// [`LifecycleError::Record`] if the record cannot be believed, or
    /// [`LifecycleError::InvalidValue`] if the time is out of range or there is no
    /// generation after 2³² − 1.
    pub fn next<Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        now: DateTime<Tz>,
    ) -> Result<Self, LifecycleError> {
        let enrolled_at = sealed::whole(now.to_utc());
        check_instant(&enrolled_at)?;
        let record = self.open(keys)?;
        let generation = record.generation.checked_add(1);
        let key = keys.primary();
        let record = Enrolment {
            key_id: key.id,
            generation: generation.ok_or(InvalidValue::NoGeneration)?,
            enrolled_at,
            retired_at: None,
            ..record.clone()
        };
        Ok(Self::seal_with(record, key))
    }

    /// Returns the enrolment, retired: its requests are not answered any more. A second
    /// time changes nothing: the first time stays.
    ///
    /// # Errors
    ///
    /// `TimeOutOfRange`, `KeyMissing` or `Tampered`.
    pub fn retire<Tz: TimeZone>(&self, keys: &KeyRing, now: DateTime<Tz>) -> Result<Self, Refusal> {
        let now = now.to_utc();
        check_instant(&now)?;
        self.change(keys, |record| {
            record.retired_at.get_or_insert(sealed::whole(now));
        })
    }

    /// Returns the secret that the machine has.
    ///
    /// # Errors
    ///
    /// `KeyMissing`, `Tampered`, or `Revoked` if the enrolment was retired.
    pub fn key(&self, keys: &KeyRing) -> Result<EnrolmentKey, Refusal> {
        let key = keys.get(self.unverified().key_id)?;
        let record = self.open_with(key)?;
        match record.retired_at {
            Some(revoked_at) => Err(Refusal::Revoked { revoked_at }),
            None => Ok(key.enrolment_key(&record.user, &record.machine, record.generation)),
        }
    }
}
