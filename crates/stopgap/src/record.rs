//! Tags that bind what a store keeps to the server's key (SPEC, "Records at
//! rest").

use alloc::string::String;
use core::fmt;

use crate::{
    code::Code,
    digest::same,
    error::Refusal,
    key_id::{KeyId, KeyMissing},
    key_ring::KeyRing,
    life::Life,
    name::Name,
    online::OnlineGrant,
    purpose::Purpose,
    security::{Access, SecurityCode},
};
use chrono::{DateTime, Utc};

/// What stands for no instant, and for a security code that was deleted.
const NEVER: [u8; 8] = i64::MIN.to_be_bytes();
/// What stands for the end of a security code that lives for good.
const FOR_GOOD: [u8; 8] = i64::MAX.to_be_bytes();

/// The tag of a record at rest: 32 bytes under the server's record key, to be
/// kept beside the record (SPEC, "Records at rest"). Without the key nobody can
/// make one, and so nobody who can only write to the store can edit the record
/// unnoticed.
///
/// ```
/// # #[cfg(feature = "os-rng")] {
/// use chrono::{TimeZone, Utc};
/// use stopgap::{KeyId, KeyRing, MasterKey, OnlinePolicy, Refusal, SysRng, Validity};
///
/// let keys = KeyRing::new(KeyId(1), &MasterKey::generate(&mut SysRng)?);
/// let now = Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 0).unwrap();
/// let (_, mut grant) = OnlinePolicy::default().issue(&keys, "alice", now, &mut SysRng)?;
/// let tag = grant.tag(&keys)?; // to be kept with the grant
/// assert_eq!(grant.check_tag(&keys, &tag), Ok(()));
///
/// // Somebody gives the code another year.
/// grant.expires_at = Utc.with_ymd_and_hms(2027, 11, 22, 15, 0, 0).unwrap();
/// assert_eq!(grant.check_tag(&keys, &tag), Err(Refusal::Tampered));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct RecordTag(#[cfg_attr(feature = "serde", serde(with = "crate::hex"))] [u8; 32]);

impl RecordTag {
    /// The tag that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The tag, to be stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// That a kept tag is this one, in constant time: nobody learns a byte of
    /// the right tag by trying.
    fn check(&self, kept: &Self) -> Result<(), Refusal> {
        if bool::from(same(&self.0, &kept.0)) {
            Ok(())
        } else {
            Err(Refusal::Tampered)
        }
    }
}

impl fmt::Debug for RecordTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordTag(..)")
    }
}

impl<S: AsRef<str>> OnlineGrant<S> {
    /// The tag to keep beside this grant. It binds the digest, and with it the
    /// user, the purposes, the first and the last instant, the number of uses
    /// allowed and the revocation: make it anew when the code is revoked. It does
    /// not bind the uses, which a store counts.
    ///
    /// # Errors
    ///
    /// [`KeyMissing`] where the ring does not hold the grant's key.
    pub fn tag(&self, keys: &KeyRing) -> Result<RecordTag, KeyMissing> {
        let mac = keys.get(self.key_id)?.record_mac(&[
            b"online",
            self.digest.as_bytes(),
            &[self.purposes.bits()],
            &instant(self.not_before),
            &instant(Some(self.expires_at)),
            &self.max_uses.unwrap_or_default().to_be_bytes(),
            &instant(self.revoked_at),
        ]);
        Ok(RecordTag(mac))
    }

    /// Checks the tag that was kept beside this grant, in constant time: before
    /// anything in it is believed.
    ///
    /// # Errors
    ///
    /// `KeyMissing`, or [`Refusal::Tampered`] where grant and tag do not belong
    /// together, or the grant allows no use, as no policy does.
    pub fn check_tag(&self, keys: &KeyRing, tag: &RecordTag) -> Result<(), Refusal> {
        // 0 stands for any number of uses.
        if self.max_uses == Some(0) {
            return Err(Refusal::Tampered);
        }
        self.tag(keys)?.check(tag)
    }
}

impl SecurityCode {
    /// The tag to keep beside this record. It binds the digest, the life and the
    /// access: make it anew when the life changes.
    ///
    /// # Errors
    ///
    /// [`KeyMissing`] where the ring does not hold the record's key.
    pub fn tag(&self, keys: &KeyRing) -> Result<RecordTag, KeyMissing> {
        let key = keys.get(self.key_id)?;
        let digest = self.digest.as_bytes();
        let life = match self.life {
            Life::Until(expires_at) => instant(Some(expires_at)),
            Life::Permanent => FOR_GOOD,
            Life::Deleted => NEVER,
        };
        let mac = match &self.access {
            Access::SuperAdministrator => key.record_mac(&[b"security", digest, &life, &[0]]),
            Access::SameAs(user) => key.record_mac(&[
                b"security",
                digest,
                &life,
                &[1],
                &user.length(),
                user.as_bytes(),
            ]),
        };
        Ok(RecordTag(mac))
    }

    /// Checks the tag that was kept beside this record, in constant time: before
    /// anything in it is believed.
    ///
    /// # Errors
    ///
    /// `KeyMissing`, or [`Refusal::Tampered`] where record and tag do not belong
    /// together.
    pub fn check_tag(&self, keys: &KeyRing, tag: &RecordTag) -> Result<(), Refusal> {
        self.tag(keys)?.check(tag)
    }
}

/// An attempt to use an online code and what was answered, for a store that
/// gives a caller who asks again the same answer (SPEC, "Records at rest"). What
/// is kept is the attempt's id, the answer and the tag: who asks again brings the
/// rest.
///
/// ```
/// use stopgap::{Attempt, CodeFormat, KeyId, KeyRing, MasterKey, Name, Purpose, Refusal};
///
/// let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
/// let attempt = Attempt {
///     key_id: keys.newest_id(),
///     id: &Name::new("5f0c")?,
///     user: &Name::new("alice")?,
///     purpose: Purpose::Reset,
///     code: &CodeFormat::ONLINE.normalize("3F9A-77C2-01BE").unwrap(),
///     answer: b"granted",
/// };
/// let tag = attempt.tag(&keys)?;
/// assert_eq!(attempt.check_tag(&keys, &tag), Ok(()));
///
/// let bypass = Attempt { purpose: Purpose::Bypass, ..attempt };
/// assert_eq!(bypass.check_tag(&keys, &tag), Err(Refusal::Tampered));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Attempt<'a, S = String> {
    /// The key to tag it with, kept beside the tag.
    pub key_id: KeyId,
    /// What the caller calls it, the same when it asks again.
    pub id: &'a Name<S>,
    /// Whose code it was said to be.
    pub user: &'a Name<S>,
    /// For what.
    pub purpose: Purpose,
    /// The code that was typed.
    pub code: &'a Code,
    /// What was answered, in the store's own form.
    pub answer: &'a [u8],
}

// Not derived: that would ask the text to be `Copy`, which is only lent here.
impl<S> Clone for Attempt<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Attempt<'_, S> {}

impl<S: AsRef<str>> Attempt<'_, S> {
    /// The tag to keep beside the answer. It binds everything else here.
    ///
    /// # Errors
    ///
    /// [`KeyMissing`] where the ring does not hold the key.
    pub fn tag(&self, keys: &KeyRing) -> Result<RecordTag, KeyMissing> {
        let mac = keys.get(self.key_id)?.record_mac(&[
            b"attempt",
            &self.id.length(),
            self.id.as_bytes(),
            &self.user.length(),
            self.user.as_bytes(),
            &[self.purpose.bit()],
            &self.code.length(),
            self.code.ascii(),
            self.answer,
        ]);
        Ok(RecordTag(mac))
    }

    /// Checks the tag that was kept beside the answer, in constant time: before
    /// the answer is given again.
    ///
    /// # Errors
    ///
    /// `KeyMissing`, or [`Refusal::Tampered`] where attempt, answer and tag do
    /// not belong together: also where another code is typed under the same id.
    pub fn check_tag(&self, keys: &KeyRing, tag: &RecordTag) -> Result<(), Refusal> {
        self.tag(keys)?.check(tag)
    }
}

impl KeyRing {
    /// A value under each key, newest first, that says whether it is the key a
    /// store was made with, and nothing else (SPEC, "Records at rest"). It is no
    /// secret: keep it in the store, and compare it when the store is opened.
    pub fn check_values(&self) -> impl Iterator<Item = (KeyId, [u8; 32])> {
        self.iter().map(|key| (key.id, key.record_mac(&[b"check"])))
    }
}

/// be64 of the Unix time in microseconds, rounded down: what every store keeps.
fn instant(instant: Option<DateTime<Utc>>) -> [u8; 8] {
    instant.map_or(NEVER, |instant| instant.timestamp_micros().to_be_bytes())
}
