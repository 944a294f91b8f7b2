//! Mistakes in an address.

use crate::store::StoreError;

/// Returns the error of an address that cannot be used. `why` has no part of the address.
pub(super) fn unusable(why: impl Into<String>) -> StoreError {
    StoreError::Address { why: why.into() }
}

/// Returns the error of one parameter.
pub(super) fn wrong(name: &str, why: &str) -> StoreError {
    unusable(format!("{name} {why}"))
}
