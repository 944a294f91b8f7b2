//! Every vector of the protocol, every field of it, by a C program.
//!
//! `vectors/*.c` reads the core's own files with yyjson, whose source comes with
//! the crate yyjson-sys. With `STOPGAP_VECTORS=DIR` every file of that folder runs
//! as well.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

mod programs;

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use programs::{Language, STATIC_LIBS, compile, files, folder, library, root, run, yyjson};

/// As many as in Rust, but for five records that the structs of C cannot hold: a
/// tag binds microseconds, and the greatest number of uses.
const COUNTS: &str = "\
agent 8 180
codes 18 0
digests 20 0
expiry 185 0
lifecycle 30 185
normalize 360 0
offline 40 0
records 24 0, of which 4 hold fractions of a second and 1 allow 4294967295 uses
requests 10 0
throttle 1 161
";

/// The program, by every compiler that is here.
fn runners() -> &'static [PathBuf] {
    static BUILT: OnceLock<Vec<PathBuf>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let compilers = Language::C.compilers();
        compilers.into_iter().map(runner).collect()
    })
}

fn runner(compiler: &str) -> PathBuf {
    let (place, yyjson) = (folder(&format!("vectors-{compiler}")), yyjson::folder());
    let runner = place.join("vectors");
    let mut command = compile(compiler, Language::C);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    command.arg("-isystem").arg(&yyjson);
    command.args(files(&sources, "c"));
    command.arg(yyjson::object(compiler, &[], &place));
    command.arg(library().join(programs::STATIC));
    run(command.args(STATIC_LIBS).arg("-o").arg(&runner));
    runner
}

#[test]
fn own_vectors() {
    let files = files(&root().join("crates/stopgap/tests/vectors"), "json");
    for runner in runners() {
        assert_eq!(run(Command::new(runner).args(&files)), COUNTS);
    }
}

/// The folder that `STOPGAP_VECTORS` names. cargo runs tests in the folder of the
/// package; a relative path is meant from where the shell is, or the workspace's
/// root.
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

/// Anyone's vectors.
#[test]
fn foreign_vectors() {
    let Some(folder) = foreign_folder() else {
        return;
    };
    let files = files(&folder, "json");
    assert!(!files.is_empty(), "no vectors in {}", folder.display());
    for runner in runners() {
        let counts = run(Command::new(runner).args(&files));
        println!("{counts}");
        assert_eq!(counts.lines().count(), files.len());
    }
}
