//! The loader corrects each address in the shared library at each start of a program, so
//! there may be few of them.
#![cfg(target_os = "linux")]
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]

mod programs;

use std::process::Command;

use programs::{SHARED, here, library, run, skipped};

/// Without optimization there are more than in a release, which has 1,800. Tables of time
/// zones with addresses have 29,700.
const MOST: u32 = 4_000;

/// Returns the number of relocations that readelf lists: `Relocation section '.rela.dyn' at
/// offset 0x2320 contains 1774 entries:`.
fn relocations(listed: &str) -> u32 {
    let counts = listed.lines().filter_map(|line| {
        let (_, count) = line
            .strip_prefix("Relocation section")?
            .split_once(" contains ")?;
        Some(count.split(' ').next()?.parse::<u32>().unwrap())
    });
    counts.sum()
}

#[test]
fn the_shared_library_has_few_relocations() {
    if !here("readelf") {
        return skipped("readelf is not installed: the shared library's relocations");
    }
    let mut readelf = Command::new("readelf");
    readelf.env("LC_ALL", "C").arg("-rW");
    let count = relocations(&run(readelf.arg(library().join(SHARED))));
    assert!((100..=MOST).contains(&count), "{count} relocations");
}
