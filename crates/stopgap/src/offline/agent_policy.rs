//! The figures of an agent.

use crate::{alphabet::Alphabet, throttle::ThrottlePolicy};

/// The figures of an agent (SPEC, "Redeeming").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct AgentPolicy {
    /// The alphabet of request codes and offline codes, the same as the server's.
    pub alphabet: Alphabet,
    /// Age of a request code, in minutes, up to which its answer is redeemed. Default 30.
    pub window_minutes: u16,
    /// Minutes back in which a code is searched to tell a late code from a wrong one.
    /// Default 1,440.
    pub diagnose_minutes: u16,
    /// Seconds by which the clock may be set back. Default 120.
    pub clock_tolerance_seconds: u32,
    /// The figures of the throttle.
    pub throttle: ThrottlePolicy,
}

impl Default for AgentPolicy {
    fn default() -> Self {
        Self {
            alphabet: Alphabet::UNAMBIGUOUS,
            window_minutes: 30,
            diagnose_minutes: 1_440,
            clock_tolerance_seconds: 120,
            throttle: ThrottlePolicy::default(),
        }
    }
}
