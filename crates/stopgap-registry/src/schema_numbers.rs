//! The number of a store's schema.

use serde::Serialize;

/// The number of a store's schema, and that of the newest one that this Stopgap knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SchemaNumbers {
    /// The number of the store's schema.
    pub found: i64,
    /// The number of the newest schema that this Stopgap knows.
    pub known: i64,
}
