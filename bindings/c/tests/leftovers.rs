//! What is left in memory that is freed, seen from C: no secret.
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

use gates::LEFTOVERS;
use programs::Language;

#[test]
fn no_secret_goes_back_to_the_allocator() {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        programs::skipped("an allocator that searches is glibc's alone");
        return;
    }
    let place = programs::folder("leftovers");
    for compiler in Language::C.compilers() {
        let built = LEFTOVERS.build(compiler, &[], programs::library(), &place);
        let run = LEFTOVERS.watched(&[], &built.unwrap());
        run.assert_clean();
        assert!(
            run.said.ends_with("leftovers: 0 of all keys\n"),
            "{}",
            run.said
        );
    }
}
