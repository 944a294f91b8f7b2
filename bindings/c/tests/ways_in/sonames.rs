//! Two versions of the interface in one process.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    installed::prefix,
    programs::{folder, here, root, run, skipped},
};

/// A plugin, whose function tells from which library its calls are answered.
const PLUGIN: &str = "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <string.h>\n\
    #include <stopgap.h>\n\
    const char *NAME(int64_t *until);\n\
    const char *NAME(int64_t *until) {\n\
        Dl_info found;\n\
        const char *version = stopgap_version();\n\
        if (stopgap_validity_expires_at(1, 1774710000, STOPGAP_NO_TEXT, until, NULL) != STOPGAP_OK)\n\
            return \"no\";\n\
        /* The text is a constant of the library that answered. */\n\
        if (dladdr(version, &found) == 0) return \"nowhere\";\n\
        return strrchr(found.dli_fname, '/') + 1;\n\
    }\n";

/// A program that uses both plugins.
const PROGRAM: &str = "#include <stdint.h>\n#include <stdio.h>\n\
    const char *first(int64_t *until);\nconst char *second(int64_t *until);\n\
    int main(void) {\n\
        int64_t a, b;\n\
        const char *one = first(&a), *two = second(&b);\n\
        printf(\"%s %s %d\\n\", one, two, a == 1774796400 && a == b);\n\
        return 0;\n\
    }\n";

/// Links the static library as a shared one, with this version of the interface.
fn shared(place: &Path, abi: u32, node: bool) -> PathBuf {
    let soname = format!("libstopgap.so.{abi}");
    let script = place.join("script");
    let name = if node {
        format!("STOPGAP_{abi} ")
    } else {
        String::new()
    };
    fs::write(
        &script,
        format!("{name}{{ global: stopgap_*; local: *; }};"),
    )
    .unwrap();
    let mut command = Command::new("cc");
    command.args(["-shared", "-Wl,--whole-archive"]);
    command.arg(prefix().join("lib/libstopgap.a"));
    command.args(["-Wl,--no-whole-archive", "-lm", "-ldl", "-lpthread"]);
    command.arg(format!("-Wl,-soname,{soname}"));
    command.arg(format!("-Wl,--version-script={}", script.display()));
    run(command.arg("-o").arg(place.join(&soname)));
    place.join(soname)
}

/// Returns the output of a program with two plugins, one for each library.
fn with_both(place: &Path, libraries: &[PathBuf; 2]) -> String {
    fs::write(place.join("plugin.c"), PLUGIN).unwrap();
    fs::write(place.join("program.c"), PROGRAM).unwrap();
    for (name, library) in ["first", "second"].into_iter().zip(libraries) {
        let mut command = Command::new("cc");
        command.args(["-shared", "-fPIC", "plugin.c", &format!("-DNAME={name}")]);
        command.arg("-I").arg(root().join("include")).arg(library);
        command.args(["-ldl", "-o", &format!("lib{name}.so")]);
        run(command.current_dir(place));
    }
    let mut command = Command::new("cc");
    command.args(["program.c", "libfirst.so", "libsecond.so", "-o", "program"]);
    command.arg(format!("-Wl,-rpath,{0},-rpath-link,{0}", place.display()));
    run(command.current_dir(place));
    let mut program = Command::new(place.join("program"));
    run(program.env("LD_LIBRARY_PATH", place))
}

#[test]
fn each_program_calls_its_own_library() {
    let place = folder("sonames");
    let first = place.join("libstopgap.so.1");
    fs::copy(prefix().join("lib/libstopgap.so.1"), &first).unwrap();
    let second = shared(&place, 2, true);
    let printed = with_both(&place, &[first, second]);
    assert_eq!(printed, "libstopgap.so.1 libstopgap.so.2 1\n");
    // Without versions, one library answers all calls.
    let place = folder("sonames-without");
    let libraries = [1, 2].map(|abi| shared(&place, abi, false));
    let printed = with_both(&place, &libraries);
    assert_eq!(printed, "libstopgap.so.1 libstopgap.so.1 1\n");
}

#[test]
fn every_function_has_the_version() {
    if !here("nm") {
        return skipped("nm is not installed: the versions of the functions");
    }
    let mut nm = Command::new("nm");
    nm.args(["-D", "--defined-only", "--with-symbol-versions"]);
    let table = run(nm.arg(prefix().join("lib/libstopgap.so.1")));
    let names = table.lines().filter_map(|line| line.split_once(" T "));
    let names: Vec<_> = names.map(|(_, name)| name).collect();
    assert!(names.len() > 50, "{table}");
    for name in names {
        let is_ours = name.starts_with("stopgap_") && name.ends_with("@@STOPGAP_1");
        assert!(is_ours, "{name}");
    }
}
