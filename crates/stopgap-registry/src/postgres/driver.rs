//! The runtime of one connection, on the thread that calls.

use std::{future::Future, io, thread};

use tokio::runtime::{Builder, Handle, Runtime};

use super::{deadline::Deadline, error::Trouble};

/// A runtime; `None` only while it is dropped.
pub(super) struct Driver(Option<Runtime>);

impl Driver {
    pub(super) fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self(Some(runtime)))
    }

    /// Runs work until the deadline.
    pub(super) fn block_on<T: Send>(
        &self,
        deadline: Deadline,
        work: impl Future<Output = T> + Send,
    ) -> Result<T, Trouble> {
        let in_time = async { tokio::time::timeout_at(deadline.instant(), work).await };
        let run = || self.0.as_ref().map(|runtime| runtime.block_on(in_time));
        let done = on_its_own(run)?.ok_or(Trouble::TooLate)?;
        done.map_err(|_| Trouble::TooLate)
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
