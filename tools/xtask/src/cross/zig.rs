//! zig, from `PyPI`: a compiler and linker for macOS, and for C++ with musl.

use std::{fs, path::PathBuf, process::Command};

use crate::{
    interpreter::Interpreter,
    python,
    step::{Outcome, run},
};

/// The packages, in the versions that made the table.
const PACKAGES: [&str; 2] = ["ziglang==0.15.2", "cargo-zigbuild==0.22.3"];

fn folder() -> PathBuf {
    python::target().join("cross/zig")
}

/// Makes the virtual environment, unless it is there. Returns its folder of programs.
fn ready() -> Result<PathBuf, Outcome> {
    let skipped = |why: String| Outcome::Skipped(why);
    let base = Interpreter::find();
    let base = base.ok_or_else(|| skipped("no Python 3.9 or newer; install one".into()))?;
    let python = base.environment(&folder()).map_err(skipped)?;
    let mut install = python.runs(&["-m", "pip", "install", "--quiet"]);
    install.arg("--disable-pip-version-check").args(PACKAGES);
    run(install, |_| ()).map_err(|error| {
        skipped(format!(
            "cannot install {PACKAGES:?} from PyPI ({error}): check the network"
        ))
    })?;
    Ok(folder().join("bin"))
}

/// Returns a compiler of C++ for a target of zig: a script, because it has several words.
pub(crate) fn compiler(target: &str) -> Result<String, Outcome> {
    let bin = ready()?;
    let script = bin.join(format!("{target}-c++"));
    let python = bin.join("python");
    let python = python
        .to_str()
        .ok_or_else(|| "a path is not UTF-8".to_owned())?;
    let text = format!("#!/bin/sh\nexec '{python}' -m ziglang c++ -target {target} \"$@\"\n");
    if fs::read_to_string(&script).ok().as_ref() != Some(&text) {
        fs::write(&script, text)?;
        let mut executable = Command::new("chmod");
        executable.arg("+x").arg(&script);
        run(executable, |_| ())?;
    }
    let script = script.to_str();
    Ok(script
        .ok_or_else(|| "a path is not UTF-8".to_owned())?
        .to_owned())
}

/// Lets a command of Cargo find zig and cargo-zigbuild.
pub(crate) fn prepare(command: &mut Command) -> Result<(), Outcome> {
    let bin = ready()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(bin).chain(std::env::split_paths(&path));
    let joined = std::env::join_paths(paths);
    command.env("PATH", joined.map_err(|error| error.to_string())?);
    Ok(())
}
