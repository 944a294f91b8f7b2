//! The errors of records as bytes.

/// The reason for which bytes are no sealed record (SPEC, "Records as bytes"). It holds
/// nothing of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RecordBytesError {
    /// The first byte is not the version that this release reads.
    #[error("the bytes of a record have version 1, not {found}; use the release that wrote them")]
    Version {
        /// The first byte.
        found: u8,
    },
    /// The label is another one: the bytes may be those of a record of another kind.
    #[error(
        "the bytes are no record of the kind {expected}; read them as the kind that was written"
    )]
    Kind {
        /// The label of the expected kind, as in SPEC, "Records at rest".
        expected: &'static str,
    },
    /// The bytes end before the record and its tag do.
    #[error("the bytes end before the record does; pass all that were written")]
    Truncated,
    /// Further bytes follow the tag.
    #[error("after the record, the number of further bytes is {found}; pass only its own")]
    TrailingBytes {
        /// The number of further bytes.
        found: usize,
    },
    /// A field has a value that no sealed record has.
    #[error("the bytes of the field {field} are invalid; restore the record from a backup")]
    Invalid {
        /// The name of the field.
        field: &'static str,
    },
}
