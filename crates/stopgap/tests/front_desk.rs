//! The main job as it runs unattended: the example, its input piped in.
#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

use std::{
    env,
    io::Write,
    process::{Command, Stdio},
};

/// What the example prints, given these lines; it must exit with 0.
fn front_desk(input: &[u8]) -> String {
    // Cargo builds the examples beside the tests.
    let test = env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples");
    let example = built.join(format!("front_desk{}", env::consts::EXE_SUFFIX));
    let mut child = Command::new(example)
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
fn nobody_types() {
    let output = front_desk(b"");
    assert_in_order(
        &output,
        &[
            "For whom [alice]: alice\n",
            "Granted: bypass for alice, until ",
            "another one in ",
            "It is LAPTOP-17",
            "Name and password suffice until ",
            "[used_up]",
            "Is the machine open? Yes.",
        ],
    );
    // Both sides name the same end of the lock.
    let ends: Vec<&str> = output
        .lines()
        .filter(|line| line.contains("opens it until") || line.contains("suffice until"))
        .map(|line| {
            line.split_once(" until ")
                .unwrap()
                .1
                .trim_end_matches([':', '.'])
        })
        .collect();
    assert_eq!(ends.len(), 2);
    assert_eq!(ends[0], ends[1]);
}

#[test]
fn somebody_types_badly() {
    let guesses = "0000-0000-0000\n".repeat(5);
    let offline = "ZZZZ-ZZZZ-ZZZZ-ZZZZ\n".repeat(6);
    let input =
        format!("al\u{7}ice\nbob\n32d\n1mo\nwrong!\n{guesses}\nQ\nZZZZZZZZ\n\nshort\n{offline}");
    // Not even UTF-8 stops it.
    let input = [input.as_bytes(), b"\xFF\xFE\n"].concat();
    let output = front_desk(&input);
    assert_in_order(
        &output,
        &[
            "control character",
            "not 32 days",
            "check character 1. [malformed]",
            "[unknown]",
            "[throttled]",
            "An administrator opens the door again.",
            "Granted: bypass for bob",
            "[malformed]",
            "[unrecognised]",
            "It is LAPTOP-17",
            "[malformed]",
            "[unknown]",
            "[throttled]",
            "An administrator opens the door again.",
            "check character 1. [malformed]",
            "Name and password suffice until",
            "[used_up]",
        ],
    );
}
