//! The list of the crates in a release, in the form of `CycloneDX`.

use std::{fs, path::Path};

use super::{
    package::{copy, packages},
    release::Release,
    source::Source,
};
use crate::{step::output_of_both, tool::Tool};

const CYCLONEDX: Tool = Tool("cargo-cyclonedx", "0.5.9");

/// Writes a list for the library, and one for the command.
pub(super) fn write(source: &Source, release: &Release, folder: &Path) -> Result<(), String> {
    for (name, manifest) in packages(release) {
        let mut command = CYCLONEDX.subcommand()?;
        command.args(["--format", "json", "--spec-version", "1.5"]);
        command.args(["--target", release.triple, "--manifest-path"]);
        command.arg(source.tree.join(manifest));
        let file = format!("{name}.cdx");
        command.args(["--override-filename", &file]);
        source.within(&mut command);
        output_of_both(command)?;
        let made = source
            .tree
            .join(manifest)
            .with_file_name(format!("{file}.json"));
        let list = read(&made)?;
        if !list.contains("\"subtle\"") {
            return Err(format!("{} does not list the crate subtle", made.display()));
        }
        let to = folder.join(format!("{file}.json"));
        copy(&made, &to)?;
        // The folder of the build is no property of the release.
        let plain = list.replace(&source.tree.display().to_string(), "/stopgap");
        fs::write(&to, plain).map_err(|error| format!("{}: {error}", to.display()))?;
    }
    Ok(())
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}
