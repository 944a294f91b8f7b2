//! Commands that run at the same time.

use std::collections::BTreeSet;

use super::desk::{Desk, Said};

/// Runs the same command in several processes at once.
fn at_once(desk: &Desk, processes: usize, words: &str) -> Vec<Said> {
    let started: Vec<_> = (0..processes)
        .map(|_| desk.command(words).spawn().unwrap())
        .collect();
    started
        .into_iter()
        .map(|child| Said::of(child.wait_with_output().unwrap()))
        .collect()
}

#[test]
fn first_commands_make_one_key_and_one_store() {
    for _ in 0..5 {
        let desk = Desk::new();
        let all = at_once(&desk, 8, "online issue alice");
        let mut made = 0;
        for said in &all {
            assert_eq!(said.status, 0, "{}", said.stderr);
            made += said.stderr.matches("Made the key file").count();
            let code = said.stdout.trim();
            assert_eq!(desk.hears(code, "online verify alice").status, 0);
        }
        assert_eq!(made, 1);
        assert_eq!(desk.files(), ["stopgap.db", "stopgap.key"]);
    }
}

#[test]
fn keys_that_are_added_at_once_are_all_kept() {
    let desk = Desk::ready();
    for said in at_once(&desk, 6, "key add") {
        assert_eq!(said.status, 0, "{}", said.stderr);
    }
    let text = desk.read("stopgap.key");
    let keys: BTreeSet<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(keys.len(), 7);
    let listed = desk.stopgap("key list").stdout;
    assert_eq!(listed.matches("verifies").count(), 6);
}

#[test]
fn a_code_for_one_use_is_used_once() {
    let desk = Desk::ready();
    let code = desk.line("online issue alice --max-uses 1");
    let started: Vec<_> = (0..8)
        .map(|_| desk.start(&code, "online verify alice"))
        .collect();
    let mut granted = 0;
    for child in started {
        let said = Said::of(child.wait_with_output().unwrap());
        match said.status {
            0 => granted += 1,
            _ => said.refused("That code has been used."),
        }
    }
    assert_eq!(granted, 1);
}

#[test]
fn one_of_several_enrolments_at_once_succeeds() {
    let desk = Desk::ready();
    let all = at_once(&desk, 6, "machine enrol alice LAPTOP-17 --out 17.enrolment");
    let done = all.iter().filter(|said| said.status == 0).count();
    assert_eq!(done, 1);
    // Processes that ended at the same time may have left the log of the store behind, empty.
    desk.stopgap("machine list alice");
    assert_eq!(desk.files(), ["17.enrolment", "stopgap.db", "stopgap.key"]);
}
