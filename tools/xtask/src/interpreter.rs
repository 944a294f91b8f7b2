//! The Pythons of this machine.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use crate::step::{output, root, works};

/// The oldest version that Stopgap supports, as in `pyproject.toml`: 3.9.
const OLDEST: u32 = 9;
/// The newest version that is searched for by name: `python3.20`.
const NEWEST: u32 = 20;

/// The command of a Python that can run Stopgap.
#[derive(Debug, Clone)]
pub(crate) struct Interpreter(PathBuf);

impl Interpreter {
    /// Returns the Python that is named `python3` or `python`.
    pub(crate) fn find() -> Option<Self> {
        ["python3", "python"].into_iter().find_map(Self::at)
    }

    /// Returns the Python at this path or of this name, if it works and is new enough.
    fn at(path: impl Into<PathBuf>) -> Option<Self> {
        let python = Self(path.into());
        let enough = format!("import sys; sys.exit(sys.version_info < (3, {OLDEST}))");
        works(python.runs(&["-c", &enough])).then_some(python)
    }

    /// Returns each `CPython` on the path or of pyenv that can load the wheel, with its
    /// version, the oldest first.
    pub(crate) fn all() -> Vec<(String, Self)> {
        let named = (OLDEST..=NEWEST).map(|minor| PathBuf::from(format!("python3.{minor}")));
        let mut all = BTreeMap::new();
        for path in named.chain(pyenv()).chain(["python3".into()]) {
            if let Some((python, version)) = Self::at(path).and_then(Self::versioned) {
                let figures: Vec<u32> = version
                    .split('.')
                    .filter_map(|figure| figure.parse().ok())
                    .collect();
                all.entry(figures).or_insert((version, python));
            }
        }
        all.into_values().collect()
    }

    /// Adds the version, such as `3.12.1`. Returns `None` unless this is a `CPython` with
    /// a global lock: one without the lock cannot load a wheel of the stable interface.
    fn versioned(self) -> Option<(Self, String)> {
        let tell = "import platform, sysconfig as s
print(platform.python_implementation(), s.get_config_var('Py_GIL_DISABLED') or 0, platform.python_version())";
        let told = output(self.runs(&["-c", tell])).ok()?;
        let version = told.trim().strip_prefix("CPython 0 ")?.to_owned();
        Some((self, version))
    }

    /// Returns the command with these arguments, at the root.
    pub(crate) fn runs(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.0);
        command.args(words).current_dir(root());
        // The modules and settings of a surrounding environment must have no effect.
        for variable in ["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"] {
            command.env_remove(variable);
        }
        command
    }

    /// Returns the Python of the virtual environment in this folder. Makes the
    /// environment if it does not exist.
    pub(crate) fn environment(&self, folder: &Path) -> Result<Self, String> {
        let made = Self(folder.join("bin/python"));
        if !works(made.runs(&["-m", "pip", "--version"])) {
            let folder = folder.to_str().ok_or("a path is not UTF-8")?;
            let venv = self.runs(&["-m", "venv", "--clear", folder]);
            if !works(venv) {
                return Err("Python cannot make a virtual environment; \
                            on Debian, apt-get install python3-venv"
                    .into());
            }
        }
        Ok(made)
    }
}

/// Returns the Pythons of pyenv, if it is installed.
fn pyenv() -> Vec<PathBuf> {
    let asks = |words: &[&str]| {
        let mut command = Command::new("pyenv");
        command.args(words);
        works_and_says(command)
    };
    let versions = asks(&["versions", "--bare", "--skip-aliases"]);
    let prefixes = versions.lines().map(|version| asks(&["prefix", version]));
    prefixes
        .filter(|prefix| !prefix.is_empty())
        .map(|prefix| Path::new(prefix.trim()).join("bin/python"))
        .collect()
}

/// Returns the output of a command; empty if the command fails.
fn works_and_says(command: Command) -> String {
    output(command).unwrap_or_default()
}
