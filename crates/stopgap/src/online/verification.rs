//! The record of a verification under an idempotency key.

use alloc::{string::String, vec::Vec};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use crate::{
    code::Code,
    digest::CodeDigest,
    error::Refusal,
    key_id::KeyId,
    key_ring::KeyRing,
    name::{Name, check_name},
    purpose::Purpose,
    record_bytes_error::RecordBytesError,
    record_reader::Reader,
    request::VerifyRequest,
    sealed::{self, Sealed, Text, private::Encode},
    validity::check_instant,
};

/// The stored answer to a verification, to be replayed if the caller repeats it with its
/// idempotency key (SPEC, "Idempotency keys"). It is stored as a [`Sealed`] value.
///
/// ```
/// use chrono::{TimeDelta, TimeZone, Utc};
/// use stopgap::{CodeFormat, KeyId, KeyRing, MasterKey, Purpose, Refusal, ReplayPolicy};
/// use stopgap::{Verification, VerifyRequest};
///
/// let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
/// let now = Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 0).unwrap();
/// let code = CodeFormat::ONLINE.normalize("3F9A-77C2-01BE").unwrap();
/// let request = VerifyRequest::new("alice", "3F9A-77C2-01BE", Purpose::Reset)
///     .idempotency_key("5f0c");
/// let sealed = Verification::seal(&keys, &request, &code, b"granted", now)?;
///
/// let policy = ReplayPolicy::default();
/// let answer = sealed.replay(&keys, &request, &code, &policy, now)?;
/// assert_eq!(answer, b"granted");
/// let later = now + TimeDelta::minutes(10);
/// let spent = sealed.replay(&keys, &request, &code, &policy, later);
/// assert_eq!(spent, Err(Refusal::IdempotencyKeyExpired));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Verification {
    /// The id of the key that made the digest and the tag.
    pub key_id: KeyId,
    /// The user.
    pub user: Name,
    /// The idempotency key.
    pub idempotency_key: String,
    /// The purpose.
    pub purpose: Purpose,
    /// The digest of the code that was typed, as that of an online code of this user.
    pub digest: CodeDigest,
    /// The time of the answer.
    pub answered_at: DateTime<Utc>,
    /// The answer, in the store's own form.
    pub answer: Vec<u8>,
}

impl Encode for Verification {
    const LABEL: &'static str = "verification\0";

    fn key_id(&self) -> KeyId {
        self.key_id
    }

    fn encode<T>(&self, take: impl FnOnce(&[&[u8]]) -> T) -> T {
        let user = Text::of(&self.user);
        let idempotency_key = self.idempotency_key.as_bytes();
        let key_length = u16::try_from(idempotency_key.len()).unwrap_or(u16::MAX);
        let answer_length = u32::try_from(self.answer.len()).unwrap_or(u32::MAX);
        take(&[
            Self::LABEL.as_bytes(),
            &sealed::key_id(self.key_id),
            &user.0,
            user.1,
            &key_length.to_be_bytes(),
            idempotency_key,
            &[self.purpose.bit()],
            self.digest.as_bytes(),
            &sealed::instant(Some(self.answered_at)),
            &answer_length.to_be_bytes(),
            &self.answer,
        ])
    }

    fn decode(fields: &mut Reader<'_>) -> Result<Self, RecordBytesError> {
        Ok(Self {
            key_id: fields.key_id()?,
            user: fields.name("user")?,
            idempotency_key: fields
                .text_of("idempotency_key", is_idempotency_key)?
                .into(),
            purpose: fields.purpose("purpose")?,
            digest: fields.digest()?,
            answered_at: fields.instant("answered_at")?,
            answer: fields.long_bytes()?.into(),
        })
    }

    /// The length of a longer text would be encoded as another one.
    fn is_sound(&self) -> bool {
        is_idempotency_key(&self.idempotency_key)
            && u32::try_from(self.answer.len()).is_ok()
            && sealed::are_whole(&[Some(self.answered_at)])
    }
}

/// The most bytes of an idempotency key.
const MAX_KEY: usize = 255;

fn is_idempotency_key(key: &str) -> bool {
    (1..=MAX_KEY).contains(&key.len())
}

/// The time for which an answer is replayed (SPEC, "Idempotency keys").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct ReplayPolicy {
    /// Seconds for which an answer is replayed, at most 86,400. Default 600.
    pub replay_seconds: u32,
}

impl ReplayPolicy {
    /// The longest time: 24 hours. A store remembers a key for at least as long.
    pub const MAX_SECONDS: u32 = 86_400;
}

impl Default for ReplayPolicy {
    fn default() -> Self {
        Self {
            replay_seconds: 600,
        }
    }
}

impl Verification {
    /// Seals the answer to a request that has an idempotency key.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidName`], [`Refusal::TimeOutOfRange`], or
    /// [`Refusal::InvalidIdempotencyKey`] unless the request has a key of 1 to 255 bytes.
    pub fn seal<Tz: TimeZone>(
        keys: &KeyRing,
        request: &VerifyRequest<'_>,
        code: &Code,
        answer: &[u8],
        now: DateTime<Tz>,
    ) -> Result<Sealed<Self>, Refusal> {
        let now = now.to_utc();
        check_instant(&now)?;
        let user = Name::new(request.user)?;
        let idempotency_key = check_idempotency_key(request)?.into();
        let key = keys.primary();
        let record = Self {
            key_id: key.id,
            digest: key.online_digest(&user, code),
            user,
            idempotency_key,
            purpose: request.purpose,
            answered_at: sealed::whole(now),
            answer: answer.into(),
        };
        Ok(Sealed::seal_with(record, key))
    }
}

impl Sealed<Verification> {
    /// Returns the answer to a verification that is repeated.
    ///
    /// Call it outside [`Throttle::guard`](crate::Throttle::guard): a replay neither counts
    /// nor clears failures. Before a granted answer is replayed, check its record by
    /// [`check_not_ended`](Sealed::check_not_ended). After `IdempotencyKeyReused`, verify
    /// the code as well, and count a failure if that is `Unknown`.
    ///
    /// # Errors
    ///
    /// The first [`Refusal`] that holds: `TimeOutOfRange`, `InvalidIdempotencyKey`,
    /// `KeyMissing`, `Tampered`, `InvalidName`, `Tampered` if the record belongs to another
    /// user or key, `IdempotencyKeyExpired`, `IdempotencyKeyReused` (another code or
    /// purpose).
    pub fn replay<Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        request: &VerifyRequest<'_>,
        code: &Code,
        policy: &ReplayPolicy,
        now: DateTime<Tz>,
    ) -> Result<&[u8], Refusal> {
        let now = now.to_utc();
        check_instant(&now)?;
        let idempotency_key = check_idempotency_key(request)?;
        let key = keys.get(self.unverified().key_id)?;
        let record = self.open_with(key)?;
        if record.user != *request.user {
            check_name(request.user)?;
            return Err(Refusal::Tampered);
        }
        if record.idempotency_key != idempotency_key {
            return Err(Refusal::Tampered);
        }
        let seconds = policy.replay_seconds.min(ReplayPolicy::MAX_SECONDS);
        let end = TimeDelta::try_seconds(seconds.into())
            .and_then(|span| record.answered_at.checked_add_signed(span));
        if end.is_none_or(|end| now >= end) {
            return Err(Refusal::IdempotencyKeyExpired);
        }
        let digest = key.online_digest(&record.user, code);
        if record.purpose == request.purpose && bool::from(digest.matches(&record.digest)) {
            Ok(&record.answer)
        } else {
            Err(Refusal::IdempotencyKeyReused)
        }
    }
}

/// Returns the idempotency key of a request that must have one.
fn check_idempotency_key<'a>(request: &VerifyRequest<'a>) -> Result<&'a str, Refusal> {
    let key = request.idempotency_key.unwrap_or_default();
    if is_idempotency_key(key) {
        Ok(key)
    } else {
        Err(Refusal::InvalidIdempotencyKey { found: key.len() })
    }
}
