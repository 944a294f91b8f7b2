//! `cargo xtask ub [miri | threads | careful]`: looks for undefined behaviour.
//!
//! | watcher       | what it runs                                                    |
//! | ------------- | --------------------------------------------------------------- |
//! | Miri          | tests of the core, and of the C interface as Rust calls it      |
//! | `ThreadSanitizer` | threads on the registry's memory store, `std` instrumented  |
//! | cargo-careful | tests of the core and those threads, `std` with its assertions  |
//!
//! Each needs a nightly compiler, and must first see the faults of `controls/ub.rs`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    control::{package, refuses},
    python::{files, target},
    step::{Outcome, Report, count_tests, needs, output, root},
    tool::{Tool, about, nightly},
};

const CAREFUL: Tool = Tool("cargo-careful", "0.4.10");

/// The quick tests of the core, for cargo-careful.
const CORE: &str = "test --package stopgap --all-features --lib --test lifecycle_table \
    --test refusals --test secrets --test serde --test vectors";

/// The tests of the core that use pointers, for Miri, which takes seconds for a code.
const CORE_FOR_MIRI: &str = "miri test --package stopgap --all-features --lib \
    --test lifecycle_table --test secrets --";

/// The tests among them that take Miri minutes, because each needs thousands of codes,
/// IDs or HMACs, or all characters of Unicode.
const TOO_SLOW: [&str; 9] = [
    "an_id_contains_the_microsecond",
    "classes_have_as_many_characters_as_unicode_says",
    "each_length_of_a_message_gives_the_mac_of_the_crate",
    "every_single_error_is_caught",
    "every_state_and_event",
    "ids_sort_by_time",
    "masks_agree_with_the_standard_on_all_of_four_nibbles",
    "parts_are_joined",
    "wycheproof_hmac_sha256",
];

/// A watcher and its name.
type Watcher = (&'static str, fn() -> Result<String, Outcome>);

const WATCHERS: [Watcher; 3] = [("miri", miri), ("threads", threads), ("careful", careful)];

/// Runs all watchers, or the named one.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    let chosen: Vec<_> = WATCHERS
        .into_iter()
        .filter(|(name, _)| words.is_empty() || words == [*name])
        .collect();
    if chosen.is_empty() {
        return Outcome::Failed(format!("no {words:?}; see cargo xtask help")).close("ub");
    }
    let report = Report::default();
    for (name, watcher) in chosen {
        report.step(name, || -> Result<String, Outcome> {
            let remedy = "no nightly Rust; rustup toolchain install nightly";
            needs(cargo("--version", "none"), remedy)?;
            let rustc = about(nightly("rustc"), "release: ")?;
            Ok(format!("{}; rustc {rustc}", watcher()?))
        });
    }
    report.close()
}

/// Returns a command of nightly cargo with a target folder of this name.
fn cargo(words: &str, name: &str) -> Command {
    let mut command = nightly("cargo");
    command.args(words.split_whitespace());
    command.env("CARGO_TARGET_DIR", target().join("ub").join(name));
    command
}

/// Makes a package of the controls and the registry's threads, without the dependencies
/// of its other tests.
fn watched() -> Result<PathBuf, Outcome> {
    let registry = root().join("crates/stopgap-registry");
    let manifest = format!(
        "[package]\nname = \"watched\"\nedition = \"2024\"\n\n\
         [dependencies.stopgap-registry]\npath = '{}'\ndefault-features = false\n\n\
         [[test]]\nname = \"threads\"\npath = '{}'\n\n[workspace]\n",
        registry.display(),
        registry.join("tests/threads.rs").display(),
    );
    let lock = fs::read_to_string(root().join("Cargo.lock"))?;
    let files = [
        ("Cargo.toml", manifest.as_str()),
        ("Cargo.lock", &lock),
        ("src/lib.rs", ""),
        ("tests/control.rs", include_str!("../controls/ub.rs")),
    ];
    Ok(package("watched", &files)?)
}

fn miri() -> Result<String, Outcome> {
    let remedy = "no Miri; rustup +nightly component add miri rust-src";
    needs(cargo("miri --version", "miri"), remedy)?;
    let watched = watched()?;
    for control in ["reads_past_the_end", "writes_while_borrowed", "races"] {
        let mut command = cargo("miri test --test control", "miri-control");
        command.arg(control).current_dir(&watched);
        refuses(command, "Undefined Behavior")?;
    }
    let mut core = cargo(CORE_FOR_MIRI, "miri");
    // Tests read files and the time.
    core.env("MIRIFLAGS", "-Zmiri-disable-isolation");
    are_tests_of_the_core(&TOO_SLOW)?;
    core.args(TOO_SLOW.map(|test| format!("--skip={test}")));
    let core = count_tests(core)?;
    let c = "miri test --package stopgap-c --no-default-features --lib";
    let c = count_tests(cargo(c, "miri"))?;
    let skipped = TOO_SLOW.len();
    Ok(format!(
        "{core} tests of the core ({skipped} skipped), {c} of the C interface; 3 controls seen"
    ))
}

/// Checks that the core has each of these tests. A test that was renamed would no longer
/// be skipped, and Miri would run it for hours.
fn are_tests_of_the_core(names: &[&str]) -> Result<(), Outcome> {
    let mut source = String::new();
    for folder in ["crates/stopgap/src", "crates/stopgap/tests"] {
        for path in files(&root().join(folder), ".rs")? {
            source.push_str(&fs::read_to_string(path)?);
        }
    }
    let is_test = |name: &&&str| source.contains(&format!("fn {name}("));
    let unknown = names.iter().find(|name| !is_test(name));
    unknown.map_or(Ok(()), |name| {
        Err(
            format!("the core has no test {name}: correct TOO_SLOW in tools/xtask/src/ub.rs")
                .into(),
        )
    })
}

fn threads() -> Result<String, Outcome> {
    let mut source = nightly("rustc");
    source.args(["--print", "sysroot"]);
    let sysroot = PathBuf::from(output(source)?.trim());
    if !sysroot.join("lib/rustlib/src/rust/library").exists() {
        let remedy = "no source of std; rustup +nightly component add rust-src";
        return Err(Outcome::Skipped(remedy.into()));
    }
    let host = about(nightly("rustc"), "host: ")?;
    let watched = watched()?;
    let test = |name: &str| {
        let words = format!("test -Zbuild-std --target {host} --test {name}");
        let mut command = cargo(&words, "threads");
        command.current_dir(&watched);
        command.env("RUSTFLAGS", "-Zsanitizer=thread");
        command.env_remove("CARGO_ENCODED_RUSTFLAGS");
        command.env("TSAN_OPTIONS", "halt_on_error=1");
        command
    };
    refuses(test("control -- races"), "ThreadSanitizer: data race")?;
    let threads = count_tests(test("threads"))?;
    Ok(format!("{threads} test of 8 threads; a race is seen"))
}

fn careful() -> Result<String, Outcome> {
    let watched = watched()?;
    let careful = |folder: &Path, words: &str| -> Result<Command, String> {
        let mut command = CAREFUL.nightly()?;
        command.args(words.split_whitespace()).current_dir(folder);
        command.env("CARGO_TARGET_DIR", target().join("ub/careful"));
        Ok(command)
    };
    let control = "test --test control leaves_a_number_uninitialized";
    // A plain run does not see the fault.
    let mut plain = cargo(control, "careful-control");
    plain.current_dir(&watched);
    count_tests(plain)?;
    let fault = "attempted to leave type `u32` uninitialized";
    refuses(careful(&watched, control)?, fault)?;
    let core = count_tests(careful(&root(), CORE)?)?;
    let threads = count_tests(careful(&watched, "test --test threads")?)?;
    Ok(format!(
        "{core} tests of the core, {threads} of the registry; an uninitialized number is seen"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_was_renamed_is_noticed() {
        assert!(are_tests_of_the_core(&TOO_SLOW).is_ok());
        assert!(are_tests_of_the_core(&["no_test_has_this_name"]).is_err());
    }
}
