//! Mistakes of a C program: each returns its status, and changes nothing else.
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

use std::{collections::BTreeSet, fs};

use gates::MISUSE;
use programs::Language;

/// The fewest cases; with fewer, some were lost.
const CASES: u32 = 17_000;

#[test]
fn every_case_has_its_status() {
    let place = programs::folder("misuse");
    let compilers = Language::C.compilers();
    for compiler in &compilers {
        let built = MISUSE.build(compiler, &[], programs::library(), &place);
        let run = MISUSE.watched(&[], &built.unwrap());
        run.assert_clean();
        let counted = run.said.lines().last().unwrap();
        let cases = counted.strip_prefix("misuse: ");
        let cases = cases.and_then(|rest| rest.strip_suffix(" cases, 0 failed"));
        let cases: u32 = cases.unwrap().parse().unwrap();
        assert!(cases >= CASES, "{counted}");
    }
}

/// The table of calls has each function of the header that can fail.
#[test]
fn every_function_is_misused() {
    let header = fs::read_to_string(programs::root().join("include/stopgap.h")).unwrap();
    let declared: BTreeSet<&str> = header
        .lines()
        .filter_map(|line| line.strip_prefix("stopgap_status stopgap_"))
        .filter_map(|rest| rest.split_once('(').map(|(name, _)| name))
        .collect();
    let table = include_str!("misuse/calls.c");
    let called: BTreeSet<&str> = declared
        .iter()
        .copied()
        .filter(|name| {
            let of_record = ["_to_bytes", "_from_bytes", "_info"]
                .iter()
                .find_map(|suffix| name.strip_suffix(suffix))
                .is_some_and(|kind| table.contains(&format!("\nRECORD_CALLS({kind}, ")));
            of_record || table.contains(&format!("return stopgap_{name}("))
        })
        .collect();
    assert_eq!(declared, called);
    let listed = table.lines().filter(|line| {
        let line = line.trim_start();
        ["CALL(", "KEY_CALL(", "RING_CALL("]
            .iter()
            .any(|macro_name| line.starts_with(macro_name))
    });
    assert_eq!(listed.count(), declared.len());
    assert!(declared.len() > 70, "{declared:?}");
}
