//! What verifying asks of the allocator, seen from C: nothing.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

mod gates;
mod programs;

use gates::ALLOCATIONS;
use programs::Language;

#[test]
fn verifying_and_redeeming_allocate_nothing() {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        programs::skipped("an allocator that counts is glibc's alone");
        return;
    }
    let place = programs::folder("allocations");
    for compiler in Language::C.compilers() {
        let built = ALLOCATIONS.build(compiler, &[], programs::library(), &place);
        let run = ALLOCATIONS.watched(&[], &built.unwrap());
        run.assert_clean();
        assert!(
            run.said.ends_with("allocations: 45 calls, 0 failed\n"),
            "{}",
            run.said
        );
    }
}
