//! The files of libstopgap, as each system calls them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    install::{remove, write},
    step::root,
};

/// What is filled into the templates of `bindings/c/install`.
#[derive(Debug)]
pub(crate) struct Library {
    values: Vec<(&'static str, String)>,
    /// From Cargo's folder, to below the prefix.
    files: Vec<(String, String)>,
    /// A name to link by, and what it stands for, both below `lib`.
    link: Option<(String, String)>,
}

impl Library {
    /// The library of this machine; `native` is what rustc prints.
    pub(crate) fn new(native: &str) -> io::Result<Self> {
        let abi = abi()?;
        let (archive, soname, built, import) = if cfg!(target_vendor = "apple") {
            let dylib = format!("libstopgap.{abi}.dylib");
            ("libstopgap.a", dylib, "libstopgap.dylib", None)
        } else if cfg!(target_env = "msvc") {
            let dll = "stopgap.dll";
            ("stopgap.lib", dll.into(), dll, Some("stopgap.dll.lib"))
        } else if cfg!(windows) {
            let dll = "stopgap.dll";
            ("libstopgap.a", dll.into(), dll, Some("libstopgap.dll.a"))
        } else {
            let shared = format!("libstopgap.so.{abi}");
            ("libstopgap.a", shared, "libstopgap.so", None)
        };
        let shared = format!("{}/{soname}", if cfg!(windows) { "bin" } else { "lib" });
        let mut files = vec![
            (archive.into(), format!("lib/{archive}")),
            (built.into(), shared.clone()),
        ];
        files.extend(import.map(|import| (import.into(), format!("lib/{import}"))));
        let link = cfg!(unix).then(|| (built.into(), soname.clone()));
        let run_path = if cfg!(target_vendor = "apple") {
            "@rpath/"
        } else {
            ""
        };
        let version = env!("CARGO_PKG_VERSION");
        let values = vec![
            ("VERSION", version.into()),
            ("VERSION_MAJOR", env!("CARGO_PKG_VERSION_MAJOR").into()),
            ("VERSION_MINOR", env!("CARGO_PKG_VERSION_MINOR").into()),
            ("POINTER_SIZE", size_of::<usize>().to_string()),
            ("SHARED", shared),
            ("SONAME", format!("{run_path}{soname}")),
            ("IMPORT", import.unwrap_or_default().into()),
            ("STATIC", archive.into()),
            ("NATIVE_FLAGS", native.into()),
            ("NATIVE_LIBRARIES", native.replace(' ', ";")),
        ];
        Ok(Self {
            values,
            files,
            link,
        })
    }

    /// Puts everything but the headers below a folder.
    pub(crate) fn place(&self, built: &Path, folder: &Path) -> io::Result<()> {
        for (from, to) in &self.files {
            let (from, to) = (built.join(from), folder.join(to));
            write(&to, &fs::read(&from)?)?;
            fs::set_permissions(&to, fs::metadata(&from)?.permissions())?;
        }
        if let Some((name, target)) = &self.link {
            symlink(target, &folder.join("lib").join(name))?;
        }
        for (template, to) in [
            ("stopgap.pc", "lib/pkgconfig"),
            ("stopgap-static.pc", "lib/pkgconfig"),
            ("stopgap-config.cmake", "lib/cmake/stopgap"),
            ("stopgap-config-version.cmake", "lib/cmake/stopgap"),
        ] {
            let filled = self.filled(template)?;
            write(&folder.join(to).join(template), filled.as_bytes())?;
        }
        Ok(())
    }

    fn filled(&self, template: &str) -> io::Result<String> {
        let path = root()
            .join("bindings/c/install")
            .join(format!("{template}.in"));
        let mut text = fs::read_to_string(path)?;
        for (name, value) in &self.values {
            text = text.replace(&format!("@STOPGAP_{name}@"), value);
        }
        if text.contains("@STOPGAP_") {
            return Err(io::Error::other(format!("{template} has an unknown name")));
        }
        Ok(text)
    }
}

/// The version of the interface, as the header says it.
fn abi() -> io::Result<String> {
    let header = fs::read_to_string(root().join("include/stopgap.h"))?;
    header
        .lines()
        .find_map(|line| line.strip_prefix("#define STOPGAP_ABI_VERSION "))
        .map(str::to_owned)
        .ok_or_else(|| io::Error::other("the header has no STOPGAP_ABI_VERSION"))
}

/// Puts every header below a folder.
pub(crate) fn headers(folder: &Path) -> io::Result<()> {
    let mut folders = vec![PathBuf::from("include")];
    while let Some(within) = folders.pop() {
        for entry in fs::read_dir(root().join(&within))? {
            let entry = entry?;
            let below = within.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(below);
            } else {
                write(&folder.join(below), &fs::read(entry.path())?)?;
            }
        }
    }
    Ok(())
}

#[cfg(unix)]
fn symlink(target: &str, name: &Path) -> io::Result<()> {
    if fs::read_link(name).is_ok_and(|there| there == Path::new(target)) {
        return Ok(());
    }
    remove(name)?;
    std::os::unix::fs::symlink(target, name)
}

#[cfg(not(unix))]
fn symlink(_: &str, name: &Path) -> io::Result<()> {
    remove(name)
}
