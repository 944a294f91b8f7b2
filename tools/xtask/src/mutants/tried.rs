//! The outcomes of mutants, read from the files of cargo-mutants.

use std::{fs, path::Path, process::Command};

use crate::server;

pub(super) const CAUGHT: &str = "caught";
pub(super) const MISSED: &str = "missed";
pub(super) const TIMEOUT: &str = "timeout";
const UNVIABLE: &str = "unviable";

/// Mutants, each with its outcome and its name.
pub(super) struct Tried(Vec<(&'static str, String)>);

impl Tried {
    /// Runs cargo-mutants, which writes into this folder.
    pub(super) fn by(mut command: Command, place: &Path) -> Result<Self, String> {
        println!("{command:?}");
        // This adds a password, which must not be printed.
        server::tell(&mut command);
        let status = command.status().map_err(|error| error.to_string())?;
        // 2 is for missed mutants, 3 for timeouts.
        if !matches!(status.code(), Some(0 | 2 | 3)) {
            return Err(format!("cargo-mutants: {status}"));
        }
        let mut tried = Vec::new();
        for outcome in [CAUGHT, MISSED, TIMEOUT, UNVIABLE] {
            let file = place.join("mutants.out").join(format!("{outcome}.txt"));
            let names = fs::read_to_string(&file)
                .map_err(|error| format!("{}: {error}", file.display()))?;
            tried.extend(names.lines().map(|name| (outcome, name.to_owned())));
        }
        Ok(Self(tried))
    }

    /// The names of the mutants with this outcome.
    pub(super) fn of(&self, outcome: &str) -> impl Iterator<Item = &str> {
        let with = self.0.iter().filter(move |(is, _)| *is == outcome);
        with.map(|(_, name)| name.as_str())
    }

    /// Replaces the outcomes of these mutants by those of another run, which may have
    /// tried more.
    pub(super) fn replace(&mut self, names: &[String], other: Self) {
        self.0.retain(|(_, name)| !names.contains(name));
        let others = other.0.into_iter();
        self.0
            .extend(others.filter(|(_, name)| names.contains(name)));
    }

    /// A line for each mutant that no test saw.
    pub(super) fn unseen(&self) -> String {
        let missed = self.of(MISSED).map(|name| format!("missed   {name}\n"));
        let timeout = self.of(TIMEOUT).map(|name| format!("timeout  {name}\n"));
        missed.chain(timeout).collect()
    }

    pub(super) fn figures(&self) -> String {
        format!(
            "{} caught, {} missed, {} timeouts, {} do not compile",
            self.of(CAUGHT).count(),
            self.of(MISSED).count(),
            self.of(TIMEOUT).count(),
            self.of(UNVIABLE).count()
        )
    }

    /// Fails unless tests caught at least this percentage. A timeout does not count as
    /// caught.
    pub(super) fn judged(&self, least: usize, control: &str) -> Result<String, String> {
        let figures = format!("{} (control: {control})", self.figures());
        let caught = self.of(CAUGHT).count();
        let all = self.0.len().saturating_sub(self.of(UNVIABLE).count());
        if all > 0 && caught.saturating_mul(100) >= all.saturating_mul(least) {
            Ok(figures)
        } else {
            Err(format!("{figures}; {least} % must be caught"))
        }
    }
}
