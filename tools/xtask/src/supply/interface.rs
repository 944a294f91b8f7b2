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

/// Writes the interfaces to the committed files.
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

/// Returns a library's interface, without the items that every type has and without the
/// lines that follow from others. The derived traits stay: a secret that can be cloned,
/// compared or printed is a change to see.
fn interface(library: &str) -> Result<String, String> {
    let mut command = PUBLIC_API.nightly()?;
    command.args(["--all-features", "-ss", "--package", library]);
    command.env("CARGO_TARGET_DIR", target().join("supply/rustdoc"));
    Ok(without_implied(&output(command)?))
}

/// Leaves out the methods of an implemented trait, which the trait declares, and
/// `StructuralPartialEq`, which comes with a derived `PartialEq`. Associated types stay.
fn without_implied(interface: &str) -> String {
    let mut implementor = None;
    let mut kept = String::new();
    for line in interface.lines() {
        if line.starts_with("impl") || line.starts_with("unsafe impl") {
            let after = line.split_once(" for ").map(|(_, after)| after);
            implementor = after.and_then(|after| after.split(['<', ' ']).next());
        }
        let is_method = line.split_once("fn ").is_some_and(|(before, path)| {
            let rest = implementor.and_then(|implementor| path.strip_prefix(implementor));
            before.starts_with("pub ") && rest.is_some_and(|rest| rest.starts_with(['<', ':']))
        });
        if !is_method && !line.contains("core::marker::StructuralPartialEq") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn difference(old: &Path, new: &Path) -> Command {
    let mut command = program("git diff --no-index --no-color --exit-code");
    command.arg(old).arg(new);
    command
}

#[cfg(test)]
mod tests {
    use super::without_implied;

    #[test]
    fn methods_of_a_trait_follow_from_it() {
        let kept = "pub struct a::B<R>\n\
            impl<R> a::B<R>\n\
            pub const fn a::B<R>::own(&self) -> u8\n\
            impl<R> core::str::traits::FromStr for a::B<R> where R: Copy\n\
            pub type a::B<R>::Err = u8\n\
            pub fn a::B2::other()\n\
            pub fn a::free()\n";
        let implied = "pub fn a::B<R>::from_str(&str) -> core::result::Result<Self, u8>\n\
            impl<R> core::marker::StructuralPartialEq for a::B<R>\n\
            pub const fn a::B<R>::clone(&self) -> Self\n";
        let (head, tail) = kept.split_once("pub fn a::B2").unwrap();
        let all = format!("{head}{implied}pub fn a::B2{tail}");
        assert_eq!(without_implied(&all), kept);
    }
}
