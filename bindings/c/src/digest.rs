//! What is stored of a code, and what binds a record to its key.

use stopgap::{CodeDigest, KeyId, RecordTag};

/// The keyed digest of a code: what is stored of it. Without the key it gives
/// nothing to try codes against.
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
    /// What it made.
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

/// The tag of a record at rest: 32 bytes under the server's record key, to be kept
/// beside the record (SPEC, "Records at rest"). Without the key nobody can make
/// one, and so nobody who can only write to the store can edit the record
/// unnoticed.
///
/// It binds times to the microsecond, and here they are whole seconds: a record of
/// elsewhere that has fractions of a second does not fit its tag without them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_tag {
    /// To be stored.
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
