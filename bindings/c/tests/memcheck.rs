//! valgrind's memcheck: no error, and no byte that is still there at the end.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]

mod gates;
mod programs;

use gates::{
    CPP, DEEDS, FOR_VALGRIND, control,
    session::{Session, pairs},
};
use programs::Language;

const MEMCHECK: [&str; 6] = [
    "valgrind",
    "--quiet",
    "--leak-check=full",
    "--show-leak-kinds=all",
    "--errors-for-leak-kinds=all",
    "--error-exitcode=9",
];

#[test]
#[ignore = "slow; cargo xtask sanitize"]
fn memory_is_used_as_it_may_be() {
    if !programs::here(MEMCHECK[0]) {
        programs::skipped("valgrind is not installed");
        return;
    }
    let (mut clean, mut reported) = (0, 0);
    for (number, library) in gates::libraries().iter().enumerate() {
        let place = programs::folder(&format!("memcheck-{number}"));
        for program in gates::programs(&CPP) {
            for compiler in gates::compilers(program.language) {
                let built = program
                    .build(compiler, &FOR_VALGRIND, library, &place)
                    .unwrap();
                program.watched(&MEMCHECK, &built).assert_clean();
                clean += 1;
            }
        }
        for pair in pairs(Language::Cpp) {
            for compiler in gates::compilers(pair[0].language) {
                let [agent, server] = pair.each_ref().map(|program| {
                    program
                        .build(compiler, &FOR_VALGRIND, library, &place)
                        .unwrap()
                });
                let session = Session {
                    tool: &MEMCHECK,
                    agent,
                    server,
                    folder: programs::folder("session-memcheck"),
                };
                clean += session.holds();
            }
        }
        for deed in &DEEDS {
            let program = control(std::array::from_ref(deed));
            for compiler in gates::compilers(program.language) {
                let built = program
                    .build(compiler, &FOR_VALGRIND, library, &place)
                    .unwrap();
                // A handle is wiped before it is freed, so a second time is seen
                // as a use.
                program
                    .watched(&MEMCHECK, &built)
                    .assert_reported(match *deed {
                        "leak" => "definitely lost",
                        _ => "Invalid read",
                    });
                reported += 1;
            }
        }
    }
    assert!(clean > 0 && reported >= DEEDS.len(), "no compiler");
    println!("\nmemcheck: {clean} runs clean, {reported} of {reported} controls reported");
}
