//! The vectors are up to date: `generate.py`, which shares no code with the
//! crate, computes them once more where there is a Python 3.9.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The check of a folder of vectors; none where there is no Python 3.9.
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
        println!("skipped: there is no Python 3.9");
        return;
    };
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}");
    let files = report
        .lines()
        .filter(|line| line.ends_with("up to date"))
        .count();
    // Without time zone data two files are left out, and say so.
    let skipped = report.matches("no time zone data").count();
    assert_eq!(files + skipped, 10, "{report}");
}

/// The check above can fail.
#[test]
fn a_changed_vector_is_found() {
    let folder = std::env::temp_dir().join(format!("stopgap-vectors-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let sound = std::fs::read_to_string(tests().join("vectors/digests.json")).unwrap();
    let changed = sound.replacen("14c4c6b9", "14c4c6b8", 1);
    assert_ne!(sound, changed);
    std::fs::write(folder.join("digests.json"), changed).unwrap();
    let output = check(&folder);
    std::fs::remove_dir_all(&folder).unwrap();
    if let Some(output) = output {
        let report = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{report}");
        assert!(report.contains("onlineDigest"), "{report}");
    }
}
