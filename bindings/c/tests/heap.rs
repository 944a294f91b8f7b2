//! From C, verifying and redeeming allocate nothing, freed memory has no secret, and a call
//! without memory returns a status.
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

use gates::{ALLOCATIONS, LEFTOVERS, MEMORY, Program};
use programs::Language;

#[test]
fn verifying_and_redeeming_allocate_nothing() {
    watch(&ALLOCATIONS, "allocations: 44 calls, 0 failed\n");
}

#[test]
fn no_secret_goes_back_to_the_allocator() {
    watch(&LEFTOVERS, "leftovers: 0 of all keys\n");
}

#[test]
fn a_call_without_memory_is_refused_and_changes_nothing() {
    watch(&MEMORY, " 0 aborts\n");
}

/// Asserts that a program, built by each compiler, succeeds and ends with this output.
fn watch(program: &Program, words: &str) {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        programs::skipped("only the allocator of glibc can be watched");
        return;
    }
    let place = programs::folder(program.name);
    for compiler in Language::C.compilers() {
        let built = program.build(compiler, &[], programs::library(), &place);
        let run = program.watched(&[], &built.unwrap());
        run.assert_clean();
        assert!(run.said.ends_with(words), "{}", run.said);
    }
}
