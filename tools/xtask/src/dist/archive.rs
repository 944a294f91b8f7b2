//! Archives that have the same bytes for the same files: sorted, of no user, of one time.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, GzBuilder, read::GzDecoder, write::GzEncoder};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

/// A file or a link below the folder of an archive.
#[derive(Debug)]
struct Entry {
    /// The path with `/` between its parts.
    name: String,
    path: PathBuf,
    /// The target of a link.
    link: Option<PathBuf>,
}

impl Entry {
    /// `0o755` for programs and shared libraries.
    fn mode(&self) -> u32 {
        let name = self.name.as_str();
        let runs = ["bin/", ".so."].iter().any(|part| name.contains(part));
        let is_dylib = Path::new(name)
            .extension()
            .is_some_and(|ending| ending == "dylib");
        if runs || is_dylib { 0o755 } else { 0o644 }
    }
}

/// Writes a `.tar.gz` of a folder, whose own name comes first in each path.
pub(super) fn tar(folder: &Path, to: &Path, epoch: u64) -> io::Result<()> {
    let file = BufWriter::new(File::create(to)?);
    // The header of gzip has neither a name nor a time.
    let gzip: GzEncoder<_> = GzBuilder::new().write(file, Compression::best());
    let mut tar = tar::Builder::new(gzip);
    for entry in entries(folder)? {
        let mut header = tar::Header::new_gnu();
        header.set_mtime(epoch);
        header.set_uid(0);
        header.set_gid(0);
        if let Some(link) = &entry.link {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_mode(0o777);
            header.set_size(0);
            tar.append_link(&mut header, &entry.name, link)?;
        } else {
            let bytes = fs::read(&entry.path)?;
            header.set_mode(entry.mode());
            header.set_size(bytes.len() as u64);
            tar.append_data(&mut header, &entry.name, bytes.as_slice())?;
        }
    }
    tar.into_inner()?.finish()?.flush()
}

/// Writes a `.zip` of a folder, whose own name comes first in each path.
pub(super) fn zip(folder: &Path, to: &Path) -> io::Result<()> {
    let mut zip = ZipWriter::new(BufWriter::new(File::create(to)?));
    for entry in entries(folder)? {
        // Files have the oldest time that the format knows.
        let options = SimpleFileOptions::DEFAULT
            .last_modified_time(zip::DateTime::DEFAULT)
            .unix_permissions(entry.mode());
        zip.start_file(&entry.name, options)?;
        zip.write_all(&fs::read(&entry.path)?)?;
    }
    zip.finish()?.flush()
}

/// Unpacks an archive into a folder.
pub(super) fn unpack(archive: &Path, to: &Path) -> io::Result<()> {
    let file = File::open(archive)?;
    if archive.extension().is_some_and(|ending| ending == "zip") {
        ZipArchive::new(file)?.extract(to)?;
        Ok(())
    } else {
        tar::Archive::new(GzDecoder::new(file)).unpack(to)
    }
}

/// Returns the paths of all files and links below a folder, relative to it and sorted.
pub(super) fn files(folder: &Path) -> io::Result<Vec<String>> {
    let names = entries(folder)?.into_iter().filter_map(|entry| {
        let (_, below) = entry.name.split_once('/')?;
        Some(below.to_owned())
    });
    Ok(names.collect())
}

/// Returns the files below a folder, sorted by their names.
fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut entries = Vec::new();
    gather(folder, &name, &mut entries)?;
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

fn gather(folder: &Path, below: &str, entries: &mut Vec<Entry>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = format!("{below}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            gather(&path, &name, entries)?;
        } else {
            let link = fs::read_link(&path).ok();
            entries.push(Entry { name, path, link });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::target;

    /// Writes files in this order, and returns the bytes of both archives.
    fn packed(name: &str, files: &[&str]) -> [Vec<u8>; 2] {
        let place = target().join("archive-tests").join(name);
        let _ = fs::remove_dir_all(&place);
        let folder = place.join("stopgap");
        for file in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("b", folder.join("link")).unwrap();
        tar(&folder, &place.join("tar"), 7).unwrap();
        let _ = fs::remove_file(folder.join("link"));
        zip(&folder, &place.join("zip")).unwrap();
        unpack(&place.join("tar"), &place.join("unpacked")).unwrap();
        assert_eq!(
            self::files(&place.join("unpacked/stopgap")).unwrap().len(),
            4
        );
        ["tar", "zip"].map(|file| fs::read(place.join(file)).unwrap())
    }

    #[test]
    fn the_same_files_are_the_same_bytes() {
        let one = packed("one", &["bin/a", "b", "lib/c.so.1"]);
        let two = packed("two", &["lib/c.so.1", "b", "bin/a"]);
        assert!(one == two);
        assert!(packed("three", &["bin/a", "b", "lib/d.so.1"]) != one);
    }

    #[test]
    fn programs_can_be_executed() {
        let mode = |name: &str| {
            let entry = Entry {
                name: name.into(),
                path: PathBuf::new(),
                link: None,
            };
            entry.mode()
        };
        for name in ["s/bin/stopgap", "s/lib/libstopgap.so.1", "s/lib/a.dylib"] {
            assert_eq!(mode(name), 0o755, "{name}");
        }
        for name in ["s/include/stopgap.h", "s/lib/libstopgap.a"] {
            assert_eq!(mode(name), 0o644, "{name}");
        }
    }
}
