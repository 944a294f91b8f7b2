//! The source files of a crate.

use std::{collections::BTreeMap, fs, path::Path};

/// The Rust files of a crate, by their paths below its `src`.
pub(crate) type Sources = BTreeMap<String, String>;

/// Reads all Rust files below a folder.
pub(crate) fn read(folder: &Path) -> Result<Sources, String> {
    let mut sources = Sources::new();
    gather(folder, "", &mut sources)?;
    Ok(sources)
}

fn gather(folder: &Path, below: &str, sources: &mut Sources) -> Result<(), String> {
    let cannot_read = |error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(cannot_read)? {
        let path = entry.map_err(cannot_read)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            gather(&path, &format!("{below}{name}/"), sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).map_err(cannot_read)?;
            sources.insert(format!("{below}{name}"), text);
        }
    }
    Ok(())
}
