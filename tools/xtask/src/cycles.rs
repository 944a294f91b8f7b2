//! Import cycles: no file imports itself through other files of its crate.

mod modules;
mod scope;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

use self::modules::{Arrows, arrows};
use crate::{
    sources::{self, Sources},
    step::{Outcome, root},
};

/// The fewest files of the workspace, so that a run that reads no files fails.
const FEWEST_FILES: usize = 200;

/// Fails on a cycle, and names its files and the imports that close it.
pub(crate) fn check() -> Outcome {
    match control().and_then(|()| workspace()) {
        Ok((files, cycles)) if cycles.is_empty() && files >= FEWEST_FILES => {
            Outcome::Passed(format!("none in {files} files"))
        }
        Ok((files, cycles)) if cycles.is_empty() => {
            Outcome::Failed(format!("read {files} files only"))
        }
        Ok((_, cycles)) => Outcome::Failed(cycles),
        Err(error) => Outcome::Failed(error),
    }
}

/// Returns the number of files, and a description of all cycles.
fn workspace() -> Result<(usize, String), String> {
    let (mut files, mut described) = (0_usize, String::new());
    for folder in crates().map_err(|error| error.to_string())? {
        let place = folder.strip_prefix(root()).unwrap_or(&folder);
        let describe = |error: String| format!("{}: {error}", place.display());
        let sources = sources::read(&folder).map_err(describe)?;
        let arrows = arrows(&sources).map_err(describe)?;
        files = files.saturating_add(arrows.len());
        for cycle in cycles(&arrows) {
            described.push_str(&description(place, &cycle, &arrows));
        }
    }
    Ok((files, described))
}

/// Returns the source folders of the workspace's crates.
fn crates() -> io::Result<Vec<PathBuf>> {
    let mut folders = vec![root().join("fuzz")];
    for group in ["bindings", "crates", "tools"] {
        for entry in fs::read_dir(root().join(group))? {
            folders.push(entry?.path());
        }
    }
    let mut sources: Vec<_> = folders.iter().map(|folder| folder.join("src")).collect();
    sources.retain(|folder| folder.is_dir());
    sources.sort();
    Ok(sources)
}

/// Returns the cycles: sets of files that all import each other, directly or not.
fn cycles(arrows: &Arrows) -> BTreeSet<BTreeSet<&str>> {
    let below: BTreeMap<&str, BTreeSet<&str>> = arrows
        .keys()
        .map(|file| (file.as_str(), reached_from(file, arrows)))
        .collect();
    let mut cycles = BTreeSet::new();
    for (file, reached) in &below {
        let returns = |other: &&str| below.get(other).is_some_and(|files| files.contains(file));
        let cycle: BTreeSet<&str> = reached.iter().copied().filter(returns).collect();
        if !cycle.is_empty() {
            cycles.insert(cycle);
        }
    }
    cycles
}

fn reached_from<'a>(file: &str, arrows: &'a Arrows) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next = vec![file];
    while let Some(file) = next.pop() {
        for to in arrows.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(to.as_str()) {
                next.push(to);
            }
        }
    }
    reached
}

/// Returns a line for each arrow of a cycle.
fn description(place: &Path, cycle: &BTreeSet<&str>, arrows: &Arrows) -> String {
    let place = place.display();
    let mut lines = format!("\na cycle of {} files in {place}:\n", cycle.len());
    for from in cycle {
        for (to, names) in arrows.get(*from).into_iter().flatten() {
            if cycle.contains(to.as_str()) {
                let names = names.iter().map(String::as_str).collect::<Vec<_>>();
                let _ = writeln!(lines, "  {from} -> {to}: {}", names.join(", "));
            }
        }
    }
    lines
}

/// A crate of three files that import each other: by a renamed name, by a path in code,
/// and by a name that the root re-exports.
const CYCLE: [(&str, &str); 4] = [
    ("lib.rs", "mod one; mod two; mod three; pub use one::One;"),
    (
        "one.rs",
        "use crate::{two::{Two as Other}}; pub struct One(Other);",
    ),
    (
        "two.rs",
        "pub struct Two; fn make() { super::three::make() }",
    ),
    (
        "three.rs",
        "pub fn make() { let _: Option<crate::One> = None; }",
    ),
];

/// The last file without the cycle. An import in a test makes no cycle.
const NO_CYCLE: (&str, &str) = (
    "three.rs",
    "pub fn make() {} #[cfg(test)] mod tests { use crate::One; }",
);

/// Checks that the cycle of a made-up crate is found, and that none is found in a crate
/// without one.
fn control() -> Result<(), String> {
    let sources = |files: &[(&str, &str)]| -> Sources {
        let owned = |(file, source): &(&str, &str)| ((*file).into(), (*source).into());
        files.iter().map(owned).collect()
    };
    let mut control = sources(&CYCLE);
    let found = arrows(&control)?;
    let expected = BTreeSet::from([BTreeSet::from(["one.rs", "three.rs", "two.rs"])]);
    if cycles(&found) != expected {
        return Err(format!("the cycle of the control was not found: {found:?}"));
    }
    control.extend(sources(&[NO_CYCLE]));
    let found = arrows(&control)?;
    if cycles(&found).is_empty() {
        Ok(())
    } else {
        Err(format!("a control without a cycle has one: {found:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_control_holds() {
        assert_eq!(control(), Ok(()));
    }

    #[test]
    fn the_workspace_has_no_cycle() {
        let (files, cycles) = workspace().unwrap_or_default();
        assert!(files >= FEWEST_FILES, "{files}");
        assert_eq!(cycles, "");
    }
}
