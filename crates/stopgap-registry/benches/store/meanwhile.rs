//! Threads that verify at a fixed pace while something else happens.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use stopgap_registry::{
    Registry,
    stopgap::{Purpose, VerifyRequest},
};

use super::{
    clients::{self, Calls},
    filled::Sample,
};

/// The number of threads that verify.
pub(super) const THREADS: usize = 2;
/// The pause of each thread after a call.
const PAUSE: Duration = Duration::from_millis(2);

/// Verifies codes while `work` runs.
pub(super) fn verify_during<T>(
    registry: &Registry,
    codes: &[Sample],
    work: impl FnOnce() -> T,
) -> (Calls, T) {
    let over = AtomicBool::new(false);
    let call = |number: usize| {
        let Sample { user, code } = &codes[number % codes.len()];
        let granted = registry.verify_code(&VerifyRequest::new(user, code, Purpose::Bypass));
        assert!(granted.expect("it is valid").uses_left.is_some());
    };
    let is_over = |_| over.load(Ordering::Relaxed);
    let verify = || clients::run_until(THREADS, PAUSE, is_over, || call);
    thread::scope(|scope| {
        let verifying = scope.spawn(verify);
        let done = work();
        over.store(true, Ordering::Relaxed);
        (verifying.join().expect("no panic"), done)
    })
}
