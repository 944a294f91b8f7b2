//! The runtime of one connection, on the thread that calls.

use std::{future::Future, io, pin::pin, thread};

use tokio::runtime::{Builder, Handle, Runtime};

use super::{deadline::Deadline, error::Trouble};
use crate::wait;

/// A runtime; `None` only while it is dropped.
pub(super) struct Driver(Option<Runtime>);

impl Driver {
    pub(super) fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self(Some(runtime)))
    }

    /// Runs work until the deadline, or until the program ends the wait.
    pub(super) fn block_on<T: Send>(
        &self,
        deadline: Deadline,
        work: impl Future<Output = T> + Send,
    ) -> Result<T, Trouble> {
        let in_time = async {
            let mut in_time = pin!(tokio::time::timeout_at(deadline.instant(), work));
            loop {
                match tokio::time::timeout(wait::PAUSE, &mut in_time).await {
                    Ok(done) => return done.ok(),
                    Err(_) if wait::is_interrupted() => return None,
                    Err(_) => {}
                }
            }
        };
        let run = || {
            self.0
                .as_ref()
                .and_then(|runtime| runtime.block_on(in_time))
        };
        on_its_own(run)?.ok_or(Trouble::TooLate)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // A look-up of a name may still run, and a thread of the caller's own runtime may
            // not wait for it.
            runtime.shutdown_background();
        }
    }
}

/// Runs work on this thread, or on another one if this thread belongs to a runtime of the
/// caller, in which no other runtime may run.
fn on_its_own<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Trouble> {
    if Handle::try_current().is_err() {
        return Ok(work());
    }
    thread::scope(|scope| {
        let other = thread::Builder::new().spawn_scoped(scope, work);
        match other.map_err(Trouble::Runtime)?.join() {
            Ok(done) => Ok(done),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
