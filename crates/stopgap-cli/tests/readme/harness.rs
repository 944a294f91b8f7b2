//! Tests of the harness: it accepts the right output and finds every difference.

use super::{
    binding::Binding,
    transcript::{Transcript, run},
};

/// Returns the difference of one block; `None` if the output is right.
fn wrong_with(block: &str) -> Option<String> {
    let markdown = format!("Text.\n\n```console\n{block}\n```\n\n```sh\n$ false\n```\n");
    let ran = Transcript::read(&markdown).and_then(|transcript| run(&transcript));
    ran.err().map(|difference| difference.to_string())
}

#[test]
fn a_block_with_the_right_output_passes() {
    for block in [
        "$ echo one; echo two >&2\none\ntwo",
        "$ true",
        "$ false\n$ echo $?\n1",
        "$ mkdir desk\n$ cd desk\n$ pwd | sed 's|.*/||'\ndesk",
        "$ echo one \\\n    two\none two",
        "$ cargo run --release -p stopgap-cli -- --version\nstopgap 0.1.0",
        "$ cargo run --release -- --version | tr a-z A-Z\nSTOPGAP 0.1.0",
        "$ echo '2026-11-21 15:00:00 +00:00 (in 6 days)'\n1999-01-01 00:00:00 -05:00 (in 7 days)",
        "$ echo 2026-11-21T15:00:00.5Z\n2026-11-21T15:00:00Z",
        "$ echo '\"seconds_left\":7'\n\"seconds_left\":42",
        "$ echo '\"generation\":7'\n\"generation\":1294967301",
        "$ echo 'a   (now)   b'\na  (3 seconds ago)  b",
        "$ echo ABCD-1234\n3F9A-77C2\n$ echo 3f9a77c2, 3f9a 77c2, 3F9A-77C2\nabcd1234, abcd 1234, 3F9A-77C2",
    ] {
        assert_eq!(wrong_with(block), None, "{block}");
    }
}

#[test]
fn any_other_difference_is_found() {
    for block in [
        // A changed line, a missing line, an additional line, and other spaces.
        "$ echo one\ntwo",
        "$ echo one",
        "$ true\none",
        "$ printf 'one\\ntwo\\n'\none",
        "$ echo one\none\ntwo",
        "$ echo 'a  b'\na b",
        // An unexpected exit status, or another one than expected.
        "$ false",
        "$ echo one; exit 3\none",
        "$ false\n$ echo $?\n2",
        "$ true\n$ false\n$ echo one\none",
        // Another shape.
        "$ echo ABCD-1234\nABCD-1234-5678",
        "$ echo ABCD-1234\nABC-1234",
        "$ echo 'until (in 6 days)'\nuntil (in 6 hours)",
        "$ echo 'until (in 6 days)'\nuntil (6 days ago)",
        "$ echo 2026-11-21T15:00:00Z\n2026-11-21 15:00:00 +00:00",
        "$ echo 2026-11-21T15:00:00Z\n2026-11-21T15:00:00+00:00",
        // Two different codes for one code, and one for two.
        "$ echo ABCD-1234 ABCD-1234\n3F9A-77C2 3F9A-77C3",
        "$ echo ABCD-1234 ABCD-1235\n3F9A-77C2 3F9A-77C2",
    ] {
        assert!(wrong_with(block).is_some(), "{block}");
    }
}

#[test]
fn a_malformed_block_is_found() {
    assert!(wrong_with("one\n$ echo one").is_some());
    assert!(Transcript::read("```console\n$ true\n").is_err());
    let two = Transcript::read("```console\n$ true\n```\n```console\n$ true\n```\n");
    assert_eq!(two.unwrap().blocks(), 2);
}

#[test]
fn ids_are_bound_too() {
    let mut binding = Binding::default();
    let (shown, actual) = (
        "019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11",
        "01a20077-8c8c-7d16-b10f-6622e0cae64b",
    );
    assert!(binding.matches(&format!("{shown} active"), &format!("{actual} active")));
    assert!(!binding.matches(shown, shown));
    assert_eq!(
        binding.apply(&format!("edit {shown}")),
        format!("edit {actual}")
    );
}
