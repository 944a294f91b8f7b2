//! A thread that verifies one code repeatedly, and keeps the times of its answers.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use stopgap_registry::{
    Registry,
    stopgap::{OnlinePolicy, Purpose, VerifyRequest, chrono::Utc},
};

use crate::workers::{desk, open};

const USER: &str = "probe";

pub(crate) struct Probe {
    registry: Registry,
    code: String,
    /// The times at which the code was granted.
    successes: Mutex<Vec<Instant>>,
}

impl Probe {
    pub(crate) fn new(url: &str) -> Self {
        let registry = open(url);
        let policy = OnlinePolicy::default().max_uses(1_000_000);
        let issued = registry.issue_code(&desk(), USER, &policy, &Utc).unwrap();
        Self {
            registry,
            code: issued.code.reveal().to_string(),
            successes: Mutex::default(),
        }
    }

    /// Uses the code, each time under another idempotency key, which it repeats until there is
    /// an answer. Returns the times of the grants.
    pub(crate) fn work(&self, over: &AtomicBool) -> Vec<Instant> {
        for turn in 0.. {
            if over.load(Ordering::Relaxed) {
                break;
            }
            let attempt = format!("probe-{turn}");
            let verify = || {
                self.registry.verify_code(
                    &VerifyRequest::new(USER, &self.code, Purpose::Bypass)
                        .idempotency_key(&attempt),
                )
            };
            while let Err(error) = verify() {
                assert!(error.reason().starts_with("store_"), "{error}");
            }
            self.successes.lock().unwrap().push(Instant::now());
        }
        self.successes.lock().unwrap().clone()
    }

    pub(crate) fn wait_for_success_after(&self, instant: Instant) {
        let began = Instant::now();
        while !self
            .successes
            .lock()
            .unwrap()
            .iter()
            .any(|at| *at > instant)
        {
            assert!(began.elapsed() < Duration::from_secs(60), "never");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Returns the number of uses of its code.
    pub(crate) fn uses(registry: &Registry) -> u32 {
        registry.codes(&desk(), USER).unwrap()[0].uses
    }
}
