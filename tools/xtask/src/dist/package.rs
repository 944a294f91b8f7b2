//! The crates of a release, and copies of their files.

use std::{fs, path::Path};

use super::release::Release;

/// Copies a file with its permissions.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |error| format!("{} to {}: {error}", from.display(), to.display());
    fs::create_dir_all(to.parent().unwrap_or(to)).map_err(failed)?;
    fs::copy(from, to).map(drop).map_err(failed)
}

/// Returns the crates that a release contains: the library, and perhaps the command.
pub(super) fn packages(release: &Release) -> &'static [(&'static str, &'static str)] {
    const BOTH: [(&str, &str); 2] = [
        ("libstopgap", "bindings/c/Cargo.toml"),
        ("stopgap", "crates/stopgap-cli/Cargo.toml"),
    ];
    if release.has_command {
        &BOTH
    } else {
        &BOTH[..1]
    }
}
