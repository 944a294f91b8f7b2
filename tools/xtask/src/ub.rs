//! `cargo xtask ub [miri | threads | careful]`: undefined behaviour, looked for by what can see it.
//!
//! | watcher       | what is run                                                     |
//! | ------------- | --------------------------------------------------------------- |
//! | Miri          | the core's tests and the C interface's, as Rust calls it        |
//! | `ThreadSanitizer` | threads on the registry's store in memory, `std` instrumented |
//! | cargo-careful | the core's tests and those threads, `std` with its assertions   |
//!
//! Each watcher first has to see what is wrong with a control. All need a nightly
//! compiler; the figures say which.

use std::{
    path::PathBuf,
    process::{Command, ExitCode},
};

use crate::{
    python::target,
    step::{Outcome, Report, output, root, run as show, tests_passed, works},
    supply::{package, refuses},
    tool::Tool,
};

const CAREFUL: Tool = Tool {
    name: "cargo-careful",
    version: "0.4.10",
};

/// The core's tests that are quick: `front_desk` and `generated` start processes, and
/// `allocations` and `properties` try each thing ten thousand times.
const CORE: &str = "--package stopgap --all-features --lib --test life_table --test refusals \
    --test secrets --test serde --test vectors";

/// Those for Miri, which takes seconds for a code: all that have a pointer in them.
const CORE_FOR_MIRI: &str = "--package stopgap --all-features --lib --test life_table \
    --test secrets";

/// Those of them that take it minutes: 65,536 codes each, or thousands of HMACs.
const TOO_SLOW: [&str; 6] = [
    "every_length_of_a_message",
    "every_single_error_is_caught",
    "every_state_and_event",
    "masks_agree_with_the_standard_on_all_of_four_nibbles",
    "parts_are_as_good_as_the_whole",
    "wycheproof",
];

/// What each watcher must see.
const CONTROL: &str = "
use std::{mem, ptr, sync, thread};

#[test]
fn reads_behind_the_end() {
    let bytes = vec![1_u8; 4];
    assert!(unsafe { bytes.as_ptr().add(4).read() } < 255);
}

#[test]
fn writes_what_is_lent() {
    let mut byte = 1_u8;
    let place = &raw mut byte;
    let lent = unsafe { &*place };
    unsafe { place.write(2) };
    assert_ne!(*lent, 9);
}

#[test]
fn races() {
    static mut SUM: u64 = 0;
    let both = sync::Barrier::new(4);
    let rounds = if cfg!(miri) { 10 } else { 10_000 };
    let add = || {
        both.wait();
        (0..rounds).for_each(|_| unsafe {
            let sum = ptr::read_volatile(&raw const SUM);
            ptr::write_volatile(&raw mut SUM, sum + 1);
            thread::yield_now();
        });
    };
    thread::scope(|scope| {
        (0..4).for_each(|_| drop(scope.spawn(&add)));
    });
}

#[test]
#[allow(deprecated, invalid_value)]
fn leaves_a_number_unwritten() {
    let number: u32 = unsafe { mem::uninitialized() };
    assert!(number <= u32::MAX);
}
";

/// A watcher, by its name.
type Watcher = (&'static str, fn() -> Result<String, String>);

const WATCHERS: [Watcher; 3] = [("miri", miri), ("threads", threads), ("careful", careful)];

/// All watchers, or the one of this name.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    let chosen = WATCHERS
        .iter()
        .filter(|(name, _)| words.is_empty() || words == [*name]);
    let chosen: Vec<&Watcher> = chosen.collect();
    if chosen.is_empty() {
        return Outcome::Failed(format!("no {words:?}; see cargo xtask help")).close("ub");
    }
    let report = Report::default();
    for (name, watcher) in chosen {
        report.step(name, || outcome(watcher));
    }
    report.close()
}

/// A step, where there is a nightly compiler with this part of its toolchain.
fn outcome(step: impl FnOnce() -> Result<String, String>) -> Outcome {
    let mut rustc = nightly("rustc");
    rustc.arg("--version");
    let Ok(version) = output(rustc) else {
        let install = "rustup toolchain install nightly --component miri,rust-src";
        return Outcome::Skipped(format!("no nightly compiler; {install}"));
    };
    match step() {
        Ok(passed) => Outcome::Passed(format!("{passed}; {}", version.trim())),
        Err(why) if why.starts_with("no ") => Outcome::Skipped(why),
        Err(why) => Outcome::Failed(why),
    }
}

/// A program of the nightly toolchain, at the root.
fn nightly(program: &str) -> Command {
    let mut command = Command::new("rustup");
    command
        .args(["run", "nightly", program])
        .current_dir(root());
    // This Cargo's, which would be that one's, too.
    command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
    command
}

fn nightly_cargo(words: &str, folder: &str) -> Command {
    let mut command = nightly("cargo");
    command.args(words.split_whitespace());
    command.env("CARGO_TARGET_DIR", target().join("ub").join(folder));
    command
}

/// The controls, and the registry's threads without all that its other tests need.
fn threads_package() -> Result<PathBuf, String> {
    let crates = root().join("crates");
    let registry = crates.join("stopgap-registry");
    let manifest = format!(
        "[package]\nname = \"watched\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n\
         [dependencies.stopgap-registry]\npath = '{}'\ndefault-features = false\n\n\
         [[test]]\nname = \"threads\"\npath = '{}'\n\n[workspace]\n",
        registry.display(),
        registry.join("tests/threads.rs").display(),
    );
    let lock = std::fs::read_to_string(root().join("Cargo.lock"));
    let lock = lock.map_err(|error| error.to_string())?;
    package(
        "watched",
        &[
            ("Cargo.toml", manifest.as_str()),
            ("Cargo.lock", lock.as_str()),
            ("src/lib.rs", "//! Watched.\n"),
            ("tests/control.rs", CONTROL),
        ],
    )
}

/// How many tests a command says have passed.
fn passed(command: Command) -> Result<u32, String> {
    let mut counted = 0_u32;
    show(command, |line| {
        counted = counted.saturating_add(tests_passed(line));
    })?;
    if counted == 0 {
        return Err("nothing was watched".into());
    }
    Ok(counted)
}

fn miri() -> Result<String, String> {
    if !works(nightly_cargo("miri --version", "miri")) {
        return Err("no Miri; rustup +nightly component add miri rust-src".into());
    }
    let folder = threads_package()?;
    for control in ["reads_behind_the_end", "writes_what_is_lent", "races"] {
        let mut command = nightly_cargo("miri test --test control", "miri-control");
        command.arg(control).current_dir(&folder);
        refuses(command, "Undefined Behavior")?;
    }
    let mut core = nightly_cargo(&format!("miri test {CORE_FOR_MIRI} --"), "miri");
    // The tests that read files and the time of day may.
    core.env("MIRIFLAGS", "-Zmiri-disable-isolation");
    for slow in TOO_SLOW {
        core.args(["--skip", slow]);
    }
    let core = passed(core)?;
    let c = nightly_cargo(
        "miri test --package stopgap-c --no-default-features --lib",
        "miri",
    );
    let c = passed(c)?;
    let left_out = TOO_SLOW.len();
    Ok(format!(
        "{core} tests of the core ({left_out} left out), {c} of the C interface; 3 controls seen"
    ))
}

fn threads() -> Result<String, String> {
    let mut source = nightly("rustc");
    source.args(["--print", "sysroot"]);
    let sysroot = PathBuf::from(output(source)?.trim());
    if !sysroot.join("lib/rustlib/src/rust/library").exists() {
        return Err("no source of std; rustup +nightly component add rust-src".into());
    }
    let mut rustc = nightly("rustc");
    rustc.arg("-vV");
    let about = output(rustc)?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("rustc does not say its host")?;
    let folder = threads_package()?;
    let watched = |test: &str| {
        let words = format!("test -Zbuild-std --target {host} --test {test}");
        let mut command = nightly_cargo(&words, "threads");
        command.current_dir(&folder);
        command.env("RUSTFLAGS", "-Zsanitizer=thread");
        command.env_remove("CARGO_ENCODED_RUSTFLAGS");
        command.env("TSAN_OPTIONS", "halt_on_error=1");
        command
    };
    let mut control = watched("control");
    control.arg("races");
    refuses(control, "ThreadSanitizer: data race")?;
    let threads = passed(watched("threads"))?;
    Ok(format!("{threads} test of 8 threads; a race is seen"))
}

fn careful() -> Result<String, String> {
    let folder = threads_package()?;
    let careful = |words: &str| -> Result<Command, String> {
        let mut command = CAREFUL.subcommand()?;
        command.args(words.split_whitespace());
        command
            .env_remove("CARGO")
            .env("RUSTUP_TOOLCHAIN", "nightly");
        command.env("CARGO_TARGET_DIR", target().join("ub/careful"));
        Ok(command)
    };
    let unwritten = "test --test control leaves_a_number_unwritten";
    // A plain run does not see it.
    let mut plain = nightly_cargo(unwritten, "careful-control");
    plain.current_dir(&folder);
    passed(plain)?;
    let mut control = careful(unwritten)?;
    control.current_dir(&folder);
    refuses(control, "attempted to leave type `u32` uninitialized")?;
    let core = passed(careful(&format!("test {CORE}"))?)?;
    let mut threads = careful("test --test threads")?;
    threads.current_dir(&folder);
    let threads = passed(threads)?;
    Ok(format!(
        "{core} tests of the core, {threads} of the registry; a number never written is seen"
    ))
}
