//! Another process, which is this test binary once more.
//!
//! A test of the binary is the worker's side. It returns at once unless
//! [`ROLE`] says that it was started as one.

use std::{
    env,
    io::{self, BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// What a worker is to do: set for workers alone.
const ROLE: &str = "STOPGAP_WORKER";

/// What this process was started for, where it is a worker.
pub(crate) fn role() -> Option<String> {
    env::var(ROLE).ok()
}

/// Tells the parent one line, at once: a worker may be killed after it. Not by
/// `println!`, which the test harness may keep to itself.
pub(crate) fn tell(line: &str) {
    let mut stdout = io::stdout().lock();
    // The harness leaves its own line open.
    let told = writeln!(stdout, "\n{MARK}{line}").and_then(|()| stdout.flush());
    told.expect("the parent listens");
}

/// Begins the lines that are a worker's own and not the harness's.
const MARK: &str = "@ ";

/// A worker as its parent sees it. It is killed where it is dropped.
#[derive(Debug)]
pub(crate) struct Worker {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    /// Starts this binary's test `worker` in a process of its own.
    pub(crate) fn start(role: &str, settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env::current_exe().expect("this binary"));
        command
            .args(["worker", "--exact", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let stdin = child.stdin.take().expect("piped");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        Self {
            child,
            stdin,
            lines: stdout.lines(),
        }
    }

    /// Says lines to the worker.
    pub(crate) fn say(&mut self, lines: &str) {
        let said = self.stdin.write_all(lines.as_bytes());
        said.and_then(|()| self.stdin.flush()).expect("it listens");
    }

    /// What the worker tells next; none after its end.
    pub(crate) fn hear(&mut self) -> Option<String> {
        // What it was writing when it was killed may be cut off, and ends there.
        let mut lines = self.lines.by_ref().map_while(Result::ok);
        lines.find_map(|line| line.strip_prefix(MARK).map(str::to_owned))
    }

    /// Kills it, as with `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
