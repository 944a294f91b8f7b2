//! The parts that records of all kinds share: the server's keys, instants and tags.

use chrono::{DateTime, Utc};

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

type Make<T> = unsafe extern "C" fn(
    *const T,
    *const stopgap_key_ring,
    *mut stopgap_tag,
    *mut stopgap_error,
) -> stopgap_status;
type Check<T> = unsafe extern "C" fn(
    *const T,
    *const stopgap_key_ring,
    *const stopgap_tag,
    *mut stopgap_error,
) -> stopgap_status;

/// A kind of record: how the fuzzer changes one, and its tags in C and in the core.
pub(super) struct Tags<'a, T> {
    pub(super) edit: fn(&mut Draw<'_>, &mut T),
    pub(super) make: Make<T>,
    pub(super) check: Check<T>,
    pub(super) core_make: &'a dyn Fn(&T) -> Outcome<RecordTag>,
    pub(super) core_check: &'a dyn Fn(&T, &RecordTag) -> Outcome,
}

impl<T: Copy> Tags<'_, T> {
    pub(super) fn check(&self, draw: &mut Draw<'_>, server: &Server, record: &T) {
        let (make, check, ring) = (self.make, self.check, server.ring.pointer);
        let tag = || Ok(*(self.core_make)(record)?.as_bytes());
        let says = |tag: stopgap_tag| tag.bytes;
        let written = output(draw, tag, says, |tag, error| {
            c!(make, record, ring, tag, error)
        });
        // The tag of one record is that of another only if nothing it binds was changed.
        let (mut other, mut bytes) = (*record, written.map_or([9; 32], |tag| tag.bytes));
        match draw.number(0..=3_u8) {
            0 => bytes[draw.number(0..=31)] ^= draw.number(0..=255),
            1 => (self.edit)(draw, &mut other),
            _ => {}
        }
        let expected = (self.core_check)(&other, &RecordTag::from_bytes(bytes));
        let tag = stopgap_tag { bytes };
        call(draw, &expected, |error| {
            c!(check, &raw const other, ring, &raw const tag, error)
        });
    }
}
