//! The page's programs by CMake.

use std::{fs, os::unix::fs::symlink, path::Path};

use crate::{
    installed::{WELL, alone, built_with, needs_the_shared_library, prefix, project, shell},
    page::{block, section},
    programs::{Language, folder, here, root, run, skipped},
};

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
