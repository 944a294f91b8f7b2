//! Forks by Python: the child must inherit no lock and no use of a registry that another
//! thread has.
//!
//! The store waits for its own locks. This waits for whole calls, and without the interpreter,
//! which the other threads may need to finish. Atomics cannot be left locked. Threads change
//! them only while they hold the interpreter, so no two change them at once.

use std::{
    cell::Cell,
    marker::PhantomData,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
    time::Duration,
};

use pyo3::{
    prelude::*,
    types::{PyDict, PyModule},
};

use crate::Result;

/// The calls that run in this process.
static RUNNING: AtomicUsize = AtomicUsize::new(0);
/// The threads that are about to fork.
static FORKING: AtomicUsize = AtomicUsize::new(0);

/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(1);
/// The looks of a fork: it waits for two seconds.
const LOOKS: u32 = 2_000;

thread_local! {
    /// The calls of this thread that are within each other.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// `true` if this thread is about to fork.
    static IS_FORKING: Cell<bool> = const { Cell::new(false) };
}

/// A running call, for which a fork waits. It must be dropped with the interpreter.
pub(crate) struct Running(PhantomData<*const ()>);

impl Running {
    /// Begins a call, when no other thread is about to fork. A call within another one begins
    /// at once.
    pub(crate) fn begin(py: Python<'_>) -> Self {
        let depth = DEPTH.get();
        if depth == 0 {
            while FORKING.load(Relaxed) > 0 && !IS_FORKING.get() {
                py.detach(|| thread::sleep(PAUSE));
            }
            RUNNING.fetch_add(1, Relaxed);
        }
        DEPTH.set(depth.saturating_add(1));
        Self(PhantomData)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let depth = DEPTH.get().saturating_sub(1);
        DEPTH.set(depth);
        if depth == 0 {
            RUNNING.fetch_sub(1, Relaxed);
        }
    }
}

/// Returns 1 if this thread is within a call, which it may fork from: a fork that waited for the
/// call would never end.
fn own() -> usize {
    DEPTH.get().min(1)
}

/// Waits until the calls of other threads have ended, two seconds at most.
#[pyfunction]
fn before(py: Python<'_>) {
    IS_FORKING.set(true);
    FORKING.fetch_add(1, Relaxed);
    for _ in 0..LOOKS {
        if RUNNING.load(Relaxed) <= own() {
            break;
        }
        py.detach(|| thread::sleep(PAUSE));
    }
}

#[pyfunction]
fn in_parent() {
    IS_FORKING.set(false);
    FORKING.fetch_sub(1, Relaxed);
}

/// Forgets the calls and forks of threads that the child does not have.
#[pyfunction]
fn in_child() {
    IS_FORKING.set(false);
    FORKING.store(0, Relaxed);
    RUNNING.store(own(), Relaxed);
}

/// Lets each fork by Python wait for calls.
pub(crate) fn watch_forks(py: Python<'_>) -> Result<()> {
    let os = PyModule::import(py, "os")?;
    // Windows has no fork.
    let Some(register) = os.getattr_opt("register_at_fork")? else {
        return Ok(());
    };
    let hooks = PyDict::new(py);
    hooks.set_item("before", wrap_pyfunction!(before, py)?)?;
    hooks.set_item("after_in_parent", wrap_pyfunction!(in_parent, py)?)?;
    hooks.set_item("after_in_child", wrap_pyfunction!(in_child, py)?)?;
    register.call((), Some(&hooks)).map(drop)
}
