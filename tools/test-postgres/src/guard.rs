//! What ends a server whose owner has gone.

use std::{
    io::{self, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Mutex, PoisonError},
};

/// Reads process ids until its input ends, which is when the owner ends, however it
/// does. Then it ends the last one at once, also where it is stopped (of one that was
/// paused the server kills what is left after five seconds), and removes the folder;
/// twice, should `initdb` have been at work in it.
const SCRIPT: &str = r#"
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

/// A shell that holds the other end of a pipe of ours.
///
/// The pipe closes with this process, also where that is killed, and no program that
/// this process starts inherits it.
#[derive(Debug)]
pub(crate) struct Guard {
    shell: Child,
    pipe: Mutex<Option<ChildStdin>>,
}

impl Guard {
    /// The shell, given the command that runs `sh` as whom the server runs as.
    pub(crate) fn new(mut shell: Command, folder: &Path) -> io::Result<Self> {
        let mut shell = shell
            .args(["-c", SCRIPT, "sh"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = Mutex::new(shell.stdin.take());
        Ok(Self { shell, pipe })
    }

    /// The process to end; `None` where it has ended, and its id may be another's.
    pub(crate) fn watch(&self, pid: Option<u32>) -> io::Result<()> {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        let pid = pid.map(|pid| pid.to_string()).unwrap_or_default();
        match pipe.as_mut() {
            Some(pipe) => writeln!(pipe, "{pid}"),
            None => Ok(()),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let pipe = self.pipe.get_mut();
        drop(pipe.unwrap_or_else(PoisonError::into_inner).take());
        let _ = self.shell.wait();
    }
}
