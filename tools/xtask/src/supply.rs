//! `cargo xtask supply`: the crates that the project uses, and the interfaces that it
//! offers. Each step has controls that it must refuse.

mod advisories;
mod floor;
mod interface;

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use crate::{
    control::{holds, package, refuses},
    step::{Outcome, Report, root},
    test::crates,
    tool::Tool,
};

const DENY: Tool = Tool("cargo-deny", "0.20.2");

/// Changes of `deny.toml`, and the error that cargo-deny must report for each.
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

/// Runs all steps, or writes the interfaces with `--write`.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    if words == ["--write"] {
        return Outcome::from(interface::write()).close("supply");
    }
    let report = Report::default();
    report.step("crates", crates);
    report.step("cargo-deny", deny);
    report.step("advisories", advisories::check);
    report.step("interface", interface::unchanged);
    report.step("semver", interface::compatible);
    report.step("oldest crates", floor::crates);
    report.step("oldest Rust", floor::rust);
    report.close()
}

fn deny() -> Result<String, String> {
    let check = |config: &Path| -> Result<Command, String> {
        let mut command = DENY.subcommand()?;
        // The graph has every member, with all features.
        command.args(["--all-features", "--config"]).arg(config);
        command.args(["check", "licenses", "bans", "sources"]);
        Ok(command)
    };
    let config = root().join("deny.toml");
    holds(check(&config)?)?;
    let text = fs::read_to_string(&config).map_err(|error| error.to_string())?;
    for [from, to, why] in CONTROLS {
        let folder = package("deny", &[("deny.toml", &text.replacen(from, to, 1))])?;
        refuses(check(&folder.join("deny.toml"))?, why)?;
    }
    let controls = CONTROLS.len();
    Ok(format!(
        "licenses, bans, sources; {controls} controls refused"
    ))
}
