//! Each refusal and each error: its cause, its reason in the log, and its sentence for
//! the person.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "refusals/answers.rs"]
mod answers;
#[path = "refusals/bounds.rs"]
mod bounds;
#[path = "refusals/canonical.rs"]
mod canonical;
#[path = "refusals/formats.rs"]
mod formats;
#[path = "refusals/issuing.rs"]
mod issuing;
#[path = "refusals/keys.rs"]
mod keys;
#[path = "refusals/machine.rs"]
mod machine;
#[path = "refusals/names.rs"]
mod names;
#[path = "refusals/online.rs"]
mod online;
#[path = "refusals/replay.rs"]
mod replay;
#[path = "refusals/requests.rs"]
mod requests;
#[path = "refusals/security.rs"]
mod security;
#[path = "refusals/state.rs"]
mod state;
#[path = "refusals/throttle.rs"]
mod throttle;
#[path = "refusals/validity.rs"]
mod validity;

use chrono::{DateTime, TimeDelta, Utc};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Code, KeyId, KeyRing, MasterKey, OnlineGrant, OnlinePolicy, Sealed, offline::Enrolment,
};

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

fn other_rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(8)
}

fn issue(policy: OnlinePolicy) -> (Code, Sealed<OnlineGrant>) {
    policy.issue(&keys(), "alice", at(NOW), &mut rng()).unwrap()
}

fn enrol(user: &str, machine: &str) -> Sealed<Enrolment> {
    Enrolment::new(&keys(), user, machine, at(NOW), &mut rng()).unwrap()
}
