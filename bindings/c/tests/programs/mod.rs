//! Building C and C++ programs against the library, with every installed compiler.
#![allow(dead_code, reason = "each test uses a part of this")]

pub(crate) mod sealed;
pub(crate) mod target;
pub(crate) mod yyjson;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

pub(crate) const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    C,
    Cpp,
}

impl Language {
    /// Returns the oldest standard that the header supports.
    pub(crate) const fn standard(self) -> &'static str {
        match self {
            Self::C => "-std=c99",
            Self::Cpp => "-std=c++17",
        }
    }

    /// Returns the compiler of another target; for this machine, the installed ones of the
    /// usual compilers, or the system's own if there is none.
    /// It reports the missing ones for the end of `cargo xtask test`, and panics without any
    /// compiler.
    pub(crate) fn compilers(self) -> Vec<&'static str> {
        if let Some(compiler) = target::compiler(self) {
            return vec![compiler];
        }
        let [known, system] = match self {
            Self::C => [["gcc", "clang"], ["cc"; 2]],
            Self::Cpp => [["g++", "clang++"], ["c++"; 2]],
        };
        let found: Vec<_> = known.into_iter().filter(|name| here(name)).collect();
        for missing in known.iter().filter(|name| !found.contains(name)) {
            skipped(&format!("{missing} is not installed"));
        }
        if found.is_empty() {
            assert!(here(system[0]), "no compiler");
            return vec![system[0]];
        }
        found
    }
}

/// Reports that something could not run; `cargo xtask test` repeats it at its end.
pub(crate) fn skipped(why: &str) {
    // After a line break, because the harness may be in the middle of a line.
    println!("\nskipped: {why}");
}

/// Returns `true` if a program is installed.
pub(crate) fn here(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Returns the root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap().to_path_buf()
}

/// Makes an empty folder for this test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Returns the core's vectors, as the C program reads them.
pub(crate) fn vectors() -> &'static [PathBuf] {
    static VECTORS: OnceLock<Vec<PathBuf>> = OnceLock::new();
    VECTORS.get_or_init(|| vectors_in(&root().join("crates/stopgap/tests/vectors")))
}

/// Returns the vectors in a folder, as the C program reads them. Each process has copies of
/// its own, because tests run at the same time.
pub(crate) fn vectors_in(place: &Path) -> Vec<PathBuf> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let copies = folder(&format!("vectors-{}-{number}", process::id()));
    let files = files(place, "json").into_iter();
    files.map(|file| sealed::for_c(file, &copies)).collect()
}

/// Returns the files in a folder that have this ending, sorted.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == ending));
    files.sort();
    files
}

/// The static library, as Cargo names it.
pub(crate) const STATIC: &str = "libstopgap_c.a";
/// The shared library, as Cargo names it.
pub(crate) const SHARED: &str = "libstopgap_c.so";

/// Returns the folder of both libraries. Cargo builds them together with this test, so
/// overflow checks and debug assertions are on.
pub(crate) fn library() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let test = env::current_exe().unwrap();
        let folder = test.parent().unwrap().to_path_buf();
        assert!(
            folder.join(STATIC).exists(),
            "no {STATIC} in {}",
            folder.display()
        );
        folder
    })
}

/// The libraries that a static library of Rust needs.
pub(crate) const STATIC_LIBS: [&str; 4] = ["-lpthread", "-ldl", "-lm", "-lrt"];

/// Returns a compiler that treats warnings as errors and finds the headers.
pub(crate) fn compile(compiler: &str, language: Language) -> Command {
    let mut command = Command::new(compiler);
    command.arg(language.standard()).args(WARNINGS);
    command.arg("-I").arg(root().join("include"));
    command
}

/// Compiles and links a program against the static library.
pub(crate) fn program(compiler: &str, language: Language, sources: &[&str], name: &str) -> PathBuf {
    let place = folder(&format!("{name}-{compiler}"));
    let executable = target::executable(&place, name);
    let mut command = compile(compiler, language);
    for source in sources {
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(source));
    }
    command.arg("-o").arg(&executable);
    run(target::link(&mut command));
    executable
}

/// Runs a command, which must succeed, and returns its output.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let printed = target::lines(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{printed}{said}",
        output.status
    );
    printed
}
