//! Wine, with a prefix in Cargo's folder.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::{
    built::{self, Built},
    programs,
};

/// The paths of the program: Debian's `wine` prints advice about 32-bit programs.
const PROGRAMS: [&str; 3] = ["/usr/lib/wine/wine64", "wine64", "wine"];

/// A machine with Windows.
pub(crate) struct Windows {
    wine: &'static str,
    prefix: PathBuf,
    /// The folder of the programs.
    programs: PathBuf,
    /// Is locked while this test has the prefix.
    _lock: File,
}

impl Windows {
    /// Returns the machine with the provider's files, and without an enrolment; `None` if a tool
    /// is missing.
    pub(crate) fn ready() -> Option<Self> {
        let wine = PROGRAMS.into_iter().find(|name| programs::here(name));
        let Some(wine) = wine else {
            programs::skipped("Wine is not installed");
            return None;
        };
        let place = built::target().join("credential-provider");
        fs::create_dir_all(&place).unwrap();
        // Another run waits, because it has the same machine.
        let lock = File::create(place.join("lock")).unwrap();
        lock.lock().unwrap();
        let built = Built::all()?;
        let windows = Self {
            wine,
            prefix: place.join("wine"),
            programs: built.folder.clone(),
            _lock: lock,
        };
        windows.boot();
        windows.install(&built);
        Some(windows)
    }

    /// Makes the prefix, or starts the services of the one that is there: their output is not
    /// that of a program.
    fn boot(&self) {
        let made = self.prefix.join("made");
        let mut boot = self.command("wineboot");
        if !made.exists() {
            let _ = fs::remove_dir_all(&self.prefix);
            fs::create_dir_all(&self.prefix).unwrap();
            boot.arg("--init");
        }
        boot.stdin(Stdio::null()).stdout(Stdio::null());
        assert!(boot.stderr(Stdio::null()).status().unwrap().success());
        fs::write(made, "").unwrap();
    }

    fn install(&self, built: &Built) {
        let _ = fs::remove_dir_all(self.data(""));
        self.run("regedit", &["unregister.reg"], "");
        for library in &built.libraries {
            let name = library.file_name().unwrap();
            let system = self.prefix.join("drive_c/windows/system32");
            fs::copy(library, system.join(name)).unwrap();
        }
    }

    /// Returns the path of a file of the agent.
    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.prefix.join("drive_c/ProgramData/Stopgap").join(name)
    }

    /// Returns a command of Windows.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.wine);
        let path: &Path = program.as_ref();
        match path.extension() {
            Some(_) => command.arg(self.programs.join(path)),
            None => command.arg(program),
        };
        command
            .current_dir(&self.programs)
            .env("WINEPREFIX", &self.prefix)
            .env("WINEDEBUG", "-all")
            // Neither .NET, nor HTML, nor entries in the menus of this machine.
            .env("WINEDLLOVERRIDES", "mscoree=;mshtml=;winemenubuilder.exe=")
            .env("TZ", "UTC")
            .env("LC_ALL", "C")
            .env_remove("DISPLAY");
        command
    }

    /// Starts a program.
    pub(crate) fn start(&self, program: &str, arguments: &[&str]) -> Child {
        let mut command = self.command(program);
        command.args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs a program with this input. Returns whether it succeeded, and its output.
    pub(crate) fn run(&self, program: &str, arguments: &[&str], input: &str) -> (bool, String) {
        let mut child = self.start(program, arguments);
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let ended = child.wait_with_output().unwrap();
        let said = [ended.stdout, ended.stderr].concat();
        let said = String::from_utf8_lossy(&said).replace('\r', "");
        (ended.status.success(), said.trim_end().to_owned())
    }
}
