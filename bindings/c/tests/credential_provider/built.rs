//! The provider and its programs, built for Windows by the commands of the page.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::programs;

/// The page of the provider.
pub(crate) const PAGE: &str = include_str!("../../examples/credential-provider/README.md");

const TARGET: &str = "x86_64-pc-windows-gnu";
const COMPILER: &str = "x86_64-w64-mingw32-g++";
const EXAMPLE: &str = "bindings/c/examples/credential-provider";
const TESTS: &str = "bindings/c/tests/credential_provider";

/// The built files.
pub(crate) struct Built {
    /// The folder of the programs and of the files for the registry.
    pub(crate) folder: PathBuf,
    /// The files that the system's folder gets.
    pub(crate) libraries: Vec<PathBuf>,
}

impl Built {
    /// Builds everything, or returns `None` and reports the tool that is missing.
    pub(crate) fn all() -> Option<Self> {
        if !programs::here(COMPILER) {
            programs::skipped("mingw-w64 is not installed");
            return None;
        }
        let library = library()?;
        let folder = target().join("credential-provider/programs");
        fs::create_dir_all(&folder).unwrap();
        let place = |name: &str| folder.join(name);
        for line in PAGE.lines().filter(|line| line.starts_with(COMPILER)) {
            by_the_page(line, &library, &folder);
        }
        let sources = ["logon_ui.cpp", "misuse.cpp"].map(|name| format!("{TESTS}/{name}"));
        let mut command = compile(COMPILER);
        command.arg("-std=c++17").arg("-static").args(sources);
        command.args(["-lole32", "-luuid", "-o"]);
        programs::run(command.arg(place("logon_ui.exe")));
        let mut command = compile("x86_64-w64-mingw32-gcc");
        command
            .arg("-shared")
            .arg(format!("{TESTS}/process_prng.c"));
        command.args(["-ladvapi32", "-o"]);
        programs::run(command.arg(place("bcryptprimitives.dll")));
        for name in ["register.reg", "unregister.reg"] {
            let file = programs::root().join(EXAMPLE).join(name);
            fs::copy(file, place(name)).unwrap();
        }
        let libraries = ["stopgap_provider.dll", "bcryptprimitives.dll"].map(place);
        Some(Self {
            libraries: libraries.into(),
            folder,
        })
    }
}

/// Returns Cargo's folder for other targets.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("cross")
}

/// Builds the static library with the Cargo of this test.
fn library() -> Option<PathBuf> {
    let mut sysroot = Command::new(env::var_os("RUSTC").unwrap_or("rustc".into()));
    let sysroot = programs::run(sysroot.args(["--print", "sysroot"]));
    let standard = Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET);
    if !standard.exists() {
        programs::skipped(&format!("rustup has not added {TARGET}"));
        return None;
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--package", "stopgap-c", "--target", TARGET]);
    cargo.arg("--target-dir").arg(target());
    programs::run(cargo.current_dir(programs::root()));
    let library = target().join(TARGET).join("debug").join(programs::STATIC);
    Some(library)
}

/// Returns a compiler that treats warnings as errors, in the root of the project.
fn compile(compiler: &str) -> Command {
    let mut command = Command::new(compiler);
    command.args(programs::WARNINGS);
    command.current_dir(programs::root());
    command
}

/// Runs a command of the page, with the library of the test.
fn by_the_page(line: &str, library: &Path, folder: &Path) {
    let mut words = line.split(' ');
    let mut command = compile(words.next().unwrap());
    for word in words {
        match word {
            "target/x86_64-pc-windows-gnu/release/libstopgap_c.a" => command.arg(library),
            "stopgap_provider.dll" | "enrol.exe" => command.arg(folder.join(word)),
            word => command.arg(word),
        };
    }
    programs::run(&mut command);
}
