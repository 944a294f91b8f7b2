//! Installs the library, and runs commands of the page against it.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use crate::{
    page::{self, block, section},
    programs::{Language, folder, here, root, run, skipped},
};

pub(crate) const WELL: &str = concat!(env!("CARGO_PKG_VERSION"), ": STOPGAP_OK");

/// Lets one test at a time build: the libraries with and without zones have the same
/// place.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static BUILDING: Mutex<()> = Mutex::new(());
    BUILDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Installs the library as the page says, and returns the prefix.
pub(crate) fn prefix() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let _alone = alone();
        let prefix = folder("ways-prefix");
        let commands = block(section("Install"), "sh", 0);
        run(shell(commands, &folder("ways-install"), &prefix));
        prefix
    })
}

/// Returns a shell that runs commands of the page.
pub(crate) fn shell(commands: &str, within: &Path, prefix: &Path) -> &'static mut Command {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-eu", "-c", commands]).current_dir(within);
    shell.env("STOPGAP", root()).env("PREFIX", prefix);
    if commands.contains("pkg-config") {
        // The shell splits the output of pkg-config at spaces, and this prefix has none.
        let _ = symlink(prefix, within.join("prefix"));
        shell.env("PREFIX", "prefix");
    }
    shell.env("CARGO_TARGET_DIR", target);
    // The files and how to link them are tested here; optimizing them takes minutes.
    shell.env("CARGO_PROFILE_C_LTO", "off");
    shell.env("CARGO_PROFILE_C_OPT_LEVEL", "0");
    shell.env("CARGO_PROFILE_C_CODEGEN_UNITS", "16");
    shell.env_remove("LD_LIBRARY_PATH");
    Box::leak(Box::new(shell))
}

/// Makes a folder with the page's program, in which `cc` is this compiler.
pub(crate) fn project(name: &str, compiler: &str) -> PathBuf {
    let place = folder(&format!("ways-{name}-{compiler}"));
    fs::write(place.join("expiry.c"), block(page::TEXT, "c", 0)).unwrap();
    let found = run(Command::new("sh").args(["-c", &format!("command -v {compiler}")]));
    fs::create_dir(place.join("bin")).unwrap();
    symlink(found.trim(), place.join("bin/cc")).unwrap();
    place
}

/// Returns the output of a block of the page with one compiler.
pub(crate) fn built_with(compiler: &str, commands: &str, place: &Path) -> String {
    let path = env::var("PATH").unwrap();
    let shell = shell(commands, place, prefix());
    shell.env("PATH", format!("{}:{path}", place.join("bin").display()));
    run(shell.env("CC", compiler))
}

/// Runs a block with each compiler; its program must run this many times.
pub(crate) fn runs(name: &str, commands: &str, times: usize) -> Vec<PathBuf> {
    let compilers = Language::C.compilers();
    let place = |compiler: &&str| {
        let place = project(name, compiler);
        let printed = built_with(compiler, commands, &place);
        assert_eq!(printed, format!("{WELL}\n").repeat(times), "{compiler}");
        place
    };
    compilers.iter().map(place).collect()
}

/// `true` if a program needs the shared library by the name of its interface; `None` if
/// this machine cannot tell.
pub(crate) fn needs_the_shared_library(program: &Path) -> Option<bool> {
    if !here("readelf") {
        skipped("readelf is not installed: the library of a program");
        return None;
    }
    let dynamic = run(Command::new("readelf").arg("-dW").arg(program));
    let needed = dynamic.lines().filter(|line| line.contains("(NEEDED)"));
    let mut ours = needed.filter(|line| line.contains("libstopgap"));
    Some(ours.any(|line| line.ends_with("[libstopgap.so.1]")))
}
