//! The checks of the Python package, in a virtual environment inside the clone.

use std::{
    collections::BTreeSet,
    env,
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::OnceLock,
};

use crate::{
    interpreter::Interpreter,
    shown::keep,
    step::{Outcome, Report, Step, output, root, run as show},
    test_programs,
};

/// The packages that the checks need, with their versions.
const REQUIREMENTS: &str = "bindings/python/tests/requirements.txt";
/// A small program that uses the package, for any Python.
pub(crate) const SMOKE: &str = "bindings/python/tests/smoke.py";

/// Builds the module, and runs the checks.
pub(crate) fn run() -> ExitCode {
    let report = Report::default();
    report.step("build", test_programs::build);
    report.lanes(vec![steps()]);
    report.close()
}

/// Makes the virtual environment in advance. If that fails, the first check says why.
pub(crate) fn prepare() {
    let _ = keep(Environment::ready);
}

/// The checks. If the first fails, the others are skipped.
pub(crate) fn steps<'a>() -> Vec<Step<'a>> {
    static READY: OnceLock<Environment> = OnceLock::new();
    let after = |check: fn(&Environment) -> Outcome| match READY.get() {
        Some(environment) => check(environment),
        None => Outcome::Skipped("see Python module".into()),
    };
    vec![
        Step::new("Python module", || match Environment::ready() {
            Err(why) => Outcome::Skipped(why),
            Ok(environment) => {
                let built = environment.built();
                if built.is_ok() {
                    let _ = READY.set(environment);
                }
                built.into()
            }
        }),
        Step::new("Python lints", move || after(Environment::lints)),
        Step::new("Python tests", move || {
            after(|environment| environment.tests(&[]))
        }),
    ]
}

/// Returns Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root().join(target)
}

/// Returns the folder of everything that the checks make.
pub(crate) fn folder() -> PathBuf {
    target().join("python")
}

/// The virtual environment of the checks.
pub(crate) struct Environment {
    python: Interpreter,
    folder: PathBuf,
}

impl Environment {
    /// Makes the environment, unless it exists. The error says what to do.
    pub(crate) fn ready() -> Result<Self, String> {
        let base = Interpreter::find().ok_or("no Python 3.9 or newer; install one")?;
        let folder = folder();
        let python = base.environment(&folder.join("venv"))?;
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
            format!("cannot install from PyPI ({error}): check the network, and {REQUIREMENTS}")
        })?;
        Ok(Self { python, folder })
    }

    /// Returns a command that runs a tool of this environment on the package.
    pub(crate) fn runs(&self, words: &[&str]) -> Command {
        let mut command = self.python.runs(&["-m"]);
        command
            .args(words)
            .current_dir(root().join("bindings/python"));
        command.env("VIRTUAL_ENV", self.folder.join("venv"));
        command
    }

    /// Builds the wheel into an empty folder, with these options of maturin and this
    /// target folder of Cargo.
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

    /// Puts the module that Cargo built with the tests into the package, and the package on
    /// the path of this environment. Then the module must work on each Python of this
    /// machine. `cargo xtask wheel` makes the wheel that is published.
    pub(crate) fn built(&self) -> Result<String, String> {
        let package = self.folder.join("package");
        let to = package.join("stopgap");
        fs::create_dir_all(&to).map_err(|error| error.to_string())?;
        let sources = root().join("bindings/python/python/stopgap");
        let copied = files(&sources, "")?
            .into_iter()
            .filter(|file| file.is_file());
        let module = format!("{DLL_PREFIX}stopgap_python{DLL_SUFFIX}");
        let module = target().join("debug/deps").join(module);
        for (from, name) in copied
            .map(|file| (file.clone(), file.file_name().map(ToOwned::to_owned)))
            .chain([(module, Some("_native.abi3.so".into()))])
        {
            let to = to.join(name.unwrap_or_default());
            // A running program keeps the old file.
            let _ = fs::remove_file(&to);
            fs::copy(&from, to).map_err(|error| format!("{}: {error}", from.display()))?;
        }
        let purelib = "import sysconfig; print(sysconfig.get_path('purelib'))";
        let site = output(self.python.runs(&["-c", purelib]))?;
        let path = Path::new(site.trim()).join("stopgap-tests.pth");
        fs::write(&path, format!("{}\n", package.display())).map_err(|error| error.to_string())?;
        let mut audit = self.runs(&["abi3audit", "--strict", "--summary"]);
        audit
            .args(["--assume-minimum-abi3", "3.9"])
            .arg(to.join("_native.abi3.so"));
        show(audit, |_| ())?;
        let versions = works_everywhere(&package)?;
        Ok(format!("abi3; works on {}", versions.join(", ")))
    }

    /// Fails if the wheel uses more of Python than the stable interface in its name.
    pub(crate) fn audit(&self, wheel: &Path) -> Result<(), String> {
        let mut command = self.runs(&["abi3audit", "--strict", "--summary"]);
        command.arg(wheel);
        show(command, |_| ())
    }

    /// Checks the style, the types, and that the stubs have the types of the module.
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

    /// Runs the tests, or those in some files, without those that take minutes.
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

/// Runs a small program with a package on each Python of this machine.
fn works_everywhere(package: &Path) -> Result<Vec<String>, String> {
    let mut versions = Vec::new();
    for (version, python) in Interpreter::all() {
        let mut command = python.runs(&[SMOKE]);
        command.env("PYTHONPATH", package);
        show(command, |_| ()).map_err(|error| format!("Python {version}: {error}"))?;
        versions.push(version);
    }
    if versions.is_empty() {
        return Err("no CPython that the package supports".into());
    }
    Ok(versions)
}

/// Returns the count in `8 passed, 1 skipped in 0.12s`.
fn passed(line: &str) -> u32 {
    let Some((before, _)) = line.split_once(" passed") else {
        return 0;
    };
    // If pytest shows colors and a frame of `=`, they are before the count.
    let figures = before.rsplit(|c: char| !c.is_ascii_digit()).next();
    figures
        .and_then(|count| count.parse().ok())
        .unwrap_or_default()
}

/// Returns the files and folders in a folder whose names have this ending.
pub(crate) fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(paths
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect())
}
