//! The version of glibc that a program needs.

use std::{fs, path::Path};

use object::{Object, ObjectSection};

/// Returns the newest version of glibc that a file asks for, or `None` if it needs none.
pub(super) fn needed(file: &Path) -> Result<Option<(u32, u32)>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let bytes = fs::read(file).map_err(|error| failed(&error))?;
    let elf = object::File::parse(bytes.as_slice()).map_err(|error| failed(&error))?;
    // Every name of a needed version is in this table.
    let Some(names) = elf.section_by_name(".dynstr") else {
        return Ok(None);
    };
    let names = names.data().map_err(|error| failed(&error))?;
    let names = names.split(|byte| *byte == 0);
    Ok(names
        .filter_map(|name| version(str::from_utf8(name).ok()?))
        .max())
}

/// Reads `GLIBC_2.28`.
fn version(name: &str) -> Option<(u32, u32)> {
    let mut figures = name.strip_prefix("GLIBC_")?.split('.');
    let major = figures.next()?.parse().ok()?;
    Some((major, figures.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        assert_eq!(version("GLIBC_2.28"), Some((2, 28)));
        assert_eq!(version("GLIBC_2.2.5"), Some((2, 2)));
        assert!(version("GLIBC_2.4") < version("GLIBC_2.28"));
        for other in ["GLIBC_PRIVATE", "GCC_3.0", "GLIBC_2"] {
            assert_eq!(version(other), None);
        }
    }

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn this_program_needs_some_glibc() {
        let here = std::env::current_exe().unwrap();
        assert!(needed(&here).unwrap() > Some((2, 1)));
    }
}
