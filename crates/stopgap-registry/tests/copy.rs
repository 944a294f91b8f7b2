//! A store is copied: every row of every tenant, complete, even if the copy was
//! interrupted.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
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

/// Copies a store without showing progress.
fn copy_all(from: &dyn Store, to: &dyn Store) -> Result<Copied, CopyError> {
    copy(from, to, |_| {})
}

/// Returns three numbers of rows: those that were copied, those that already existed, and
/// those that are equal at the end.
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
