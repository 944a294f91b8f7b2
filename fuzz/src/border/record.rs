//! Records of `stopgap.h`: structs that come from a caller's store, as they were written,
//! or with some members changed, or full of anything.

use std::ptr;

use chrono::{DateTime, Utc};
use stopgap::{KeyId, KeyRing, MasterKey, Name, Purpose};
use stopgap_c::{
    key_ring::{stopgap_key_ring, stopgap_key_ring_free, stopgap_key_ring_new},
    master_key::stopgap_master_key,
    status::{STOPGAP_NOT_TERMINATED, STOPGAP_OK},
    time::STOPGAP_NEVER,
};

use super::{
    grant, machine,
    memory::{Lent, Outcome, chars, utf8},
    security_code, throttle, value,
};
use crate::draw::Draw;

pub fn target(data: &[u8]) {
    let mut draw = Draw::new(data);
    let server = Server::new();
    for _ in 0..4 {
        match draw.number(0..=15_u8) {
            0..=4 => grant::one(&mut draw, &server),
            5 | 6 => grant::several(&mut draw, &server),
            7..=9 => security_code::authenticate(&mut draw, &server),
            10 | 11 => security_code::change(&mut draw, &server),
            12 => throttle::doors(&mut draw),
            13 => machine::locate(&mut draw),
            14 => machine::answer(&mut draw, &server),
            _ => machine::redeem(&mut draw),
        }
        if draw.is_empty() {
            break;
        }
    }
}

/// When records are issued here: in March 2027, before clocks change.
pub(super) const ISSUED: i64 = 1_805_000_000;
/// The key of the ring.
pub(super) const KEY: u32 = 3;

pub(super) fn issued() -> DateTime<Utc> {
    DateTime::from_timestamp(ISSUED, 0).unwrap()
}

/// A ring of one key, in Rust and in C.
pub(super) struct Server {
    pub(super) keys: KeyRing,
    pub(super) ring: *mut stopgap_key_ring,
}

impl Server {
    fn new() -> Self {
        let bytes = [7; 32];
        let master = stopgap_master_key { bytes };
        let mut ring = ptr::null_mut();
        // SAFETY: the contract of the header.
        let status =
            unsafe { stopgap_key_ring_new(KEY, &raw const master, &raw mut ring, ptr::null_mut()) };
        assert_eq!(status, STOPGAP_OK);
        let keys = KeyRing::new(KeyId(KEY), &MasterKey::from_bytes(bytes));
        Self { keys, ring }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SAFETY: a ring that was made for us.
        unsafe { stopgap_key_ring_free(&raw mut self.ring) };
    }
}

/// An instant near those of the records, or any.
pub(super) fn seconds(draw: &mut Draw<'_>) -> i64 {
    match draw.number(0..=15_u8) {
        0 => value::seconds(draw),
        1 => STOPGAP_NEVER,
        2 => i64::MAX,
        _ => ISSUED + draw.number(-700_000..=700_000),
    }
}

pub(super) fn never_or(seconds: i64) -> Outcome<Option<DateTime<Utc>>> {
    match seconds {
        STOPGAP_NEVER => Ok(None),
        seconds => value::stored(seconds).map(Some),
    }
}

/// A number that is mostly small.
pub(super) fn small(draw: &mut Draw<'_>, most: u32) -> u32 {
    match draw.number(0..=7_u8) {
        0 => draw.one_of(&[0, u32::MAX, u32::MAX - 1, 1 << 31]),
        1 => draw.number(0..=u32::MAX),
        _ => draw.number(0..=most),
    }
}

/// A text in a struct: a name or a description, or anything.
pub(super) fn field<const N: usize>(draw: &mut Draw<'_>) -> [std::ffi::c_char; N] {
    let mut field = [0; N];
    let text: &[u8] = match draw.number(0..=7_u8) {
        0 => b"",
        1..=3 => b"alice",
        4 => "Zoë".as_bytes(),
        _ => draw.some(20),
    };
    field[..text.len()].copy_from_slice(text);
    match draw.number(0..=7_u8) {
        0 => field.fill(b'n'),
        1 => field[..N - 1].fill(b'n'),
        // Behind the NUL may be anything.
        2 => field[text.len() + 1..].fill(draw.number(0..=255)),
        _ => {}
    }
    chars(field)
}

/// What such a field says.
pub(super) fn text(field: &[std::ffi::c_char]) -> Outcome<String> {
    let bytes: Vec<u8> = field.iter().map(|byte| byte.to_ne_bytes()[0]).collect();
    let end = bytes.iter().position(|byte| *byte == 0);
    let end = end.ok_or(STOPGAP_NOT_TERMINATED)?;
    utf8(&bytes[..end]).map(str::to_owned)
}

pub(super) fn name(field: &[std::ffi::c_char]) -> Outcome<Name> {
    Ok(Name::new(&text(field)?)?)
}

/// A user's name as an argument: mostly that of the records.
pub(super) fn user(draw: &mut Draw<'_>) -> Lent {
    let name = match draw.number(0..=7_u8) {
        0 => draw.some(20),
        1 => b"bob",
        _ => b"alice",
    };
    Lent::new(draw, name)
}

/// What somebody typed: mostly this code, in one of the ways in which people write it.
pub(super) fn typed(draw: &mut Draw<'_>, code: &str) -> Lent {
    let typed = match draw.number(0..=7_u8) {
        0 => draw.some(40).to_vec(),
        1 => {
            let mut typed = code.as_bytes().to_vec();
            let place = draw.number(0..=typed.len() - 1);
            typed[place] = draw.one_of(b"0123456789abcdefZ -");
            typed
        }
        2 => code.to_lowercase().into_bytes(),
        3 => code.replace('-', "").into_bytes(),
        _ => code.as_bytes().to_vec(),
    };
    Lent::new(draw, &typed)
}

pub(super) fn purpose_of(number: u32) -> Outcome<Purpose> {
    Ok(match number {
        1 => Purpose::Reset,
        2 => Purpose::Register,
        4 => Purpose::Bypass,
        other => return Err(value::invalid(other)),
    })
}
