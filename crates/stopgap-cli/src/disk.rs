//! The disk of a store: its room, and the times of the files.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

use crate::show::Screen;

/// The bytes that should be free: SQLite's log alone may take some 16 MiB.
const FREE: u64 = 64 * 1_024 * 1_024;

/// The seconds by which a file may be later than the clock.
const LATE_SECONDS: i64 = 120;

/// Returns a fault if the disk of the first file is almost full, or cannot be asked.
pub(crate) fn faults(files: &[PathBuf]) -> Vec<String> {
    let Some(file) = files.first() else {
        return Vec::new();
    };
    match fs4::available_space(file) {
        Ok(free) if free < FREE => {
            let free = indicatif::HumanBytes(free);
            vec![format!(
                "only {free} are free on the disk of the store: make room"
            )]
        }
        Ok(_) => Vec::new(),
        Err(error) => vec![format!(
            "cannot read the free space of the disk of {}: {error}",
            file.display()
        )],
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_tells_the_free_space() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let free = fs4::available_space(file.path()).unwrap();
        let faults = faults(&[file.path().to_owned()]);
        assert_eq!(faults.is_empty(), free >= FREE, "{free}: {faults:?}");
    }

    #[test]
    fn a_disk_that_cannot_be_asked_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let faults = faults(&[folder.path().join("none/stopgap.db")]);
        let [fault] = &faults[..] else {
            panic!("{faults:?}");
        };
        assert!(fault.starts_with("cannot read the free space"), "{fault}");
    }
}
