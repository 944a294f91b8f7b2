//! The Python package in `cargo xtask test`: the wheel is built and installed into a
//! virtual environment inside the clone, and then all is checked with that.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    interpreter::Interpreter,
    step::{Outcome, Report, root, run as show},
};

/// What the checks need, at the versions that they were tried with.
const REQUIREMENTS: &str = "bindings/python/tests/requirements.txt";
/// Works on any Python without any other package.
pub(crate) const SMOKE: &str = "bindings/python/tests/smoke.py";

/// The checks alone.
pub(crate) fn run() -> ExitCode {
    let mut report = Report::default();
    check(&mut report);
    report.close()
}

/// The checks, as steps of a report. Without the environment none can run, and
/// without the wheel none but the first says anything.
pub(crate) fn check(report: &mut Report) {
    let mut python = None;
    report.step("Python wheel", || match Environment::ready() {
        Err(why) => Outcome::Skipped(why),
        Ok(environment) => match environment.built() {
            Err(why) => Outcome::Failed(why),
            Ok(passed) => {
                python = Some(environment);
                Outcome::Passed(passed)
            }
        },
    });
    if let Some(environment) = python {
        report.step("Python lints", || environment.lints());
        report.step("Python tests", || environment.tests(&[]));
    }
}

/// Cargo's folder for what it builds.
pub(crate) fn target() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root().join(target)
}

/// Where everything of Python's is.
pub(crate) fn folder() -> PathBuf {
    target().join("python")
}

/// The virtual environment with all that the checks need.
pub(crate) struct Environment {
    python: Interpreter,
    folder: PathBuf,
}

impl Environment {
    /// The environment, made where it is not there; or what is missing.
    pub(crate) fn ready() -> Result<Self, String> {
        let base = Interpreter::find().ok_or("no Python 3.9 or newer; install one")?;
        let folder = folder();
        let python = base.environment(&folder.join("venv"))?;
        // It asks nobody where all of it is there.
        let install = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        let mut command = python.runs(&install);
        command.args(["--requirement", REQUIREMENTS]);
        show(command, |_| ()).map_err(|error| {
            format!(
                "no network to PyPI, or a version that is not there ({error}): see {REQUIREMENTS}"
            )
        })?;
        Ok(Self { python, folder })
    }

    /// A tool of this environment, on the package.
    pub(crate) fn runs(&self, words: &[&str]) -> Command {
        let mut command = self.python.runs(&["-m"]);
        command
            .args(words)
            .current_dir(root().join("bindings/python"));
        command.env("VIRTUAL_ENV", self.folder.join("venv"));
        command
    }

    /// Builds the wheel, into a folder that holds no other; `options` say how, and
    /// `cargo` is Cargo's folder.
    pub(crate) fn wheel(
        &self,
        into: &str,
        cargo: &Path,
        options: &[&str],
    ) -> Result<PathBuf, String> {
        let folder = self.folder.join(into);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
        }
        let mut command = self.runs(&["maturin", "build"]);
        command.args(options).arg("--out").arg(&folder);
        command.env("CARGO_TARGET_DIR", cargo);
        show(command, |_| ())?;
        let mut built = files(&folder, ".whl")?;
        match (built.pop(), built.pop()) {
            (Some(wheel), None) => Ok(wheel),
            _ => Err(format!("not one wheel in {}", folder.display())),
        }
    }

    /// The wheel is built, is what its name says, is installed, and works on each
    /// Python that is here.
    ///
    /// Built as the tests of Rust are: optimised enough, and it shares with them what
    /// takes longest. `cargo xtask wheel` makes the one that is published.
    pub(crate) fn built(&self) -> Result<String, String> {
        let wheel = self.wheel("wheel", &target(), &["--locked", "--profile", "dev"])?;
        self.audit(&wheel)?;
        let mut command = self.runs(&["pip", "install", "--quiet", "--no-index", "--no-deps"]);
        command
            .arg("--disable-pip-version-check")
            .arg("--force-reinstall");
        command.arg(&wheel);
        show(command, |_| ())?;
        let versions = self.works_everywhere(&wheel)?;
        Ok(format!("abi3; works on {}", versions.join(", ")))
    }

    /// That the wheel uses no more of Python than its name says.
    pub(crate) fn audit(&self, wheel: &Path) -> Result<(), String> {
        let mut command = self.runs(&["abi3audit", "--strict", "--summary"]);
        command.arg(wheel);
        show(command, |_| ())
    }

    /// Has the wheel, unpacked, do a little on each Python of this machine.
    fn works_everywhere(&self, wheel: &Path) -> Result<Vec<String>, String> {
        let unpacked = self.folder.join("unpacked");
        if unpacked.exists() {
            fs::remove_dir_all(&unpacked).map_err(|error| error.to_string())?;
        }
        let mut command = self.runs(&["zipfile", "--extract"]);
        command.arg(wheel).arg(&unpacked);
        show(command, |_| ())?;
        let mut versions = Vec::new();
        for (version, python) in Interpreter::all() {
            let mut command = python.runs(&[SMOKE]);
            command.env("PYTHONPATH", &unpacked);
            show(command, |_| ()).map_err(|error| format!("Python {version}: {error}"))?;
            versions.push(version);
        }
        if versions.is_empty() {
            return Err("no CPython that the wheel is for".into());
        }
        Ok(versions)
    }

    /// Style, types, and that the types written by hand are those of the module.
    fn lints(&self) -> Outcome {
        let mut mypy = vec!["mypy", "--strict", "python/stopgap"];
        let there = |folder: &&str| root().join("bindings/python").join(folder).exists();
        mypy.extend(["tests", "examples"].iter().filter(|folder| there(folder)));
        for words in [
            &["ruff", "check"][..],
            &["ruff", "format", "--check"],
            &mypy,
            &["mypy.stubtest", "stopgap"],
        ] {
            if let Err(error) = show(self.runs(words), |_| ()) {
                return Outcome::Failed(format!("{}: {error}", words.join(" ")));
            }
        }
        Outcome::Passed("ruff, mypy, stubtest".into())
    }

    /// The tests, or those of some files, but those that take minutes.
    pub(crate) fn tests(&self, files: &[&str]) -> Outcome {
        let (mut counted, mut skipped) = (0_u32, BTreeSet::new());
        let mut pytest = self.runs(&["pytest", "-q", "-rs", "-m", "not long"]);
        pytest.args(files);
        let result = show(pytest, |line| {
            counted = counted.max(passed(line));
            if line.starts_with("SKIPPED ") {
                skipped.insert(line.to_owned());
            }
        });
        match result {
            Err(error) => Outcome::Failed(error),
            Ok(()) if counted == 0 => Outcome::Failed("no test ran".into()),
            Ok(()) if skipped.is_empty() => Outcome::Passed(format!("{counted} tests")),
            Ok(()) => {
                let skipped: Vec<_> = skipped.into_iter().collect();
                Outcome::Skipped(format!("{}; {counted} tests passed", skipped.join("; ")))
            }
        }
    }
}

/// The count in `8 passed, 1 skipped in 0.12s`.
fn passed(line: &str) -> u32 {
    let Some((before, _)) = line.split_once(" passed") else {
        return 0;
    };
    // Colours, and a frame of =, stand before it where somebody asked for them.
    let figures = before.rsplit(|c: char| !c.is_ascii_digit()).next();
    figures
        .and_then(|count| count.parse().ok())
        .unwrap_or_default()
}

/// The files of a folder with this ending.
pub(crate) fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(paths
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect())
}
