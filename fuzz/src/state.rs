//! Sealed states: a model of SPEC, "Sealed state", says whether one opens, and with which
//! fields.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use stopgap::{
    EnrolmentKey,
    offline::{Agent, SealedState, StateError},
};

use crate::{civil, draw::Draw};

/// The number that means never.
pub const NEVER: i64 = i64::MIN;

/// RFC 2104 over SHA-256, for keys of 32 bytes.
fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    block[..32].copy_from_slice(key);
    let inner = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x36))
        .chain_update(message)
        .finalize();
    let outer = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x5C))
        .chain_update(inner);
    outer.finalize().into()
}

/// Returns expand(enrolment key, `stopgap/1/state`), under which states are sealed.
pub fn state_key(enrolment_key: &[u8; 32]) -> [u8; 32] {
    hmac(enrolment_key, b"stopgap/1/state\x01")
}

/// The memory of a machine, with [`NEVER`] for instants that never were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    pub last_minute: i64,
    pub lock_end: i64,
    pub clock_floor: i64,
    pub locked_until: i64,
    pub failures: u32,
}

impl Fields {
    /// The fields of an agent that has done nothing.
    pub const NEW: Self = Self {
        last_minute: NEVER,
        lock_end: NEVER,
        clock_floor: NEVER,
        locked_until: NEVER,
        failures: 0,
    };

    /// Seals the fields under a state key.
    pub fn sealed(&self, key: &[u8; 32]) -> Vec<u8> {
        let mut bytes = b"stopgap\x01".to_vec();
        for field in [
            self.last_minute,
            self.lock_end,
            self.clock_floor,
            self.locked_until,
        ] {
            bytes.extend(field.to_be_bytes());
        }
        bytes.extend(self.failures.to_be_bytes());
        bytes.extend(hmac(key, &bytes));
        bytes
    }
}

/// Returns the fields of a sealed state, or the error if it does not open.
fn model(key: &[u8; 32], bytes: &[u8]) -> Result<Fields, StateError> {
    if bytes.len() > 7 && bytes.starts_with(b"stopgap") && bytes[7] > 1 {
        return Err(StateError::Version { found: bytes[7] });
    }
    if bytes.len() != 76 {
        let found = bytes.len();
        return Err(StateError::WrongLength { found });
    }
    if bytes[44..] != hmac(key, &bytes[..44]) || !bytes.starts_with(b"stopgap\x01") {
        return Err(StateError::DoesNotOpen);
    }
    let field = |at: usize| i64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
    let instants = DateTime::<Utc>::MIN_UTC.timestamp()..=DateTime::<Utc>::MAX_UTC.timestamp();
    let is_instant = |at: usize| field(at) == NEVER || instants.contains(&field(at));
    if [16, 24, 32].into_iter().all(is_instant) {
        Ok(Fields {
            last_minute: field(8),
            lock_end: field(16),
            clock_floor: field(24),
            locked_until: field(32),
            failures: u32::from_be_bytes(bytes[40..44].try_into().unwrap()),
        })
    } else {
        Err(StateError::DoesNotOpen)
    }
}

fn field(draw: &mut Draw<'_>) -> i64 {
    const YEARS: RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
    match draw.number(0..=3_u8) {
        0 => NEVER,
        1 => draw.number(i64::MIN..=i64::MAX),
        2 => draw.number(
            DateTime::<Utc>::MIN_UTC.timestamp() - 2..=DateTime::<Utc>::MAX_UTC.timestamp() + 2,
        ),
        _ => draw.number(YEARS),
    }
}

/// Draws a sealed state, often changed afterwards.
fn bytes(draw: &mut Draw<'_>, key: &[u8; 32]) -> Vec<u8> {
    let fields = Fields {
        last_minute: field(draw),
        lock_end: field(draw),
        clock_floor: field(draw),
        locked_until: field(draw),
        failures: draw.number(0..=u32::MAX),
    };
    let mut bytes = fields.sealed(key);
    let place = |draw: &mut Draw<'_>, most: usize| draw.number(0..=most);
    match draw.number(0..=7_u8) {
        0 => {}
        1 => {
            let place = place(draw, 75);
            bytes[place] ^= draw.number(1..=255);
        }
        // Sealed under the right key, but with another content.
        2 => {
            let place = place(draw, 43);
            bytes[place] ^= draw.number(1..=255);
            bytes.truncate(44);
            bytes.extend(hmac(key, &bytes));
        }
        3 => bytes.truncate(place(draw, 76)),
        4 => bytes.extend(draw.some(100)),
        5 => bytes[7] = draw.number(0..=255),
        6 => bytes = fields.sealed(&state_key(&draw.key())),
        _ => bytes = draw.rest().to_vec(),
    }
    bytes
}

pub fn target(data: &[u8]) {
    let mut draw = Draw::new(data);
    let key = draw.key();
    let sealer = state_key(&key);
    let now = draw.instant(-62_135_596_800..=253_402_300_799);
    let bytes = bytes(&mut draw, &sealer);
    let opened = SealedState::from_slice(&bytes)
        .and_then(|sealed| Agent::resume(EnrolmentKey::from_bytes(key), &sealed));
    let expected = model(&sealer, &bytes);
    let error = opened.as_ref().map(|_| ()).map_err(|error| *error);
    assert_eq!(error, expected.map(|_| ()), "{bytes:?}");
    let (Ok(mut agent), Ok(fields)) = (opened, expected) else {
        return;
    };
    assert_eq!(agent.seal().as_bytes()[..], bytes);

    // The agent has the lock and the clock of the fields.
    let seen = now.timestamp();
    let shown = agent.lock(now);
    let step = agent.log_on(now);
    let (stored, lock) = (step.state(), step.confirm());
    assert_eq!(shown, lock);
    let state = agent.seal();
    let set_back = fields.clock_floor != NEVER && fields.clock_floor - seen > 120;
    let mut then = fields;
    if set_back {
        assert_eq!(lock.unwrap_err().reason(), "clock_rolled_back");
    } else {
        let is_active = seen < fields.lock_end;
        let lock = lock.unwrap().map(|lock| lock.until.timestamp());
        assert_eq!(lock, is_active.then_some(fields.lock_end));
        then.clock_floor = fields.clock_floor.max(seen);
    }
    // Stored if the floor lags by a minute or if the lock has ended; nothing else changes.
    let lag = then.clock_floor.saturating_sub(fields.clock_floor);
    let was_active = fields.clock_floor < fields.lock_end;
    let has_ended = was_active && then.clock_floor >= fields.lock_end;
    let is_due = fields.clock_floor != then.clock_floor && (lag >= 60 || has_ended);
    let stored = stored.map(|stored| *stored.as_bytes());
    assert_eq!(stored, is_due.then(|| *state.as_bytes()));
    assert!(civil::in_range(seen));
    assert_eq!(state.as_bytes()[..], then.sealed(&sealer));
}
