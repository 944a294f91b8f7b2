//! `cargo xtask supply`: what the project takes from others, and what it gives them.
//!
//! Licences, banned crates, sources and duplicates by cargo-deny; the public
//! interface by [`interface`]; the oldest dependencies and the
//! oldest Rust by [`floor`]. Each step first sees what it must refuse.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    floor, interface,
    python::target,
    step::{Outcome, Report, root},
    test::crates,
    tool::Tool,
};

const DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
};

/// What is changed in `deny.toml`, and what cargo-deny must say then.
const CONTROLS: [[&str; 3]; 4] = [
    [r#""BSD-3-Clause", "#, "", "error[rejected]"],
    [
        "deny = [\n",
        "deny = [\n  { name = \"subtle\" },\n",
        "error[banned]",
    ],
    [
        "[sources]\n",
        "[sources]\nallow-registry = []\n",
        "error[source-not-allowed]",
    ],
    ["\"getrandom@0.2\",", "", "error[duplicate]"],
];

pub(crate) fn run(words: &[&str]) -> ExitCode {
    if words == ["--write"] {
        return interface::write().close("supply");
    }
    let report = Report::default();
    report.step("crates", crates);
    report.step("cargo-deny", deny);
    report.step("advisories", advisories);
    report.step("interface", interface::unchanged);
    report.step("semver", interface::compatible);
    report.step("oldest crates", floor::crates);
    report.step("oldest Rust", floor::rust);
    report.close()
}

/// What the controls make of their package, in a folder of its own: text by file.
pub(crate) fn package(name: &str, files: &[(&str, &str)]) -> Result<PathBuf, String> {
    let folder = target().join("supply").join(name);
    for (file, text) in files {
        let file = folder.join(file);
        let parent = file.parent().unwrap_or(&folder);
        fs::create_dir_all(parent).map_err(|error| error.to_string())?;
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(folder)
}

/// Everything that a command says, and whether it succeeds.
pub(crate) fn said(mut command: Command) -> Result<(bool, String), String> {
    println!("{command:?}");
    let output = command.output().map_err(|error| error.to_string())?;
    let said = [output.stdout, output.stderr].concat();
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}

/// That a command fails and says why in these words.
pub(crate) fn refuses(command: Command, why: &str) -> Result<(), String> {
    let (succeeds, said) = said(command)?;
    if succeeds || !said.contains(why) {
        return Err(format!("a control did not say {why:?}:\n{said}"));
    }
    Ok(())
}

/// That a command succeeds.
pub(crate) fn holds(command: Command) -> Result<(), String> {
    let (succeeds, said) = said(command)?;
    if succeeds { Ok(()) } else { Err(said) }
}

/// cargo-deny's checks of these kinds, by a configuration.
fn check(config: &Path, kinds: &[&str]) -> Result<Command, String> {
    let mut command = DENY.subcommand()?;
    // Members are in the graph, whatever their features.
    command.arg("--all-features").arg("--config").arg(config);
    command.arg("check").args(kinds);
    Ok(command)
}

fn deny() -> Outcome {
    let kinds = ["licenses", "bans", "sources"];
    let checked = || {
        let config = root().join("deny.toml");
        holds(check(&config, &kinds)?)?;
        let text = fs::read_to_string(&config).map_err(|error| error.to_string())?;
        for [from, to, why] in CONTROLS {
            let changed = text.replacen(from, to, 1);
            let folder = package("deny", &[("deny.toml", changed.as_str())])?;
            refuses(check(&folder.join("deny.toml"), &kinds)?, why)?;
        }
        Ok(format!(
            "{}; {} controls refused",
            kinds.join(", "),
            CONTROLS.len()
        ))
    };
    checked().map_or_else(Outcome::Failed, Outcome::Passed)
}

/// Advisories are checked only where their database, a Git repository on GitHub, can
/// be fetched.
fn advisories() -> Outcome {
    let mut fetch = match DENY.subcommand() {
        Ok(command) => command,
        Err(why) => return Outcome::Skipped(why),
    };
    fetch.args(["fetch", "db"]);
    if let Err(why) = holds(fetch) {
        println!("{why}");
        return Outcome::Skipped("not checked: their database could not be fetched".into());
    }
    check(&root().join("deny.toml"), &["advisories"])
        .and_then(holds)
        .map_or_else(Outcome::Failed, |()| Outcome::Passed("none is open".into()))
}
