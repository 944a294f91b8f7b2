//! Locks of a registry, which no fork finds held.

use std::ops::{Deref, DerefMut};

use crate::fork::Call;

/// The guard of a lock. A fork waits until it is dropped, so that a child does not inherit a
/// lock that no thread of its own holds.
pub(super) struct Locked<G> {
    // Dropped first.
    guard: G,
    _call: Call,
}

impl<G> Locked<G> {
    pub(super) fn new(lock: impl FnOnce() -> G) -> Self {
        let call = Call::begin();
        Self {
            guard: lock(),
            _call: call,
        }
    }
}

impl<G: Deref> Deref for Locked<G> {
    type Target = G::Target;

    fn deref(&self) -> &G::Target {
        &self.guard
    }
}

impl<G: DerefMut> DerefMut for Locked<G> {
    fn deref_mut(&mut self) -> &mut G::Target {
        &mut self.guard
    }
}
