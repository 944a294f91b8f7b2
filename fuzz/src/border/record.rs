//! The parts that records of all kinds share: the server's keys, instants and tags.

use chrono::{DateTime, TimeDelta, Utc};

use super::prelude::*;

/// The instant at which records are issued: in March 2027, before clocks change.
pub(super) const ISSUED: i64 = 1_805_000_000;
/// The key of the ring.
pub(super) const KEY: u32 = 3;

pub(super) fn issued() -> DateTime<Utc> {
    DateTime::from_timestamp(ISSUED, 0).unwrap()
}

/// Draws an instant, mostly near the issue of the records.
pub(super) fn seconds(draw: &mut Draw<'_>) -> i64 {
    match draw.number(0..=15_u8) {
        0 => any_seconds(draw),
        1 => STOPGAP_NEVER,
        2 => i64::MAX,
        _ => ISSUED + draw.number(-700_000..=700_000),
    }
}

/// Draws any instant, mostly near the issue of the records.
pub(super) fn moment(draw: &mut Draw<'_>) -> DateTime<Utc> {
    let micros = TimeDelta::microseconds(draw.number(0..=1_000_000));
    let moment = DateTime::from_timestamp(seconds(draw), 0).unwrap_or_else(issued);
    moment.checked_add_signed(micros).unwrap_or(moment)
}

/// Draws an instant, or its absence.
pub(super) fn never_or_seconds(draw: &mut Draw<'_>) -> i64 {
    if draw.coin() {
        seconds(draw)
    } else {
        STOPGAP_NEVER
    }
}

/// A ring of one key, in Rust and in C.
pub(super) struct Server {
    pub(super) keys: KeyRing,
    pub(super) ring: Handle<stopgap_key_ring>,
}

impl Server {
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        let master = stopgap_master_key { bytes };
        let new = |ring, error| c!(stopgap_key_ring_new, KEY, &raw const master, ring, error);
        Self {
            keys: KeyRing::new(KeyId(KEY), &MasterKey::from_bytes(bytes)),
            ring: Handle::new(stopgap_key_ring_free, new),
        }
    }
}

/// The keys of another server.
pub(super) fn stranger() -> KeyRing {
    KeyRing::new(KeyId(KEY), &MasterKey::from_bytes([8; 32]))
}

/// Changes some bytes of an array, or leaves it as it is.
pub(super) fn scratch(draw: &mut Draw<'_>, bytes: &mut [u8]) {
    bytes[draw.number(0..=bytes.len() - 1)] ^= draw.number(0..=255);
}
