//! The header compiles wherever it may be included.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

mod programs;

use programs::{Language, compile, run};

#[test]
fn compiles_in_every_standard() {
    let mut compiled = 0;
    for (language, standards) in [
        (Language::C, ["c99", "c11", "c17"]),
        (Language::Cpp, ["c++11", "c++17", "c++20"]),
    ] {
        for compiler in language.compilers() {
            for standard in standards {
                let mut command = compile(compiler, language);
                command.arg(format!("-std={standard}")).arg("-fsyntax-only");
                command.arg(match language {
                    Language::C => "-xc",
                    Language::Cpp => "-xc++",
                });
                run(command.arg(programs::root().join("include/stopgap.h")));
                compiled += 1;
            }
        }
    }
    assert!(compiled >= 3, "no compiler");
}
