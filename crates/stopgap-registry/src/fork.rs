//! Processes that fork: a child must neither use nor close what it inherits from its parent.
//!
//! A fork waits until no thread is within a call of a store. Otherwise the child would inherit
//! a lock without the thread that unlocks it. The child leaves the inherited connections as
//! they are, and opens its own when it first needs them.

use std::{
    cell::Cell,
    fmt, mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};
#[cfg(unix)]
use std::{cell::RefCell, sync::Once, time::Duration};

use crate::store::{Result, StoreError};

/// The time for which a fork waits for the calls of other threads.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(2);

static CALLS: Mutex<Calls> = Mutex::new(Calls {
    running: 0,
    is_forking: false,
    is_torn: false,
    generation: 0,
    forks: 0,
});
static CHANGED: Condvar = Condvar::new();

/// The calls of stores that run in this process.
struct Calls {
    running: usize,
    is_forking: bool,
    /// `true` if this process was forked during a call.
    is_torn: bool,
    /// The number of forks between the first process and this one.
    generation: u64,
    /// The number of forks by this process and those before it.
    forks: u64,
}

#[cfg(unix)]
thread_local! {
    /// Held by a thread that forks, so that the child inherits the lock from itself.
    static HELD: RefCell<Option<MutexGuard<'static, Calls>>> = const { RefCell::new(None) };
}

thread_local! {
    /// The calls of this thread that are within each other.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

fn calls() -> MutexGuard<'static, Calls> {
    CALLS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A call of a store, or a lock of a registry, for which a fork waits.
pub(crate) struct Call {
    generation: u64,
}

impl Call {
    /// Begins a call, when no fork is under way. A call within another one begins at once.
    pub(crate) fn begin() -> Self {
        let depth = DEPTH.get();
        let mut calls = calls();
        if depth == 0 {
            let waited = CHANGED.wait_while(calls, |calls| calls.is_forking);
            calls = waited.unwrap_or_else(PoisonError::into_inner);
            calls.running = calls.running.saturating_add(1);
        }
        DEPTH.set(depth.saturating_add(1));
        Self {
            generation: calls.generation,
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let depth = DEPTH.get().saturating_sub(1);
        DEPTH.set(depth);
        let mut calls = calls();
        // A child has none of the calls of its parent.
        if depth == 0 && calls.generation == self.generation {
            calls.running = calls.running.saturating_sub(1);
            CHANGED.notify_all();
        }
    }
}

/// Waits until the calls of other threads have ended, two seconds at most.
#[cfg(unix)]
extern "C" fn before() {
    let mut calls = calls();
    calls.is_forking = true;
    calls.forks = calls.forks.wrapping_add(1);
    let waited = CHANGED.wait_timeout_while(calls, PATIENCE, |calls| calls.running > 0);
    let (calls, _) = waited.unwrap_or_else(PoisonError::into_inner);
    HELD.set(Some(calls));
}

#[cfg(unix)]
extern "C" fn in_parent() {
    if let Some(mut calls) = HELD.take() {
        calls.is_forking = false;
        CHANGED.notify_all();
    }
}

#[cfg(unix)]
extern "C" fn in_child() {
    if let Some(mut calls) = HELD.take() {
        calls.is_forking = false;
        calls.is_torn |= calls.running > 0;
        calls.running = 0;
        calls.generation = calls.generation.wrapping_add(1);
    }
}

/// Lets each fork of this process wait for the calls of stores.
#[cfg(unix)]
fn watch_forks() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the functions have the signature that is asked for, live as long as the
        // process, and do not unwind: they only lock and wait.
        #[expect(unsafe_code, reason = "there is no other way to hear of a fork")]
        let _ = unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
    });
}

#[cfg(not(unix))]
fn watch_forks() {}

/// A value that each process opens for itself, and that a child of the process neither uses
/// nor drops.
pub(crate) struct PerProcess<T> {
    open: Box<dyn Fn() -> Result<T> + Send + Sync>,
    /// `true` if the library behind the value has locks that all values share.
    has_locks: bool,
    slot: Slot<T>,
}

/// The place of a value, by which others can close it.
pub(crate) type Slot<T> = Arc<Mutex<Option<Held<T>>>>;

/// A value, and the process that opened it.
pub(crate) struct Held<T> {
    generation: u64,
    value: Arc<T>,
}

/// Returns the number of forks by this process and those before it.
pub(crate) fn forks() -> u64 {
    calls().forks
}

/// Returns the number of forks between the first process and this one.
pub(crate) fn generation() -> u64 {
    calls().generation
}

/// Returns `true` if this process is a child of one that used stores.
pub(crate) fn is_child() -> bool {
    calls().generation > 0
}

/// A value that can be closed.
pub(crate) trait Close {
    /// Closes the value, when no call uses it any more. That of a parent is left alone.
    fn close(&self);
}

impl<T> Close for Mutex<Option<Held<T>>> {
    fn close(&self) {
        let held = self.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(held) = held
            && held.generation != calls().generation
        {
            mem::forget(held);
        }
    }
}

impl<T> PerProcess<T> {
    /// Opens the value of this process. `has_locks` is `true` if the library behind the value
    /// has locks that all values share.
    pub(crate) fn open(
        has_locks: bool,
        open: impl Fn() -> Result<T> + Send + Sync + 'static,
    ) -> Result<Self> {
        watch_forks();
        let this = Self {
            open: Box::new(open),
            has_locks,
            slot: Slot::default(),
        };
        this.call(|_| Ok(()))?;
        Ok(this)
    }

    /// Does a call with the value of this process.
    pub(crate) fn call<R>(&self, call: impl FnOnce(&T) -> Result<R>) -> Result<R> {
        let running = Call::begin();
        if self.has_locks && calls().is_torn {
            return Err(StoreError::Forked);
        }
        let value = self.value(running.generation)?;
        call(&value)
    }

    /// Returns the place of the value.
    pub(crate) const fn slot(&self) -> &Slot<T> {
        &self.slot
    }

    /// Returns the value of this process.
    #[cfg(test)]
    pub(crate) fn get(&self) -> Arc<T> {
        let held = self.held();
        Arc::clone(&held.as_ref().unwrap().value)
    }

    fn held(&self) -> MutexGuard<'_, Option<Held<T>>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn value(&self, generation: u64) -> Result<Arc<T>> {
        let mut held = self.held();
        if let Some(held) = held.take_if(|held| held.generation != generation) {
            // It is the parent's.
            mem::forget(held);
        }
        if let Some(held) = &*held {
            return Ok(Arc::clone(&held.value));
        }
        let value = Arc::new((self.open)()?);
        *held = Some(Held {
            generation,
            value: Arc::clone(&value),
        });
        Ok(value)
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        self.slot.close();
    }
}

impl<T> fmt::Debug for PerProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PerProcess(..)")
    }
}
