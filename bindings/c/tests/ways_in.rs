//! Runs the commands of `README.md` that link the library into a program.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]
#![cfg(target_os = "linux")]

mod page;
mod programs;

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use page::{block, section};
use programs::{Language, folder, here, root, run, skipped};

const WELL: &str = concat!(env!("CARGO_PKG_VERSION"), ": STOPGAP_OK");

/// The output of both programs in C++.
const CPP_WELL: &str = "1774792800\na validity has 1 to 31 days, not 40\n";

/// Lets one test at a time build: the libraries with and without zones have the same
/// place.
fn alone() -> MutexGuard<'static, ()> {
    static BUILDING: Mutex<()> = Mutex::new(());
    BUILDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Installs the library as the page says, and returns the prefix.
fn prefix() -> &'static Path {
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
fn shell(commands: &str, within: &Path, prefix: &Path) -> &'static mut Command {
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
    // The files and how to link them are tested here; optimizing them takes a minute.
    shell.env("CARGO_PROFILE_C_LTO", "off");
    shell.env("CARGO_PROFILE_C_OPT_LEVEL", "1");
    shell.env("CARGO_PROFILE_C_CODEGEN_UNITS", "16");
    shell.env_remove("LD_LIBRARY_PATH");
    Box::leak(Box::new(shell))
}

/// Makes a folder with the page's program, in which `cc` is this compiler.
fn project(name: &str, compiler: &str) -> PathBuf {
    let place = folder(&format!("ways-{name}-{compiler}"));
    fs::write(place.join("expiry.c"), block(page::TEXT, "c", 0)).unwrap();
    let found = run(Command::new("sh").args(["-c", &format!("command -v {compiler}")]));
    fs::create_dir(place.join("bin")).unwrap();
    symlink(found.trim(), place.join("bin/cc")).unwrap();
    place
}

/// Returns the output of a block of the page with one compiler.
fn built_with(compiler: &str, commands: &str, place: &Path) -> String {
    let path = env::var("PATH").unwrap();
    let shell = shell(commands, place, prefix());
    shell.env("PATH", format!("{}:{path}", place.join("bin").display()));
    run(shell.env("CC", compiler))
}

/// Runs a block with each compiler; its program must run this many times.
fn runs(name: &str, commands: &str, times: usize) -> Vec<PathBuf> {
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
fn needs_the_shared_library(program: &Path) -> Option<bool> {
    if !here("readelf") {
        skipped("readelf is not installed: the library of a program");
        return None;
    }
    let dynamic = run(Command::new("readelf").arg("-dW").arg(program));
    let needed = dynamic.lines().filter(|line| line.contains("(NEEDED)"));
    let mut ours = needed.filter(|line| line.contains("libstopgap"));
    Some(ours.any(|line| line.ends_with("[libstopgap.so.1]")))
}

#[test]
fn installs_what_the_page_lists() {
    for file in [
        "include/stopgap.h",
        "lib/libstopgap.a",
        "lib/libstopgap.so",
        "lib/libstopgap.so.1",
        "lib/pkgconfig/stopgap.pc",
        "lib/pkgconfig/stopgap-static.pc",
        "lib/cmake/stopgap/stopgap-config.cmake",
        "lib/cmake/stopgap/stopgap-config-version.cmake",
    ] {
        assert!(prefix().join(file).is_file(), "{file}");
    }
    for header in fs::read_dir(root().join("include")).unwrap() {
        let header = header.unwrap().file_name();
        let installed = prefix().join("include").join(&header);
        assert!(installed.exists(), "{}", header.display());
    }
    for header in fs::read_dir(root().join("include/stopgap")).unwrap() {
        let header = header.unwrap().file_name();
        let installed = prefix().join("include/stopgap").join(&header);
        assert!(installed.is_file(), "{}", header.display());
    }
}

/// The page's program in C++, by each way that finds what was installed.
#[test]
fn by_cpp() {
    let section = section("C++");
    for compiler in Language::Cpp.compilers() {
        let place = folder(&format!("ways-cpp-{compiler}"));
        let write = |file: &str, text: &str| fs::write(place.join(file), text).unwrap();
        write("CMakeLists.txt", block(section, "cmake", 0));
        write("expiry.cpp", block(section, "cpp", 0));
        let found = run(Command::new("sh").args(["-c", &format!("command -v {compiler}")]));
        fs::create_dir(place.join("bin")).unwrap();
        symlink(found.trim(), place.join("bin/c++")).unwrap();
        let path = format!(
            "{}:{}",
            place.join("bin").display(),
            env::var("PATH").unwrap()
        );
        for (tool, skip) in [("sh", 0), ("pkg-config", 1), ("cmake", 2)] {
            if tool != "sh" && !here(tool) {
                skipped(&format!("{tool} is not installed: C++ by it"));
                continue;
            }
            let shell = shell(block(section, "sh", skip), &place, prefix());
            let printed = run(shell.env("PATH", &path).env("CXX", compiler));
            assert!(printed.ends_with(CPP_WELL), "{tool}, {compiler}: {printed}");
        }
        // Failures are results.
        write("expiry.cpp", block(section, "cpp", 1));
        let shell = shell(block(section, "sh", 0), &place, prefix());
        assert_eq!(run(shell.env("PATH", &path)), CPP_WELL, "{compiler}");
    }
}

#[test]
fn by_one_line_with_the_static_library() {
    for place in runs("static", block(section("One line of cc"), "sh", 0), 1) {
        assert_ne!(needs_the_shared_library(&place.join("expiry")), Some(true));
    }
}

#[test]
fn by_one_line_with_the_shared_library() {
    for place in runs("shared", block(section("One line of cc"), "sh", 1), 2) {
        assert_ne!(needs_the_shared_library(&place.join("expiry")), Some(false));
    }
}

#[test]
fn by_pkg_config() {
    if !here("pkg-config") {
        return skipped("pkg-config is not installed: linking by it");
    }
    let commands = block(section("pkg-config"), "sh", 0);
    for place in runs("pkg-config", commands, 2) {
        // The second one is the static one.
        assert_ne!(needs_the_shared_library(&place.join("expiry")), Some(true));
    }
    let mut config = Command::new("pkg-config");
    config.args(["--static", "--libs", "stopgap"]);
    config.env("PKG_CONFIG_PATH", prefix().join("lib/pkgconfig"));
    let flags = run(&mut config);
    assert!(
        flags.contains("-lstopgap ") && flags.contains("-lm"),
        "{flags}"
    );
}

/// The two ways by `cmake`: the same targets.
fn by_cmake(name: &str, section: &str, prepare: impl Fn(&Path)) {
    if !here("cmake") {
        return skipped("cmake is not installed: linking by it");
    }
    for compiler in Language::C.compilers() {
        let place = project(name, compiler);
        fs::write(place.join("CMakeLists.txt"), block(section, "cmake", 0)).unwrap();
        prepare(&place);
        let printed = built_with(compiler, block(section, "sh", 0), &place);
        let ran = printed.lines().filter(|line| *line == WELL).count();
        assert_eq!(ran, 2, "{compiler}: {printed}");
        let needs = |program| needs_the_shared_library(&place.join("build").join(program));
        assert_ne!(needs("expiry"), Some(false));
        assert_ne!(needs("expiry-static"), Some(true));
    }
}

#[test]
fn by_cmake_installed() {
    by_cmake("find-package", section("CMake: installed"), |_| ());
}

#[test]
fn by_cmake_in_the_tree() {
    prefix();
    let _alone = alone();
    by_cmake("subdirectory", section("CMake: in your tree"), |place| {
        symlink(root(), place.join("stopgap")).unwrap();
    });
}

#[test]
fn cmake_takes_no_other_version() {
    if !here("cmake") {
        return skipped("cmake is not installed: the versions that it takes");
    }
    for (asked, found) in [
        ("0.0", false),
        ("0.1", true),
        ("0.1.99", false),
        ("0.2", false),
        ("1", false),
    ] {
        let place = folder(&format!("ways-version-{asked}"));
        let lists = format!(
            "cmake_minimum_required(VERSION 3.16)\nproject(version C)\n\
             find_package(stopgap {asked} CONFIG QUIET)\nmessage(\"found=${{stopgap_FOUND}}\")\n"
        );
        fs::write(place.join("CMakeLists.txt"), lists).unwrap();
        let commands = "cmake -S . -B build -DCMAKE_PREFIX_PATH=\"$PREFIX\" 2>&1";
        let printed = run(shell(commands, &place, prefix()));
        let says = format!("found={}", u8::from(found));
        assert!(printed.contains(&says), "{asked}: {printed}");
    }
}

#[test]
fn cmake_installs_and_a_package_is_made_below_a_destdir() {
    if !here("cmake") {
        return skipped("cmake is not installed: installing by it");
    }
    prefix();
    let _alone = alone();
    let place = folder("ways-cmake-install");
    let commands = block(section("CMake: in your tree"), "sh", 1);
    let shell = shell(commands, &place, Path::new("/opt/stopgap"));
    run(shell.env("DESTDIR", place.join("package")));
    let installed = place.join("package/opt/stopgap");
    let same = |file: &str| {
        let [ours, theirs] = [&installed, prefix()].map(|at| fs::read(at.join(file)).unwrap());
        assert!(ours == theirs, "{file}");
    };
    same("lib/libstopgap.so");
    same("lib/pkgconfig/stopgap.pc");
    same("lib/cmake/stopgap/stopgap-config.cmake");
}

#[test]
fn without_zones() {
    prefix();
    let place = project("without-zones", "cc");
    let zoneless = folder("ways-without-zones");
    {
        let _alone = alone();
        let commands = block(section("Without time zones"), "sh", 0);
        run(shell(commands, &place, &zoneless));
    }
    let commands = block(section("One line of cc"), "sh", 0);
    let printed = run(shell(commands, &place, &zoneless));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(printed, format!("{version}: STOPGAP_ERR_UNKNOWN_ZONE\n"));
}
