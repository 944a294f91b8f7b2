//! Commands that steps run.

use std::{
    ffi::OsString,
    io::{self, BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use crate::{
    outcome::Outcome,
    server,
    shown::{is_kept, say},
};

/// Returns the root of the workspace, in which every command runs.
pub(crate) fn root() -> PathBuf {
    // A copy of this program may run in another clone than the one that built it.
    let here = std::env::var_os("CARGO_MANIFEST_DIR");
    let here = here.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.ancestors().nth(2).unwrap_or(&here).to_path_buf()
}

/// The beginnings of variables that Cargo sets for this program.
const OF_THIS_PROGRAM: [&str; 2] = ["CARGO_MANIFEST_", "CARGO_PKG_"];

/// Returns a command of the Cargo that runs this program, in the environment of that Cargo:
/// if build scripts saw the variables of this program, they would run again after a build
/// from a shell, and most crates would be built twice.
pub(crate) fn cargo(arguments: &str) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(arguments.split(' ')).current_dir(root());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if OF_THIS_PROGRAM.iter().any(|start| name.starts_with(start)) {
            command.env_remove(&*name);
        }
    }
    command
}

/// Returns a command at the root: a program and its arguments, between spaces.
pub(crate) fn program(line: &str) -> Command {
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).current_dir(root());
    command
}

/// Fails with [`Outcome::Skipped`] and this remedy unless a command works.
pub(crate) fn needs(command: Command, remedy: &str) -> Result<(), Outcome> {
    let skipped = || Outcome::Skipped(remedy.to_owned());
    works(command).then_some(()).ok_or_else(skipped)
}

/// Returns `true` if a command can be started and succeeds. Its output is dropped.
pub(crate) fn works(mut command: Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Returns the standard output of a command that succeeds.
pub(crate) fn output(mut command: Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{told}{command:?}: {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

/// Returns the standard output and the standard error of a command that succeeds.
pub(crate) fn output_of_both(mut command: Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| error.to_string())?;
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    if output.status.success() {
        Ok(told)
    } else {
        Err(format!("{told}\n{command:?}: {}", output.status))
    }
}

/// Returns the count in `test result: ok. 8 passed; 0 failed; …`.
pub(crate) fn tests_passed(line: &str) -> u32 {
    line.strip_prefix("test result: ok. ")
        .and_then(|counts| counts.split(' ').next())
        .and_then(|count| count.parse().ok())
        .unwrap_or_default()
}

/// Runs tests, and returns how many passed. Fails if none ran.
pub(crate) fn count_tests(command: Command) -> Result<u32, String> {
    let mut passed = 0_u32;
    run(command, |line| {
        passed = passed.saturating_add(tests_passed(line));
    })?;
    if passed == 0 {
        return Err("no test ran".into());
    }
    Ok(passed)
}

/// Runs a command, shows its output, and gives each line of it to `read`.
pub(crate) fn run(command: Command, mut read: impl FnMut(&str)) -> Result<(), String> {
    self::read(command, |line| {
        say(line);
        read(line);
    })
}

/// Runs a command, and gives each line of its output to `read`.
pub(crate) fn read(mut command: Command, mut read: impl FnMut(&str)) -> Result<(), String> {
    say(&format!("{command:?}"));
    server::tell(&mut command);
    let (mut child, lines) = spawn(&mut command).map_err(|error| error.to_string())?;
    // The command holds the other end of the pipe, which must close when the child ends.
    drop(command);
    // Tests may print bytes that are not UTF-8.
    for line in BufReader::new(lines).split(b'\n') {
        let line = line.map_err(|error| error.to_string())?;
        read(&String::from_utf8_lossy(&line));
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(status.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// Starts a command. Its standard error is mixed into its output if that is kept, and
/// stays on the terminal otherwise, since Cargo shows its progress there.
fn spawn(command: &mut Command) -> io::Result<(Child, Box<dyn Read>)> {
    command.stdin(Stdio::null());
    if is_kept() {
        let (lines, write) = io::pipe()?;
        command.stderr(write.try_clone()?).stdout(write);
        return Ok((command.spawn()?, Box::new(lines)));
    }
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let lines = child.stdout.take();
    let lines = lines.ok_or_else(|| io::Error::other("no standard output"))?;
    Ok((child, Box::new(lines)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_does_not_see_the_variables_of_this_program() {
        let command = cargo("--version");
        let removed = |name: &str| {
            let mut variables = command.get_envs();
            variables.any(|(variable, value)| variable == name && value.is_none())
        };
        assert!(removed("CARGO_MANIFEST_DIR"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG_")) {
            assert!(removed(&name), "{name}");
        }
        assert!(!removed("PATH"));
    }
}
