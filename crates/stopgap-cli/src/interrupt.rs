//! Signals that end the command, and the work that they must not leave half done.

#[cfg(unix)]
pub(crate) use unix::{Guard, die, guard};

#[cfg(unix)]
mod unix {
    use std::{
        io, mem, ptr,
        sync::{Mutex, MutexGuard, OnceLock, PoisonError},
        thread,
    };

    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
        iterator::Signals,
        low_level::emulate_default_handler,
    };

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
            listen()?;
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

    fn listen() -> io::Result<()> {
        let heeded = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];
        let heeded = heeded.into_iter().filter(|signal| !is_ignored(*signal));
        let mut signals = Signals::new(heeded.collect::<Vec<_>>())?;
        let listener = move || {
            for signal in signals.forever() {
                // The lock is held to the end: the command does not go on meanwhile.
                let mut work = locked();
                if work.as_mut().is_none_or(|work| work(signal)) {
                    die(signal);
                }
            }
        };
        thread::Builder::new().spawn(listener).map(|_| ())
    }

    fn is_ignored(signal: i32) -> bool {
        // SAFETY: `sigaction` is a C struct of integers and a pointer, for which zeros are valid.
        let mut action: libc::sigaction = unsafe { mem::zeroed() };
        // SAFETY: without a new action the call only writes the present one to `action`.
        let asked = unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) };
        asked == 0 && action.sa_sigaction == libc::SIG_IGN
    }

    /// Ends the process by a signal, as if it had never been caught.
    pub(crate) fn die(signal: i32) {
        // It fails for unknown signals only.
        let _ = emulate_default_handler(signal);
    }
}

#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Guard(());

/// Does nothing: there are no signals.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it may fail on other systems")]
pub(crate) fn guard(_: impl FnMut(i32) -> bool + Send + 'static) -> std::io::Result<Guard> {
    Ok(Guard(()))
}

/// Does nothing: there are no signals.
#[cfg(not(unix))]
pub(crate) fn die(_: i32) {}
