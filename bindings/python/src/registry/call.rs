//! One call of a registry: its thread and its time.
//!
//! A registry reads its clock several times in a call, and holds its keys meanwhile. A clock
//! in Python could wait for a thread that waits for the keys. So it is read before the call.

use std::{
    cell::RefCell,
    sync::atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};
use pyo3::{exceptions::PyRuntimeError, prelude::*};
use stopgap_registry::{Clock, SystemClock};

use crate::{Result, fork::Running, function::Function, time::Instant};

/// A running call of this thread.
#[derive(Clone, Copy, Default)]
struct Frame {
    /// The registry's address, if the call may hold a transaction.
    busy: Option<usize>,
    /// The time of the registry's clock.
    now: Option<DateTime<Utc>>,
}

thread_local! {
    static CALLS: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

/// A call, which ends when this is dropped.
pub(super) struct Call(Running);

impl Drop for Call {
    fn drop(&mut self) {
        CALLS.with_borrow_mut(Vec::pop);
    }
}

impl Call {
    /// Reads the clock, and begins a call. `busy` is the address of the registry, if its
    /// transaction calls functions of the caller.
    pub(super) fn begin(
        py: Python<'_>,
        clock: Option<&Function>,
        busy: Option<usize>,
    ) -> Result<Self> {
        let now = read(py, clock)?;
        Ok(Self::push(py, Frame { busy, now }))
    }

    /// Begins a call at the time that the registry's clock said last.
    pub(super) fn without_clock(py: Python<'_>) -> Self {
        Self::push(py, Frame::default())
    }

    fn push(py: Python<'_>, frame: Frame) -> Self {
        let running = Running::begin(py);
        CALLS.with_borrow_mut(|calls| calls.push(frame));
        Self(running)
    }
}

/// Runs a function of the caller while the registry holds nothing: the function may call the
/// registry. It may take long, so the clock is read again after it.
pub(super) fn outside<T>(
    py: Python<'_>,
    clock: Option<&Function>,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let change = |change: &mut dyn FnMut(&mut Frame)| {
        CALLS.with_borrow_mut(|calls| calls.last_mut().map(change));
    };
    let mut busy = None;
    change(&mut |call| busy = call.busy.take());
    let done = work().and_then(|done| Ok((done, read(py, clock)?)));
    change(&mut |call| call.busy = busy);
    let (done, now) = done?;
    change(&mut |call| call.now = now);
    Ok(done)
}

/// Returns the time of a clock in Python.
fn read(py: Python<'_>, clock: Option<&Function>) -> Result<Option<DateTime<Utc>>> {
    let read = |clock: &Function| Ok(clock.0.bind(py).call0()?.extract::<Instant>()?.0);
    clock.map(read).transpose()
}

/// Returns `true` if this thread may be within a transaction of that registry.
pub(super) fn is_within(registry: usize) -> bool {
    CALLS.with_borrow(|calls| calls.iter().any(|call| call.busy == Some(registry)))
}

/// Fails if this thread may be within a transaction of that registry.
pub(super) fn not_within(registry: usize) -> Result<()> {
    if is_within(registry) {
        return Err(PyRuntimeError::new_err(
            "a tzinfo must not call the registry that called it: the call would wait for ever",
        ));
    }
    Ok(())
}

/// Returns the time of the running call, if it has a clock in Python.
fn said() -> Option<DateTime<Utc>> {
    CALLS.with_borrow(|calls| calls.last().and_then(|call| call.now))
}

/// Returns the time of the running call.
pub(super) fn now() -> DateTime<Utc> {
    said().unwrap_or_else(|| SystemClock.now())
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
        if let Some(now) = said() {
            self.last.store(now.timestamp_micros(), Ordering::Relaxed);
            return now;
        }
        let last = self.last.load(Ordering::Relaxed);
        DateTime::from_timestamp_micros(last).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}
