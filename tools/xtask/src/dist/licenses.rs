//! The licenses of all crates in a release, and of Rust's own library.

use std::{fs, path::Path};

use sha2::{Digest, Sha256};

use super::{package::copy, release::RELEASES, source::Source};
use crate::{
    python::target,
    step::{output, output_of_both, program},
    tool::Tool,
};

const ABOUT: Tool = Tool("cargo-about", "0.9.3");

/// The name of the file with the licenses of the crates.
const FILE: &str = "LICENSES-crates.html";

/// The files of the sources that the licenses depend on.
const SETTINGS: [&str; 3] = [
    "Cargo.lock",
    "tools/xtask/about.hbs",
    "tools/xtask/about.toml",
];

/// Writes both files.
pub(super) fn write(source: &Source, folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("licenses: {error}");
    let mut hash = Sha256::new();
    for file in SETTINGS {
        hash.update(fs::read(source.tree.join(file)).map_err(failed)?);
    }
    // Reading the files of all crates takes minutes.
    let name = base16ct::lower::encode_string(&hash.finalize());
    let kept = target().join("dist/licenses").join(format!("{name}.html"));
    if !kept.exists() {
        fs::create_dir_all(target().join("dist/licenses")).map_err(failed)?;
        let made = kept.with_extension("new");
        crates(source, &made)?;
        fs::rename(made, &kept).map_err(failed)?;
    }
    copy(&kept, &folder.join(FILE))?;
    let sysroot = output(program("rustc --print sysroot"))?;
    let rust = Path::new(sysroot.trim()).join("share/doc/rust/COPYRIGHT-library.html");
    copy(&rust, &folder.join("LICENSES-rust.html"))
}

/// Writes the licenses of all crates of the command, for all targets. The library uses
/// some of them.
fn crates(source: &Source, file: &Path) -> Result<(), String> {
    let mut command = ABOUT.program(&["--features", "cli"])?;
    command.args(["generate", "--fail", "--offline"]);
    for release in RELEASES {
        command.args(["--target", release.triple]);
    }
    command.arg("--manifest-path");
    command.arg(source.tree.join("crates/stopgap-cli/Cargo.toml"));
    command.args(["--config", "tools/xtask/about.toml", "--output-file"]);
    command.arg(file).arg("tools/xtask/about.hbs");
    source.within(&mut command);
    output_of_both(command)?;
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    for name in ["subtle", "chrono", "hmac"] {
        if !text.contains(&format!(">{name} ")) {
            return Err(format!("{FILE} has no license of {name}"));
        }
    }
    Ok(())
}
