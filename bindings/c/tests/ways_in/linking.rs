//! The page's programs by `cc`, `c++` and pkg-config, against what was installed.

use std::{env, fs, os::unix::fs::symlink, process::Command};

use crate::{
    installed::{alone, needs_the_shared_library, prefix, project, runs, shell},
    page::{block, section},
    programs::{Language, folder, here, root, run, skipped},
};

/// The output of both programs in C++.
const CPP_WELL: &str = "1774792800\na validity has 1 to 31 days, not 40\n";

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
