//! C programs under tools that watch memory and threads, and controls with mistakes that
//! each tool must report.
#![allow(dead_code, reason = "each test uses a part of this")]

pub(crate) mod session;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::programs::{self, Language, STATIC_LIBS, yyjson};

/// A program that a gate runs.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) language: Language,
    /// Files, or folders of files, below `bindings/c`.
    pub(crate) sources: &'static [&'static str],
    /// Flags of the compiler besides those of the gate.
    pub(crate) flags: &'static [&'static str],
    /// `true` if it reads the core's vectors, with yyjson.
    pub(crate) reads_json: bool,
    pub(crate) arguments: &'static [&'static str],
}

/// Returns the programs that memcheck and `AddressSanitizer` run: those that exit with 0 and
/// free all memory. The long form of each gate has all of them. The short form has the fast
/// ones, and the slow one that this gate runs soonest.
pub(crate) fn programs(sooner: &'static Program) -> Vec<&'static Program> {
    let mut all = vec![&MISUSE, &THREADS, &NOTHING];
    if is_deep() {
        all.extend([&VECTORS, &CPP, &CPP_RETURNING]);
    } else {
        all.push(sooner);
    }
    all
}

const BARE: Program = Program {
    name: "",
    language: Language::C,
    sources: &[],
    flags: &[],
    reads_json: false,
    arguments: &[],
};

pub(crate) const MISUSE: Program = Program {
    name: "misuse",
    sources: &["tests/misuse"],
    ..BARE
};

pub(crate) const THREADS: Program = Program {
    name: "threads",
    sources: &["tests/gates/threads.c"],
    arguments: &["5"],
    ..BARE
};

pub(crate) const CPP_THREADS: Program = Program {
    name: "threads-cpp",
    language: Language::Cpp,
    sources: &["tests/gates/threads.cpp"],
    ..BARE
};

pub(crate) const ALLOCATIONS: Program = Program {
    name: "allocations",
    sources: &["tests/gates/allocations.c"],
    ..BARE
};

/// The calls of the misuse program, each without memory.
pub(crate) const MEMORY: Program = Program {
    name: "memory",
    sources: &["tests/misuse", "tests/gates/memory.c"],
    flags: &["-DMEMORY"],
    ..BARE
};

/// Every vector; the arguments are the files.
pub(crate) const VECTORS: Program = Program {
    name: "vectors",
    sources: &["tests/vectors"],
    reads_json: true,
    ..BARE
};

/// All of stopgap.hpp, with exceptions.
pub(crate) const CPP: Program = Program {
    name: "cpp",
    language: Language::Cpp,
    sources: &["tests/cpp"],
    ..BARE
};

/// All of stopgap.hpp, without exceptions.
const CPP_RETURNING: Program = Program {
    name: "cpp-returning",
    flags: &["-fno-exceptions", "-fno-rtti"],
    ..CPP
};

pub(crate) const LEFTOVERS: Program = Program {
    name: "leftovers",
    sources: &["tests/gates/leftovers.c"],
    ..BARE
};

/// The controls without a mistake.
const NOTHING: Program = Program {
    name: "controls",
    sources: &["tests/gates/controls.c"],
    arguments: &["nothing"],
    ..BARE
};

/// The mistakes of the controls.
pub(crate) const DEEDS: [&str; 3] = ["double-free", "use-after-free", "leak"];

pub(crate) const fn control(deed: &'static [&'static str; 1]) -> Program {
    Program {
        arguments: deed,
        ..NOTHING
    }
}

/// Returns `true` for the long form: every compiler and every build.
pub(crate) fn is_deep() -> bool {
    env::var_os("STOPGAP_DEEP").is_some()
}

impl Program {
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for source in self.sources {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
            if path.is_dir() {
                let inside = fs::read_dir(&path)
                    .unwrap()
                    .map(|file| file.unwrap().path());
                files.extend(inside.filter(|file| {
                    let extension = file.extension().and_then(|extension| extension.to_str());
                    matches!(extension, Some("c" | "cpp"))
                }));
            } else {
                files.push(path);
            }
        }
        files.sort();
        files
    }

    /// Compiles the program with these flags too, and links it with the static library in
    /// this folder. Returns the compiler's message on failure.
    pub(crate) fn build(
        &self,
        compiler: &str,
        flags: &[&str],
        library: &Path,
        place: &Path,
    ) -> Result<PathBuf, String> {
        let executable = place.join(format!("{}-{compiler}", self.name));
        let mut command = programs::compile(compiler, self.language);
        command.args(flags).args(self.flags).args(self.files());
        if self.reads_json {
            command.arg("-isystem").arg(yyjson::folder());
            command.arg(yyjson::object(compiler, flags, place));
        }
        command.arg("-o").arg(&executable);
        command
            .arg(library.join(programs::STATIC))
            .args(STATIC_LIBS);
        let output = command.output().map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(executable)
        } else {
            Err(complaint(&output))
        }
    }

    /// Runs the program, under a tool if there is one.
    pub(crate) fn watched(&self, tool: &[&str], executable: &Path) -> Watched {
        let mut words = tool.iter();
        let mut command = match words.next() {
            None => Command::new(executable),
            Some(first) => {
                let mut command = Command::new(first);
                command.args(words).arg(executable);
                command
            }
        };
        command.args(self.arguments);
        if self.reads_json {
            command.args(programs::vectors());
        }
        let output = command.output().unwrap();
        let what = format!("{command:?}: {}", output.status);
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        Watched {
            clean: output.status.success(),
            said: format!("{what}\n{}", String::from_utf8_lossy(&said)),
        }
    }
}

/// The result of a run under a tool.
pub(crate) struct Watched {
    pub(crate) clean: bool,
    pub(crate) said: String,
}

impl Watched {
    /// Asserts that nothing was reported.
    pub(crate) fn assert_clean(&self) {
        assert!(self.clean, "{}", self.said);
    }

    /// Asserts that this was reported.
    pub(crate) fn assert_reported(&self, report: &str) {
        assert!(!self.clean, "not reported: {}", self.said);
        assert!(self.said.contains(report), "{report}: {}", self.said);
    }
}

/// Returns the first line that a command printed as an error.
fn complaint(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let mut lines = said.lines().filter(|line| !line.trim().is_empty());
    lines.next().unwrap_or_default().to_owned()
}

/// The newest debugging information that valgrind reads.
pub(crate) const FOR_VALGRIND: [&str; 1] = ["-gdwarf-4"];

/// Returns the compilers to use: all of them in the long form.
pub(crate) fn compilers(language: Language) -> Vec<&'static str> {
    let mut found = language.compilers();
    if !is_deep() {
        found.truncate(1);
    }
    found
}

/// Returns the folders of the libraries to watch; in the long form also the release build.
pub(crate) fn libraries() -> Vec<PathBuf> {
    let debug = programs::library().to_path_buf();
    if !is_deep() {
        return vec![debug];
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--release", "--package", "stopgap-c"]);
    programs::run(cargo.current_dir(programs::root()));
    let release = target().join("release");
    vec![debug, release]
}

/// Returns `true` if a compiler supports these flags, and reports it otherwise: a runtime may
/// be missing.
pub(crate) fn is_able(compiler: &str, program: &Program, flags: &[&str], place: &Path) -> bool {
    // Each is both languages.
    let source = place.join(match program.language {
        Language::C => "able.c",
        Language::Cpp => "able.cpp",
    });
    fs::write(&source, "int main(void) { return 0; }\n").unwrap();
    let mut command = programs::compile(compiler, program.language);
    command.args(flags).arg(&source);
    command.arg("-o").arg(place.join("able"));
    let output = command.output().unwrap();
    if !output.status.success() {
        let why = complaint(&output);
        programs::skipped(&format!("{compiler} with {}: {why}", flags[0]));
    }
    output.status.success()
}

fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

/// Builds a library with instrumented code, and returns its folder, or the reason of the
/// failure. In the long form it is the release build.
///
/// Rust offers this to nightly compilers; a stable one does it with `RUSTC_BOOTSTRAP`. The
/// standard library is not instrumented: its allocations are watched, but not its other use
/// of memory.
pub(crate) fn instrumented(sanitizer: &str) -> Result<PathBuf, String> {
    let version = programs::run(Command::new("rustc").arg("-vV"));
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("rustc does not say its host")?;
    let folder = target().join(format!("sanitize-{sanitizer}"));
    let mut flags = format!("-Zsanitizer={sanitizer}");
    if sanitizer == "thread" {
        // The standard library takes part in no exchange between threads here.
        flags.push_str(" -Cunsafe-allow-abi-mismatch=sanitizer");
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "stopgap-c"]);
    let (profile, built) = if is_deep() {
        ("release", "release")
    } else {
        ("dev", "debug")
    };
    cargo.args(["--profile", profile, "--target", host, "--target-dir"]);
    cargo.arg(&folder);
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", flags);
    cargo.env_remove("CARGO_ENCODED_RUSTFLAGS");
    let output = cargo.current_dir(programs::root()).output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(folder.join(host).join(built))
    } else {
        Err(format!(
            "the library with -Z{sanitizer}: {}",
            complaint(&output)
        ))
    }
}
