//! The public interfaces of the libraries: each is committed as text, and a change that
//! breaks callers needs a new version.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    control::{holds, library, package, refuses},
    python::target,
    step::{Outcome, output, program, root},
    tool::Tool,
};

/// The crates with a Rust interface for others.
const LIBRARIES: [&str; 3] = ["stopgap", "stopgap-registry", "stopgap-cli"];

/// Reads format 57 of rustdoc's JSON.
const PUBLIC_API: Tool = Tool("cargo-public-api", "0.52.0");

/// Reads formats 57, 60 and 61.
const SEMVER: Tool = Tool("cargo-semver-checks", "0.51.0");

/// Writes the interfaces.
pub(super) fn write() -> Result<String, Outcome> {
    for library in LIBRARIES {
        fs::write(file(library), interface(library)?)?;
    }
    Ok(format!("{} interfaces written", LIBRARIES.len()))
}

/// Compares the committed interfaces with those of the code.
pub(super) fn unchanged() -> Result<String, Outcome> {
    let mut lines = 0_usize;
    for library in LIBRARIES {
        let found = interface(library)
            .map_err(|why| Outcome::Skipped(format!("{why}; rustup toolchain install nightly")))?;
        let Some((less, last)) = found.trim_end().rsplit_once('\n') else {
            return Err(format!("{library} has no interface").into());
        };
        lines = lines.saturating_add(found.lines().count());
        let less = format!("{less}\n");
        let folder = package("interface", &[("found", &found), ("less", &less)])?;
        let (found, less) = (folder.join("found"), folder.join("less"));
        refuses(difference(&less, &found), &format!("\n+{last}"))?;
        refuses(difference(&found, &less), &format!("\n-{last}"))?;
        holds(difference(&file(library), &found)).map_err(|changes| {
            format!("{library}: run `cargo xtask supply --write`, and read the changes\n{changes}")
        })?;
    }
    Ok(format!(
        "{lines} lines of {LIBRARIES:?}; a line more or less is refused"
    ))
}

/// Looks for breaking changes since the last release, or since the commit before this
/// one if nothing is released.
pub(super) fn compatible() -> Result<String, Outcome> {
    let check = || -> Result<Command, Outcome> {
        let mut command = SEMVER.subcommand().map_err(Outcome::Skipped)?;
        command.arg("check-release");
        command.env("CARGO_TARGET_DIR", target().join("supply/semver-checks"));
        Ok(command)
    };
    let stays = "//! A control.\n/// Stays.\npub fn stays() {}\n";
    let goes = format!("{stays}/// Goes.\npub fn goes() {{}}\n");
    let mut control = check()?;
    control.arg("--baseline-root");
    control.arg(library("semver/before", "", &goes)?);
    control.arg("--manifest-path");
    control.arg(library("semver/after", "", stays)?);
    refuses(control, "function_missing")?;

    let baseline = baseline().map_err(Outcome::Skipped)?;
    let mut command = check()?;
    command.args(["--all-features", "--baseline-rev", &baseline]);
    command.args(LIBRARIES.map(|library| format!("--package={library}")));
    holds(command)?;
    Ok(format!(
        "{LIBRARIES:?} beside {baseline}; a removed function is refused"
    ))
}

/// Returns the newest tag, or the commit before this one.
fn baseline() -> Result<String, String> {
    let tags = output(program("git tag --sort=-creatordate"))?;
    let tag = tags.lines().next().map(str::to_owned);
    tag.map_or_else(|| output(program("git rev-parse HEAD^")), Ok)
        .map(|revision| revision.trim().to_owned())
        .map_err(|why| format!("no revision to compare with ({why})"))
}

/// The file that holds a library's interface.
fn file(library: &str) -> PathBuf {
    root().join("crates").join(library).join("public-api.txt")
}

/// Returns a library's interface, without the items that every type has.
fn interface(library: &str) -> Result<String, String> {
    let mut command = PUBLIC_API.nightly()?;
    command.args(["--all-features", "-ss", "--package", library]);
    command.env("CARGO_TARGET_DIR", target().join("supply/rustdoc"));
    output(command)
}

fn difference(old: &Path, new: &Path) -> Command {
    let mut command = program("git diff --no-index --no-color --exit-code");
    command.arg(old).arg(new);
    command
}
