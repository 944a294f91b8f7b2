//! `cargo xtask bench`: measures the core beside its lower bounds and its peers, or the
//! registry beside bare statements.

mod load;
mod slow_disk;
mod startup;
mod store;

use std::{fs, io, path::PathBuf, process::Command};

use crate::step::{Outcome, cargo, output, root, run};

/// Plots of growing cost: the folder of criterion, and the name in the documents.
const PLOTS: [(&str, &str); 4] = [
    ("growth_ locate by enrolments", "locate-by-enrolments"),
    ("growth_ redeem by window", "redeem-by-window"),
    ("growth_ verify by keys in the ring", "verify-by-keys"),
    ("growth_ verify by threads", "verify-by-threads"),
];

/// The table in docs/PERFORMANCE.md is between these lines.
const BEGIN: &str = "<!-- begin of the table -->\n";
const END: &str = "<!-- end of the table -->";

/// Measures and prints the table. `registry` and `postgres` measure the registry, `command`
/// the start of the command, `load` the opening of the C library. `write` puts the table and
/// the plots of the core into the documents. Other words filter, as for `cargo bench`; the
/// table keeps older figures of the rest.
pub(crate) fn measure(words: &[&str]) -> Outcome {
    match words {
        [bench @ ("registry" | "postgres"), words @ ..] => store::measure(bench, words).into(),
        ["command"] => startup::measure().into(),
        ["load"] => load::measure().into(),
        words => measured(words).into(),
    }
}

fn measured(words: &[&str]) -> Result<String, Outcome> {
    let (write, filter) = match words {
        ["write", filter @ ..] => (true, filter),
        filter => (false, filter),
    };
    let mut bench = benches("bench --manifest-path benches/Cargo.toml --bench core --");
    bench.args(filter);
    run(bench, |_| ())?;
    let report = "run --quiet --release --manifest-path benches/Cargo.toml --bin report --";
    let mut report = benches(report);
    report.arg(target().join("criterion"));
    let table = output(report)?;
    println!("{table}");
    if write {
        publish(&table)?;
    }
    let count = |word: &str| table.matches(word).count();
    let (holds, missed) = (count("| holds |"), count("| **missed** |"));
    // A missed bound is not a failure: other programs may slow down the machine.
    match holds.saturating_add(missed) {
        0 => Err("nothing was compared".to_owned().into()),
        bounds => Ok(format!("{holds} of {bounds} bounds hold")),
    }
}

fn target() -> PathBuf {
    root().join("target/benches")
}

fn benches(arguments: &str) -> Command {
    let mut command = cargo(arguments);
    command.env("CARGO_TARGET_DIR", target());
    command
}

/// Puts the table and the plots into the documents.
fn publish(table: &str) -> io::Result<()> {
    let docs = root().join("docs");
    let page = docs.join("PERFORMANCE.md");
    let text = fs::read_to_string(&page)?;
    let (before, rest) = text.split_once(BEGIN).unwrap_or((&text, END));
    let (_, after) = rest.split_once(END).unwrap_or_default();
    fs::write(&page, format!("{before}{BEGIN}{table}{END}{after}"))?;
    fs::create_dir_all(docs.join("plots"))?;
    for (measured, name) in PLOTS {
        let plot = target().join("criterion").join(measured);
        let published = docs.join("plots").join(format!("{name}.svg"));
        fs::copy(plot.join("report/lines.svg"), published)?;
    }
    Ok(())
}
