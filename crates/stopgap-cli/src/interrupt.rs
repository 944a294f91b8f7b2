//! Signals that end the command, and the work that they must not leave half done. On Windows,
//! Ctrl-C and Ctrl-Break at the console.

#[cfg(not(any(unix, windows)))]
mod none;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::{
    io,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

#[cfg(not(any(unix, windows)))]
use none as system;
pub(crate) use system::die;
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// Work to do before a signal ends the process. It returns `false` if the process goes on.
type Work = Box<dyn FnMut(i32) -> bool + Send>;

static WORK: Mutex<Option<Work>> = Mutex::new(None);
static LISTENER: OnceLock<()> = OnceLock::new();

/// The time in which a signal does the work.
#[derive(Debug)]
pub(crate) struct Guard(());

/// Does the work if a signal is about to end the process, until the guard is dropped. Signals
/// that the parent ignores, as `nohup` does, stay ignored.
pub(crate) fn guard(work: impl FnMut(i32) -> bool + Send + 'static) -> io::Result<Guard> {
    *locked() = Some(Box::new(work));
    let guard = Guard(());
    if LISTENER.get().is_none() {
        system::listen(interrupted)?;
        // Two threads may both have begun to listen, which does no harm.
        let _ = LISTENER.set(());
    }
    Ok(guard)
}

impl Drop for Guard {
    /// Waits for a signal that is doing the work.
    fn drop(&mut self) {
        *locked() = None;
    }
}

fn locked() -> MutexGuard<'static, Option<Work>> {
    WORK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does the work, and ends the process unless it goes on.
fn interrupted(signal: i32) {
    // The lock is held to the end: the command does not go on meanwhile.
    let mut work = locked();
    if work.as_mut().is_none_or(|work| work(signal)) {
        die(signal);
    }
}
