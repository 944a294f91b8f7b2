//! Sealed records: a record and its tag, as one value (SPEC, "Records at rest").

use alloc::vec::Vec;
use core::fmt;

use chrono::{DateTime, Utc};

use crate::{
    digest::same,
    error::Refusal,
    format::CodeFormat,
    key_id::KeyId,
    key_ring::{KeyRing, RingKey},
    name::Name,
};

/// A record and its tag, as one value (SPEC, "Records at rest").
///
/// The tag is a MAC of all fields of the record under the server's record key. An attacker
/// with write access to the store, but without a key, cannot change a field, swap two
/// tags, or move a record to another user or tenant without being noticed: such a record
/// is refused as [`Refusal::Tampered`]. A tag does not show that a record was deleted, or
/// that an older record was put back with its tag.
///
/// Store record and tag together. A record with other content has another tag, so the tag
/// serves as the version of the record: update it only if the stored tag is still the one
/// that you loaded. Compare the record's id, user or name with what you asked the store
/// for: a whole record in the place of another one has a tag that fits.
///
/// ```
/// # #[cfg(feature = "os-rng")] {
/// use chrono::{TimeZone, Utc};
/// use stopgap::{KeyId, KeyRing, MasterKey, OnlinePolicy, Refusal, Sealed, SysRng};
///
/// let keys = KeyRing::new(KeyId(1), &MasterKey::generate(&mut SysRng)?);
/// let now = Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 0).unwrap();
/// let (_, sealed) = OnlinePolicy::default().issue(&keys, "alice", now, &mut SysRng)?;
/// assert_eq!(sealed.open(&keys)?.user, "alice");
///
/// // The store adds a year to the expiry.
/// let (mut record, tag) = sealed.into_parts();
/// record.expires_at = Utc.with_ymd_and_hms(2027, 11, 22, 15, 0, 0).unwrap();
/// let edited = Sealed::from_parts(record, tag);
/// assert_eq!(edited.open(&keys).unwrap_err(), Refusal::Tampered);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use = "store the sealed record before you act on the result"]
pub struct Sealed<R> {
    record: R,
    tag: RecordTag,
}

impl<R> Sealed<R> {
    /// Joins a record and its tag, as a store has them. Neither is checked until the record
    /// is opened.
    pub const fn from_parts(record: R, tag: RecordTag) -> Self {
        Self { record, tag }
    }

    /// Returns the record and the tag, to be stored.
    pub fn into_parts(self) -> (R, RecordTag) {
        (self.record, self.tag)
    }

    /// Returns the record *without* a check of its tag: for an index or a list, not for a
    /// decision. [`open`](Self::open) checks the tag.
    #[must_use]
    pub const fn unverified(&self) -> &R {
        &self.record
    }

    /// Returns the tag.
    #[must_use]
    pub const fn tag(&self) -> &RecordTag {
        &self.tag
    }
}

impl<R: Record> Sealed<R> {
    /// Checks the tag in constant time, and returns the record.
    ///
    /// # Errors
    ///
    /// [`Refusal::KeyMissing`] if the ring does not hold the record's key,
    /// [`Refusal::Tampered`] if record and tag do not fit.
    pub fn open(&self, keys: &KeyRing) -> Result<&R, Refusal> {
        self.open_with(keys.get(self.record.key_id())?)
    }

    /// Checks the tag with the record's key.
    pub(crate) fn open_with(&self, key: &RingKey) -> Result<&R, Refusal> {
        let fits = || bool::from(same(&mac(&self.record, key), &self.tag.0));
        if self.record.is_sound() && fits() {
            Ok(&self.record)
        } else {
            Err(Refusal::Tampered)
        }
    }

    /// Seals a record with its own key.
    pub(crate) fn seal_with(record: R, key: &RingKey) -> Self {
        let tag = RecordTag(mac(&record, key));
        Self { record, tag }
    }

    /// Opens the record, changes a copy of it, and seals the copy.
    pub(crate) fn change(
        &self,
        keys: &KeyRing,
        change: impl FnOnce(&mut R),
    ) -> Result<Self, Refusal>
    where
        R: Clone,
    {
        let key = keys.get(self.record.key_id())?;
        let mut record = self.open_with(key)?.clone();
        change(&mut record);
        Ok(Self::seal_with(record, key))
    }
}

/// A record that can be [`Sealed`]. Only the types of this crate implement it.
pub trait Record: private::Encode {}

impl<R: private::Encode> Record for R {}

/// Returns the MAC of all fields of a record under the record key.
fn mac<R: Record>(record: &R, key: &RingKey) -> [u8; 32] {
    record.encode(|parts| key.record_mac(parts))
}

pub(crate) mod private {
    use crate::{key_id::KeyId, record_bytes_error::RecordBytesError, record_reader::Reader};

    /// The encoding of a record, for its tag and as bytes (SPEC, "Records at rest").
    pub trait Encode: Sized {
        /// The label with the 0x00 that ends it.
        const LABEL: &'static str;

        /// Returns the id of the key that seals the record.
        fn key_id(&self) -> KeyId;

        /// Calls a function with the label and all fields, as parts to be joined.
        fn encode<T>(&self, take: impl FnOnce(&[&[u8]]) -> T) -> T;

        /// Reads the fields, which follow the label. A field that
        /// [`encode`](Self::encode) would write in another way is invalid.
        fn decode(fields: &mut Reader<'_>) -> Result<Self, RecordBytesError>;

        /// Returns `false` for a record that this crate never seals, because its encoding
        /// would be that of another one.
        fn is_sound(&self) -> bool;
    }
}

/// The tag of a sealed record: 32 bytes under the server's record key (SPEC, "Records at
/// rest"). It is no secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct RecordTag(#[cfg_attr(feature = "serde", serde(with = "crate::hex"))] [u8; 32]);

impl RecordTag {
    /// Returns the tag with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes, to be stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RecordTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordTag(..)")
    }
}

/// Returns an instant in whole microseconds, as records have them. A leap second becomes the
/// second after it, which has the same Unix time.
pub(crate) fn whole(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

/// Returns `true` if all instants are in whole microseconds, so that none is encoded as
/// another one.
pub(crate) fn are_whole(instants: &[Option<DateTime<Utc>>]) -> bool {
    let mut instants = instants.iter().flatten();
    instants.all(|instant| {
        // A leap second has a thousand million nanoseconds or more.
        let nanos = instant.timestamp_subsec_nanos();
        nanos < 1_000_000_000 && nanos % 1_000 == 0
    })
}

/// Returns be64 of the Unix time in microseconds; −2⁶³ for `None`.
pub(crate) fn instant(instant: Option<DateTime<Utc>>) -> [u8; 8] {
    instant
        .map_or(i64::MIN, |instant| instant.timestamp_micros())
        .to_be_bytes()
}

/// Returns be32 of the id of a key.
pub(crate) const fn key_id(id: KeyId) -> [u8; 4] {
    id.0.to_be_bytes()
}

/// Returns 19 bytes: the symbols, the bits of the look-alikes, the length, and 1 for a
/// check symbol.
pub(crate) fn format(format: &CodeFormat) -> [u8; 19] {
    let rest = [
        format.alphabet.look_alike_bits(),
        format.length,
        format.check_symbol.into(),
    ];
    joined(&[format.alphabet.symbols().as_bytes(), &rest])
}

/// Returns fields that have `N` bytes together, joined.
#[inline]
pub(crate) fn joined<const N: usize>(fields: &[&[u8]]) -> [u8; N] {
    let mut joined = [0; N];
    let mut end = 0_usize;
    for field in fields {
        let start = end;
        end = start.saturating_add(field.len());
        if let Some(place) = joined.get_mut(start..end) {
            place.copy_from_slice(field);
        }
    }
    debug_assert!(end == N, "the fields have N bytes");
    joined
}

/// Appends be16(byte length) ‖ the bytes, at most 65,535.
pub(crate) fn push_text(encoded: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    encoded.extend(length.to_be_bytes());
    encoded.extend_from_slice(text.as_bytes());
}

/// The length and the bytes of a name, as two parts of an encoding.
pub(crate) struct Text<'a>(pub(crate) [u8; 2], pub(crate) &'a [u8]);

impl<'a> Text<'a> {
    pub(crate) fn of(name: &'a Name) -> Self {
        Self(name.length(), name.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::format;

    use super::*;

    #[test]
    fn an_instant_is_whole_without_nanoseconds_and_outside_a_leap_second() {
        let at = |nanos| DateTime::from_timestamp(59, nanos);
        assert!(are_whole(&[None, at(0), at(1_000), at(999_999_000)]));
        for nanos in [1, 999, 1_001, 999_999_999, 1_000_000_000, 1_000_001_000] {
            assert!(at(nanos).is_some());
            assert!(!are_whole(&[at(0), at(nanos)]), "{nanos}");
        }
    }

    #[test]
    fn debug_of_a_tag_is_short() {
        assert_eq!(format!("{:?}", RecordTag([7; 32])), "RecordTag(..)");
    }
}
