//! The list of crates inside a program, which `cargo audit bin` reads.

use std::path::Path;

use crate::{step::output, tool::Tool};

const INFO: Tool = Tool("rust-audit-info", "0.5.4");

/// Returns the number of crates that a program names. Fails unless this crate is the root.
pub(super) fn crates(file: &Path, root: &str) -> Result<usize, String> {
    let mut command = INFO.program(&[])?;
    let told = output({
        command.arg(file);
        command
    })?;
    let list: serde_json::Value = serde_json::from_str(&told).map_err(|error| error.to_string())?;
    let packages = list
        .get("packages")
        .and_then(|packages| packages.as_array());
    let packages = packages.ok_or("rust-audit-info names no crates")?;
    let is_root = |package: &&serde_json::Value| {
        package.get("root") == Some(&true.into()) && package.get("name") == Some(&root.into())
    };
    if !packages.iter().any(|package| is_root(&package)) {
        return Err(format!("{} is not of {root}: {told}", file.display()));
    }
    Ok(packages.len())
}
