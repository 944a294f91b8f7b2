//! The temporary folder of a server, and the process that removes it.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::{
        fs::{MetadataExt, OpenOptionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Mutex, PoisonError},
};

use crate::programs;

/// The users as whom root runs a server.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// Reads process ids until its input ends, which happens however this process ends. Then
/// it ends the last process that it read, even if that is stopped (a server kills stopped
/// children after five seconds), and removes the folder. It tries twice, because `initdb`
/// may still be writing.
const GUARD: &str = r#"
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
    kill -QUIT "$pid"
    kill -CONT "$pid"
    looks=0
    while kill -0 "$pid" && [ "$looks" -lt 100 ]; do
        looks=$((looks + 1))
        sleep 0.1
    done
fi
cd /
rm -rf "$1" || { sleep 2; rm -rf "$1"; }
"#;

/// A folder that only the server's user can read, removed when this process ends.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// The user and group of the server, if not those of this process.
    account: Option<(u32, u32)>,
    guard: Child,
    /// The guard's input. No program that this process starts inherits it.
    pipe: Mutex<Option<ChildStdin>>,
}

impl Folder {
    pub(crate) fn new() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("postgres-").tempdir()?;
        let account = account(folder.path())?;
        give(account, folder.path())?;
        let path = folder.keep();
        let mut guard = Command::new("sh");
        let mut guard = as_server(&mut guard, &path, account)
            .args(["-c", GUARD, "sh"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = Mutex::new(guard.stdin.take());
        Ok(Self {
            path,
            account,
            guard,
            pipe,
        })
    }

    /// Names the process to end with this one; `None` if it has ended, because its id may
    /// be reused.
    pub(crate) fn watch(&self, pid: Option<u32>) -> io::Result<()> {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        let pid = pid.map(|pid| pid.to_string()).unwrap_or_default();
        match pipe.as_mut() {
            Some(pipe) => writeln!(pipe, "{pid}"),
            None => Ok(()),
        }
    }

    /// A command that runs a program as the server's user, in this folder.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = programs::command(name);
        as_server(&mut command, &self.path, self.account).stdin(Stdio::null());
        command
    }

    /// Writes a file that only the server's user can read.
    pub(crate) fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.path.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options.open(&path)?.write_all(text.as_bytes())?;
        give(self.account, &path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let pipe = self.pipe.get_mut();
        drop(pipe.unwrap_or_else(PoisonError::into_inner).take());
        let _ = self.guard.wait();
        // The server's user may have no right to remove it from its parent; root has.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// The user and group to run a server as: `None` for the owner of the new folder, which
/// is this process's user, unless that is root.
fn account(folder: &Path) -> io::Result<Option<(u32, u32)>> {
    if fs::metadata(folder)?.uid() != 0 {
        return Ok(None);
    }
    let id = |which: &str, name: &str| -> Option<u32> {
        let output = Command::new("id").args([which, name]).output().ok()?;
        let id = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
        (id != 0).then_some(id)
    };
    let mut users = USERS.iter();
    let found = users.find_map(|name| Some((id("-u", name)?, id("-g", name)?)));
    let missing = "root cannot run PostgreSQL, and there is no user postgres or nobody";
    found.map(Some).ok_or_else(|| io::Error::other(missing))
}

fn give(account: Option<(u32, u32)>, path: &Path) -> io::Result<()> {
    let chown = |(user, group)| chown(path, Some(user), Some(group));
    account.map_or(Ok(()), chown)
}

/// Has a command run as the server's user, in a process group that no terminal
/// interrupts.
fn as_server<'a>(
    command: &'a mut Command,
    folder: &Path,
    account: Option<(u32, u32)>,
) -> &'a mut Command {
    command.current_dir(folder).env("HOME", folder);
    if let Some((user, group)) = account {
        command.uid(user).gid(group);
    }
    command.process_group(0)
}
