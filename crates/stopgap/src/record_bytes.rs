//! Sealed records as portable bytes (SPEC, "Records as bytes").

use alloc::vec::Vec;

use crate::{
    record_bytes_error::RecordBytesError,
    record_reader::Reader,
    sealed::{Record, RecordTag, Sealed},
};

/// The version of the bytes, which is the first of them.
const VERSION: u8 = 1;

impl<R: Record> Sealed<R> {
    /// Returns the record and its tag as portable bytes: the same on every platform, for a
    /// store without columns (SPEC, "Records as bytes").
    ///
    /// ```
    /// use stopgap::{KeyId, KeyRing, MasterKey, RecordBytesError, Sealed, Throttle, UserThrottle};
    ///
    /// let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
    /// let sealed = UserThrottle::seal(&keys, "alice".parse()?, Throttle::default());
    /// let stored = sealed.to_bytes();
    ///
    /// let read = Sealed::<UserThrottle>::from_bytes(&stored)?;
    /// assert_eq!(read.throttle(&keys, "alice")?, Throttle::default());
    ///
    /// let cut = Sealed::<UserThrottle>::from_bytes(&stored[1..]);
    /// assert_eq!(cut.unwrap_err(), RecordBytesError::Version { found: b't' });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// The bytes of a record that [`open`](Self::open) refuses as tampered may be refused by
    /// [`from_bytes`](Self::from_bytes), or may be those of another record.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let encoding = self.unverified().encode(|parts| parts.concat());
        [&[VERSION], encoding.as_slice(), self.tag().as_bytes()].concat()
    }

    /// Reads bytes of [`to_bytes`](Self::to_bytes). Only their form is checked: call
    /// [`open`](Self::open), or another function that checks the tag, before you rely on a
    /// field.
    ///
    /// # Errors
    ///
    /// [`RecordBytesError`] if [`to_bytes`](Self::to_bytes) returns these bytes for no record
    /// of this kind.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordBytesError> {
        let mut reader = Reader::new(bytes);
        match reader.byte()? {
            VERSION => {}
            found => return Err(RecordBytesError::Version { found }),
        }
        reader.label(R::LABEL)?;
        let record = R::decode(&mut reader)?;
        let tag = RecordTag::from_bytes(reader.array()?);
        reader.end()?;
        Ok(Self::from_parts(record, tag))
    }
}
