//! One call of a registry: its time, and its interruption.
//!
//! A registry reads its clock several times in a call, and holds its keys meanwhile. A clock
//! in Python could wait for a thread that waits for the keys. So it is read before the call.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};
use pyo3::{exceptions::PyRuntimeError, prelude::*};
use stopgap_registry::{Clock, Error, StoreError, SystemClock};

use super::core::{Core, address, release};
use crate::{
    Result,
    error::{OrRaise, Raise, at},
    fork::Running,
    frame::{self, Frame},
    function::Function,
    time::Instant,
};

/// A call of a registry. It can work in several steps, between which functions of the caller
/// run. No Rust waits for them on the stack, because they may switch to another greenlet.
pub(super) struct Call {
    core: Arc<Core>,
    now: Option<DateTime<Utc>>,
}

impl Call {
    pub(super) fn new(core: Arc<Core>, now: Option<DateTime<Utc>>) -> Self {
        Self { core, now }
    }

    /// Takes a step.
    pub(super) fn step<T: Send>(
        self,
        py: Python<'_>,
        work: impl FnOnce(&Core) -> Result<T, Error> + Send,
    ) -> Result<(Self, T)> {
        let Self { core, now } = self;
        // After an error, the registry is released without the interpreter.
        let frame = frame_of(&core, now);
        let work = move || work(&core).map(|done| (core, done));
        let (core, done) = run(py, frame, work)?.or_raise(py)?;
        Ok((Self { core, now }, done))
    }

    /// Takes the last step.
    pub(super) fn end<T: Send, E: Failure + Send>(
        self,
        py: Python<'_>,
        work: impl FnOnce(&Core) -> Result<T, E> + Send,
    ) -> Result<Result<T, E>> {
        let Self { core, now } = self;
        let frame = frame_of(&core, now);
        // If the registry was closed meanwhile, the store is released here too.
        run(py, frame, move || work(&core))
    }

    /// Ends without another step.
    pub(super) fn abandon(self, py: Python<'_>) {
        release(py, &mut Some(self.core));
    }

    /// Reads the clock again: a function of the caller may have taken long.
    pub(super) fn read_again(&mut self, py: Python<'_>, clock: Option<&Function>) -> Result<()> {
        self.now = read(py, clock)?;
        Ok(())
    }
}

fn frame_of(core: &Arc<Core>, now: Option<DateTime<Utc>>) -> Frame {
    Frame {
        registry: Some(address(core)),
        now,
        ..Frame::default()
    }
}

/// Works without the interpreter. If a signal handler raises an exception meanwhile, this is
/// raised, and its cause is the error if the outcome is not known.
pub(super) fn run<T: Send, E: Failure + Send>(
    py: Python<'_>,
    frame: Frame,
    work: impl FnOnce() -> Result<T, E> + Send,
) -> Result<Result<T, E>> {
    let running = Running::begin(py);
    let (done, raised) = py.detach(|| frame::within(frame, work));
    drop(running);
    let Some(raised) = raised else {
        return Ok(done);
    };
    let cause = match done {
        Ok(_) => Some(StoreError::Unknown("the call was interrupted".into()).raise(py)),
        Err(error) => error.is_unknown().then(|| error.raised(py)),
    };
    if cause.is_some() {
        raised.set_cause(py, cause);
    }
    Err(raised)
}

/// An error of a call.
pub(super) trait Failure {
    /// Returns `true` if the outcome of the call is not known.
    fn is_unknown(&self) -> bool;

    fn raised(self, py: Python<'_>) -> PyErr;
}

/// The error of one of many calls, after which those before it have been done.
impl Failure for (usize, Error) {
    fn is_unknown(&self) -> bool {
        self.0 > 0 || self.1.is_unknown()
    }

    fn raised(self, py: Python<'_>) -> PyErr {
        at(py, self.0, self.1.raise(py))
    }
}

impl Failure for Error {
    fn is_unknown(&self) -> bool {
        matches!(self, Self::Store(error) if !error.outcome_is_known())
    }

    fn raised(self, py: Python<'_>) -> PyErr {
        self.raise(py)
    }
}

/// Returns the time of a clock in Python.
pub(super) fn read(py: Python<'_>, clock: Option<&Function>) -> Result<Option<DateTime<Utc>>> {
    let read = |clock: &Function| Ok(clock.0.bind(py).call0()?.extract::<Instant>()?.0);
    clock.map(read).transpose()
}

/// Fails if that registry waits for a function on this thread.
pub(super) fn not_within(registry: usize) -> Result<()> {
    if frame::is_waiting(registry) {
        return Err(PyRuntimeError::new_err(
            "a tzinfo or a signal handler must not call the registry that waits for it: the \
            call would wait for ever",
        ));
    }
    Ok(())
}

/// Returns the time of the running call.
pub(super) fn now() -> DateTime<Utc> {
    frame::now().unwrap_or_else(|| SystemClock.now())
}

/// The clock of a registry that has one in Python.
pub(super) struct Said {
    /// The last time, in microseconds: for a registry that is dropped outside a call.
    last: AtomicI64,
}

impl Said {
    pub(super) const fn new() -> Self {
        // A registry refuses an instant before 1970.
        Self {
            last: AtomicI64::new(i64::MIN),
        }
    }
}

impl Clock for Said {
    fn now(&self) -> DateTime<Utc> {
        if let Some(now) = frame::now() {
            self.last.store(now.timestamp_micros(), Ordering::Relaxed);
            return now;
        }
        let last = self.last.load(Ordering::Relaxed);
        DateTime::from_timestamp_micros(last).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}
