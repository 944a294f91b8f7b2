//! This program as the linker of rustc: it names the version of the symbols.
//!
//! rustc gives the linker of a shared library a version script without a name, and a
//! linker accepts no second one. So the script gets its name here, then the C compiler
//! links. Two versions of the library can then be in one process, because each program
//! asks for the functions of its own.

use std::{
    env::{self, VarError},
    ffi::OsString,
    fs,
    process::{Command, ExitCode},
};

/// The environment variable with the C compiler; it makes this program a linker.
const COMPILER: &str = "STOPGAP_XTASK_LINKER";
/// The environment variable with the name of the version.
const VERSION: &str = "STOPGAP_XTASK_VERSION";

/// The argument before the path of a version script.
const SCRIPT: &str = "-Wl,--version-script=";

/// Makes a command of Cargo link with this program. Returns the flag for rustc.
pub(crate) fn through(
    cargo: &mut Command,
    compiler: &str,
    version: &str,
) -> Result<OsString, String> {
    cargo.env(COMPILER, compiler).env(VERSION, version);
    let here = env::current_exe().map_err(|error| error.to_string())?;
    let mut flag = OsString::from("-Clinker=");
    flag.push(here);
    Ok(flag)
}

/// Links if rustc started this program; otherwise returns `None`.
pub(crate) fn run() -> Option<ExitCode> {
    let compiler = env::var_os(COMPILER)?;
    Some(match link(compiler) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    })
}

fn link(compiler: OsString) -> Result<u8, String> {
    let version = env::var(VERSION).map_err(|error: VarError| error.to_string())?;
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    for argument in &arguments {
        if let Some(script) = argument.to_str().and_then(|it| it.strip_prefix(SCRIPT)) {
            let failed = |error| format!("{script}: {error}");
            let text = fs::read_to_string(script).map_err(failed)?;
            fs::write(script, named(&text, &version)?).map_err(failed)?;
        }
    }
    let mut command = Command::new(&compiler);
    command.args(arguments);
    command.env_remove(COMPILER).env_remove(VERSION);
    let status = command.status();
    let status = status.map_err(|error| format!("{}: {error}", compiler.display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.unwrap_or(1))
}

/// Returns a version script with a name.
fn named(script: &str, version: &str) -> Result<String, String> {
    let body = script.trim_start();
    if body.starts_with('{') {
        Ok(format!("{version} {body}"))
    } else {
        Err(format!(
            "rustc's version script has a name already:\n{script}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_gets_its_name_once() {
        let script = "{\n  global:\n    a;\n\n  local:\n    *;\n};";
        let once = named(script, "STOPGAP_1").unwrap();
        assert_eq!(once, format!("STOPGAP_1 {script}"));
        assert!(named(&once, "STOPGAP_1").is_err());
    }
}
