//! Runs every console block of the READMEs and guides, and compares the output.
//!
//! trycmd and snapbox can mask a code. But they cannot use the code of one command in the
//! next one, and they do not keep the folder and the exit status between blocks.
#![cfg(unix)]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

mod binding;
mod harness;
#[path = "../shape/mod.rs"]
mod shape;
mod transcript;

use std::{fs, path::Path};

use transcript::{Transcript, run};

/// Runs the blocks of a file, which must have at least this number of blocks.
fn readme(path: &str, least: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = fs::read_to_string(&path).unwrap();
    let transcript = Transcript::read(&text).unwrap();
    assert!(
        transcript.blocks() >= least,
        "only {} blocks",
        transcript.blocks()
    );
    if let Err(difference) = run(&transcript) {
        panic!("{}, {difference}", path.display());
    }
}

#[test]
fn the_projects_readme_shows_the_real_output() {
    readme("../../README.md", 1);
}

#[test]
fn the_guide_of_the_help_desk_shows_the_real_output() {
    readme("../../docs/help-desk.md", 8);
}

#[test]
fn the_guide_of_operators_shows_the_real_output() {
    readme("../../docs/operator.md", 3);
}

#[test]
fn the_commands_readme_shows_the_real_output() {
    readme("README.md", 12);
}
