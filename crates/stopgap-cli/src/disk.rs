//! The disk of a store: its room, and the times of the files.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

use crate::show::Screen;

/// The bytes that should be free: SQLite's log alone may take some 16 MiB.
const FREE: u64 = 64 * 1_024 * 1_024;

/// The seconds by which a file may be later than the clock.
const LATE_SECONDS: i64 = 120;

/// Returns a fault if the disk of the first file is almost full.
pub(crate) fn faults(files: &[PathBuf]) -> Vec<String> {
    let free = files.first().and_then(free);
    match free {
        Some(free) if free < FREE => {
            let free = indicatif::HumanBytes(free);
            vec![format!(
                "only {free} are free on the disk of the store: make room"
            )]
        }
        _ => Vec::new(),
    }
}

/// Returns the bytes that are free on the disk of a file, if that can be known.
#[cfg(unix)]
fn free(file: &PathBuf) -> Option<u64> {
    let disk = rustix::fs::statvfs(file).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free(_: &PathBuf) -> Option<u64> {
    None
}

/// Returns a fault for each file that was changed later than the clock shows.
pub(crate) fn late(files: &[PathBuf], screen: &Screen) -> Vec<String> {
    let tolerance = TimeDelta::try_seconds(LATE_SECONDS).unwrap_or_default();
    let mut faults = Vec::new();
    for file in files {
        let changed = file.metadata().and_then(|about| about.modified());
        let Ok(changed) = changed.map(DateTime::<Utc>::from) else {
            continue;
        };
        if changed.signed_duration_since(screen.now) > tolerance {
            let (changed, now) = (screen.clock(changed), screen.clock(screen.now));
            faults.push(format!(
                "{} was changed at {changed}, and this machine's clock shows {now}: set the clock \
                right",
                file.display()
            ));
        }
    }
    faults
}
