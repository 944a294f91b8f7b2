//! The C library yyjson, whose source comes with the crate yyjson-sys.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super as programs;

/// The folder with `yyjson.c` and `yyjson.h`.
pub(crate) fn folder() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked"]);
    let metadata: Value =
        serde_json::from_str(&programs::run(cargo.current_dir(programs::root()))).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|package| package["name"] == "yyjson-sys");
    let manifest = Path::new(package.unwrap()["manifest_path"].as_str().unwrap());
    manifest.with_file_name("yyjson").join("src")
}

/// The library, compiled with these flags.
pub(crate) fn object(compiler: &str, flags: &[&str], place: &Path) -> PathBuf {
    let object = place.join(format!("yyjson-{compiler}.o"));
    // Its warnings are not ours.
    let mut apart = Command::new(compiler);
    apart.args(flags).args(["-w", "-c", "-o"]).arg(&object);
    programs::run(apart.arg(folder().join("yyjson.c")));
    object
}
