//! `cargo xtask bench`: the core beside the floor and beside its peers, in one run.

use std::{fs, process::Command};

use crate::step::{Outcome, cargo, output, root, run, works};

/// Measures all, prints the table, and writes it and the plots where
/// docs/PERFORMANCE.md takes them from.
pub(crate) fn measure() -> Outcome {
    let mut pkg_config = Command::new("pkg-config");
    pkg_config.args(["--exists", "liboath"]);
    if !works(pkg_config) {
        return Outcome::Skipped(
            "no liboath, a peer; apt-get install liboath-dev pkg-config".into(),
        );
    }
    table().unwrap_or_else(Outcome::Failed)
}

fn table() -> Result<Outcome, String> {
    let target = root().join("target/benches");
    let benches = |arguments: &str| {
        let mut command = cargo(arguments);
        command.env("CARGO_TARGET_DIR", &target);
        command
    };
    run(
        benches("bench --manifest-path benches/Cargo.toml --bench core"),
        |_| (),
    )?;
    let mut report =
        benches("run --quiet --release --manifest-path benches/Cargo.toml --bin report --");
    report.arg(target.join("criterion"));
    let table = output(report)?;
    println!("{table}");
    let file = target.join("table.md");
    fs::write(&file, &table).map_err(|error| error.to_string())?;
    let count = |word: &str| table.matches(word).count();
    let (holds, missed) = (count("| holds |"), count("| **missed** |"));
    let figures = format!(
        "{holds} of {} bounds hold; the table is in {}",
        holds.saturating_add(missed),
        file.display()
    );
    // A time is no reason to fail: these machines are shared.
    if holds == 0 {
        return Err(figures);
    }
    Ok(Outcome::Passed(figures))
}
