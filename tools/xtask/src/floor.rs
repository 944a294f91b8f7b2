//! The lowest that the manifests promise to build with: the oldest dependencies, and
//! the oldest Rust.

use std::{fs, path::Path, process::Command};

use crate::{
    python::target,
    step::{Outcome, output, root, works},
    supply::{holds, package, refuses},
};

/// As `rust-version` says in `Cargo.toml`.
const RUST: &str = "1.89";
/// As rustup may call it, too.
const RUST_IN_FULL: &str = "1.89.0";

/// What is built with them.
const ALL: [&str; 3] = ["check", "--workspace", "--all-features"];

/// Cargo of a toolchain that rustup has; what it builds is kept in a folder of this
/// name.
fn cargo(toolchain: &str, folder: &Path, name: &str) -> Command {
    let mut command = Command::new("rustup");
    command
        .args(["run", toolchain, "cargo"])
        .current_dir(folder);
    command.env("CARGO_TARGET_DIR", target().join("supply").join(name));
    // This Cargo's, which would be that one's, too.
    command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
    command
}

fn is_here(toolchain: &str) -> bool {
    let mut command = Command::new("rustup");
    command.args(["run", toolchain, "cargo", "--version"]);
    works(command)
}

/// Has each dependency of a workspace be as old as its manifests allow. What those
/// depend on is as new as it can be: whether their own floors hold is theirs to say.
fn lower(folder: &Path) -> Result<(), String> {
    let mut command = cargo("nightly", folder, "oldest");
    command.args(["update", "--quiet", "-Zdirect-minimal-versions"]);
    holds(command)
}

/// Builds all with the oldest dependencies, in a copy.
pub(crate) fn crates() -> Outcome {
    if !is_here("nightly") {
        return Outcome::Skipped("no nightly cargo; rustup toolchain install nightly".into());
    }
    let built = || {
        control()?;
        let copy = target().join("supply/copy");
        if copy.exists() {
            fs::remove_dir_all(&copy).map_err(|error| error.to_string())?;
        }
        let mut files = Command::new("git");
        files.args(["ls-files"]).current_dir(root());
        for file in output(files)?.lines() {
            let to = copy.join(file);
            let parent = to.parent().unwrap_or(&copy);
            fs::create_dir_all(parent).map_err(|error| error.to_string())?;
            // One that was deleted, and is not committed so, is none.
            if root().join(file).is_file() {
                fs::copy(root().join(file), to).map_err(|error| error.to_string())?;
            }
        }
        lower(&copy)?;
        let mut command = cargo("stable", &copy, "oldest");
        holds({
            command.args(ALL);
            command
        })?;
        Ok("each direct dependency at its lowest; one too low is seen".to_owned())
    };
    built().map_or_else(Outcome::Failed, Outcome::Passed)
}

/// A manifest that promises too much: zeroize 1.0 has no `ZeroizeOnDrop`.
fn control() -> Result<(), String> {
    let manifest = "[package]\nname = \"control\"\nversion = \"1.0.0\"\n\
        edition = \"2024\"\n\n[dependencies]\nzeroize = \"1.0\"\n\n[workspace]\n";
    let text = "//! A control.\npub use zeroize::ZeroizeOnDrop;\n";
    let folder = package("floor", &[("Cargo.toml", manifest), ("src/lib.rs", text)])?;
    let check = || {
        let mut command = cargo("stable", &folder, "oldest-control");
        command.arg("check");
        command
    };
    let mut newest = cargo("stable", &folder, "oldest-control");
    newest.args(["update", "--quiet"]);
    holds(newest)?;
    holds(check())?;
    lower(&folder)?;
    refuses(check(), "ZeroizeOnDrop")
}

/// Builds all with the oldest Rust where it is here. A lint, as part of `cargo xtask
/// test`, holds the code to it anywhere; that it does is seen here.
pub(crate) fn rust() -> Outcome {
    let manifest = "[package]\nname = \"control\"\nversion = \"1.0.0\"\n\
        edition = \"2024\"\nrust-version = \"1.85\"\n\n[workspace]\n";
    let text = "//! A control.\n/// Newer than its Rust.\n#[must_use]\n\
        pub fn half(n: u32) -> bool { n.is_multiple_of(2) }\n";
    let lint = || {
        let folder = package("rust", &[("Cargo.toml", manifest), ("src/lib.rs", text)])?;
        let mut clippy = cargo("stable", &folder, "rust-control");
        clippy.args(["clippy", "--", "-D", "warnings"]);
        refuses(clippy, "incompatible_msrv")
    };
    if let Err(why) = lint() {
        return Outcome::Failed(why);
    }
    let declared = fs::read_to_string(root().join("Cargo.toml")).unwrap_or_default();
    if !declared.contains(&format!("\nrust-version = \"{RUST}\"\n")) {
        return Outcome::Failed(format!("Cargo.toml does not say {RUST}"));
    }
    let toolchain = [RUST, RUST_IN_FULL].into_iter().find(|it| is_here(it));
    let Some(toolchain) = toolchain else {
        return Outcome::Skipped(format!(
            "held by the lint alone; rustup toolchain install {RUST} to build with it"
        ));
    };
    let mut command = cargo(toolchain, &root(), "rust");
    command.args(ALL).arg("--locked");
    holds(command).map_or_else(Outcome::Failed, |()| {
        Outcome::Passed(format!(
            "builds with {RUST}; the lint refuses what is newer"
        ))
    })
}
