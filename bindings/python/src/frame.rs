//! The call that works on this thread.
//!
//! Functions of the caller run in the middle of a call, and may switch to another greenlet, which
//! begins a call on the same thread and ends it later than the first. So there is no stack of
//! calls: while Python runs, the call is taken off the thread, and kept by the code that waits
//! for Python.

use std::cell::RefCell;

use chrono::{DateTime, Utc};
use pyo3::prelude::*;

/// A call of a registry.
#[derive(Default)]
pub(crate) struct Frame {
    /// The registry's address.
    pub(crate) registry: Option<usize>,
    /// The time of the registry's clock.
    pub(crate) now: Option<DateTime<Utc>>,
    /// The exception of a signal handler, such as `KeyboardInterrupt`.
    pub(crate) raised: Option<PyErr>,
}

thread_local! {
    static CURRENT: RefCell<Option<Frame>> = const { RefCell::new(None) };
    /// The registries that wait for Python, and must not be called by it.
    static WAITING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Puts a call back when it is dropped, also after a panic.
struct Before(Option<Frame>);

impl Drop for Before {
    fn drop(&mut self) {
        CURRENT.replace(self.0.take());
    }
}

/// Works as a call. Returns the exception of a signal handler too.
pub(crate) fn within<T>(frame: Frame, work: impl FnOnce() -> T) -> (T, Option<PyErr>) {
    let before = Before(CURRENT.replace(Some(frame)));
    let done = work();
    let frame = CURRENT.take();
    drop(before);
    (done, frame.and_then(|frame| frame.raised))
}

/// Runs Python in the middle of a call, which is off the thread meanwhile.
pub(crate) fn attach<T>(work: impl FnOnce(Python<'_>) -> T) -> T {
    off_thread(CURRENT.take(), || Python::attach(work))
}

/// A registry that waits for a function; it no longer does when this is dropped.
struct Waiting(Option<usize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        let Some(registry) = self.0 else { return };
        WAITING.with_borrow_mut(|waiting| {
            let place = waiting.iter().rposition(|one| *one == registry);
            place.map(|place| waiting.swap_remove(place));
        });
    }
}

/// Works while a call is off the thread, and its registry must not be called.
fn off_thread<T>(frame: Option<Frame>, work: impl FnOnce() -> T) -> T {
    let registry = frame.as_ref().and_then(|frame| frame.registry);
    if let Some(registry) = registry {
        WAITING.with_borrow_mut(|waiting| waiting.push(registry));
    }
    let _before = Before(frame);
    let _waiting = Waiting(registry);
    work()
}

/// Returns `true` if a function that runs on this thread must not call that registry.
pub(crate) fn is_waiting(registry: usize) -> bool {
    WAITING.with_borrow(|waiting| waiting.contains(&registry))
}

/// Returns the time of the call, if its registry has a clock in Python.
pub(crate) fn now() -> Option<DateTime<Utc>> {
    CURRENT.with_borrow(|frame| frame.as_ref()?.now)
}

/// Runs the handlers of signals, if this is the main thread. Returns `true` if one of them has
/// raised an exception, such as `KeyboardInterrupt`: the call shall end.
pub(crate) fn is_interrupted() -> bool {
    let Some(mut frame) = CURRENT.take() else {
        return false;
    };
    if frame.raised.is_none() {
        let registry = frame.registry;
        let waiting = Frame {
            registry,
            ..Frame::default()
        };
        // No thread attaches while the interpreter ends.
        let ask = || Python::try_attach(|py| py.check_signals().err());
        frame.raised = off_thread(Some(waiting), ask).flatten();
    }
    let is_interrupted = frame.raised.is_some();
    CURRENT.replace(Some(frame));
    is_interrupted
}
