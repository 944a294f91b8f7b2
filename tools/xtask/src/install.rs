//! `cargo xtask install`: puts the C and C++ library where compilers find it.
//!
//! cargo-c installs neither `stopgap-static.pc` nor the files that CMake reads, and
//! building cargo-c takes minutes. Therefore this command installs the library.

use std::{
    env, fs, io,
    path::{Component, Path, PathBuf},
    process::ExitCode,
};

use crate::step::{cargo, output_of_both, root};

/// The command line.
#[derive(Debug, Default)]
struct Options {
    prefix: PathBuf,
    /// The folder of a package, which replaces the root folder.
    destdir: PathBuf,
    /// Words for Cargo.
    features: Vec<String>,
}

impl Options {
    fn read(arguments: &[&str]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(&argument) = arguments.next() {
            let mut value = || {
                let value = arguments.next().filter(|value| !value.is_empty());
                value.ok_or_else(|| format!("{argument} needs a value"))
            };
            match argument {
                "--prefix" => options.prefix = value()?.into(),
                "--destdir" => options.destdir = value()?.into(),
                "--features" => options
                    .features
                    .extend([argument.into(), (*value()?).into()]),
                "--no-default-features" => options.features.push(argument.into()),
                other => return Err(format!("unknown option {other}: see cargo xtask help")),
            }
        }
        if options.prefix.as_os_str().is_empty() {
            return Err("no prefix: pass --prefix DIR".into());
        }
        Ok(options)
    }

    /// Returns the folder to write to.
    fn folder(&self) -> io::Result<PathBuf> {
        let prefix = std::path::absolute(&self.prefix)?;
        if self.destdir.as_os_str().is_empty() {
            return Ok(prefix);
        }
        let is_start =
            |part: &Component<'_>| matches!(part, Component::Prefix(_) | Component::RootDir);
        let below: PathBuf = prefix.components().skip_while(is_start).collect();
        Ok(std::path::absolute(&self.destdir)?.join(below))
    }
}

pub(crate) fn run(arguments: &[&str]) -> ExitCode {
    let options = match Options::read(arguments) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("install: {error}");
            return ExitCode::from(2);
        }
    };
    let installed = build(&options.features).and_then(|(built, native)| {
        let folder = options.folder().map_err(|error| error.to_string())?;
        let placed = place(&built, &native, &folder);
        placed.map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    });
    match installed {
        Ok(folder) => {
            println!("Installed stopgap in {}", folder.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("install: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Builds both libraries for this machine. Returns their folder, and the flags that a
/// program needs in order to link the static one.
fn build(features: &[String]) -> Result<(PathBuf, String), String> {
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| root().join("target").into());
    let target = std::path::absolute(target).map_err(|error| error.to_string())?;
    // Without the third crate type, the linker can optimize across crates.
    let mut command = cargo("rustc --package stopgap-c --lib --profile c");
    command.args(["--crate-type", "staticlib,cdylib"]);
    command.args(features).arg("--target-dir").arg(&target);
    command.args(["--", "--print", "native-static-libs"]);
    command.env_remove("CARGO_BUILD_TARGET");
    let told = output_of_both(command)?;
    let native = told
        .lines()
        .find_map(|line| line.split_once("native-static-libs: "));
    let (_, native) = native.ok_or("rustc did not name the libraries to link")?;
    Ok((target.join("c"), native.trim().to_owned()))
}

/// Writes the libraries, the headers, and the files of pkg-config and CMake.
fn place(built: &Path, native: &str, folder: &Path) -> io::Result<()> {
    let abi = abi()?;
    let windows = cfg!(windows);
    let (archive, cargo_archive) = if cfg!(target_env = "msvc") {
        ("stopgap.lib", "stopgap_c.lib")
    } else {
        ("libstopgap.a", "libstopgap_c.a")
    };
    // A DLL keeps its name, which its import library contains.
    let (shared, cargo_shared) = if cfg!(target_vendor = "apple") {
        (format!("lib/libstopgap.{abi}.dylib"), "libstopgap_c.dylib")
    } else if windows {
        ("bin/stopgap_c.dll".to_owned(), "stopgap_c.dll")
    } else {
        (format!("lib/libstopgap.so.{abi}"), "libstopgap_c.so")
    };
    let import = match (windows, cfg!(target_env = "msvc")) {
        (false, _) => "",
        (true, true) => "stopgap_c.dll.lib",
        (true, false) => "libstopgap_c.dll.a",
    };
    let archive_below = format!("lib/{archive}");
    let import_below = format!("lib/{import}");
    let mut files = vec![(cargo_archive, &archive_below), (cargo_shared, &shared)];
    if windows {
        files.push((import, &import_below));
    }
    for (from, to) in files {
        let (from, to) = (built.join(from), folder.join(to));
        write(&to, &fs::read(&from)?)?;
        fs::set_permissions(&to, fs::metadata(&from)?.permissions())?;
    }
    let soname = shared.rsplit('/').next().unwrap_or_default();
    #[cfg(unix)]
    link(
        soname,
        &folder.join("lib").join(cargo_shared.replace("_c", "")),
    )?;
    let run_path = if cfg!(target_vendor = "apple") {
        "@rpath/"
    } else {
        ""
    };
    let values = [
        ("VERSION", env!("CARGO_PKG_VERSION")),
        ("VERSION_MAJOR", env!("CARGO_PKG_VERSION_MAJOR")),
        ("VERSION_MINOR", env!("CARGO_PKG_VERSION_MINOR")),
        ("POINTER_SIZE", &size_of::<usize>().to_string()),
        ("SHARED", &shared),
        ("SONAME", &format!("{run_path}{soname}")),
        ("IMPORT", import),
        ("STATIC", archive),
        ("NATIVE_FLAGS", native),
        ("NATIVE_LIBRARIES", &native.replace(' ', ";")),
    ];
    for (template, to) in [
        ("stopgap.pc", "lib/pkgconfig"),
        ("stopgap-static.pc", "lib/pkgconfig"),
        ("stopgap-config.cmake", "lib/cmake/stopgap"),
        ("stopgap-config-version.cmake", "lib/cmake/stopgap"),
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
        write(&folder.join(to).join(template), text.as_bytes())?;
    }
    copy_headers(&root().join("include"), &folder.join("include"))
}

/// Returns the version of the interface, from the header.
fn abi() -> io::Result<String> {
    let header = fs::read_to_string(root().join("include/stopgap.h"))?;
    let mut lines = header.lines();
    lines
        .find_map(|line| line.strip_prefix("#define STOPGAP_ABI_VERSION "))
        .map(str::to_owned)
        .ok_or_else(|| io::Error::other("the header has no STOPGAP_ABI_VERSION"))
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
