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

impl stopgap_digest {
    pub(crate) const fn read(&self) -> CodeDigest {
        CodeDigest::from_bytes(self.bytes)
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

impl stopgap_keyed_digest {
    pub(crate) const fn new(key_id: KeyId, bytes: [u8; 32]) -> Self {
        Self {
            key_id: key_id.0,
            digest: stopgap_digest { bytes },
        }
    }
}

/// The tag of a record at rest: 32 bytes under the server's record key, to be stored
/// beside the record (SPEC, "Records at rest"). It cannot be made without the key, so a
/// person who can only write to the store cannot edit the record unnoticed.
///
/// It covers times in microseconds, and in C they are whole seconds: a record from another
/// program that has fractions of a second does not fit its tag without them.
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

impl stopgap_tag {
    pub(crate) const fn read(&self) -> RecordTag {
        RecordTag::from_bytes(self.bytes)
    }
}
