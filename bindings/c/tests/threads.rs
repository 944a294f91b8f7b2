//! Eight threads that share handles, also under helgrind, and under `ThreadSanitizer` if the
//! library can be built for it.
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

use std::path::Path;

use gates::{CPP_THREADS, Program, THREADS};
use programs::Language;

const HELGRIND: [&str; 4] = [
    "valgrind",
    "--tool=helgrind",
    "--quiet",
    "--error-exitcode=9",
];

/// A ring to which keys are added while another thread verifies.
const RACE: Program = Program {
    arguments: &["race"],
    ..THREADS
};

/// With the functions that LLVM calls and gcc does not have.
const FOR_TSAN: [Program; 2] = [
    Program {
        sources: &["tests/gates/threads.c", "tests/gates/tsan.c"],
        arguments: &["50"],
        ..THREADS
    },
    Program {
        sources: &["tests/gates/threads.c", "tests/gates/tsan.c"],
        ..RACE
    },
];

#[test]
fn threads_share_what_they_may() {
    let place = programs::folder("threads");
    for compiler in Language::C.compilers() {
        let built = THREADS.build(compiler, &[], programs::library(), &place);
        let run = THREADS.watched(&[], &built.unwrap());
        run.assert_clean();
        assert!(
            run.said.contains("threads: 8 threads, 1440 calls"),
            "{}",
            run.said
        );
    }
}

#[test]
fn threads_share_what_is_const_in_cpp() {
    let place = programs::folder("threads-cpp");
    for compiler in gates::compilers(Language::Cpp) {
        let built = CPP_THREADS.build(compiler, &[], programs::library(), &place);
        CPP_THREADS.watched(&[], &built.unwrap()).assert_clean();
    }
}

#[test]
#[ignore = "slow; cargo xtask sanitize"]
fn helgrind_has_nothing_to_report() {
    if !programs::here(HELGRIND[0]) {
        programs::skipped("valgrind is not installed");
        return;
    }
    let place = programs::folder("helgrind");
    let shared = Program {
        arguments: if gates::is_deep() { &["100"] } else { &["5"] },
        ..THREADS
    };
    for library in gates::libraries() {
        let build = |program: &Program| build(program, &library, &place);
        shared.watched(&HELGRIND, &build(&shared)).assert_clean();
        CPP_THREADS
            .watched(&HELGRIND, &build(&CPP_THREADS))
            .assert_clean();
        RACE.watched(&HELGRIND, &build(&RACE))
            .assert_reported("Possible data race");
    }
    println!("\nthreads: nothing to report by helgrind, the control reported");
}

#[test]
#[ignore = "slow; cargo xtask sanitize"]
fn thread_sanitizer_has_nothing_to_report() {
    if !gates::is_deep() {
        return;
    }
    let library = match gates::instrumented("thread") {
        Ok(library) => library,
        Err(why) => return programs::skipped(&why),
    };
    let place = programs::folder("tsan");
    let flags = ["-fsanitize=thread"];
    for compiler in Language::C.compilers() {
        if !gates::is_able(compiler, &THREADS, &flags, &place) {
            continue;
        }
        let [shared, race] = FOR_TSAN.map(|program| {
            let built = program.build(compiler, &flags, &library, &place);
            program.watched(&[], &built.unwrap())
        });
        shared.assert_clean();
        race.assert_reported("ThreadSanitizer: data race");
        println!("\nthreads: nothing to report by {compiler}'s TSan, the control reported");
    }
}

fn build(program: &Program, library: &Path, place: &Path) -> std::path::PathBuf {
    let compiler = gates::compilers(program.language)[0];
    let flags = &gates::FOR_VALGRIND;
    program.build(compiler, flags, library, place).unwrap()
}
