//! `cargo xtask bench registry | postgres`: the registry on SQLite or PostgreSQL beside the
//! bare statements that it needs.

use super::slow_disk::{MICROSECONDS, SlowDisk};
use crate::step::{Outcome, cargo, run};

/// The start of the line that ends with the time of a commit.
const DISK: &str = "disk: ";

/// Measures some parts, or all. The first word may be `slow`: then the disk is slow to
/// commit.
pub(super) fn measure(bench: &str, words: &[&str]) -> Result<String, Outcome> {
    let (is_slow, parts) = match words {
        ["slow", parts @ ..] => (true, parts),
        parts => (false, parts),
    };
    let mut command = cargo("bench --package stopgap-registry --bench");
    command.arg(bench);
    let disk = if is_slow {
        Some(SlowDisk::build()?)
    } else {
        None
    };
    if let Some(disk) = &disk {
        command.arg(disk.option());
    }
    command.arg("--").args(parts);
    let mut measured = Measured::default();
    run(command, |line| measured.read(line))?;
    if is_slow {
        measured.is_slow()?;
    }
    Ok(measured.summary())
}

/// The lines of a bench.
#[derive(Debug, Default)]
struct Measured {
    holds: u32,
    missed: u32,
    /// The microseconds of a commit.
    commit: Option<u32>,
}

impl Measured {
    fn read(&mut self, line: &str) {
        if line.ends_with("  ok") {
            self.holds = self.holds.saturating_add(1);
        } else if line.ends_with("  MISSED") {
            self.missed = self.missed.saturating_add(1);
        } else if let Some(disk) = line.strip_prefix(DISK) {
            let last = disk.split_whitespace().last();
            self.commit = last.and_then(|time| time.parse().ok());
        }
    }

    /// Fails if a commit took less time than on the slow disk: then the library was not
    /// loaded.
    fn is_slow(&self) -> Result<(), String> {
        match self.commit {
            Some(commit) if commit >= MICROSECONDS => Ok(()),
            Some(commit) => Err(format!("the disk was not slow: a commit took {commit} us")),
            None => Err("the bench did not measure the disk".to_owned()),
        }
    }

    /// Returns the number of targets that hold. A missed target is not a failure: other
    /// programs may slow down the machine.
    fn summary(&self) -> String {
        let targets = self.holds.saturating_add(self.missed);
        format!("{} of {targets} targets hold", self.holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(lines: &[&str]) -> Measured {
        let mut measured = Measured::default();
        for line in lines {
            measured.read(line);
        }
        measured
    }

    #[test]
    fn targets_are_counted() {
        let measured = measured(&[
            "of 10000 / Update            900       1000   0.90  >= 0.80  ok",
            "of 20000 / Update            700       1000   0.70  >= 0.80  MISSED",
            "  99 of 100, us               12         10   1.20  -",
        ]);
        assert_eq!(measured.summary(), "1 of 2 targets hold");
    }

    #[test]
    fn a_disk_that_is_not_slow_is_noticed() {
        let with = |time| measured(&[&format!("disk: a write and its fsync, us   {time}")]);
        assert_eq!(with("2104").is_slow(), Ok(()));
        assert!(with("1999").is_slow().is_err());
        assert!(
            measured(&["verify, 1 connections  2104"])
                .is_slow()
                .is_err()
        );
    }
}
