//! The example `front_desk`, with piped input.
#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::{
    env,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

/// Returns the output of the example for this input. It must exit with 0.
fn front_desk(input: &[u8]) -> String {
    // Cargo builds the examples beside the tests.
    let test = env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples");
    let example = built.join(format!("front_desk{}", env::consts::EXE_SUFFIX));
    // The words before a program that this machine cannot run otherwise.
    let runner = env::var("STOPGAP_RUNNER").unwrap_or_default();
    let mut words = runner
        .split_whitespace()
        .map(PathBuf::from)
        .chain([example]);
    let mut child = Command::new(words.next().unwrap())
        .args(words)
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn assert_in_order(output: &str, parts: &[&str]) {
    let mut rest = output;
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else {
            panic!("no {part:?} in the rest of:\n{output}");
        };
        rest = behind;
    }
}

#[test]
fn empty_input_means_the_defaults() {
    let output = front_desk(b"");
    assert_in_order(
        &output,
        &[
            "User [alice]: alice\n",
            "Granted: bypass for alice, until ",
            "That code is not valid. [revoked]",
            "the next one in ",
            "It is LAPTOP-17",
            "Name and password are enough until ",
            "[used_up]",
            "Is the password-only lock active? Yes.",
        ],
    );
    // Server and machine name the same end of the lock.
    let ends: Vec<&str> = output
        .lines()
        .filter_map(|line| line.split_once("ame and password are enough until "))
        .map(|(_, end)| end.trim_end_matches([':', '.']))
        .collect();
    assert_eq!(ends.len(), 2);
    assert_eq!(ends[0], ends[1]);
}

#[test]
fn wrong_input_is_refused_and_requested_again() {
    let guesses = "0000-0000-0000\n".repeat(5);
    let offline = "ZZZZ-ZZZZ-ZZZZ-ZZZZ\n".repeat(6);
    let input = format!(
        "al\u{7}ice\n\u{200B}bob\nbob\n32d\n25h\n1mo\nwrong!\n{guesses}\nQ\nZZZZZZZZ\n\nshort\n\
        {offline}"
    );
    // Bytes that are not UTF-8 are malformed too.
    let input = [input.as_bytes(), b"\xFF\xFE\n"].concat();
    let output = front_desk(&input);
    assert_in_order(
        &output,
        &[
            "control character",
            "invisible character",
            "1 to 31 days, not 32",
            "1 to 1440 minutes (24 hours), not 1500",
            "check character 1. [malformed]",
            "[unknown]",
            "[throttled]",
            "An administrator unlocks the user.",
            "Granted: bypass for bob",
            "[malformed]",
            "[unrecognised]",
            "It is LAPTOP-17",
            "[malformed]",
            "[unknown]",
            "[throttled]",
            "An administrator unlocks the machine.",
            "check character 1. [malformed]",
            "Name and password are enough until",
            "[used_up]",
        ],
    );
}

#[test]
fn an_offline_code_takes_a_day_instead_of_hours() {
    let output = front_desk(b"alice\n90m\n");
    assert_in_order(
        &output,
        &[
            "Valid for (8h, 7d, 1mo) [7d]: 90m\n",
            "Granted: bypass for alice, until ",
            "With this code, name and password are enough until ",
            "Is the password-only lock active? Yes.",
        ],
    );
}
