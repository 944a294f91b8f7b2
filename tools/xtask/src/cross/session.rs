//! The command on a target: codes are issued, verified and redeemed there, and by the command
//! of this machine with the same files.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::host::Host;
use crate::{
    python,
    step::{Outcome, cargo, output_of_both},
};

/// Builds the command and uses it.
pub(crate) fn command(host: &Host) -> Result<String, Outcome> {
    // For this machine, and for the target.
    output_of_both(cargo("build --package stopgap-cli"))?;
    output_of_both(host.cargo("build", "--package stopgap-cli"))?;
    let target = host.target;
    let built = python::target().join(target.triple).join("debug");
    let folder = host.folder.join("session");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut session = Session {
        host,
        program: built.join(format!("stopgap{}", target.suffix())),
        folder,
        done: 0,
    };
    session.online()?;
    session.offline()?;
    session.security()?;
    session.upkeep()?;
    session.unheard()?;
    session.of_this_machine()?;
    if target.is_windows() {
        session.exposed()?;
        session.interrupted()?;
    }
    Ok(format!("{} commands", session.done))
}

struct Session<'a> {
    host: &'a Host,
    program: PathBuf,
    folder: PathBuf,
    /// The number of commands that did what they should.
    done: u32,
}

impl Session<'_> {
    /// Runs the command with these words and this input. It must end with this status, and
    /// its output must contain this text.
    fn run(&mut self, words: &str, input: &str, status: i32, text: &str) -> Result<String, String> {
        let command = self.host.start(&self.program);
        self.ran(command, words, input, status, text)
    }

    /// Gives a command its words, its folder, and an environment that is the same everywhere.
    fn command(&self, mut command: Command, words: &str) -> Command {
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("STOPGAP_") {
                command.env_remove(name);
            }
        }
        // Wine reads the words by the locale.
        command.env("TZ", "UTC").env("LC_ALL", "C.UTF-8");
        command.args(words.split(' ')).current_dir(&self.folder);
        command
    }

    fn ran(
        &mut self,
        command: Command,
        words: &str,
        input: &str,
        status: i32,
        text: &str,
    ) -> Result<String, String> {
        let mut command = self.command(command, words);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let told = |error: std::io::Error| format!("stopgap {words}: {error}");
        let mut child = command.spawn().map_err(told)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that reads nothing has closed its end.
            let _ = writeln!(stdin, "{input}");
        }
        let output = child.wait_with_output().map_err(told)?;
        let printed = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
        let said = String::from_utf8_lossy(&output.stderr).replace("\r\n", "\n");
        if output.status.code() != Some(status) || !(printed.contains(text) || said.contains(text))
        {
            return Err(format!(
                "stopgap {words}: {} in place of {status} and {text:?}\n{printed}{said}",
                output.status
            ));
        }
        self.done = self.done.saturating_add(1);
        Ok(printed.trim().to_owned())
    }

    fn online(&mut self) -> Result<(), String> {
        self.run("init", "", 0, "")?;
        let code = self.run("online issue alice --valid 7d", "", 0, "-")?;
        let typed = code.to_lowercase().replace('-', " ");
        self.run(
            "online verify alice",
            &typed,
            0,
            "Granted: bypass for alice",
        )?;
        self.run("online verify bob", &typed, 1, "")?;
        self.run("online verify alice", "0000-0000-0000", 1, "")?;
        self.run("online list alice", "", 0, "alice")?;
        self.run("online revoke alice", "", 0, "")?;
        self.run("online verify alice", &typed, 1, "")?;
        // A name outside of ASCII is the same in the store and in the output.
        let code = self.run("online issue Zoë --max-uses 1", "", 0, "-")?;
        self.run("online verify Zoë", &code, 0, "Zoë")?;
        self.run("online verify Zoë", &code, 1, "")?;
        Ok(())
    }

    fn offline(&mut self) -> Result<(), String> {
        let enrol = "machine enrol alice LAPTOP-17 --out laptop-17.enrolment";
        self.run(enrol, "", 0, "")?;
        let request = self.run("agent request laptop-17.enrolment", "", 0, "-")?;
        let request = request.split_whitespace().next().unwrap_or_default();
        let answer = format!("offline answer alice {request} --valid 7d");
        let code = self.run(&answer, "", 0, "-")?;
        let redeem = "agent redeem laptop-17.enrolment";
        self.run(redeem, &code, 0, "until")?;
        self.run(redeem, &code, 1, "That code has been used.")?;
        self.run("agent status laptop-17.enrolment", "", 0, "until")?;
        self.run("agent clear laptop-17.enrolment", "", 0, "")?;
        Ok(())
    }

    fn security(&mut self) -> Result<(), String> {
        let create = "security create --same-as bob --scope reports.read --description report";
        let code = self.run(create, "", 0, "stopgap_")?;
        self.run(
            "security authenticate --directory-role help_desk",
            &code,
            0,
            "bob",
        )?;
        self.run("security authenticate", &format!("{code}0"), 1, "")?;
        self.run("security list", "", 0, "report")?;
        Ok(())
    }

    fn upkeep(&mut self) -> Result<(), String> {
        self.run("log --kind online.verify", "", 0, "alice")?;
        self.run("backup copy.db", "", 0, "")?;
        self.run("doctor", "", 0, "room for the store")?;
        self.run("key add", "", 0, "")?;
        self.run("key list", "", 0, "2")?;
        Ok(())
    }

    /// A reader that closes the output, such as `head`, ends the command without an error.
    fn unheard(&mut self) -> Result<(), String> {
        let mut command = self.command(self.host.start(&self.program), "log");
        let told = |error: std::io::Error| format!("stopgap log, unheard: {error}");
        let (reader, writer) = std::io::pipe().map_err(told)?;
        command.stdin(Stdio::null()).stdout(writer);
        drop(reader);
        let output = command.stderr(Stdio::piped()).output().map_err(told)?;
        if !output.status.success() || !output.stderr.is_empty() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("stopgap log, unheard: {}\n{said}", output.status));
        }
        self.done = self.done.saturating_add(1);
        Ok(())
    }

    /// Verifies a code of the target with the command of this machine, and the other way.
    fn of_this_machine(&mut self) -> Result<(), String> {
        let name = format!("stopgap{}", env::consts::EXE_SUFFIX);
        let here = python::target().join("debug").join(name);
        let mut theirs = self.run("online issue carol", "", 0, "-")?;
        owner_alone(&self.folder)?;
        self.ran(
            Command::new(&here),
            "online verify carol",
            &theirs,
            0,
            "carol",
        )?;
        theirs = self.ran(Command::new(&here), "online issue dave", "", 0, "-")?;
        self.run("online verify dave", &theirs, 0, "dave")?;
        Ok(())
    }

    /// A key file that others can read is refused.
    fn exposed(&mut self) -> Result<(), String> {
        set_mode(&self.folder.join("stopgap.key"), 0o644)?;
        self.run("online issue alice", "", 3, "too open")?;
        set_mode(&self.folder.join("stopgap.key"), 0o600)?;
        self.run("online issue alice", "", 0, "-")?;
        Ok(())
    }

    /// Ctrl-C at the hidden prompt gives the console back as it was. `script` makes a terminal
    /// for Wine.
    fn interrupted(&mut self) -> Result<(), String> {
        let source = self.host.folder.join("console.c");
        let program = self.host.folder.join("console.exe");
        fs::write(&source, include_str!("console.c")).map_err(|error| error.to_string())?;
        let mut compile = Command::new(&self.host.cc);
        compile.args(["-Wall", "-Wextra", "-Werror", "-o"]);
        compile.arg(&program).arg(&source);
        output_of_both(compile)?;
        let words = "online verify alice";
        let line = format!(
            "'{}' '{}' '\"{}\" {words}'",
            self.host.runner.join(" "),
            program.display(),
            self.program.display()
        );
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]);
        script.current_dir(&self.folder);
        self.host.prepare(&mut script);
        output_of_both(script).map_err(|error| format!("Ctrl-C at the prompt: {error}"))?;
        self.done = self.done.saturating_add(1);
        Ok(())
    }
}

/// Gives the files the mode that they have on this machine: Wine knows others.
fn owner_alone(folder: &Path) -> Result<(), String> {
    let told = |error: std::io::Error| error.to_string();
    for entry in fs::read_dir(folder).map_err(told)? {
        set_mode(&entry.map_err(told)?.path(), 0o600)?;
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;

    let set = fs::set_permissions(path, fs::Permissions::from_mode(mode));
    set.map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> Result<(), String> {
    Ok(())
}
