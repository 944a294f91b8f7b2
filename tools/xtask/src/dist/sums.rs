//! The checksums of all files of a release, as `sha256sum --check` reads them.

use std::{fmt::Write as _, fs, io, path::Path};

use sha2::{Digest, Sha256};

const FILE: &str = "SHA256SUMS";

/// Writes the checksums of the files in a folder. Returns their number.
pub(super) fn write(folder: &Path) -> Result<String, String> {
    let failed = |error: io::Error| format!("{}: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        names.extend(name.into_string().ok().filter(|name| name != FILE));
    }
    names.sort();
    let mut text = String::new();
    for name in &names {
        let bytes = fs::read(folder.join(name)).map_err(failed)?;
        let sum = base16ct::lower::encode_string(&Sha256::digest(bytes));
        writeln!(text, "{sum}  {name}").map_err(|error| error.to_string())?;
    }
    fs::write(folder.join(FILE), text).map_err(failed)?;
    Ok(format!("{} files", names.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::target;

    #[test]
    fn sums_are_those_of_the_files() {
        let folder = target().join("sums-tests");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in [("b", "abc"), ("a", "")] {
            fs::write(folder.join(name), text).unwrap();
        }
        for _ in 0..2 {
            assert_eq!(write(&folder).unwrap(), "2 files");
        }
        let sums = fs::read_to_string(folder.join(FILE)).unwrap();
        assert_eq!(
            sums,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n\
             ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b\n"
        );
    }
}
