//! Runs the vectors of the protocol by a C program.
//!
//! `vectors/*.c` reads the core's own files with yyjson, whose source comes with the crate
//! yyjson-sys. With `STOPGAP_VECTORS=DIR` it also runs every file of that folder. The
//! records of heads are left out, because C has none.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]

mod programs;

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use programs::{Language, compile, files, folder, root, run, target, yyjson};

/// The tests of each file, and their steps.
const COUNTS: &str = "\
agent 41 659
alphabets 16 0
codes 33 0
digests 20 0
expiry 275 0
lifecycle 32 202
names 40 0
normalize 1410 0
offline 40 0
records 56 0
requests 32 0
security 88 0
throttle 7 310
verify 19 168
";

/// Returns the program, built by every installed compiler.
fn runners() -> &'static [PathBuf] {
    static BUILT: OnceLock<Vec<PathBuf>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let compilers = Language::C.compilers();
        compilers.into_iter().map(runner).collect()
    })
}

fn runner(compiler: &str) -> PathBuf {
    let (place, yyjson) = (folder(&format!("vectors-{compiler}")), yyjson::folder());
    let runner = target::executable(&place, "vectors");
    let mut command = compile(compiler, Language::C);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    command.arg("-isystem").arg(&yyjson);
    command.args(files(&sources, "c"));
    command.arg(yyjson::object(compiler, &[], &place));
    run(target::link(&mut command).arg("-o").arg(&runner));
    runner
}

#[test]
fn own_vectors() {
    for runner in runners() {
        assert_eq!(run(target::start(runner).args(programs::vectors())), COUNTS);
    }
}

/// The tests of heads are left out of the copy for C, and no others.
#[test]
fn heads_are_left_out() {
    let number_of_tests = |file: &Path| {
        let text = fs::read_to_string(file).unwrap();
        let vectors: serde_json::Value = serde_json::from_str(&text).unwrap();
        vectors["numberOfTests"].as_u64().unwrap()
    };
    let own = root().join("crates/stopgap/tests/vectors/records.json");
    let copies = programs::vectors().iter();
    let mut copies = copies.filter(|file| file.ends_with("records.json"));
    let copy = copies.next().unwrap();
    assert_eq!([number_of_tests(&own), number_of_tests(copy)], [64, 56]);
}

/// Returns the folder that `STOPGAP_VECTORS` names. Cargo runs tests in the folder of the
/// package, so a relative path starts from the shell's folder, or from the root of the
/// workspace.
fn foreign_folder() -> Option<PathBuf> {
    let named = PathBuf::from(env::var_os("STOPGAP_VECTORS")?);
    let shell = env::var_os("PWD").map(PathBuf::from);
    let bases = [shell.unwrap_or_default(), root(), PathBuf::new()];
    let folder = bases
        .iter()
        .map(|base| base.join(&named))
        .find(|folder| folder.is_dir());
    Some(folder.unwrap_or_else(|| panic!("STOPGAP_VECTORS: no folder {}", named.display())))
}

#[test]
fn foreign_vectors() {
    let Some(folder) = foreign_folder() else {
        return;
    };
    let files = programs::vectors_in(&folder);
    assert!(!files.is_empty(), "no vectors in {}", folder.display());
    for runner in runners() {
        let counts = run(target::start(runner).args(&files));
        println!("{counts}");
        assert_eq!(counts.lines().count(), files.len());
    }
}
