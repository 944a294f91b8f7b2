//! One call of a registry: its thread and its time.
//!
//! A registry reads its clock within a transaction. A clock in Python could wait for a
//! thread that waits for the transaction. So it is read before the call.

use std::{cell::RefCell, marker::PhantomData};

use chrono::{DateTime, Utc};
use pyo3::{exceptions::PyRuntimeError, prelude::*};
use stopgap_registry::{Clock, SystemClock};

use crate::{Result, function::Function, time::Instant};

/// A running call of this thread.
#[derive(Clone, Copy)]
struct Frame {
    /// The registry's address, if the call holds a transaction.
    busy: Option<usize>,
    /// The time of the registry's clock.
    now: Option<DateTime<Utc>>,
}

thread_local! {
    static CALLS: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

/// A call, which ends when this is dropped.
pub(super) struct Call(PhantomData<*const ()>);

impl Drop for Call {
    fn drop(&mut self) {
        CALLS.with_borrow_mut(Vec::pop);
    }
}

impl Call {
    /// Begins a call: reads the clock.
    pub(super) fn begin(
        py: Python<'_>,
        clock: Option<&Function>,
        busy: Option<usize>,
    ) -> Result<Self> {
        let now = match clock {
            None => None,
            Some(clock) => Some(clock.0.bind(py).call0()?.extract::<Instant>()?.0),
        };
        CALLS.with_borrow_mut(|calls| calls.push(Frame { busy, now }));
        Ok(Self(PhantomData))
    }
}

/// Fails if this thread is within a transaction of that registry.
pub(super) fn not_within(registry: usize) -> Result<()> {
    let within = |calls: &Vec<Frame>| calls.iter().any(|call| call.busy == Some(registry));
    if CALLS.with_borrow(within) {
        return Err(PyRuntimeError::new_err(
            "neither keep nor a tzinfo may call the registry that called it: the call would \
            wait for ever",
        ));
    }
    Ok(())
}

/// Returns the time of the running call.
pub(super) fn now() -> DateTime<Utc> {
    let said = CALLS.with_borrow(|calls| calls.last().and_then(|call| call.now));
    said.unwrap_or_else(|| SystemClock.now())
}

/// The clock of a registry that has one in Python.
pub(super) struct Said;

impl Clock for Said {
    fn now(&self) -> DateTime<Utc> {
        let said = CALLS.with_borrow(|calls| calls.last().and_then(|call| call.now));
        // A registry refuses an instant before 1970.
        said.unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}
