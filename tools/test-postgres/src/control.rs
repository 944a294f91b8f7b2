//! Stopping, killing, pausing and restarting a server.

use std::{
    fs::{self, File},
    io,
    process::{Child, Command},
    sync::{MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use crate::{Cluster, Stop, programs};

impl Cluster {
    /// Ends the server and waits until it has ended. Does nothing if it is stopped.
    pub fn stop(&self, how: Stop) -> io::Result<()> {
        let mut postmaster = self.postmaster();
        let Some(child) = postmaster.as_mut() else {
            return Ok(());
        };
        if child.try_wait()?.is_none() {
            let pid = child.id();
            match how {
                Stop::Fast => signal(pid, "INT")?,
                Stop::Immediate => signal(pid, "QUIT")?,
                Stop::Kill => {
                    // All are stopped before the first dies, so that none sees a death.
                    halt(pid)?;
                    signal_children(pid, "KILL")?;
                    signal(pid, "KILL")?;
                }
            }
            if how != Stop::Kill {
                // The server may be paused. It may also have ended by now.
                let _ = go_on(pid);
            }
            wait_for(|| Ok(child.try_wait()?.map(|_| ())))?;
            if how == Stop::Kill {
                self.remove_shared_memory();
            }
        }
        *postmaster = None;
        self.folder.watch(None)
    }

    /// Starts the server with its files, port and settings, and waits until it accepts
    /// connections. Does nothing if it runs.
    pub fn start_again(&self) -> io::Result<()> {
        wait_for(|| match self.start_once() {
            // Killed processes have not quite ended.
            Err(error) if error.to_string().contains("shared memory block") => Ok(None),
            other => other.map(Some),
        })
    }

    fn start_once(&self) -> io::Result<()> {
        let mut postmaster = self.postmaster();
        if let Some(child) = postmaster.as_mut()
            && child.try_wait()?.is_none()
        {
            return Ok(());
        }
        let before = self.log().unwrap_or_default().len();
        let mut log = File::options();
        let log = log
            .create(true)
            .append(true)
            .open(self.folder.path.join("log"))?;
        let mut server = self.folder.command("postgres");
        server.args(["-D", "data"]).stdout(log.try_clone()?);
        let child = postmaster.insert(server.stderr(log).spawn()?);
        let pid = child.id();
        self.folder.watch(Some(pid))?;
        let started = wait_for(|| {
            let ended = child.try_wait()?.is_some();
            Ok((ended || self.is_ready(pid)).then_some(!ended))
        })?;
        if started {
            return Ok(());
        }
        *postmaster = None;
        self.folder.watch(None)?;
        let log = self.log().unwrap_or_default();
        Err(io::Error::other(log.get(before..).unwrap_or(&log).trim()))
    }

    /// Makes the server silent: connections stay open, the system accepts new ones, and
    /// no answer comes.
    pub fn pause(&self) -> io::Result<()> {
        halt(self.pid()?)
    }

    /// Ends a [pause](Self::pause).
    pub fn resume(&self) -> io::Result<()> {
        go_on(self.pid()?)
    }

    /// Changes settings of a running server and waits until it has read them. Some take
    /// effect at its next start only.
    pub fn set(&self, settings: &[(&str, &str)]) -> io::Result<()> {
        let read_at = || self.psql("postgres", "select pg_conf_load_time()");
        let before = read_at()?;
        self.append(settings)?;
        signal(self.pid()?, "HUP")?;
        wait_for(|| Ok((read_at()? != before).then_some(())))
    }

    /// Turns a standby into a primary and waits until it is one.
    pub fn promote(&self) -> io::Result<()> {
        let promote = "select pg_promote(true, 60)";
        match self.psql("postgres", promote)?.as_str() {
            "t" => Ok(()),
            _ => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    fn pid(&self) -> io::Result<u32> {
        let postmaster = self.postmaster();
        let stopped = || io::Error::new(io::ErrorKind::NotConnected, "the server is stopped");
        postmaster.as_ref().map(Child::id).ok_or_else(stopped)
    }

    fn postmaster(&self) -> MutexGuard<'_, Option<Child>> {
        let postmaster = self.postmaster.lock();
        postmaster.unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the small piece of shared memory that the system keeps of a killed server,
    /// and that a power cut would have taken. There is room for few of them.
    fn remove_shared_memory(&self) {
        // The seventh line has its key and its id.
        let line = self.lock_file().lines().nth(6).map(str::to_owned);
        if let Some((_, id)) = line.as_deref().and_then(|line| line.rsplit_once(' ')) {
            let _ = Command::new("ipcrm").args(["-m", id]).output();
        }
    }

    /// The file in which a server describes itself.
    fn lock_file(&self) -> String {
        fs::read_to_string(self.folder.path.join("data/postmaster.pid")).unwrap_or_default()
    }

    /// `true` if the server says that it accepts connections: on the eighth line, with
    /// its process id on the first.
    fn is_ready(&self, pid: u32) -> bool {
        let text = self.lock_file();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        lines.first() == Some(&pid.to_string().as_str()) && lines.get(7) == Some(&"ready")
    }
}

fn halt(pid: u32) -> io::Result<()> {
    // The server first, so that it starts no further child.
    signal(pid, "STOP")?;
    signal_children(pid, "STOP")
}

fn go_on(pid: u32) -> io::Result<()> {
    signal_children(pid, "CONT")?;
    signal(pid, "CONT")
}

fn signal(pid: u32, name: &str) -> io::Result<()> {
    let mut kill = Command::new("kill");
    kill.arg(format!("-{name}")).arg(pid.to_string());
    programs::run(&mut kill).map(|_| ())
}

/// Signals the children of a process, which need not have any.
fn signal_children(pid: u32, name: &str) -> io::Result<()> {
    let mut pkill = Command::new("pkill");
    pkill.arg(format!("-{name}")).arg("-P").arg(pid.to_string());
    pkill.output().map(|_| ())
}

/// Waits for an outcome, for up to a minute.
fn wait_for<T>(mut outcome: impl FnMut() -> io::Result<Option<T>>) -> io::Result<T> {
    for _ in 0..12_000 {
        if let Some(found) = outcome()? {
            return Ok(found);
        }
        thread::sleep(Duration::from_millis(5));
    }
    Err(io::ErrorKind::TimedOut.into())
}
