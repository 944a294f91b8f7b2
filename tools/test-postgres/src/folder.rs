//! The temporary folder of a server.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{account::Account, guard::Guard, programs};

/// A folder that only the server's user can read, and that is removed with its guard.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    account: Option<Account>,
    guard: Option<Guard>,
}

impl Folder {
    pub(crate) fn new() -> io::Result<Self> {
        let account = Account::needed()?;
        let made = tempfile::Builder::new().prefix("postgres-").tempdir()?;
        if let Some(account) = account {
            account.gets(made.path())?;
        }
        let mut folder = Self {
            path: made.keep(),
            account,
            guard: None,
        };
        let shell = folder.command(Path::new("sh"));
        folder.guard = Some(Guard::new(shell, &folder.path)?);
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The cluster's files, which `initdb` or `pg_basebackup` makes.
    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// What the server says.
    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// The process that must not outlive this one.
    pub(crate) fn watch(&self, pid: Option<u32>) -> io::Result<()> {
        self.guard.as_ref().map_or(Ok(()), |guard| guard.watch(pid))
    }

    /// A command of the server's user, in this folder, that no terminal interrupts.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = programs::command(program);
        command
            .current_dir(&self.path)
            .env("HOME", &self.path)
            .stdin(Stdio::null())
            .process_group(0);
        if let Some(account) = self.account {
            account.runs(&mut command);
        }
        command
    }

    /// Writes a file that only the server's user can read.
    pub(crate) fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options.open(path)?.write_all(text.as_bytes())?;
        self.account.map_or(Ok(()), |account| account.gets(path))
    }

    /// Runs a command of the server's to its end.
    ///
    /// # Errors
    ///
    /// It fails; the error says what it said.
    pub(crate) fn run(mut command: Command) -> io::Result<()> {
        let output = command.output()?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let program = command.get_program().to_string_lossy();
        let said = format!("{program}: {}: {}", output.status, said.trim());
        Err(io::Error::other(said))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.guard.take());
        // Root's, should its parent be no place for the server's user to remove it from.
        let _ = fs::remove_dir_all(&self.path);
    }
}
