//! The public interface of each library: what it is, committed as text, and that a
//! change of it is none that breaks a caller.

use std::{fs, path::PathBuf, process::Command};

use crate::{
    python::target,
    step::{Outcome, output, root},
    supply::{package, refuses, said},
    tool::Tool,
};

/// The crates whose Rust somebody else may call.
const LIBRARIES: [&str; 3] = ["stopgap", "stopgap-registry", "stopgap-cli"];

/// Reads rustdoc's JSON, of the form 57.
const PUBLIC_API: Tool = Tool {
    name: "cargo-public-api",
    version: "0.52.0",
};

/// Reads the forms 57, 60 and 61.
const SEMVER: Tool = Tool {
    name: "cargo-semver-checks",
    version: "0.51.0",
};

const REMEDY: &str = "cargo xtask supply --write, and read what git says changed";

/// The file in which a library's interface is committed.
fn file(library: &str) -> PathBuf {
    root().join("crates").join(library).join("public-api.txt")
}

/// A library's interface, without what every type has.
fn interface(library: &str) -> Result<String, String> {
    let mut command = PUBLIC_API.subcommand()?;
    command.args(["--all-features", "-ss", "--package", library]);
    // It asks rustup for a nightly compiler itself, if it is not told another.
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    command.env("CARGO_TARGET_DIR", target().join("supply/rustdoc"));
    output(command)
}

/// Writes the interfaces.
pub(crate) fn write() -> Outcome {
    let written = LIBRARIES.iter().try_for_each(|library| {
        fs::write(file(library), interface(library)?).map_err(|error| error.to_string())
    });
    written.map_or_else(Outcome::Failed, |()| {
        Outcome::Passed(format!("{} interfaces written", LIBRARIES.len()))
    })
}

/// The lines that are in one text and not in the other, with their signs.
fn difference(committed: &str, found: &str) -> Vec<String> {
    let only = |sign: char, these: &str, those: &str| -> Vec<String> {
        let those: std::collections::HashSet<&str> = those.lines().collect();
        let only = these.lines().filter(|line| !those.contains(line));
        only.map(|line| format!("{sign} {line}")).collect()
    };
    let mut lines = only('-', committed, found);
    lines.extend(only('+', found, committed));
    lines
}

/// That the committed interfaces are those of the code.
pub(crate) fn unchanged() -> Outcome {
    let mut items = 0_usize;
    for library in LIBRARIES {
        let found = match interface(library) {
            Ok(found) if found.lines().count() > 1 => found,
            Ok(_) => return Outcome::Failed(format!("{library} has no interface")),
            Err(why) => {
                return Outcome::Skipped(format!(
                    "{why}; it needs rustup toolchain install nightly"
                ));
            }
        };
        let committed = fs::read_to_string(file(library)).unwrap_or_default();
        let changes = difference(&committed, &found);
        if !changes.is_empty() {
            let changes = changes.join("\n");
            return Outcome::Failed(format!("{library}: {REMEDY}\n{changes}"));
        }
        // The control: one line less, and one more.
        let less: String = found.split_inclusive('\n').skip(1).collect();
        if difference(&less, &found).len() != 1 || difference(&found, &less).len() != 1 {
            return Outcome::Failed("a line less is not seen".into());
        }
        items = items.saturating_add(found.lines().count());
    }
    Outcome::Passed(format!(
        "{items} lines of {} libraries; a line more or less is seen",
        LIBRARIES.len()
    ))
}

/// The revision to compare with: the newest tag, or the commit before this one where
/// nothing was released.
fn baseline() -> Result<String, String> {
    let git = |words: &str| {
        let mut command = Command::new("git");
        command.args(words.split(' ')).current_dir(root());
        output(command).map(|line| line.trim().to_owned())
    };
    match git("tag --sort=-creatordate")?.lines().next() {
        Some(tag) => Ok(tag.to_owned()),
        None => git("rev-parse HEAD^"),
    }
}

/// That nothing broke which the versions do not say.
pub(crate) fn compatible() -> Outcome {
    let baseline = match baseline() {
        Ok(baseline) => baseline,
        Err(why) => return Outcome::Skipped(format!("no revision to compare with ({why})")),
    };
    let semver = || -> Result<Command, String> {
        let mut command = SEMVER.subcommand()?;
        command.arg("check-release");
        command.env("CARGO_TARGET_DIR", target().join("supply/semver-checks"));
        Ok(command)
    };
    let control = || {
        let manifest = "[package]\nname = \"control\"\nversion = \"1.0.0\"\n\
            edition = \"2024\"\n\n[workspace]\n";
        let both = "//! A control.\n/// Stays.\npub fn stays() {}\n";
        let before = format!("{both}/// Goes.\npub fn goes() {{}}\n");
        let make =
            |name, text: &str| package(name, &[("Cargo.toml", manifest), ("src/lib.rs", text)]);
        let mut command = semver()?;
        command
            .arg("--manifest-path")
            .arg(make("semver/after", both)?);
        command
            .arg("--baseline-root")
            .arg(make("semver/before", &before)?);
        refuses(command, "function_missing")
    };
    if let Err(why) = control() {
        return Outcome::Failed(why);
    }
    let mut command = match semver() {
        Ok(command) => command,
        Err(why) => return Outcome::Skipped(why),
    };
    command.args(["--all-features", "--baseline-rev", &baseline]);
    for library in LIBRARIES {
        command.args(["--package", library]);
    }
    match said(command) {
        Ok((true, _)) => Outcome::Passed(format!(
            "{} libraries beside {baseline}; a function that went is seen",
            LIBRARIES.len()
        )),
        Ok((false, said)) => Outcome::Failed(said),
        Err(why) => Outcome::Failed(why),
    }
}
