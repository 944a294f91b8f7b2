//! Copies of the work tree.

use std::{fs, path::Path};

use crate::step::{output, program};

/// Copies all files that git does not ignore into a folder, which is emptied first. A
/// separate index leaves that of the clone unchanged.
pub(crate) fn copy(folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(failed)?;
    let prefix = format!("--prefix={}/", folder.display());
    for words in [&["add", "--all"][..], &["checkout-index", "--all", &prefix]] {
        let mut git = program("git");
        git.args(words);
        git.env("GIT_INDEX_FILE", parent.join("index"));
        output(git)?;
    }
    Ok(())
}
