//! The target of the programs: this machine, or the one in the file that `STOPGAP_CROSS`
//! names. `cargo xtask cross` writes that file and runs these tests.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

use super::{Language, STATIC, STATIC_LIBS, library};

/// Another target than this machine.
struct Cross(Value);

fn cross() -> Option<&'static Cross> {
    static CROSS: OnceLock<Option<Cross>> = OnceLock::new();
    let read = || {
        let file = PathBuf::from(env::var_os("STOPGAP_CROSS")?);
        let text = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        Some(Cross(serde_json::from_str(&text).unwrap()))
    };
    CROSS.get_or_init(read).as_ref()
}

impl Cross {
    fn word(&self, name: &str) -> &str {
        let word = self.0[name].as_str();
        word.unwrap_or_else(|| panic!("STOPGAP_CROSS: no {name}"))
    }

    fn words(&self, name: &str) -> impl Iterator<Item = &str> {
        let words = self.0[name].as_array();
        let words = words.unwrap_or_else(|| panic!("STOPGAP_CROSS: no {name}"));
        words.iter().map(|word| word.as_str().unwrap())
    }
}

/// Returns `true` if the programs are built for another target.
pub(crate) fn is_cross() -> bool {
    cross().is_some()
}

/// Returns `true` if the programs are built for Windows.
pub(crate) fn is_windows() -> bool {
    cross().map_or(cfg!(windows), |cross| {
        cross.word("target").contains("windows")
    })
}

/// Returns the compiler for another target; `None` for this machine.
pub(crate) fn compiler(language: Language) -> Option<&'static str> {
    let name = match language {
        Language::C => "cc",
        Language::Cpp => "cxx",
    };
    cross().map(|cross| cross.word(name))
}

/// Adds the library, and everything that it needs.
pub(crate) fn link(command: &mut Command) -> &mut Command {
    match cross() {
        None => command.arg(library().join(STATIC)).args(STATIC_LIBS),
        Some(cross) => command.arg(cross.word("library")).args(cross.words("link")),
    }
}

/// Returns the path of a program of this name.
pub(crate) fn executable(folder: &Path, name: &str) -> PathBuf {
    let suffix = cross().map_or(env::consts::EXE_SUFFIX, |cross| cross.word("suffix"));
    folder.join(format!("{name}{suffix}"))
}

/// Returns a command that runs a program.
pub(crate) fn start(program: &Path) -> Command {
    let mut words = cross().into_iter().flat_map(|cross| cross.words("runner"));
    let Some(runner) = words.next() else {
        return Command::new(program);
    };
    let mut command = Command::new(runner);
    command.args(words).arg(program);
    command
}

/// Returns output with the line ends of this machine: programs for Windows print `\r\n`.
pub(crate) fn lines(output: &[u8]) -> String {
    let output = String::from_utf8_lossy(output);
    if is_cross() {
        output.replace("\r\n", "\n")
    } else {
        output.into_owned()
    }
}
