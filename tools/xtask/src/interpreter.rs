//! The Pythons of this machine.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use crate::step::{output, root, works};

/// The oldest that Stopgap is for, as in `pyproject.toml`: 3.9.
const OLDEST: u32 = 9;
/// The newest that is looked for by its name: 3.20.
const NEWEST: u32 = 20;

/// A Python that can run Stopgap: the command.
#[derive(Debug, Clone)]
pub(crate) struct Interpreter(PathBuf);

impl Interpreter {
    /// The one that answers to `python3`, or to `python`.
    pub(crate) fn find() -> Option<Self> {
        ["python3", "python"].into_iter().find_map(Self::at)
    }

    /// The one at this path, or of this name, where it works and is new enough.
    fn at(path: impl Into<PathBuf>) -> Option<Self> {
        let python = Self(path.into());
        let enough = format!("import sys; sys.exit(sys.version_info < (3, {OLDEST}))");
        works(python.runs(&["-c", &enough])).then_some(python)
    }

    /// Each `CPython` on this machine that the wheel is for, with its version, oldest
    /// first: those on the path, and pyenv's.
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

    /// With its version, `3.12.1`, where it is a `CPython` with its lock: one without
    /// takes no wheel of the stable interface.
    fn versioned(self) -> Option<(Self, String)> {
        let tell = "import platform, sysconfig as s
print(platform.python_implementation(), s.get_config_var('Py_GIL_DISABLED') or 0, platform.python_version())";
        let told = output(self.runs(&["-c", tell])).ok()?;
        let version = told.trim().strip_prefix("CPython 0 ")?.to_owned();
        Some((self, version))
    }

    /// The command with these words, at the root.
    pub(crate) fn runs(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.0);
        command.args(words).current_dir(root());
        // Nobody else's modules, and no settings of an environment around us.
        for variable in ["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"] {
            command.env_remove(variable);
        }
        command
    }

    /// The Python of a virtual environment in this folder, which is made where it is
    /// not there.
    pub(crate) fn environment(&self, folder: &Path) -> Result<Self, String> {
        let made = Self(folder.join("bin/python"));
        if !works(made.runs(&["-m", "pip", "--version"])) {
            let folder = folder.to_str().ok_or("a path that is no text")?;
            let venv = self.runs(&["-m", "venv", "--clear", folder]);
            if !works(venv) {
                return Err("Python makes no virtual environment; \
                            on Debian, apt-get install python3-venv"
                    .into());
            }
        }
        Ok(made)
    }
}

/// The Pythons of pyenv, where it is there.
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

/// What a command says, and nothing where it is not there.
fn works_and_says(command: Command) -> String {
    output(command).unwrap_or_default()
}
