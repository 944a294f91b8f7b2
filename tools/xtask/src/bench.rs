//! `cargo xtask bench`: the core beside the floor and beside its peers, in one run.

use std::{fs, path::PathBuf, process::Command};

use crate::step::{Outcome, cargo, output, root, run, works};

/// How cost grows: where criterion has the plot, and what it is called in the documents.
const PLOTS: [(&str, &str); 4] = [
    ("growth_ locate by enrolments", "locate-by-enrolments"),
    ("growth_ redeem by window", "redeem-by-window"),
    ("growth_ verify by keys in the ring", "verify-by-keys"),
    ("growth_ verify by threads", "verify-by-threads"),
];

/// The table in docs/PERFORMANCE.md stands between these.
const BEGIN: &str = "<!-- begin of the table -->\n";
const END: &str = "<!-- end of the table -->";

/// Measures all and prints the table. With `write` it goes into docs/PERFORMANCE.md, and
/// the plots beside it; other words choose what is measured, as for `cargo bench`, and
/// the table has the rest as it was measured before.
pub(crate) fn measure(words: &[&str]) -> Outcome {
    let mut pkg_config = Command::new("pkg-config");
    pkg_config.args(["--exists", "liboath"]);
    if !works(pkg_config) {
        return Outcome::Skipped(
            "no liboath, a peer; apt-get install liboath-dev pkg-config".into(),
        );
    }
    let (write, chosen) = match words {
        ["write", chosen @ ..] => (true, chosen),
        chosen => (false, chosen),
    };
    let measured = || {
        let mut bench = benches("bench --manifest-path benches/Cargo.toml --bench core --");
        bench.args(chosen);
        run(bench, |_| ())?;
        let mut report = benches("run --quiet --release --manifest-path benches/Cargo.toml");
        report.args(["--bin", "report", "--"]).arg(criterion());
        let table = output(report)?;
        println!("{table}");
        if write {
            keep(&table)?;
        }
        let count = |word: &str| table.matches(word).count();
        let (holds, missed) = (count("| holds |"), count("| **missed** |"));
        // A time is no reason to fail: these machines are shared.
        match holds.saturating_add(missed) {
            0 => Err("nothing was compared".into()),
            bounds => Ok(Outcome::Passed(format!("{holds} of {bounds} bounds hold"))),
        }
    };
    measured().unwrap_or_else(Outcome::Failed)
}

fn target() -> PathBuf {
    root().join("target/benches")
}

fn criterion() -> PathBuf {
    target().join("criterion")
}

fn benches(arguments: &str) -> Command {
    let mut command = cargo(arguments);
    command.env("CARGO_TARGET_DIR", target());
    command
}

/// Puts the table and the plots into the documents.
fn keep(table: &str) -> Result<(), String> {
    let write = || {
        let page = root().join("docs/PERFORMANCE.md");
        let text = fs::read_to_string(&page)?;
        let (before, rest) = text.split_once(BEGIN).unwrap_or((&text, END));
        let (_, after) = rest.split_once(END).unwrap_or_default();
        fs::write(&page, format!("{before}{BEGIN}{table}{END}{after}"))?;
        fs::create_dir_all(root().join("docs/plots"))?;
        for (measured, name) in PLOTS {
            let plot = criterion().join(measured).join("report/lines.svg");
            fs::copy(plot, root().join(format!("docs/plots/{name}.svg")))?;
        }
        Ok(())
    };
    write().map_err(|error: std::io::Error| error.to_string())
}
