//! Sealed records as bytes.

use stopgap::{Record, RecordBytesError, Sealed};

use crate::{
    error::Outcome,
    error::stopgap_error,
    guard::{output_or_null, outputs},
    memory::with_room,
    status::STOPGAP_ERR_RECORD_BYTES,
    text::stopgap_bytes,
};

impl From<RecordBytesError> for stopgap_error {
    fn from(_: RecordBytesError) -> Self {
        STOPGAP_ERR_RECORD_BYTES.into()
    }
}

/// Reads a record of its portable bytes.
///
/// # Safety
///
/// As [`stopgap_bytes::read`].
pub(crate) unsafe fn read_bytes<R: Record>(bytes: stopgap_bytes) -> Outcome<Sealed<R>> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes.read() }?;
    let room = bytes.len().saturating_add(ROOM_OF_RECORD);
    with_room(room, || Ok(Sealed::from_bytes(bytes)?))
}

/// The most memory that a record takes, beside the answer of a verification.
const ROOM_OF_RECORD: usize = 4_096;

/// Writes the portable bytes of a record, which has an answer of this many bytes, if the buffer
/// is large enough. Their number is written in any case, unless `needed` is NULL.
///
/// # Safety
///
/// A buffer that is not NULL has room for `capacity` bytes, and `needed` is NULL or can be
/// written.
pub(crate) unsafe fn write_bytes<R: Record>(
    record: &Sealed<R>,
    answer: usize,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
) -> Outcome {
    // SAFETY: the caller's promise.
    let (buffer, needed) = unsafe { (outputs(buffer, capacity)?, output_or_null(needed)?) };
    let room = answer.saturating_mul(2).saturating_add(ROOM_OF_RECORD);
    let bytes = with_room(room, || Ok(record.to_bytes()))?;
    if let Some(needed) = needed {
        needed.write(bytes.len());
    }
    buffer.write_all(bytes.len(), bytes)
}
