//! The vectors are up to date: `generate.py`, which shares no code with the crate,
//! computes them a second time. Without Python 3.9 or later, nothing is checked.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Checks a folder of vectors; `None` without Python 3.9 or later.
fn check(folder: &Path) -> Option<Output> {
    let python = ["python3", "python"].into_iter().find(|python| {
        let mut probe = Command::new(python);
        probe.args(["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]);
        probe.output().is_ok_and(|output| output.status.success())
    })?;
    let mut command = Command::new(python);
    command.arg("-I").arg(tests().join("generate.py"));
    Some(command.arg("--check").arg(folder).output().unwrap())
}

#[test]
fn vectors_are_up_to_date() {
    let Some(output) = check(&tests().join("vectors")) else {
        println!("skipped: no Python 3.9 or later");
        return;
    };
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}");
    let files = report
        .lines()
        .filter(|line| line.ends_with("up to date"))
        .count();
    // Without time zone data two files are skipped, and the report names them.
    let skipped = report.matches("no time zone data").count();
    assert_eq!(files + skipped, 14, "{report}");
    assert!(!report.contains("not checked"), "{report}");
}

/// Replaces the value of a field in a copy of a file. Returns the exit status and the
/// report of the check; `None` without Python 3.9 or later.
fn changed(kind: &str, field: &str, [old, new]: [&str; 2]) -> Option<(Option<i32>, String)> {
    let file = format!("{kind}.json");
    let folder =
        std::env::temp_dir().join(format!("stopgap-{kind}-{field}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let sound = std::fs::read_to_string(tests().join("vectors").join(&file)).unwrap();
    let value = |value: &str| format!("\"{field}\": {value}");
    let broken = sound.replacen(&value(old), &value(new), 1);
    assert_ne!(sound, broken, "{file} has no {field} of {old}");
    std::fs::write(folder.join(&file), broken).unwrap();
    let output = check(&folder);
    std::fs::remove_dir_all(&folder).unwrap();
    output.map(|output| {
        let [out, err] = [output.stdout, output.stderr];
        let report = String::from_utf8_lossy(&[out, err].concat()).into_owned();
        (output.status.code(), report)
    })
}

/// The report names the field, in a file of each kind.
#[test]
fn a_changed_vector_is_found() {
    let changes = [
        ("agent", "failures", ["3", "2"]),
        ("alphabets", "position", ["15", "14"]),
        ("codes", "checkSymbol", ["\"2\"", "\"3\""]),
        ("digests", "onlineDigest", ["\"1", "\"2"]),
        ("expiry", "expiresAt", ["\"2012", "\"2013"]),
        ("lifecycle", "state", ["\"gone\"", "\"expired\""]),
        ("names", "error", ["\"blank\"", "\"empty\""]),
        ("normalize", "found", ["11", "12"]),
        ("offline", "mac", ["\"d2", "\"d3"]),
        ("records", "tag", ["\"", "\"00"]),
        ("records", "bytes", ["\"01", "\"02"]),
        ("requests", "late", ["true", "false"]),
        ("security", "canonical", ["\"C7", "\"C8"]),
        ("throttle", "untilReset", ["true", "false"]),
        ("verify", "replayed", ["true", "false"]),
    ];
    for (kind, field, values) in changes {
        if let Some((status, report)) = changed(kind, field, values)
            && !report.contains("no time zone data")
        {
            assert_eq!(status, Some(1), "{report}");
            assert!(report.contains(&format!("{field}: expected")), "{report}");
        }
    }
}

/// The check finds a wrong number of tests, and two tests with the same id.
#[test]
fn a_wrong_count_is_found() {
    for (field, values, problem) in [
        ("numberOfTests", ["20", "21"], "numberOfTests: expected 21"),
        ("tcId", ["2,", "1,"], "tcId 1: not unique"),
    ] {
        if let Some((status, report)) = changed("digests", field, values) {
            assert_eq!(status, Some(1), "{report}");
            assert!(report.contains(problem), "{report}");
        }
    }
}
