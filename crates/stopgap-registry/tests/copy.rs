//! A store is moved: every row of every tenant, whole, however often it is cut off.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

#[path = "copy/cut_off.rs"]
mod cut_off;
#[path = "copy/file.rs"]
mod file;
#[path = "copy/filled.rs"]
mod filled;
#[cfg(feature = "postgres")]
#[path = "copy/postgres.rs"]
mod postgres;
#[path = "copy/refused.rs"]
mod refused;
#[path = "copy/whole.rs"]
mod whole;
#[allow(dead_code, reason = "this worker is told nothing")]
#[path = "processes/worker.rs"]
mod worker;

use stopgap_registry::{Copied, CopyError, copy, store::Store};

/// A copy of which nobody watches the progress.
fn moved(from: &dyn Store, to: &dyn Store) -> Result<Copied, CopyError> {
    copy(from, to, |_| {})
}

/// How many rows were copied, how many were there already, and how many are the same
/// in the end.
fn sums(copied: &Copied) -> [u64; 3] {
    copied.tables.iter().fold([0; 3], |[new, old, same], rows| {
        [
            new + rows.copied,
            old + rows.already_there,
            same + rows.verified,
        ]
    })
}

/// The other side of `cut_off`.
#[test]
fn worker() {
    if worker::role().is_some() {
        cut_off::work();
    }
}
