//! The symbols that leave a module with the static library inside.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    installed::prefix,
    page::{block, section},
    programs::{Language, folder, here, root, run, skipped},
};

/// A module of a user.
const MODULE: &str = "#include <stopgap.h>\n\
    stopgap_status mine(int64_t *until);\n\
    stopgap_status mine(int64_t *until) {\n\
        return stopgap_validity_expires_at(1, 0, stopgap_text_of(\"Europe/Berlin\"), until, NULL);\n\
    }\n";

/// A library of a user in Rust, which has a copy of Rust's own library.
const RUST: &str = "#[unsafe(no_mangle)] pub extern \"C\" fn theirs() -> u32 {\n\
    std::panic::catch_unwind(|| panic!(\"caught\")).map_or(7, |()| 0)\n}\n";

/// A program with both.
const PROGRAM: &str = "#include <stdio.h>\n#include <stopgap.h>\n\
    uint32_t theirs(void);\n\
    int main(void) { printf(\"%u %u\\n\", stopgap_abi_version(), theirs()); return 0; }\n";

/// Returns the symbols that a library defines, except the functions of the interface.
fn other_exports(library: &Path) -> Vec<String> {
    let table = run(Command::new("nm")
        .args(["-D", "--defined-only"])
        .arg(library));
    let names = table.lines().filter_map(|line| line.split(' ').nth(2));
    let ours = |name: &&str| !name.starts_with("stopgap_");
    names.filter(ours).map(str::to_owned).collect()
}

/// Links the module with these words before the library.
fn module(compiler: &str, place: &Path, words: &[&str], archive: &Path) -> PathBuf {
    let built = place.join("module.so");
    let mut command = Command::new(compiler);
    command.args(["-shared", "-fPIC"]).args(words);
    command.arg("-I").arg(root().join("include"));
    command.arg(place.join("module.c")).arg(archive);
    run(command.args(["-lm", "-o"]).arg(&built));
    built
}

#[test]
fn a_module_exports_only_the_interface() {
    if !here("nm") {
        return skipped("nm is not installed: the symbols of a module");
    }
    let archive = prefix().join("lib/libstopgap.a");
    let hide = block(section("Static programs"), "text", 0).trim();
    for compiler in Language::C.compilers() {
        let place = folder(&format!("exports-{compiler}"));
        fs::write(place.join("module.c"), MODULE).unwrap();
        let built = module(compiler, &place, &[], &archive);
        assert_eq!(other_exports(&built), ["mine"], "{compiler}");
        let ours = run(Command::new("nm")
            .args(["-D", "--defined-only"])
            .arg(&built));
        assert!(ours.contains(" stopgap_validity_expires_at"), "{ours}");
        // The page's flag hides the interface as well.
        let built = module(compiler, &place, &[hide], &archive);
        let all = run(Command::new("nm")
            .args(["-D", "--defined-only"])
            .arg(&built));
        assert!(!all.contains("stopgap_"), "{all}");
        // Cargo's library shows that the symbols are looked for.
        let cargo = crate::programs::library().join(crate::programs::STATIC);
        let built = module(compiler, &place, &[], &cargo);
        let seen = other_exports(&built);
        assert!(
            seen.iter().any(|name| name == "rust_eh_personality"),
            "{seen:?}"
        );
    }
}

#[test]
fn two_libraries_of_rust_are_in_one_program() {
    let place = folder("exports-two");
    for (file, text) in [("theirs.rs", RUST), ("both.c", PROGRAM)] {
        fs::write(place.join(file), text).unwrap();
    }
    let mut rustc = Command::new(option_env!("RUSTC").unwrap_or("rustc"));
    rustc.args(["--edition=2024", "--crate-type=staticlib", "theirs.rs"]);
    run(rustc.current_dir(&place));
    for compiler in Language::C.compilers() {
        let mut command = Command::new(compiler);
        command.arg("both.c").arg("-I").arg(root().join("include"));
        // All of both, so that each symbol that both define is a collision.
        command.arg("-Wl,--whole-archive");
        command.arg(prefix().join("lib/libstopgap.a"));
        command.args(["libtheirs.a", "-Wl,--no-whole-archive"]);
        command.args(["-lpthread", "-ldl", "-lm", "-o", "both"]);
        run(command.current_dir(&place));
        let printed = run(&mut Command::new(place.join("both")));
        assert_eq!(printed, "1 7\n", "{compiler}");
    }
}
