//! The header has what the sources declare and the libraries export, and compiles in every
//! standard.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]

mod finish;
mod layout;
#[path = "../programs/mod.rs"]
mod programs;
mod sections;

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use programs::{Language, compile, folder, here, library, run, skipped};

fn path() -> PathBuf {
    programs::root().join("include/stopgap.h")
}

/// Returns the header without its comments and inline functions.
fn declarations() -> String {
    let header = fs::read_to_string(path()).unwrap();
    let (_, header) = header.split_once("*/").unwrap();
    let mut inline = false;
    header
        .lines()
        .filter(|line| {
            inline |= line.starts_with("static inline ");
            let kept = !inline && !line.trim_start().starts_with("//");
            inline &= *line != "}";
            kept && !line.contains("enums_have_32_bits") && !line.starts_with("#define")
        })
        .fold(String::new(), |all, line| all + line + "\n")
}

/// Returns the functions of the header: names before a `(`, except for the types of
/// callbacks, `(*stopgap_try)(`.
fn functions() -> BTreeSet<String> {
    let functions: BTreeSet<_> = declarations()
        .split('(')
        .filter_map(|before| before.rsplit([' ', '*', '\n']).next().map(str::to_owned))
        .filter(|name| name.starts_with("stopgap_") && !name.ends_with(')'))
        .collect();
    assert!(functions.len() > 80, "{functions:?}");
    functions
}

/// Returns the header of the sources.
fn fresh() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(here.join("cbindgen.toml")).unwrap();
    let mut generated = Vec::new();
    cbindgen::generate_with_config(here, config)
        .unwrap()
        .write(&mut generated);
    finish::finish(str::from_utf8(&generated).unwrap())
}

#[test]
fn is_what_the_sources_say() {
    let fresh = fresh();
    if env::var_os("STOPGAP_HEADER").is_some_and(|header| header == "write") {
        fs::write(path(), &fresh).unwrap();
    }
    let committed = fs::read_to_string(path()).unwrap();
    for (number, (committed, fresh)) in (1..).zip(committed.lines().zip(fresh.lines())) {
        assert_eq!(committed, fresh, "line {number}: cargo xtask header");
    }
    assert_eq!(committed, fresh, "cargo xtask header");
}

#[test]
fn no_function_has_more_than_six_arguments() {
    let (text, functions) = (declarations(), functions());
    let mut seen = BTreeSet::new();
    for declaration in text.split(';') {
        let Some((before, arguments)) = declaration.split_once('(') else {
            continue;
        };
        let name = before.rsplit([' ', '*', '\n']).next().unwrap();
        if functions.contains(name) {
            let number = arguments.split(',').count();
            assert!(number <= 6, "{name} has {number}");
            seen.insert(name.to_owned());
        }
    }
    assert_eq!(seen, functions);
}

#[test]
fn has_the_version_of_the_library() {
    let header = fs::read_to_string(path()).unwrap();
    let define = |name: &str| {
        let line = header.lines().find_map(|line| {
            line.strip_prefix("#define STOPGAP_")?
                .strip_prefix(name)?
                .strip_prefix(' ')
        });
        line.unwrap().to_owned()
    };
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(define("VERSION"), format!("{version:?}"));
    let parts = ["MAJOR", "MINOR", "PATCH"].map(|part| define(&format!("VERSION_{part}")));
    let release = version.split(['-', '+']).next().unwrap();
    assert_eq!(parts.join("."), release);
}

/// Returns the names of a library's symbols, as `nm` lists them.
fn symbols(options: &[&str], library: &Path) -> BTreeSet<String> {
    let mut nm = Command::new("nm");
    let listed = run(nm.args(options).arg(library));
    let names = listed.lines().filter_map(|line| line.split(' ').nth(2));
    // A symbol of macOS has a leading underscore.
    let plain = |name: &str| {
        let name = name.strip_prefix(if cfg!(target_vendor = "apple") {
            "_"
        } else {
            ""
        });
        name.unwrap().to_owned()
    };
    names.map(plain).collect()
}

fn same(symbols: &BTreeSet<String>, functions: &BTreeSet<String>) {
    let more: Vec<_> = symbols.difference(functions).collect();
    let missing: Vec<_> = functions.difference(symbols).collect();
    assert!(
        more.is_empty() && missing.is_empty(),
        "not in the header: {more:?}, not in the library: {missing:?}"
    );
}

#[test]
fn has_the_functions_of_the_static_library() {
    if !here("nm") {
        return skipped("nm is not installed: the static library's functions");
    }
    let mut symbols = symbols(
        &["--defined-only", "--extern-only"],
        &library().join(programs::STATIC),
    );
    symbols.retain(|name| name.starts_with("stopgap"));
    same(&symbols, &functions());
}

#[test]
#[cfg(target_os = "linux")]
fn has_the_functions_of_the_shared_library_and_nothing_else() {
    if !here("nm") {
        return skipped("nm is not installed: the shared library's functions");
    }
    let symbols = symbols(&["-D", "--defined-only"], &library().join(programs::SHARED));
    same(&symbols, &functions());
}

/// Returns the version of the interface as text.
fn abi() -> String {
    let header = fs::read_to_string(path()).unwrap();
    let (_, abi) = header.split_once("#define STOPGAP_ABI_VERSION ").unwrap();
    abi.lines().next().unwrap().to_owned()
}

#[test]
fn has_the_interface_that_cargo_c_is_told() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let (_, library) = manifest
        .split_once("[package.metadata.capi.library]")
        .unwrap();
    let version = library.lines().find(|line| line.starts_with("version"));
    assert_eq!(version, Some(&*format!("version = \"{}.0.0\"", abi())));
}

#[test]
#[cfg(target_os = "linux")]
fn has_the_interface_of_the_shared_library() {
    if !here("readelf") {
        return skipped("readelf is not installed: the shared library's name");
    }
    let soname = format!("[libstopgap.so.{}]", abi());
    let mut readelf = Command::new("readelf");
    let dynamic = run(readelf.args(["-dW"]).arg(library().join(programs::SHARED)));
    let named = dynamic.lines().find(|line| line.contains("(SONAME)"));
    assert!(
        named.is_some_and(|line| line.ends_with(&soname)),
        "{named:?}"
    );
}

#[test]
fn compiles_in_every_standard() {
    let mut compiled = 0;
    for (language, standards) in [
        (Language::C, ["c99", "c11", "c17"]),
        (Language::Cpp, ["c++11", "c++17", "c++20"]),
    ] {
        for compiler in language.compilers() {
            for standard in standards {
                let mut command = compile(compiler, language);
                command.arg(format!("-std={standard}")).arg("-fsyntax-only");
                command.arg(match language {
                    Language::C => "-xc",
                    Language::Cpp => "-xc++",
                });
                let file = folder("standards").join("includes.h");
                fs::write(&file, "#include \"stopgap.h\"\n").unwrap();
                run(command.arg(file));
                compiled += 1;
            }
        }
    }
    assert!(compiled >= 3, "no compiler");
}
