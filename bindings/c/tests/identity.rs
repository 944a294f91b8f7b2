//! Codes, records and sealed states are the same bytes on every target.
//!
//! `identity/main.c` prints them; `identity/expected.txt` has them. `cargo xtask cross` runs
//! this test for other targets. `STOPGAP_IDENTITY=write` writes the file, after a change of
//! the protocol.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]

mod programs;

use std::{env, fs, path::Path};

use programs::{Language, program, run, target};

#[test]
fn bytes_are_the_same_on_every_target() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/identity/expected.txt");
    for compiler in Language::C.compilers() {
        let program = program(
            compiler,
            Language::C,
            &["tests/identity/main.c"],
            "identity",
        );
        let printed = run(&mut target::start(&program));
        if env::var_os("STOPGAP_IDENTITY").is_some_and(|mode| mode == "write") {
            fs::write(&file, &printed).unwrap();
        }
        assert_eq!(printed, fs::read_to_string(&file).unwrap(), "{compiler}");
    }
}
