//! Uses all of stopgap.hpp, with exceptions and without, with every compiler.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]

mod programs;

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use programs::{Language, compile, here, root, run, skipped, target};

const MODES: [(&str, &[&str]); 2] = [
    ("throwing", &["-std=c++17"]),
    ("returning", &["-std=c++20", "-fno-exceptions", "-fno-rtti"]),
];

/// More warnings than usual, because a header is compiled with the warnings of its user.
const STRICT: [&str; 3] = ["-Wshadow", "-Wconversion", "-Wsign-conversion"];

fn sources() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp");
    let mut sources: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "cpp"))
        .collect();
    sources.sort();
    sources
}

/// Compiles each source in a mode.
fn objects(compiler: &str, folder: &Path, mode: usize) -> Vec<PathBuf> {
    let one = |source: PathBuf| {
        let object = folder.join(source.file_stem().unwrap()).with_extension("o");
        let mut command = compile(compiler, Language::Cpp);
        command.args(STRICT).args(MODES[mode].1);
        run(command.arg("-c").arg(source).arg("-o").arg(&object));
        object
    };
    sources().into_iter().map(one).collect()
}

fn link(compiler: &str, objects: &[PathBuf], folder: &Path) -> PathBuf {
    let program = target::executable(folder, "everything");
    let mut command = Command::new(compiler);
    command.args(objects).arg("-o").arg(&program);
    run(target::link(&mut command));
    program
}

fn is_well(program: &mut Command) {
    assert_eq!(run(program), "all is well\n");
}

/// Returns `true` for the long form: every compiler with every choice. The ordinary run has
/// each compiler and each choice, but not each pair of them.
fn is_deep() -> bool {
    env::var_os("STOPGAP_DEEP").is_some()
}

/// With exceptions, without, and with files of both kinds in one program.
#[test]
fn everything_holds() {
    let compilers = Language::Cpp.compilers();
    let (first, last) = (compilers.first().expect("no compiler"), compilers.last());
    let built = |mode: usize, compiler: &str| {
        let folder = programs::folder(&format!("cpp-{}-{compiler}", MODES[mode].0));
        let objects = objects(compiler, &folder, mode);
        is_well(&mut target::start(&link(compiler, &objects, &folder)));
        objects
    };
    let both = |throwing: &str, returning: &str| {
        let (one, other) = thread::scope(|scope| {
            let one = scope.spawn(|| built(0, throwing));
            let other = built(1, returning);
            (one.join().unwrap(), other)
        });
        all_is_reached(&one);
        all_is_reached(&other);
        let either = one.into_iter().zip(other).enumerate();
        let mixed: Vec<_> = either
            .map(|(index, (one, other))| if index % 2 == 0 { one } else { other })
            .collect();
        let folder = programs::folder(&format!("cpp-mixed-{throwing}"));
        is_well(&mut target::start(&link(throwing, &mixed, &folder)));
    };
    if is_deep() {
        for compiler in &compilers {
            both(compiler, compiler);
        }
    } else {
        // Compilers that share a standard library can be mixed as well.
        both(first, last.expect("no compiler"));
    }
}

/// Returns the functions that the header declares.
fn functions() -> BTreeSet<String> {
    let header = fs::read_to_string(root().join("include/stopgap.h")).unwrap();
    let declared = header.split_once("extern \"C\" {").unwrap().1;
    let code = declared
        .lines()
        .filter(|line| !line.starts_with([' ', '/', '#']))
        .filter(|line| !line.starts_with("static inline") && !line.starts_with("typedef"));
    code.filter_map(|line| {
        let name = line.split_once('(')?.0.rsplit([' ', '*']).next()?;
        name.starts_with("stopgap_").then(|| name.to_owned())
    })
    .collect()
}

/// Checks that the test calls every function of C through its wrapper: unused functions of a
/// header are not compiled.
fn all_is_reached(objects: &[PathBuf]) {
    if target::is_cross() {
        // The run for this machine has checked it.
        return;
    }
    if !here("nm") {
        return skipped("nm is not installed: whether all of stopgap.hpp is used");
    }
    let listed = run(Command::new("nm").arg("--undefined-only").args(objects));
    let called: BTreeSet<_> = listed
        .split_whitespace()
        .filter(|word| word.starts_with("stopgap_"))
        .map(str::to_owned)
        .collect();
    let all = functions();
    assert!(all.len() > 60, "{all:?}");
    let left_out: Vec<_> = all.difference(&called).collect();
    assert!(left_out.is_empty(), "never called: {left_out:?}");
}

/// Every constant of the header has its name in C++.
#[test]
fn every_constant_is_there() {
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let all: String = fs::read_dir(root().join("include/stopgap"))
        .unwrap()
        .map(|entry| read(&entry.unwrap().path()))
        .collect();
    let words: BTreeSet<_> = all
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .collect();
    let header = read(&root().join("include/stopgap.h"));
    let defined: BTreeSet<_> = header
        .lines()
        .filter_map(|line| {
            // A constant, or a value of an enum.
            let name = line
                .strip_prefix("#define ")
                .or(line.strip_prefix("    "))?;
            Some(name.split_once([' ', '('])?.0)
        })
        .filter(|name| name.starts_with("STOPGAP_"))
        .collect();
    assert!(defined.len() > 100);
    // Sizes of buffers that C++ does not need, and versions, which are for #if.
    let not_for_cpp = |name: &str| {
        name.starts_with("STOPGAP_VERSION")
            || [
                "STOPGAP_ABI_VERSION",
                "STOPGAP_ENUM",
                "STOPGAP_MUST_USE",
                "STOPGAP_NO_TEXT",
                "STOPGAP_SEALED_STATE_SIZE",
            ]
            .contains(&name)
            || [
                "CANONICAL",
                "NAME",
                "PURPOSE_TEXT",
                "ROLE_TEXT",
                "SECURITY_TEXT",
                "VALIDITY_TEXT",
                "IDEMPOTENCY_KEY",
            ]
            .map(|what| format!("STOPGAP_{what}_SIZE"))
            .contains(&name.to_owned())
    };
    let left_out: Vec<_> = defined
        .difference(&words)
        .filter(|name| !not_for_cpp(name))
        .collect();
    assert!(left_out.is_empty(), "{left_out:?}");
}

/// Returns `true` if a program compiles.
fn compiles(compiler: &str, flags: &[&str], body: &str) -> bool {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let source = programs::folder(&format!("cpp-refused-{number}")).join("program.cpp");
    let program = format!(
        "#include <stopgap.hpp>\n#include <iostream>\n#include <vector>\nusing namespace stopgap;\n\
         void f(const key_ring& ring, const code& secret, online_grant& grant, agent& here) {{\n\
         (void)ring; (void)secret; (void)grant; (void)here;\n{body}\n}}\n"
    );
    fs::write(&source, program).unwrap();
    let mut command = compile(compiler, Language::Cpp);
    command.args(flags).arg("-fsyntax-only").arg(source);
    command.output().unwrap().status.success()
}

/// Mistakes do not compile, and their correct forms do.
#[test]
fn mistakes_do_not_compile() {
    let pairs = [
        ("(void)secret.reveal();", "std::cout << secret;"),
        ("(void)secret.reveal();", "(void)(secret == secret);"),
        (
            "const code& other = secret; (void)other;",
            "code other = secret; (void)other;",
        ),
        (
            "const key_ring& same = ring; (void)same;",
            "key_ring same = ring; (void)same;",
        ),
        (
            "auto shown = here.request_code(now()); (void)shown;",
            "(void)format::online().normalize({}).reveal();",
        ),
        (
            "(void)grant.verify(ring, {{}, {}, purpose::reset}, now());",
            "grant.verify(ring, {{}, {}, purpose::reset}, now());",
        ),
        (
            "(void)grant.verify(ring, {{}, {}, purpose::reset}, now());",
            "(void)grant.verify(ring, {{}, {}, 1}, now());",
        ),
        (
            "(void)here.log_on(now(), [](const sealed_state&) { return true; });",
            "(void)here.log_on(now(), [](const sealed_state&) { return 0; });",
        ),
        (
            "(void)here.log_on(now(), [](const sealed_state&) {});",
            "here.log_on(now(), [](const sealed_state&) {});",
        ),
        ("(void)grant.user();", "(void)std::move(grant).user();"),
        (
            "const online_grant& same = grant; (void)same;",
            "online_grant same = grant; (void)same;",
        ),
        (
            "const online_policy policy; (void)policy.c();",
            "(void)online_policy().c();",
        ),
        (
            "std::vector<online_grant> all; \
             (void)verify_any(all, ring, {{}, {}, purpose::reset}, now());",
            "struct noted : online_grant { using online_grant::online_grant; int note; }; \
             std::vector<noted> all; \
             (void)verify_any(all, ring, {{}, {}, purpose::reset}, now());",
        ),
    ];
    let compilers = Language::Cpp.compilers();
    let compiler = compilers.first().expect("no compiler");
    let all_right = pairs.map(|(right, _)| format!("{{ {right} }}\n")).concat();
    assert!(compiles(compiler, &[], &all_right));
    for (_, wrong) in pairs {
        assert!(!compiles(compiler, &[], wrong), "{wrong}");
    }
    // Without exceptions, an ignored failure does not compile.
    let returning = ["-fno-exceptions"];
    let (right, wrong) = (
        "(void)grant.revoke(ring, now());",
        "grant.revoke(ring, now());",
    );
    assert!(compiles(compiler, &returning, right));
    assert!(!compiles(compiler, &returning, wrong));
    assert!(compiles(compiler, &[], wrong));
    assert!(!compiles(compiler, &["-std=c++14"], ""));
}

/// The header compiles with and without exceptions.
#[test]
fn compiles_in_every_standard() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp/callbacks.cpp");
    let modes: [&[&str]; 3] = [
        &[],
        &["-DSTOPGAP_NO_EXCEPTIONS"],
        &["-fno-exceptions", "-fno-rtti"],
    ];
    for (by, compiler) in Language::Cpp.compilers().into_iter().enumerate() {
        for (year, standard) in ["-std=c++17", "-std=c++20"].into_iter().enumerate() {
            for (number, mode) in modes.into_iter().enumerate() {
                if !is_deep() && (by + year + number) % 2 == 0 {
                    continue;
                }
                let mut command = compile(compiler, Language::Cpp);
                command.args(STRICT).arg(standard).args(mode);
                run(command.arg("-fsyntax-only").arg(&source));
            }
        }
    }
}

/// `<windows.h>` defines `min` and `max`, and the debug form of Microsoft's C library `free`.
#[test]
fn compiles_beside_macros() {
    let source = programs::folder("cpp-macros").join("program.cpp");
    let program = "#include <algorithm>\n#include <chrono>\n#include <cstdlib>\n\
                   #include <cstring>\n#include <functional>\n#include <iterator>\n\
                   #include <limits>\n#include <memory>\n#include <new>\n\
                   #include <optional>\n#include <stdexcept>\n#include <string>\n\
                   #include <string_view>\n#include <type_traits>\n#include <utility>\n\
                   #include <variant>\n#include <vector>\n\
                   #define min(a, b) ((a) < (b) ? (a) : (b))\n\
                   #define max(a, b) ((a) > (b) ? (a) : (b))\n\
                   #define free(p) _free_dbg(p, 1)\n\
                   #define malloc(size) _malloc_dbg(size, 1, __FILE__, __LINE__)\n\
                   #include <stopgap.hpp>\n#include <stopgap.hpp>\n";
    fs::write(&source, program).unwrap();
    for compiler in Language::Cpp.compilers() {
        for (_, mode) in MODES {
            let mut command = compile(compiler, Language::Cpp);
            run(command.args(mode).arg("-fsyntax-only").arg(&source));
        }
    }
}
