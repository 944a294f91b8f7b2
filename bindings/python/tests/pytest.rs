//! The tests of the package, on the module that Cargo built with this program, if
//! `STOPGAP_TEST_PYTHON` names a Python with the packages that the tests need. `cargo xtask
//! mutants python` tries its mutants so; `cargo xtask python` runs pytest directly.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

use std::{
    env,
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    fs,
    path::Path,
    process::Command,
};

/// The Python to run the tests with.
const PYTHON: &str = "STOPGAP_TEST_PYTHON";

/// The tests of programs that ignore `PYTHONPATH`.
const OF_A_WHEEL: [&str; 1] = ["--ignore-glob=tests/test_readme*"];

/// The tests without those of the example and the slowest.
#[test]
fn quick() {
    let slow = [
        "border",
        "django",
        "frozen_time",
        "help_desk",
        "interrupt",
        "memory",
        "postgres",
        "strangers",
        "threads",
    ];
    let ignored = slow.map(|name| format!("--ignore-glob=tests/test_{name}*"));
    pytest(&ignored);
}

#[test]
fn slow() {
    pytest(&[]);
}

fn pytest(words: &[String]) {
    let Some(python) = env::var_os(PYTHON) else {
        println!("not run: {PYTHON} names no Python");
        return;
    };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let package = folder.path().join("stopgap");
    fs::create_dir(&package).unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(here.join("python/stopgap")).unwrap() {
        let file = entry.unwrap();
        if file.file_type().unwrap().is_file() {
            fs::copy(file.path(), package.join(file.file_name())).unwrap();
        }
    }
    // Cargo puts the module beside this program.
    let program = env::current_exe().unwrap();
    let module = program.with_file_name(format!("{DLL_PREFIX}stopgap_python{DLL_SUFFIX}"));
    fs::copy(module, package.join("_native.abi3.so")).unwrap();
    let mut command = Command::new(python);
    command.args([
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-m",
        "not long",
    ]);
    command
        .args(OF_A_WHEEL)
        .args(words)
        .current_dir(here)
        .env("PYTHONPATH", folder.path());
    assert!(command.status().unwrap().success());
}
