//! Programs that are static as a whole, with the C library inside.

use std::{fs, path::Path, process::Command};

use crate::{
    cross::{built, install, rust_has},
    installed::{WELL, built_with, project, runs},
    page::{block, section},
    programs::{Language, here, run, skipped},
};

/// Fails if a program needs any library, or a loader.
fn assert_static(program: &Path) {
    if !here("readelf") {
        return skipped("readelf is not installed: the libraries of a static program");
    }
    let headers = run(Command::new("readelf").arg("-lW").arg(program));
    assert!(headers.contains("LOAD"), "{headers}");
    assert!(!headers.contains("INTERP"), "{headers}");
    let dynamic = run(Command::new("readelf").arg("-dW").arg(program));
    assert!(!dynamic.contains("(NEEDED)"), "{dynamic}");
}

#[test]
fn by_pkg_config() {
    if !here("pkg-config") {
        return skipped("pkg-config is not installed: static programs by it");
    }
    let commands = block(section("Static programs"), "sh", 0);
    for place in runs("whole", commands, 1) {
        assert_static(&place.join("expiry"));
    }
}

#[test]
fn by_cmake() {
    if !here("cmake") {
        return skipped("cmake is not installed: static programs by it");
    }
    let section = section("Static programs");
    for compiler in Language::C.compilers() {
        let place = project("whole-cmake", compiler);
        fs::write(place.join("CMakeLists.txt"), block(section, "cmake", 0)).unwrap();
        let printed = built_with(compiler, block(section, "sh", 1), &place);
        assert!(printed.ends_with(&format!("{WELL}\n")), "{printed}");
        assert_static(&place.join("build/expiry"));
    }
}

/// Without the zones, so that little is built.
#[test]
fn with_musl() {
    let target = "x86_64-unknown-linux-musl";
    if !here("pkg-config") || !rust_has(target) {
        return skipped("no pkg-config, or no Rust for musl: static programs with musl");
    }
    if !here("musl-gcc") {
        return skipped("musl-gcc is not installed: static programs with musl");
    }
    let prefix = install(target, "lib");
    let place = project("whole-musl", "musl-gcc");
    let commands = "cc -static expiry.c $(pkg-config --static --cflags --libs stopgap) -o expiry\n\
        ./expiry";
    let printed = built(commands, &place, &prefix);
    let unzoned = WELL.replace("STOPGAP_OK", "STOPGAP_ERR_UNKNOWN_ZONE");
    assert_eq!(printed, format!("{unzoned}\n"));
    assert_static(&place.join("expiry"));
    assert!(!prefix.join("lib/libstopgap.so").exists());
}
