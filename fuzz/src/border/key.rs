//! Keys, names and sealed states across the border.

use std::ptr;

use stopgap::offline::{Enrolment, SealedState};
use stopgap::{EnrolmentKey, KeyId, KeyRing, MasterKey, Name, offline::Agent};
use stopgap_c::{
    agent::{
        stopgap_agent, stopgap_agent_free, stopgap_agent_resume, stopgap_agent_seal,
        stopgap_sealed_state,
    },
    enrolment::{stopgap_enrolment, stopgap_enrolment_new},
    enrolment_key::{
        stopgap_enrolment_key, stopgap_enrolment_key_free, stopgap_enrolment_key_from_bytes,
        stopgap_enrolment_key_from_hex, stopgap_enrolment_key_reveal,
    },
    key_ring::{
        stopgap_key_ring, stopgap_key_ring_free, stopgap_key_ring_new, stopgap_key_ring_tenant,
    },
    master_key::{stopgap_master_key, stopgap_master_key_from_hex, stopgap_master_key_tenant},
    status::STOPGAP_OK,
};

use super::memory::{Buffer, Failure, Lent, Outcome, Slot, call};
use crate::{
    draw::Draw,
    state::{Fields, NEVER, state_key},
};

/// 64 digits, or something like them.
fn digits(draw: &mut Draw<'_>) -> Lent {
    let mut text = b"0123456789abcdefABCDEF00112233440123456789abcdefABCDEF0011223344".to_vec();
    match draw.number(0..=3_u8) {
        0 => {}
        1 => {
            let place = draw.number(0..=63);
            text[place] = draw.number(0..=255);
        }
        2 => text = [b" \t", &text[..], b"\n"].concat(),
        _ => text = draw.some(70).to_vec(),
    }
    Lent::new(draw, &text)
}

pub(super) fn from_hex(draw: &mut Draw<'_>) {
    let hex = digits(draw);
    let mut slot = Slot::<stopgap_master_key>::new();
    let (place, is_place) = slot.perhaps(draw);
    let key = || {
        let hex = hex.text()?;
        is_place?;
        Ok(*MasterKey::from_hex(hex)?.reveal())
    };
    let expected: Outcome<[u8; 32]> = key();
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe { stopgap_master_key_from_hex(hex.pointer(), hex.length(), place, error) }
    });
    let made = slot.take(expected.is_ok());
    assert_eq!(made.map(|key| key.bytes), expected.ok());

    let mut slot = Slot::<*mut stopgap_enrolment_key>::new();
    let (place, is_place) = slot.perhaps(draw);
    let expected = hex.text().and_then(|hex| {
        is_place?;
        Ok(EnrolmentKey::from_hex(hex)?)
    });
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe { stopgap_enrolment_key_from_hex(hex.pointer(), hex.length(), place, error) }
    });
    if let (Some(key), Ok(expected)) = (slot.take(expected.is_ok()), &expected) {
        reveal_and_free(draw, key, expected.reveal());
    }
}

pub(super) fn from_bytes(draw: &mut Draw<'_>) {
    let bytes = draw.some(40);
    let bytes = if draw.coin() { &[7; 32] } else { bytes };
    let bytes = Lent::new(draw, bytes);
    let mut slot = Slot::<*mut stopgap_enrolment_key>::new();
    let (place, is_place) = slot.perhaps(draw);
    let expected = bytes.bytes().and_then(|bytes| {
        is_place?;
        Ok(EnrolmentKey::from_slice(bytes)?)
    });
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe { stopgap_enrolment_key_from_bytes(bytes.pointer(), bytes.length(), place, error) }
    });
    if let (Some(key), Ok(expected)) = (slot.take(expected.is_ok()), &expected) {
        reveal_and_free(draw, key, expected.reveal());
    }
}

fn reveal_and_free(draw: &mut Draw<'_>, mut key: *mut stopgap_enrolment_key, bytes: &[u8; 32]) {
    let mut buffer = Buffer::new(draw, 40);
    let expected = buffer.check().and_then(|()| buffer.fits(32));
    call(draw, &expected, |error| {
        let capacity = buffer.capacity();
        // SAFETY: the contract of the header.
        unsafe { stopgap_enrolment_key_reveal(key, buffer.pointer(), capacity, error) }
    });
    buffer.holds(if expected.is_ok() { bytes } else { b"" });
    // SAFETY: a key that was made for us; the second time it is NULL.
    unsafe {
        stopgap_enrolment_key_free(&raw mut key);
        assert!(key.is_null());
        stopgap_enrolment_key_free(&raw mut key);
    }
}

fn name(draw: &mut Draw<'_>) -> Lent {
    let name = match draw.number(0..=3_u8) {
        0 => draw.some(20).repeat(20),
        1 => b"n".repeat(draw.number(253..=257)),
        _ => draw.some(30).to_vec(),
    };
    Lent::new(draw, &name)
}

/// A text in a struct: the name, a NUL, and NULs.
fn holds(field: &[std::ffi::c_char], name: &str) {
    let bytes: Vec<u8> = field.iter().map(|byte| byte.to_ne_bytes()[0]).collect();
    let (text, rest) = bytes.split_at(name.len());
    assert_eq!(text, name.as_bytes());
    assert!(!rest.is_empty() && rest.iter().all(|byte| *byte == 0));
}

pub(super) fn names(draw: &mut Draw<'_>) {
    let bytes = draw.key();
    let (master, key) = (stopgap_master_key { bytes }, MasterKey::from_bytes(bytes));
    let tenant = name(draw);
    let mut slot = Slot::<stopgap_master_key>::new();
    let (place, is_place) = slot.perhaps(draw);
    let expected = tenant.text().and_then(|tenant| {
        is_place?;
        Ok(*key.tenant(tenant)?.reveal())
    });
    call(draw, &expected, |error| {
        let (pointer, length) = (tenant.pointer(), tenant.length());
        // SAFETY: the contract of the header.
        unsafe { stopgap_master_key_tenant(&raw const master, pointer, length, place, error) }
    });
    let made = slot.take(expected.is_ok());
    assert_eq!(made.map(|key| key.bytes), expected.ok());

    let mut ring = ptr::null_mut::<stopgap_key_ring>();
    // SAFETY: the contract of the header.
    let status =
        unsafe { stopgap_key_ring_new(3, &raw const master, &raw mut ring, ptr::null_mut()) };
    assert_eq!(status, STOPGAP_OK);
    enrolments(draw, ring, &KeyRing::new(KeyId(3), &key));

    let mut slot = Slot::<*mut stopgap_key_ring>::new();
    let (place, is_place) = slot.perhaps(draw);
    let expected = tenant.text().and_then(|tenant| {
        is_place?;
        Ok(Name::new(tenant)?)
    });
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe { stopgap_key_ring_tenant(ring, tenant.pointer(), tenant.length(), place, error) }
    });
    let of_tenant = slot.take(expected.is_ok());
    for mut ring in [Some(ring), of_tenant].into_iter().flatten() {
        // SAFETY: a ring that was made for us.
        unsafe { stopgap_key_ring_free(&raw mut ring) };
        assert!(ring.is_null());
    }
}

fn enrolments(draw: &mut Draw<'_>, ring: *const stopgap_key_ring, keys: &KeyRing) {
    let (user, machine) = (name(draw), name(draw));
    let mut slot = Slot::<stopgap_enrolment>::new();
    let (place, is_place) = slot.perhaps(draw);
    let new = || {
        let (user, machine) = (user.text()?, machine.text()?);
        is_place?;
        Enrolment::new(keys, user, machine).map_err(Failure::from)
    };
    let expected = new();
    call(draw, &expected, |error| {
        let (user, user_length) = (user.pointer(), user.length());
        let (machine, machine_length) = (machine.pointer(), machine.length());
        // SAFETY: the contract of the header.
        unsafe {
            stopgap_enrolment_new(
                ring,
                user,
                user_length,
                machine,
                machine_length,
                place,
                error,
            )
        }
    });
    if let (Some(made), Ok(expected)) = (slot.take(expected.is_ok()), expected) {
        assert_eq!((made.key_id, made.generation), (3, 0));
        holds(&made.user, expected.user.as_str());
        holds(&made.machine, expected.machine.as_str());
    }
}

/// A state that was sealed, cut off, prolonged, changed, or never one.
fn state(draw: &mut Draw<'_>, key: &[u8; 32]) -> Lent {
    let fields = Fields {
        last_minute: draw.one_of(&[NEVER, 0, 30_000_000]),
        lock_end: super::value::seconds(draw),
        clock_floor: draw.one_of(&[NEVER, 0, 1_800_000_000]),
        door: NEVER,
        failures: draw.number(0..=u32::MAX),
    };
    let mut bytes = fields.sealed(&state_key(key));
    match draw.number(0..=5_u8) {
        0 => bytes.truncate(draw.number(0..=75)),
        1 => bytes.extend(draw.some(20)),
        2 => {
            let place = draw.number(0..=75);
            bytes[place] ^= draw.number(0..=255);
        }
        3 => bytes = draw.some(80).to_vec(),
        _ => {}
    }
    Lent::new(draw, &bytes)
}

pub(super) fn resume(draw: &mut Draw<'_>) {
    let key = draw.key();
    let state = state(draw, &key);
    let mut handle = ptr::null_mut::<stopgap_enrolment_key>();
    // SAFETY: the contract of the header.
    let status = unsafe {
        stopgap_enrolment_key_from_bytes(key.as_ptr(), 32, &raw mut handle, ptr::null_mut())
    };
    assert_eq!(status, STOPGAP_OK);
    let mut slot = Slot::<*mut stopgap_agent>::new();
    let (place, is_place) = slot.perhaps(draw);
    let expected = state.bytes().and_then(|bytes| {
        is_place?;
        let sealed = SealedState::from_slice(bytes)?;
        Ok(Agent::resume(EnrolmentKey::from_bytes(key), &sealed)?.seal())
    });
    call(draw, &expected, |error| {
        let (pointer, length) = (state.pointer(), state.length());
        // SAFETY: the contract of the header.
        unsafe { stopgap_agent_resume(handle, ptr::null(), pointer, length, place, error) }
    });
    if let (Some(mut agent), Ok(expected)) = (slot.take(expected.is_ok()), &expected) {
        let mut sealed = Slot::<stopgap_sealed_state>::new();
        // SAFETY: the contract of the header.
        let status = unsafe { stopgap_agent_seal(agent, sealed.pointer(), ptr::null_mut()) };
        assert_eq!(status, STOPGAP_OK);
        let sealed = sealed.take(true).map(|state| state.bytes);
        assert_eq!(sealed.as_ref(), Some(expected.as_bytes()));
        // SAFETY: an agent that was made for us.
        unsafe { stopgap_agent_free(&raw mut agent) };
        assert!(agent.is_null());
    }
    // SAFETY: a key that was made for us.
    unsafe { stopgap_enrolment_key_free(&raw mut handle) };
}
