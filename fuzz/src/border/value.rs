//! Numbers, instants, names and typed texts: drawn in the form that C passes, and read by
//! the rules of the header.

use std::ffi::{c_char, c_void};

use chrono::{DateTime, Datelike, Utc};
use stopgap::{Language, LifecycleState, Purpose, Role, Validity, Zone};
use stopgap_c::{
    lifetime::stopgap_lifecycle_state,
    random::stopgap_random,
    status::{STOPGAP_ERR_NOT_TERMINATED, STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_UNKNOWN_ZONE},
    text::stopgap_text,
    time::STOPGAP_NEVER,
    validity::{STOPGAP_VALIDITY_MINUTES, STOPGAP_VALIDITY_MONTH},
};

use super::{
    failure::{Failure, Outcome, role_number},
    layout::{bytes, context},
    memory::{Lent, utf8},
};
use crate::{civil, draw::Draw};

/// Draws a number that is mostly small.
pub(super) fn small(draw: &mut Draw<'_>, most: u32) -> u32 {
    match draw.number(0..=7_u8) {
        0 => draw.one_of(&[0, u32::MAX, u32::MAX - 1, 1 << 31]),
        1 => draw.number(0..=u32::MAX),
        _ => draw.number(0..=most),
    }
}

/// Draws any number, mostly near the years 1 to 9999.
pub(super) fn any_seconds(draw: &mut Draw<'_>) -> i64 {
    match draw.number(0..=7_u8) {
        0 => draw.number(i64::MIN..=i64::MAX),
        1 => draw.one_of(&[i64::MIN, i64::MAX, -62_135_596_801, 253_402_300_800]),
        _ => draw.number(-62_135_700_000..=253_402_400_000),
    }
}

pub(super) fn stored(seconds: i64) -> Outcome<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| STOPGAP_ERR_TIME_OUT_OF_RANGE.into())
}

pub(super) fn never_or(seconds: i64) -> Outcome<Option<DateTime<Utc>>> {
    match seconds {
        STOPGAP_NEVER => Ok(None),
        seconds => stored(seconds).map(Some),
    }
}

/// Reads an instant that is an argument.
pub(super) fn instant(seconds: i64) -> Outcome<DateTime<Utc>> {
    match stored(seconds)? {
        instant if (1..=9999).contains(&instant.year()) => Ok(instant),
        _ => Err(STOPGAP_ERR_TIME_OUT_OF_RANGE.into()),
    }
}

pub(super) fn zone_name(draw: &mut Draw<'_>) -> Lent {
    const KNOWN: [&[u8]; 5] = [
        b"",
        b"UTC",
        b"Europe/Berlin",
        b"Australia/Lord_Howe",
        b"Europe/Berlin\0",
    ];
    let name = match draw.number(0..=7_u8) {
        0 => draw.some(20),
        _ => draw.one_of(&KNOWN),
    };
    Lent::new(draw, name)
}

pub(super) fn zone_of(name: &Lent) -> Outcome<Zone> {
    match name.text()? {
        "" => Ok(Zone::UTC),
        name => name.parse().map_err(|_| STOPGAP_ERR_UNKNOWN_ZONE.into()),
    }
}

pub(super) fn validity(draw: &mut Draw<'_>) -> (u32, Outcome<Validity>) {
    let number = match draw.number(0..=7_u8) {
        0 => draw.number(0..=u32::MAX),
        1 => STOPGAP_VALIDITY_MONTH,
        2 => STOPGAP_VALIDITY_MINUTES + draw.number(0..=1_442),
        _ => draw.number(0..=33),
    };
    (number, validity_of(number))
}

pub(super) fn validity_of(number: u32) -> Outcome<Validity> {
    match number {
        STOPGAP_VALIDITY_MONTH => Ok(Validity::MONTH),
        STOPGAP_VALIDITY_MINUTES..=0x1_FFFF => {
            Ok(Validity::minutes(number - STOPGAP_VALIDITY_MINUTES)?)
        }
        days => Ok(Validity::days(days)?),
    }
}

pub(super) fn validity_number(validity: Validity) -> u32 {
    if let Some(minutes) = civil::minutes_of(validity) {
        return STOPGAP_VALIDITY_MINUTES + u32::try_from(minutes).unwrap();
    }
    let days = civil::days_of(validity);
    days.map_or(STOPGAP_VALIDITY_MONTH, |days| days.try_into().unwrap())
}

pub(super) fn purpose_of(number: u32) -> Outcome<Purpose> {
    match number {
        1 => Ok(Purpose::Reset),
        2 => Ok(Purpose::Register),
        4 => Ok(Purpose::Bypass),
        other => Err(Failure::invalid(other)),
    }
}

pub(super) fn language_of(number: u32) -> Outcome<Language> {
    match number {
        1 => Ok(Language::English),
        2 => Ok(Language::German),
        3 => Ok(Language::French),
        4 => Ok(Language::Spanish),
        other => Err(Failure::invalid(other)),
    }
}

pub(super) fn role_of(number: u32) -> Outcome<Role> {
    let role = Role::ALL
        .into_iter()
        .find(|role| role_number(*role) == number);
    role.ok_or_else(|| Failure::invalid(number))
}

/// The kind and the expiry of `stopgap_lifecycle_state`.
pub(super) fn lifecycle_state(state: LifecycleState) -> (u32, i64) {
    match state {
        LifecycleState::Active { expires_at } => (1, expires_at.timestamp()),
        LifecycleState::Permanent => (2, STOPGAP_NEVER),
        LifecycleState::Expired { expired_at } => (3, expired_at.timestamp()),
        LifecycleState::Gone => (4, STOPGAP_NEVER),
    }
}

pub(super) fn lifecycle_members(state: stopgap_lifecycle_state) -> (u32, i64) {
    (state.kind, state.expires_at)
}

/// Draws a text in a struct: a name, a description or any bytes.
pub(super) fn field<const N: usize>(draw: &mut Draw<'_>) -> [c_char; N] {
    let mut field = [0; N];
    let text: &[u8] = match draw.number(0..=7_u8) {
        0 => b"",
        1..=3 => b"alice",
        4 => "Zoë".as_bytes(),
        _ => draw.some(20.min(N - 1)),
    };
    field[..text.len()].copy_from_slice(text);
    match draw.number(0..=7_u8) {
        0 => field.fill(b'n'),
        1 => field[..N - 1].fill(b'n'),
        // The bytes after the NUL have no meaning.
        2 => field[text.len() + 1..].fill(draw.number(0..=255)),
        _ => {}
    }
    field.map(|byte| c_char::from_ne_bytes([byte]))
}

/// Returns the bytes of a text in a struct.
fn terminated<const N: usize>(field: [c_char; N]) -> Outcome<Vec<u8>> {
    let mut bytes = bytes(field).to_vec();
    let end = bytes.iter().position(|byte| *byte == 0);
    bytes.truncate(end.ok_or(STOPGAP_ERR_NOT_TERMINATED)?);
    Ok(bytes)
}

/// Reads a text in a struct.
pub(super) fn text<const N: usize>(field: [c_char; N]) -> Outcome<String> {
    Ok(utf8(&terminated(field)?)?.to_owned())
}

/// Draws a user's name as an argument, mostly that of the records.
pub(super) fn user(draw: &mut Draw<'_>) -> Lent {
    let name = match draw.number(0..=7_u8) {
        0 => draw.some(20),
        1 => b"bob",
        _ => b"alice",
    };
    Lent::new(draw, name)
}

/// Draws what a person typed, mostly this code in one of the usual ways.
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

unsafe extern "C" fn fill(context: *mut c_void, bytes: *mut u8, length: usize) -> i32 {
    // SAFETY: the byte is ours and the memory the library's; both live during the call.
    unsafe { bytes.write_bytes(*context.cast(), length) };
    0
}

/// Returns a source that returns this byte forever, like the source of the models.
pub(super) fn same(byte: &mut u8) -> stopgap_random {
    stopgap_random {
        fill: Some(fill),
        context: context(byte),
    }
}

/// Returns a text that a record has lent.
pub(super) fn lent(text: stopgap_text) -> String {
    // SAFETY: the record still has it.
    let bytes = unsafe { std::slice::from_raw_parts(text.ptr.cast::<u8>(), text.len) };
    String::from_utf8(bytes.to_vec()).unwrap()
}
