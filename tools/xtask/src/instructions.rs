//! `cargo xtask instructions`: the instructions that the core's work takes, counted by
//! callgrind, beside a committed baseline. A busy machine does not change them.

use std::{collections::BTreeMap, fmt::Write, fs, path::PathBuf, process::Command};

use crate::{
    step::{Outcome, cargo, needs, output, output_of_both, program, root, run},
    tool::about,
};

/// The increase that is accepted, in percent.
const TOLERANCE: u64 = 2;
/// A piece of work, and the control that does it twice.
const CONTROL: (&str, &str) = ("verify", "verify twice");

type Counts = BTreeMap<String, u64>;

/// Counts and compares with the baseline.
pub(crate) fn check() -> Outcome {
    compare().into()
}

/// Writes a new baseline.
pub(crate) fn write() -> Outcome {
    let written = count().and_then(|counts| {
        let mut page = format!("{}\n", compiler()?);
        for (name, count) in &counts {
            let _ = writeln!(page, "{count:>9} {name}");
        }
        fs::write(baseline(), page).map_err(|error| error.to_string())?;
        Ok(format!("{} counts written", counts.len()))
    });
    written.into()
}

fn compare() -> Result<String, Outcome> {
    let remedy = "no valgrind; apt-get install valgrind";
    needs(program("valgrind --version"), remedy)?;
    let page = fs::read_to_string(baseline())?;
    let (made_with, lines) = page.split_once('\n').unwrap_or_default();
    let compiler = compiler()?;
    if made_with != compiler {
        return Err(Outcome::Skipped(format!(
            "the baseline is of {made_with}, not of {compiler}; run \
             `cargo xtask instructions baseline` on the commit before"
        )));
    }
    let old: Counts = lines.lines().filter_map(line).collect();
    let old = |name: &str| old.get(name).copied().unwrap_or_default();
    let counts = count()?;
    let (work, control) = CONTROL;
    if !is_more(counts.get(control).copied().unwrap_or_default(), old(work)) {
        return Err(format!("{control} does not take more instructions than {work}").into());
    }
    let mut more = Vec::new();
    for (name, new) in &counts {
        let line = format!("{new:>9} {name}, {} before", old(name));
        println!("{line}");
        if is_more(*new, old(name)) {
            more.push(line);
        }
    }
    if !more.is_empty() {
        return Err(more.join("; ").into());
    }
    Ok(format!(
        "{} counts within {TOLERANCE}% of the baseline, the control beyond",
        counts.len()
    ))
}

fn is_more(new: u64, old: u64) -> bool {
    new.saturating_mul(100) > old.saturating_mul(TOLERANCE.saturating_add(100))
}

fn baseline() -> PathBuf {
    root().join("benches/instructions.txt")
}

fn compiler() -> Result<String, String> {
    let rustc = || Command::new("rustc");
    let (release, host) = (about(rustc(), "release: ")?, about(rustc(), "host: ")?);
    Ok(format!("rustc {release} {host}"))
}

/// Reads `  12345 name`.
fn line(line: &str) -> Option<(String, u64)> {
    let (count, name) = line.trim().split_once(' ')?;
    Some((name.to_owned(), count.parse().ok()?))
}

/// Counts the instructions of each piece of work.
fn count() -> Result<Counts, String> {
    let target = root().join("target/benches");
    let mut build = cargo("build --quiet --release --no-default-features --bin counts");
    build.args(["--manifest-path", "benches/Cargo.toml"]);
    build.env("CARGO_TARGET_DIR", &target);
    run(build, |_| ())?;
    let counts = target.join("release/counts");
    let mut list = Command::new(&counts);
    list.arg("list");
    let mut counted = Counts::new();
    for name in output(list)?.lines() {
        let mut callgrind = program("valgrind --tool=callgrind");
        callgrind.args([
            "--toggle-collect=*counts::measured*",
            "--callgrind-out-file=/dev/null",
        ]);
        callgrind.arg(&counts).arg(name);
        let said = output_of_both(callgrind)?;
        let collected = said.split_once("Collected : ").unwrap_or_default().1;
        match collected
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .parse()
        {
            Ok(count @ 1..) => counted.insert(name.to_owned(), count),
            _ => return Err(format!("callgrind did not count {name}: {said}")),
        };
    }
    Ok(counted)
}
