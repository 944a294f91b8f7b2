//! A server that stops, dies, falls silent and comes back.

use std::{
    fs::{self, File},
    io,
    process::{Child, Command},
    sync::{MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use crate::{
    Cluster,
    cluster::command,
    process::{self, Signal},
};

/// How long between two looks at a server that starts or stops.
const LOOK: Duration = Duration::from_millis(5);

/// How often to look before giving up: a minute.
const LOOKS: u32 = 12_000;

/// How a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// In order: it rolls back what is open, tells its clients and its standby, and
    /// writes a checkpoint.
    Fast,
    /// At once, telling its clients only; it recovers when it starts.
    Immediate,
    /// As by a power cut: the server and every process of it, by `SIGKILL`.
    Kill,
}

impl Cluster {
    /// Ends the server and waits until it has ended; nothing where it has already.
    ///
    /// # Errors
    ///
    /// It has not ended within a minute.
    pub fn stop(&self, how: Stop) -> io::Result<()> {
        let mut postmaster = self.postmaster();
        let Some(child) = postmaster.as_mut() else {
            return Ok(());
        };
        if child.try_wait()?.is_none() {
            let pid = child.id();
            match how {
                Stop::Fast => process::signal(pid, Signal::INT)?,
                Stop::Immediate => process::signal(pid, Signal::QUIT)?,
                Stop::Kill => {
                    // All stand still before the first dies: none sees another's death.
                    for child in process::halt(pid)? {
                        let _ = process::signal(child, Signal::KILL);
                    }
                    process::signal(pid, Signal::KILL)?;
                }
            }
            if how != Stop::Kill {
                // Should it be paused; a process that is no more is no trouble.
                cont(pid)?;
            }
            ended(child)?;
            if how == Stop::Kill {
                self.forget_memory();
            }
        }
        *postmaster = None;
        self.folder.watch(None)
    }

    /// Starts the server, with the files, the port and the settings that it had, and
    /// waits until it accepts connections; nothing where it runs.
    ///
    /// # Errors
    ///
    /// It does not start; `AddrInUse` where its port is taken, and otherwise what it
    /// said.
    pub fn start_again(&self) -> io::Result<()> {
        for _ in 0..LOOKS {
            match self.try_start() {
                // What was killed has not quite gone.
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => thread::sleep(LOOK),
                other => return other,
            }
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    fn try_start(&self) -> io::Result<()> {
        let mut postmaster = self.postmaster();
        if let Some(child) = postmaster.as_mut()
            && child.try_wait()?.is_none()
        {
            return Ok(());
        }
        let said = fs::metadata(self.folder.log()).map_or(0, |log| log.len());
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.log())?;
        let mut server = command(&self.programs, &self.folder, "postgres")?;
        server.arg("-D").arg(self.folder.data());
        let child = server.stdout(log.try_clone()?).stderr(log).spawn()?;
        self.folder.watch(Some(child.id()))?;
        let child = postmaster.insert(child);
        for _ in 0..LOOKS {
            if self.ready(child.id()) {
                return Ok(());
            }
            if child.try_wait()?.is_some() {
                *postmaster = None;
                self.folder.watch(None)?;
                return Err(self.refusal(said));
            }
            thread::sleep(LOOK);
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    /// Ends the server at once and starts it, as an emergency does.
    ///
    /// # Errors
    ///
    /// As [`stop`](Self::stop) and [`start_again`](Self::start_again).
    pub fn restart_immediately(&self) -> io::Result<()> {
        self.stop(Stop::Immediate)?;
        self.start_again()
    }

    /// Makes the server silent: connections stay, new ones are taken by the system, and
    /// nothing is answered.
    ///
    /// # Errors
    ///
    /// It does not run.
    pub fn pause(&self) -> io::Result<()> {
        process::halt(self.pid()?).map(|_| ())
    }

    /// Lets a server that was paused go on.
    ///
    /// # Errors
    ///
    /// It does not run.
    pub fn resume(&self) -> io::Result<()> {
        cont(self.pid()?)
    }

    /// Has the server read its settings, where it runs.
    pub(crate) fn reload(&self) -> io::Result<()> {
        match self.pid() {
            Ok(pid) => process::signal(pid, Signal::HUP),
            Err(_) => Ok(()),
        }
    }

    /// The process id of the server.
    fn pid(&self) -> io::Result<u32> {
        let postmaster = self.postmaster();
        let stopped = || io::Error::new(io::ErrorKind::NotConnected, "the server is stopped");
        postmaster.as_ref().map(Child::id).ok_or_else(stopped)
    }

    fn postmaster(&self) -> MutexGuard<'_, Option<Child>> {
        self.postmaster
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the shared memory that a power cut would have taken: the system keeps a
    /// small piece of it, and not many of them.
    fn forget_memory(&self) {
        let text = self.lock_file();
        // The seventh line is its key and its id.
        if let Some((_, id)) = text
            .lines()
            .nth(6)
            .and_then(|line| line.trim().rsplit_once(' '))
        {
            let _ = Command::new("ipcrm").args(["-m", id]).output();
        }
    }

    /// What the running server says of itself, or what one that was killed has said.
    fn lock_file(&self) -> String {
        fs::read_to_string(self.folder.data().join("postmaster.pid")).unwrap_or_default()
    }

    /// Whether the server says that it accepts connections: its eighth line, below the
    /// first, its process id.
    fn ready(&self, pid: u32) -> bool {
        let text = self.lock_file();
        let mut lines = text.lines();
        let id = lines.next().and_then(|id| id.trim().parse().ok());
        id == Some(pid) && lines.nth(6).is_some_and(|line| line.trim() == "ready")
    }

    /// Why it did not start: what it has said since the log was that long.
    fn refusal(&self, said: u64) -> io::Error {
        let log = self.log().unwrap_or_default();
        let said = usize::try_from(said).ok().and_then(|at| log.get(at..));
        let said = said.unwrap_or(&log).trim().to_owned();
        let kind = if said.contains("could not bind") {
            io::ErrorKind::AddrInUse
        } else if said.contains("shared memory block") {
            io::ErrorKind::ResourceBusy
        } else {
            io::ErrorKind::Other
        };
        io::Error::new(kind, said)
    }
}

fn cont(pid: u32) -> io::Result<()> {
    for child in process::children(pid)? {
        let _ = process::signal(child, Signal::CONT);
    }
    process::signal(pid, Signal::CONT)
}

fn ended(child: &mut Child) -> io::Result<()> {
    for _ in 0..LOOKS {
        if child.try_wait()?.is_some() {
            return Ok(());
        }
        thread::sleep(LOOK);
    }
    Err(io::ErrorKind::TimedOut.into())
}
