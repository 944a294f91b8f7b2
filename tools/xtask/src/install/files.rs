//! The installed files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::options::LibDir;
use crate::{platform::Platform, step::root};

/// The files that Cargo built.
pub(super) struct Built {
    /// The folder of the libraries.
    pub(super) folder: PathBuf,
    /// The static library, as it is installed.
    pub(super) archive: Vec<u8>,
    /// The flags that a program needs in order to link the static library.
    pub(super) native: String,
    /// The version of the interface.
    pub(super) abi: String,
}

/// The names of the libraries of a target, below the prefix.
struct Names {
    archive: String,
    /// The shared library, and its name in Cargo's folder.
    shared: Option<(String, &'static str)>,
    /// The import library of a DLL, which has the same name in Cargo's folder.
    import: Option<&'static str>,
}

impl Names {
    fn of(platform: &Platform, libdir: &str, abi: &str) -> Self {
        let archive = if platform.is_msvc() {
            "stopgap.lib"
        } else {
            "libstopgap.a"
        };
        // A DLL keeps its name, which its import library contains.
        let shared = if platform.is_apple() {
            (
                format!("{libdir}/libstopgap.{abi}.dylib"),
                "libstopgap_c.dylib",
            )
        } else if platform.is_windows() {
            ("bin/stopgap_c.dll".to_owned(), "stopgap_c.dll")
        } else {
            (format!("{libdir}/libstopgap.so.{abi}"), "libstopgap_c.so")
        };
        let import = match (platform.is_windows(), platform.is_msvc()) {
            (false, _) => None,
            (true, true) => Some("stopgap_c.dll.lib"),
            (true, false) => Some("libstopgap_c.dll.a"),
        };
        Self {
            archive: archive.into(),
            shared: (!platform.is_static()).then_some(shared),
            import,
        }
    }
}

/// Returns the name of the static library in Cargo's folder.
pub(super) fn cargo_archive(platform: &Platform) -> &'static str {
    if platform.is_msvc() {
        "stopgap_c.lib"
    } else {
        "libstopgap_c.a"
    }
}

/// Writes the libraries, the headers, and the files of pkg-config and CMake.
pub(super) fn place(
    platform: &Platform,
    built: &Built,
    libdir: &LibDir,
    folder: &Path,
) -> io::Result<()> {
    let lib = libdir.path();
    let names = Names::of(platform, &lib, &built.abi);
    write(&folder.join(&lib).join(&names.archive), &built.archive)?;
    if let Some((shared, cargo_shared)) = &names.shared {
        copy(&built.folder.join(cargo_shared), &folder.join(shared))?;
        #[cfg(unix)]
        if !platform.is_windows() {
            let name = folder.join(&lib).join(cargo_shared.replace("_c", ""));
            link(base(shared), &name)?;
        }
    }
    if let Some(import) = names.import {
        copy(&built.folder.join(import), &folder.join(&lib).join(import))?;
    }
    templates(platform, built, &names, libdir, folder)?;
    copy_headers(&root().join("include"), &folder.join("include"))
}

/// Writes the files of pkg-config and CMake.
fn templates(
    platform: &Platform,
    built: &Built,
    names: &Names,
    libdir: &LibDir,
    folder: &Path,
) -> io::Result<()> {
    let lib = libdir.path();
    let shared = names.shared.as_ref().map_or("", |(shared, _)| shared);
    // Without an import library of that name, a linker would take the static library.
    let shared_flag = if platform.is_windows() {
        "-lstopgap_c"
    } else {
        "-lstopgap"
    };
    let run_path = if platform.is_apple() { "@rpath/" } else { "" };
    let values = [
        ("VERSION", env!("CARGO_PKG_VERSION")),
        ("VERSION_MAJOR", env!("CARGO_PKG_VERSION_MAJOR")),
        ("VERSION_MINOR", env!("CARGO_PKG_VERSION_MINOR")),
        ("POINTER_SIZE", platform.pointer_size()),
        ("LIBDIR", &lib),
        // From the folders of pkg-config and of CMake to the prefix.
        ("UP_1", &libdir.up(1)),
        ("UP_2", &libdir.up(2)),
        ("SHARED", shared),
        ("SHARED_FLAG", shared_flag),
        ("SONAME", &format!("{run_path}{}", base(shared))),
        ("IMPORT", names.import.unwrap_or_default()),
        ("STATIC", &names.archive),
        ("NATIVE_FLAGS", &built.native),
        ("NATIVE_LIBRARIES", &built.native.replace(' ', ";")),
    ];
    for (template, below) in [
        ("stopgap.pc", "pkgconfig"),
        ("stopgap-static.pc", "pkgconfig"),
        ("stopgap-config.cmake", "cmake/stopgap"),
        ("stopgap-config-version.cmake", "cmake/stopgap"),
    ] {
        let source = root().join(format!("bindings/c/install/{template}.in"));
        let mut text = fs::read_to_string(source)?;
        for (name, value) in values {
            text = text.replace(&format!("@STOPGAP_{name}@"), value);
        }
        if text.contains("@STOPGAP_") {
            return Err(io::Error::other(format!(
                "{template} contains an unknown name"
            )));
        }
        let text: String = text
            .lines()
            .flat_map(|line| [line.trim_end(), "\n"])
            .collect();
        write(
            &folder.join(&lib).join(below).join(template),
            text.as_bytes(),
        )?;
    }
    Ok(())
}

/// Returns the last part of a path.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn copy_headers(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_headers(&entry.path(), &to)?;
        } else {
            write(&to, &fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

/// Copies a library with its permissions.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let failed = |error| io::Error::other(format!("{}: {error}", from.display()));
    write(to, &fs::read(from).map_err(failed)?)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())
}

/// Writes a file, unless it has these bytes already: its time then stays the same, and
/// programs are not linked again. A program that has the old file open keeps the old
/// file.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    remove(path)?;
    fs::write(path, bytes)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn link(target: &str, name: &Path) -> io::Result<()> {
    if fs::read_link(name).is_ok_and(|there| there == Path::new(target)) {
        return Ok(());
    }
    remove(name)?;
    std::os::unix::fs::symlink(target, name)
}
