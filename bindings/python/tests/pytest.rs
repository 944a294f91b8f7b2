//! The tests of the package on the module that Cargo built, without a wheel: by these
//! `cargo xtask mutants python` tries the code. Nothing else runs them.
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

/// The Python that has what the tests need.
const PYTHON: &str = "STOPGAP_TEST_PYTHON";

/// What needs an installed wheel: the script beside the module, and programs that see
/// no `PYTHONPATH`.
const OF_A_WHEEL: [&str; 2] = [
    "--deselect=tests/test_command.py::test_the_script_is_the_same",
    "--ignore-glob=tests/test_readme*",
];

/// Without the example and what takes longest.
#[test]
fn quick() {
    let slow = [
        "border",
        "help_desk",
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
    let python = env::var_os(PYTHON).expect("cargo xtask mutants python names a Python");
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
    // Where this program is; a folder above is what was built some other day.
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
