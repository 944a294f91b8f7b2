//! The ids of records.

use stopgap::RecordId;

/// The id of a record: a UUID of version 7, which contains the time of creation, so ids
/// sort by time. It is no secret.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_record_id {
    /// The bytes, which sort as the ids do.
    pub bytes: [u8; 16],
}

impl From<RecordId> for stopgap_record_id {
    fn from(id: RecordId) -> Self {
        Self {
            bytes: *id.as_bytes(),
        }
    }
}
