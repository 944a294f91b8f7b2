//! Every refusal and every error once: what makes it, what the log reads, what
//! the person reads.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

#[path = "refusals/answers.rs"]
mod answers;
#[path = "refusals/bounds.rs"]
mod bounds;
#[path = "refusals/canonical.rs"]
mod canonical;
#[path = "refusals/issuing.rs"]
mod issuing;
#[path = "refusals/machine.rs"]
mod machine;
#[path = "refusals/online.rs"]
mod online;
#[path = "refusals/records.rs"]
mod records;
#[path = "refusals/state.rs"]
mod state;

use chrono::{DateTime, TimeDelta, Utc};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{Code, KeyId, KeyRing, MasterKey, OnlineGrant, OnlinePolicy};

/// 2026-11-21 15:00:42 UTC.
const NOW: i64 = 1_795_273_242;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn days(days: i64) -> TimeDelta {
    TimeDelta::try_days(days).unwrap()
}

fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

fn issue(policy: OnlinePolicy) -> (Code, OnlineGrant) {
    policy.issue(&keys(), "alice", at(NOW), &mut rng()).unwrap()
}

fn other_rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(8)
}
