//! Known advisories, which cargo-audit looks up for every lock file of the repository.

use std::{
    env, fs, io,
    path::{self, Path},
    process::Command,
};

use crate::{
    control::{holds, package},
    python::target,
    step::{Outcome, cargo, output, output_of_both, program},
    tool::Tool,
};

const AUDIT: Tool = Tool("cargo-audit", "0.22.2");

/// The environment variable with the folder of a copy of the database of rustsec.org, if the
/// machine cannot fetch it.
const VARIABLE: &str = "STOPGAP_ADVISORIES";

/// A lock file with a vulnerable crate and an unsound one, both known since 2020.
const CONTROL: &str = include_str!("../../controls/advisories.lock");
/// The words with which cargo-audit refuses the control: both advisories, and the count
/// of the warnings that are denied.
const REFUSED: [&str; 3] = ["RUSTSEC-2020-0071", "RUSTSEC-2019-0036", "1 denied warning"];

/// Checks every lock file. Vulnerable, unsound and yanked crates are refused;
/// unmaintained ones are only shown and counted.
pub(super) fn check() -> Result<String, Outcome> {
    let given = env::var_os(VARIABLE).map(path::absolute).transpose()?;
    let fetched = target().join("advisories");
    let database = given.as_ref().unwrap_or(&fetched);
    let audit = |lock: &Path| -> Result<Command, String> {
        let mut command = AUDIT.subcommand()?;
        command.args(["--deny", "unsound", "--deny", "yanked"]);
        command.arg("--file").arg(lock).arg("--db").arg(database);
        if given.is_some() {
            command.args(["--no-fetch", "--stale"]);
        }
        Ok(command)
    };
    let control = package("advisories", &[("Cargo.lock", CONTROL)])?.join("Cargo.lock");
    match output_of_both(audit(&control).map_err(Outcome::Skipped)?) {
        Err(said) if REFUSED.iter().all(|words| said.contains(words)) => {}
        Err(said) if said.contains("couldn't fetch advisory database") => {
            println!("{said}");
            return Err(Outcome::Skipped(format!(
                "cannot fetch the advisory database: set {VARIABLE} to a folder that has it"
            )));
        }
        Ok(said) | Err(said) => Err(format!("the control is not refused:\n{said}"))?,
    }
    let files = program("git ls-files --cached --others --exclude-standard *Cargo.lock");
    let (mut locks, mut said) = (0_u32, String::new());
    for lock in output(files)?.lines().map(Path::new) {
        // cargo-audit reads from cargo's index which crates are yanked.
        let mut refresh = cargo("update --dry-run --quiet --manifest-path");
        refresh.arg(lock.with_extension("toml"));
        if let Err(why) = holds(refresh) {
            println!("{why}");
        }
        said.push_str(&output_of_both(audit(lock)?)?);
        locks = locks.saturating_add(1);
    }
    println!("{said}");
    let crates: u32 = numbers(&said, " crate dependencies").sum();
    if crates == 0 {
        return Err("no lock file has a dependency".to_owned().into());
    }
    Ok(format!(
        "{crates} crates of {locks} lock files, {} allowed warnings, {} crates not checked for \
         being yanked; {} advisories, the newest of {}; a vulnerable and an unsound crate \
         are refused",
        numbers(&said, " allowed warning").sum::<u32>(),
        said.matches("couldn't check if the package is yanked")
            .count(),
        numbers(&said, " security advisories")
            .max()
            .unwrap_or_default(),
        newest(database)?,
    ))
}

/// Returns the number before some words, of each line that has them.
fn numbers(said: &str, words: &str) -> impl Iterator<Item = u32> {
    said.lines().filter_map(move |line| {
        let (before, _) = line.split_once(words)?;
        let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    })
}

/// Returns the date of a database's newest advisory.
fn newest(database: &Path) -> io::Result<String> {
    let mut newest = String::new();
    for package in fs::read_dir(database.join("crates"))? {
        for advisory in fs::read_dir(package?.path())? {
            let text = fs::read_to_string(advisory?.path())?;
            let date = text.lines().find_map(|line| line.strip_prefix("date = "));
            newest = newest.max(date.unwrap_or_default().trim_matches('"').to_owned());
        }
    }
    Ok(newest)
}
