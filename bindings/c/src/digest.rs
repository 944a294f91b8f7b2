//! The digest of a code, and the tag of a record.

use stopgap::{CodeDigest, KeyId, RecordTag};

/// The keyed digest of a code, which is stored in place of the code. Without the key it is
/// of no use for trying codes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_digest {
    /// HMAC-SHA-256 under a key of the ring.
    pub bytes: [u8; 32],
}

impl From<CodeDigest> for stopgap_digest {
    fn from(digest: CodeDigest) -> Self {
        Self {
            bytes: *digest.as_bytes(),
        }
    }
}

/// A digest, and the key that made it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_keyed_digest {
    /// The id of the key.
    pub key_id: u32,
    /// The digest.
    pub digest: stopgap_digest,
}

/// The place of digests, an array.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_digests {
    /// The array.
    pub ptr: *mut stopgap_keyed_digest,
    /// The number of digests for which it has room.
    pub capacity: usize,
    /// The number of digests, one for each key: written by the call, also if the room does
    /// not suffice.
    pub count: usize,
}

impl stopgap_keyed_digest {
    pub(crate) const fn new(key_id: KeyId, bytes: [u8; 32]) -> Self {
        Self {
            key_id: key_id.0,
            digest: stopgap_digest { bytes },
        }
    }
}

/// The tag of a sealed record: 32 bytes under the server's record key (SPEC, "Records at
/// rest"). It is no secret. It cannot be computed without the key, so a person who can only
/// write to the store cannot change a record, swap two tags, or move a record to another
/// user or tenant without being noticed. A tag does not show that a record was deleted, or
/// that an older record was put back with its tag.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_tag {
    /// The bytes to store.
    pub bytes: [u8; 32],
}

impl From<RecordTag> for stopgap_tag {
    fn from(tag: RecordTag) -> Self {
        Self {
            bytes: *tag.as_bytes(),
        }
    }
}
