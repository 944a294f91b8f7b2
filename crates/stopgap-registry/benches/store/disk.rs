//! The cost of a commit on this disk, without a registry.

use std::{io::Write, path::Path, time::Instant};

use super::table::{alone, median};

const WRITES: usize = 50;
/// The bytes of a write: a page of SQLite.
const PAGE: [u8; 4_096] = [7; 4_096];

/// Prints the time of a write and its fsync in a folder. `cargo xtask bench slow` reads it.
pub(crate) fn measure(folder: &Path) {
    let mut file = tempfile::tempfile_in(folder).expect("created");
    let times = (0..WRITES).map(|_| {
        let begun = Instant::now();
        file.write_all(&PAGE).expect("written");
        file.sync_data().expect("synchronised");
        begun.elapsed().as_secs_f64() * 1e6
    });
    print(median(times));
}

/// Prints the time of a commit, in microseconds.
pub(crate) fn print(time: f64) {
    alone("disk: a write and its fsync, us", &format!("{time:.0}"));
}
