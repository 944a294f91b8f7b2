//! The oldest dependencies and the oldest Rust that the manifests allow.

use std::{path::Path, process::Command};

use crate::{
    control::{holds, library, refuses},
    python::target,
    step::{Outcome, cargo, needs, root, works},
    tool::toolchain,
    work_tree,
};

/// The `rust-version` of the workspace.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");

/// The command that must succeed with both.
const CHECK: &str = "check --workspace --all-features";

/// Builds all with the oldest dependencies, in a copy of the work tree.
pub(super) fn crates() -> Result<String, Outcome> {
    let remedy = "no nightly cargo; rustup toolchain install nightly";
    needs(cargo_of("nightly", "--version"), remedy)?;
    let manifest = "[dependencies]\nzeroize = \"1.0\"";
    // zeroize 1.0 does not have it.
    let source = "//! A control.\npub use zeroize::ZeroizeOnDrop;\n";
    let control = library("floor", manifest, source)?;
    let check = |words| within(&control, "oldest-control", cargo(words));
    holds(check("update --quiet"))?;
    holds(check("check"))?;
    lower(&control)?;
    refuses(check("check"), "ZeroizeOnDrop")?;

    let copy = target().join("supply/copy");
    work_tree::copy(&copy)?;
    lower(&copy)?;
    holds(within(&copy, "oldest", cargo(CHECK)))?;
    Ok("each direct dependency at its lowest; a control that is too low is refused".into())
}

/// Builds all with the oldest Rust if it is installed. Otherwise only the lint of
/// `cargo xtask test` refuses newer functions.
pub(super) fn rust() -> Result<String, Outcome> {
    let source = "//! A control.\n/// Calls a newer function.\n#[must_use]\n\
        pub fn half(n: u32) -> bool { n.is_multiple_of(2) }\n";
    let control = library("rust", "rust-version = \"1.85\"", source)?;
    let lint = cargo("clippy -- -D warnings");
    refuses(within(&control, "rust-control", lint), "incompatible_msrv")?;

    // rustup may know it by either name.
    let mut names = [RUST.to_owned(), format!("{RUST}.0")].into_iter();
    let Some(name) = names.find(|name| works(cargo_of(name, "--version"))) else {
        return Err(Outcome::Skipped(format!(
            "only the lint checks it; rustup toolchain install {RUST}"
        )));
    };
    let check = cargo_of(&name, &format!("{CHECK} --locked"));
    holds(within(&root(), "rust", check))?;
    Ok(format!("builds with {RUST}; the lint refuses a control"))
}

fn cargo_of(name: &str, words: &str) -> Command {
    let mut command = toolchain(name, "cargo");
    command.args(words.split(' '));
    command
}

/// Makes a command run in a folder, with a target folder of this name.
fn within(folder: &Path, name: &str, mut command: Command) -> Command {
    command.current_dir(folder);
    command.env("CARGO_TARGET_DIR", target().join("supply").join(name));
    command
}

/// Sets each direct dependency to the lowest version that its manifest allows. Indirect
/// ones stay at the newest, because their manifests belong to other projects.
fn lower(folder: &Path) -> Result<(), String> {
    let update = cargo_of("nightly", "update --quiet -Zdirect-minimal-versions");
    holds(within(folder, "oldest", update))
}
