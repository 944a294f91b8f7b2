//! The registry in Rust, which a registry in Python shares with its calls.

use std::sync::Arc;

use pyo3::prelude::*;

use crate::fork::Running;

pub(super) type Core = stopgap_registry::Registry;

/// Returns the address of a registry, which tells it from others.
pub(super) fn address(core: &Arc<Core>) -> usize {
    Arc::as_ptr(core).addr()
}

/// Drops a registry without the interpreter. Its counted events are stored.
pub(super) fn release(py: Python<'_>, core: &mut Option<Arc<Core>>) {
    // There is no call that a signal could end.
    let _running = Running::begin(py);
    py.detach(|| drop(core.take()));
}
