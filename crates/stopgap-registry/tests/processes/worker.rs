//! Worker processes, which run this test binary again.
//!
//! A test of the binary, `worker`, does their work. It returns at once unless [`ROLE`] is set.

mod program;

use std::{
    env,
    io::{self, BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

use self::program::program;

/// The variable that has the work of a worker. It is set only for workers.
const ROLE: &str = "STOPGAP_WORKER";

/// Returns the work of this process; `None` if it is no worker.
pub(crate) fn role() -> Option<String> {
    env::var(ROLE).ok()
}

/// Prints one line for the parent in one call, so that a worker may be killed before or after
/// it, but not in the middle. The test harness may capture `println!`.
pub(crate) fn tell(line: &str) {
    // The harness may have printed the beginning of a line.
    let line = format!("\n{MARK}{line}\n");
    let mut stdout = io::stdout().lock();
    let told = stdout.write_all(line.as_bytes());
    told.and_then(|()| stdout.flush())
        .expect("the parent reads");
}

/// The beginning of a worker's lines; lines of the harness do not have it.
const MARK: &str = "@ ";

/// The parent's side of a worker, which is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Worker {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    /// Starts this binary's test `worker` in its own process.
    pub(crate) fn start(role: &str, settings: &[(&str, &str)]) -> Self {
        let mut command = program(env::current_exe().expect("this binary"));
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

    /// Sends lines to the worker.
    pub(crate) fn say(&mut self, lines: &str) {
        let said = self.stdin.write_all(lines.as_bytes());
        said.and_then(|()| self.stdin.flush()).expect("it listens");
    }

    /// Returns the next line of the worker; `None` after its end.
    pub(crate) fn hear(&mut self) -> Option<String> {
        let mut lines = self.lines.by_ref().map_while(Result::ok);
        lines.find_map(|line| line.strip_prefix(MARK).map(str::to_owned))
    }

    /// Kills the worker, like `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The worker may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
