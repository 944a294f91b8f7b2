//! The creation, the changes and the replacement of security codes.

use std::cell::Cell;

use super::{
    handle::{bytes_of, taken},
    prelude::*,
    record::{Server, seconds},
    security_code::{Code, record},
    security_member::RANDOM,
    security_request::{Change, Creation, Replacement},
};

/// A record that was made: its members, and its bytes if its random numbers are known.
type Made = (String, Option<Vec<u8>>);

/// Returns what is known about a record after its tag was checked.
fn made(server: &Server, bytes: &[u8], is_own: bool) -> Made {
    let sealed = Sealed::<SecurityCode>::from_bytes(bytes).unwrap();
    assert!(sealed.open(&server.keys).is_ok());
    let (mut code, _) = sealed.into_parts();
    code.id = RecordId::from_bytes([0; 16]);
    code.digest = CodeDigest::from_bytes([0; 32]);
    (format!("{code:?}"), is_own.then(|| bytes.to_vec()))
}

/// Checks the text of a new code: it is the expected one, if the random numbers are known,
/// and the record has its digest.
fn shows(
    server: &Server,
    shown: &stopgap_security_text,
    (format, expected): (SecurityFormat, String),
    record: &[u8],
    is_own: bool,
) {
    let shown = text(shown.text).unwrap();
    assert!(!is_own || shown == expected);
    assert!(shown.starts_with(format.prefix.as_str()));
    let code = format.read(&shown).unwrap();
    let record = Sealed::<SecurityCode>::from_bytes(record).unwrap();
    let digest = *record.unverified().digest.as_bytes();
    let mut digests = server.keys.security_digests(&code);
    assert!(digests.any(|one| *one.digest().as_bytes() == digest));
}

/// Creations and changes of a record, by any actor, and its state.
pub(super) fn changes(draw: &mut Draw<'_>, server: &Server) {
    match draw.number(0..=7_u8) {
        0 => state(draw, server),
        1 | 2 => create(draw, server),
        3 | 4 => rotate(draw, server),
        _ => apply(draw, server),
    }
}

fn create(draw: &mut Draw<'_>, server: &Server) {
    let (request, now) = (Creation::draw(draw), seconds(draw));
    let is_own = Cell::new(false);
    let mut expected = None;
    let created = || {
        let (format, actor, asked, is_known) = request.read()?;
        let (keys, now) = (&server.keys, instant(now)?);
        let created = SecurityCode::create(keys, &format, &actor, asked, now, &mut Same(RANDOM));
        let (shown, sealed) = created?;
        is_own.set(is_known);
        expected = Some((format, shown.as_str().to_owned()));
        Ok(made(server, &sealed.to_bytes(), is_known))
    };
    let mut record = Vec::new();
    let says = |pointer: *mut Code| {
        record = taken(pointer);
        made(server, &record, is_own.get())
    };
    let mut shown = Slot::<stopgap_security_text>::new();
    let (place, ring, request) = (shown.pointer(), server.ring.pointer, request.pointer());
    output(draw, created, says, |record, error| {
        let function = stopgap_security_code_create;
        c!(function, ring, request, now, place, record, error)
    });
    let shown = shown.take(expected.is_some());
    if let (Some(shown), Some(expected)) = (shown, expected) {
        shows(server, &shown, expected, &record, is_own.get());
    }
}

fn rotate(draw: &mut Draw<'_>, server: &Server) {
    let Some((old, sealed, _)) = record(draw, server) else {
        return;
    };
    let (request, now) = (Replacement::draw(draw), seconds(draw));
    let is_own = Cell::new(false);
    let (mut expected, mut after) = (None, sealed.to_bytes());
    let rotated = || {
        let (format, actor, rotation, is_known) = request.read()?;
        let (keys, now) = (&server.keys, instant(now)?);
        let rotated = sealed.rotate(keys, &format, &actor, rotation, now, &mut Same(RANDOM))?;
        is_own.set(is_known);
        expected = Some((format, rotated.text.as_str().to_owned()));
        after = rotated.replaced.to_bytes();
        Ok(made(server, &rotated.record.to_bytes(), is_known))
    };
    let mut record = Vec::new();
    let says = |rotated: stopgap_rotated| {
        record = taken(rotated.record);
        made(server, &record, is_own.get())
    };
    let (place, ring, request) = (old.pointer, server.ring.pointer, request.pointer());
    let rotated = output(draw, rotated, says, |rotated, error| {
        let function = stopgap_security_code_rotate;
        c!(function, place, ring, request, now, rotated, error)
    });
    assert_eq!(bytes_of(old.pointer), after);
    if let (Some(rotated), Some(expected)) = (rotated, expected) {
        shows(server, &rotated.text, expected, &record, is_own.get());
    }
}

fn apply(draw: &mut Draw<'_>, server: &Server) {
    let Some((record, sealed, _)) = record(draw, server) else {
        return;
    };
    let (change, now) = (Change::draw(draw), seconds(draw));
    let applied = || {
        let (actor, event) = change.read()?;
        let changed = sealed.apply(&server.keys, &actor, event, instant(now)?)?;
        Ok(changed.to_bytes())
    };
    let (expected, ring, change) = (applied(), server.ring.pointer, change.pointer());
    call(draw, &expected, |error| {
        let (function, record) = (stopgap_security_code_apply, record.pointer);
        c!(function, record, ring, change, now, error)
    });
    let after = expected.unwrap_or_else(|_| sealed.to_bytes());
    assert_eq!(bytes_of(record.pointer), after);
}

fn state(draw: &mut Draw<'_>, server: &Server) {
    let Some((record, sealed, _)) = record(draw, server) else {
        return;
    };
    let now = seconds(draw);
    let state = || {
        let record = sealed.open(&server.keys)?;
        Ok(lifecycle_state(record.state(instant(now)?)))
    };
    let (record, ring) = (record.pointer, server.ring.pointer);
    output(draw, state, lifecycle_members, |state, error| {
        c!(stopgap_security_code_state, record, ring, now, state, error)
    });
}
