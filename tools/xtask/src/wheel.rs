//! `cargo xtask wheel`: makes the wheel and the sdist of the Python package, and installs
//! each, as a user would, in virtual environments that contain nothing else.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    interpreter::Interpreter,
    python::{Environment, SMOKE, files, folder},
    step::{Outcome, Report, cargo, root, run as show},
};

/// The program that runs the examples of a README.
const README: &str = "bindings/python/tests/readme.py";

pub(crate) fn run() -> ExitCode {
    let report = Report::default();
    let mut made = None;
    report.step("wheel and sdist", || match make() {
        Ok(both) => {
            let named = format!("{} and {}", name(&both.0), name(&both.1));
            made = Some(both);
            Outcome::Passed(named)
        }
        Err(why) => Outcome::Failed(why),
    });
    if let Some((wheel, sdist)) = made {
        report.step("each Python", || {
            let installed = Interpreter::all().into_iter().map(|(version, python)| {
                installs(&python, &version, &wheel, &["--no-index"]).map(|_| version)
            });
            match installed.collect::<Result<Vec<_>, _>>() {
                Ok(versions) if versions.is_empty() => Outcome::Skipped("no Python".into()),
                Ok(versions) => Outcome::Passed(versions.join(", ")),
                Err(why) => Outcome::Failed(why),
            }
        });
        report.step("from the sdist", || newest("sdist", &sdist));
    }
    report.step("pip install", || match forget() {
        Ok(()) => newest("tree", &root().join("bindings/python")),
        Err(why) => Outcome::Failed(why),
    });
    report.close()
}

/// Builds the sdist, and the wheel from the sdist alone. Returns the wheel and the sdist.
fn make() -> Result<(PathBuf, PathBuf), String> {
    let environment = Environment::ready()?;
    let target = built();
    if target.exists() {
        fs::remove_dir_all(&target).map_err(|error| error.to_string())?;
    }
    // The lock file lists all members of the workspace, and the sdist has only some. So
    // Cargo must update the file, but the versions stay.
    let wheel = environment.wheel("dist", &target, &["--release", "--sdist"])?;
    environment.audit(&wheel)?;
    let sdist = files(&folder().join("dist"), ".tar.gz")?.pop();
    Ok((wheel, sdist.ok_or("no sdist")?))
}

/// Returns Cargo's target folder. It must be empty at first: the files of an sdist have
/// very old times, so Cargo would use what it has built from other files.
fn built() -> PathBuf {
    folder().join("cargo")
}

/// Removes the extension module, so that it is built again. The crates below it were built
/// of the sdist, which has the same files.
fn forget() -> Result<(), String> {
    let mut clean = cargo("clean --release --package stopgap-python --target-dir");
    clean.arg(built());
    show(clean, |_| ())
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Installs with the first Python, for which pip fetches the build tools, and runs the
/// README.
fn newest(label: &str, what: &Path) -> Outcome {
    let Some(python) = Interpreter::find() else {
        return Outcome::Skipped("no Python 3.9 or newer; install one".into());
    };
    let read = installs(&python, label, what, &[])
        .and_then(|python| show(python.runs(&["-I", README, "README.md"]), |_| ()));
    match read {
        Ok(()) => Outcome::Passed("README.md runs as printed".into()),
        Err(why) => Outcome::Failed(why),
    }
}

/// Installs into a new environment of this Python, and runs a small program there.
fn installs(
    python: &Interpreter,
    label: &str,
    what: &Path,
    options: &[&str],
) -> Result<Interpreter, String> {
    let folder = folder().join("fresh").join(label);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    }
    let python = python.environment(&folder)?;
    let mut command = python.runs(&["-m", "pip", "install", "--disable-pip-version-check"]);
    command.args(options).arg(what);
    command.env("CARGO_TARGET_DIR", built());
    show(command, |_| ())?;
    show(python.runs(&["-I", SMOKE]), |_| ())?;
    show(python.runs(&["-I", "-m", "stopgap", "--version"]), |_| ())?;
    let mut script = Command::new(folder.join("bin/stopgap"));
    script.arg("--version");
    show(script, |_| ())?;
    Ok(python)
}
