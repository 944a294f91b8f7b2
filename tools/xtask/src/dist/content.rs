//! The content of an archive, in a folder.

use std::{ffi::OsStr, fs, path::Path};

use super::{
    licenses,
    package::copy,
    release::Release,
    sbom,
    source::{Source, xtask},
};
use crate::{
    install::AUDITABLE,
    step::{cargo, run as show},
    zig::Zig,
};

/// The documents of the project in each archive.
const DOCUMENTS: [&str; 4] = [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "SECURITY.md",
];

/// The folder of documents, below the folder of an archive.
pub(super) const DOCS: &str = "share/doc/stopgap";

/// Builds everything, and puts it into a folder.
pub(super) fn make(
    source: &Source,
    release: &Release,
    zig: Option<&Zig>,
    folder: &Path,
) -> Result<(), String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| error.to_string())?;
    }
    library(source, release, zig, folder, "/", "lib")?;
    if release.has_command {
        manual(&folder.join("share/man/man1"))?;
        command(source, release, zig)?;
        let built = source.built(release, "release").join(release.command());
        copy(&built, &folder.join("bin").join(release.command()))?;
    }
    let docs = folder.join(DOCS);
    for document in DOCUMENTS {
        copy(&source.tree.join(document), &docs.join(document))?;
    }
    copy(
        &source.tree.join("bindings/c/README.md"),
        &docs.join("C-and-C++.md"),
    )?;
    licenses::write(source, &docs)?;
    sbom::write(source, release, &docs)
}

/// Builds the library, and installs it below a folder.
pub(super) fn library(
    source: &Source,
    release: &Release,
    zig: Option<&Zig>,
    folder: &Path,
    prefix: &str,
    libdir: &str,
) -> Result<(), String> {
    let words = ["install", "--auditable", "--target", release.triple];
    let mut install = xtask(&words.map(OsStr::new))?;
    install.args(["--prefix", prefix, "--libdir", libdir]);
    install.arg("--destdir").arg(folder);
    source.builds(&mut install, release, zig)?;
    show(install, |_| ())
}

/// Writes the manual pages, which are the same for each target.
fn manual(folder: &Path) -> Result<(), String> {
    let mut command = cargo("run --quiet --package stopgap-cli -- man --out");
    command.arg(folder);
    show(command, |_| ())
}

/// Builds the command.
fn command(source: &Source, release: &Release, zig: Option<&Zig>) -> Result<(), String> {
    let mut build = AUDITABLE.subcommand()?;
    build.args(["build", "--package", "stopgap-cli", "--release", "--locked"]);
    build.args(["--target", release.triple]);
    source.builds(&mut build, release, zig)?;
    show(build, |_| ())
}
