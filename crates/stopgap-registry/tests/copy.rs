//! A store is copied: every row of every tenant, whole, also if the copy is cut off.
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
#[path = "stores/rows.rs"]
mod rows;
#[path = "copy/whole.rs"]
mod whole;
#[allow(dead_code, reason = "nothing is sent to this worker")]
#[path = "processes/worker.rs"]
mod worker;

use stopgap_registry::{Copied, CopyError, copy, store::Store};

/// Copies, and shows no progress.
fn copy_all(from: &dyn Store, to: &dyn Store) -> Result<Copied, CopyError> {
    copy(from, to, |_| {})
}

/// Returns the numbers of rows that were copied, that were there already, and that were the
/// same in the end.
fn sums(copied: &Copied) -> [u64; 3] {
    copied.tables.iter().fold([0; 3], |[new, old, same], rows| {
        [
            new + rows.copied,
            old + rows.already_there,
            same + rows.verified,
        ]
    })
}

/// The process that a test starts and kills.
#[test]
fn worker() {
    if worker::role().is_some() {
        cut_off::work();
    }
}
