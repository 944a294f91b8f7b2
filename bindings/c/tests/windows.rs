//! The samples for Windows: `cargo xtask cross x86_64-pc-windows-gnu` runs them.
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

use programs::{Language, compile, folder, run, target};
use std::path::Path;

/// Keys and states are encrypted by Windows, and text is UTF-16.
#[test]
#[ignore = "for Windows; cargo xtask cross x86_64-pc-windows-gnu"]
fn an_agent_keeps_its_files_encrypted() {
    assert!(
        target::is_windows(),
        "no compiler for Windows: use cargo xtask cross"
    );
    for compiler in Language::C.compilers() {
        let place = folder(&format!("windows-{compiler}"));
        let program = target::executable(&place, "rest");
        let mut command = compile(compiler, Language::C);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/windows/rest.c"));
        target::link(&mut command).arg("-lcrypt32");
        run(command.arg("-o").arg(&program));
        assert_eq!(run(&mut target::start(&program)), "at rest\n");
    }
}
