//! The ten uses of `README.md`, in C and in C++, compiled by every compiler and run.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]

mod page;
mod programs;

use std::{fs, path::Path};

use page::{blocks, section};
use programs::{Language, compile, folder, run, target};

/// Compiles the blocks of the page with the program that uses them, and runs it.
fn used(language: Language, fence: &str, header: &str, program: &str) {
    let text = section("Ten uses");
    assert_eq!(text.matches("\n### ").count(), 10);
    for compiler in language.compilers() {
        let place = folder(&format!("uses-{compiler}"));
        fs::write(place.join(header), blocks(text, fence)).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(program);
        let executable = target::executable(&place, "uses");
        let mut command = compile(compiler, language);
        command.arg("-I").arg(&place).arg(source);
        run(target::link(&mut command).arg("-o").arg(&executable));
        let printed = run(&mut target::start(&executable));
        assert_eq!(printed, "ten uses\n", "{compiler}");
    }
}

#[test]
fn in_c() {
    used(Language::C, "c", "uses.h", "tests/uses/main.c");
}

#[test]
fn in_cpp() {
    used(Language::Cpp, "cpp", "uses.hpp", "tests/uses/main.cpp");
}
