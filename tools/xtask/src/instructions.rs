//! `cargo xtask instructions`: what the core's work costs in instructions, counted by
//! callgrind, beside what it cost when the baseline was committed. Unlike a time it is
//! the same on a busy machine.

use std::{collections::BTreeMap, fmt::Write, fs, path::PathBuf, process::Command};

use crate::step::{Outcome, cargo, output, root, run, works};

/// How much more is too much, in percent.
const TOLERANCE: u64 = 2;
/// Work that is counted, and the control that does it twice.
const CONTROL: (&str, &str) = ("verify", "verify twice");

type Counts = BTreeMap<String, u64>;

/// Counts and compares.
pub(crate) fn check() -> Outcome {
    compare().unwrap_or_else(Outcome::Failed)
}

/// Makes the baseline anew.
pub(crate) fn write() -> Outcome {
    let written = || {
        let counts = count()?;
        let mut page = format!("{}\n", compiler()?);
        for (name, count) in &counts {
            let _ = writeln!(page, "{count:>9} {name}");
        }
        fs::write(baseline(), page).map_err(|error| error.to_string())?;
        Ok(Outcome::Passed(format!("{} counts written", counts.len())))
    };
    written().unwrap_or_else(Outcome::Failed)
}

fn compare() -> Result<Outcome, String> {
    let mut valgrind = Command::new("valgrind");
    valgrind.arg("--version");
    if !works(valgrind) {
        return Ok(Outcome::Skipped(
            "no valgrind; apt-get install valgrind".into(),
        ));
    }
    let page = fs::read_to_string(baseline()).map_err(|error| error.to_string())?;
    let (made_with, lines) = page.split_once('\n').unwrap_or_default();
    let compiler = compiler()?;
    if made_with != compiler {
        return Ok(Outcome::Skipped(format!(
            "the baseline is of {made_with}, not of {compiler}; \
             cargo xtask instructions baseline, on the commit before, makes one"
        )));
    }
    let before: Counts = lines.lines().filter_map(line).collect();
    let now = count()?;
    let (work, control) = CONTROL;
    let twice = now.get(control).copied().unwrap_or_default();
    if !is_more(twice, before.get(work).copied().unwrap_or_default()) {
        return Ok(Outcome::Failed(format!(
            "{control} was not seen to be more than {work}"
        )));
    }
    let mut more = Vec::new();
    for (name, now) in &now {
        let before = before.get(name).copied().unwrap_or_default();
        println!("{now:>9} {name}, {before} before");
        if is_more(*now, before) {
            more.push(format!("{name}: {now}, {before} before"));
        }
    }
    if !more.is_empty() {
        return Ok(Outcome::Failed(more.join("; ")));
    }
    let counted = now.len();
    Ok(Outcome::Passed(format!(
        "{counted} counts within {TOLERANCE}% of the baseline, the control beyond"
    )))
}

/// Whether a count is beyond what is tolerated.
fn is_more(now: u64, before: u64) -> bool {
    now.saturating_mul(100) > before.saturating_mul(TOLERANCE.saturating_add(100))
}

fn baseline() -> PathBuf {
    root().join("benches/instructions.txt")
}

fn compiler() -> Result<String, String> {
    let mut rustc = Command::new("rustc");
    rustc.arg("-vV");
    let told = output(rustc)?;
    let told = |what: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(what));
        line.unwrap_or_default().trim().to_owned()
    };
    Ok(format!("rustc {} {}", told("release:"), told("host:")))
}

/// `  12345 name`
fn line(line: &str) -> Option<(String, u64)> {
    let (count, name) = line.trim().split_once(' ')?;
    Some((name.to_owned(), count.parse().ok()?))
}

/// The instructions of each piece of work.
fn count() -> Result<Counts, String> {
    let target = root().join("target/benches");
    let build = "build --quiet --release --no-default-features --bin counts --manifest-path";
    let mut command = cargo(build);
    command
        .arg("benches/Cargo.toml")
        .env("CARGO_TARGET_DIR", &target);
    run(command, |_| ())?;
    let counts = target.join("release/counts");
    let mut list = Command::new(&counts);
    list.arg("list");
    let mut counted = Counts::new();
    for name in output(list)?.lines() {
        let mut valgrind = Command::new("valgrind");
        valgrind
            .args(["--tool=callgrind", "--toggle-collect=*counts::measured*"])
            .arg("--callgrind-out-file=/dev/null")
            .arg(&counts)
            .arg(name);
        let told = valgrind.output().map_err(|error| error.to_string())?;
        let told = String::from_utf8_lossy(&told.stderr).into_owned();
        let collected = told
            .lines()
            .find_map(|line| line.split_once("Collected : "));
        let count = collected.and_then(|(_, count)| count.trim().parse().ok());
        match count {
            Some(count) if count > 0 => counted.insert(name.to_owned(), count),
            _ => return Err(format!("callgrind counted nothing of {name}: {told}")),
        };
    }
    Ok(counted)
}
