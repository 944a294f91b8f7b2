//! Debian packages of a release: the library, its headers, and the command.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use super::{
    archive::files,
    content::{DOCS, library},
    package::copy,
    release::{Debian, GLIBC, Release},
    source::Source,
};
use crate::{step::output_of_both, tool::Tool, zig::Zig};

const CARGO_DEB: Tool = Tool("cargo-deb", "3.8.0");

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A package, without the file names that depend on the processor.
struct Package {
    name: String,
    description: &'static str,
    section: &'static str,
    depends: String,
    /// `true` if a file below the prefix belongs to it.
    contains: fn(&str) -> bool,
    /// `true` if packages for several processors can be installed at the same time.
    is_library: bool,
}

/// Returns the packages of a release with the command.
fn packages(abi: &str) -> [Package; 3] {
    let library = format!("libstopgap{abi}");
    let glibc = format!("libc6 (>= {}.{})", GLIBC.0, GLIBC.1);
    let is_shared = |file: &str| file.contains("/libstopgap.so.");
    [
        Package {
            description: "Temporary access codes, online and offline: the shared library",
            section: "libs",
            depends: glibc.clone(),
            contains: is_shared,
            is_library: true,
            name: library.clone(),
        },
        Package {
            name: "libstopgap-dev".into(),
            description: "Temporary access codes, online and offline: for C and C++",
            section: "libdevel",
            depends: format!("{library} (= {VERSION}-1)"),
            contains: |file| {
                let is_shared = file.contains("/libstopgap.so.");
                (file.starts_with("include/") || file.starts_with("lib/")) && !is_shared
            },
            is_library: true,
        },
        Package {
            name: "stopgap".into(),
            description: "Temporary access codes, online and offline: the command",
            section: "admin",
            depends: glibc,
            contains: |file| file.starts_with("bin/") || file.starts_with("share/man/"),
            is_library: false,
        },
    ]
}

/// Writes the packages into a folder, from the content of the archive. Returns their
/// names.
pub(super) fn make(
    source: &Source,
    release: &Release,
    zig: Option<&Zig>,
    content: &Path,
    to: &Path,
) -> Result<Vec<String>, String> {
    let Some(debian) = release.debian else {
        return Ok(Vec::new());
    };
    let staged = source.stage.join(format!("debian-{}", release.triple));
    let usr = staged.join("usr");
    // The library is built already; its files name another folder.
    library(source, release, zig, &staged, "/usr", debian.libdir)?;
    for file in files(content).map_err(|error| error.to_string())? {
        if file.starts_with("bin/") || file.starts_with("share/") {
            copy(&content.join(&file), &usr.join(&file))?;
        }
    }
    let all = files(&usr).map_err(|error| error.to_string())?;
    let abi = all
        .iter()
        .find_map(|file| file.split_once("/libstopgap.so."));
    let (_, abi) = abi.ok_or("the release has no shared library")?;
    let made = packages(abi).into_iter().map(|package| {
        let manifest = manifest(&package, &usr, &all, &staged)?;
        write(source, release, debian, &package, &manifest, to)
    });
    made.collect()
}

/// Writes the manifest that cargo-deb reads, and returns its path.
fn manifest(
    package: &Package,
    usr: &Path,
    all: &[String],
    staged: &Path,
) -> Result<PathBuf, String> {
    let folder = staged.join("packages").join(&package.name);
    let mut assets = String::new();
    let mut add = |file: &str, to: &str| {
        let mode = if file.starts_with("bin/") { 755 } else { 644 };
        let from = usr.join(file);
        writeln!(
            assets,
            "  [{:?}, {to:?}, \"{mode}\"],",
            from.display().to_string()
        )
    };
    let mut failed = Ok(());
    for file in all {
        if (package.contains)(file) {
            failed = failed.and(add(file, &format!("usr/{file}")));
        } else if let Some(document) = file.strip_prefix(DOCS) {
            let to = format!("usr/share/doc/{}{document}", package.name);
            failed = failed.and(add(file, &to));
        }
    }
    failed.map_err(|error| error.to_string())?;
    let triggers = if package.section == "libs" {
        "triggers-file = \"triggers\"\n"
    } else {
        ""
    };
    let text = format!(
        "[package]\nname = {name:?}\nversion = {VERSION:?}\nedition = \"2024\"\n\
         license = \"MIT OR Apache-2.0\"\nhomepage = {homepage:?}\n\
         description = {description:?}\n\n[workspace]\n\n[package.metadata.deb]\n\
         maintainer = \"Stopgap <packages@stopgap.example>\"\n\
         copyright = \"The authors of Stopgap\"\nsection = {section:?}\n\
         depends = {depends:?}\nextended-description = {long:?}\n\
         preserve-symlinks = true\n{triggers}assets = [\n{assets}]\n",
        name = package.name,
        homepage = "https://stopgap.example",
        description = package.description,
        section = package.section,
        depends = package.depends,
        long = "People type a code after the loss of a token, or on a machine without a network.",
    );
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(folder.join("src")).map_err(failed)?;
    fs::write(folder.join("triggers"), "activate-noawait ldconfig\n").map_err(failed)?;
    fs::write(folder.join("src/lib.rs"), "//! No code.\n").map_err(failed)?;
    fs::write(folder.join("Cargo.toml"), text).map_err(failed)?;
    Ok(folder.join("Cargo.toml"))
}

/// Makes a package, and returns the name of its file.
fn write(
    source: &Source,
    release: &Release,
    debian: Debian,
    package: &Package,
    manifest: &Path,
    to: &Path,
) -> Result<String, String> {
    let name = format!("{}_{VERSION}-1_{}.deb", package.name, debian.architecture);
    let mut command = CARGO_DEB.subcommand()?;
    source.within(&mut command);
    command.args(["--no-build", "--no-strip", "--target", release.triple]);
    if package.is_library {
        command.args(["--multiarch", "same"]);
    }
    command.arg("--manifest-path").arg(manifest);
    command.arg("--output").arg(to.join(&name));
    output_of_both(command)?;
    Ok(name)
}
