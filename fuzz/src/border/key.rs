//! Keys, names and sealed states.

use std::ptr;

use super::{enrolment, prelude::*, record::Server};
use crate::state::{Fields, NEVER, state_key};

/// Draws 64 digits, or a text much like them.
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

/// Reveals a key in a buffer of any size, and frees it.
fn reveal(draw: &mut Draw<'_>, key: Option<*mut stopgap_enrolment_key>) {
    let Some(pointer) = key else { return };
    let free = stopgap_enrolment_key_free;
    let key = Handle { pointer, free };
    let mut buffer = Buffer::new(draw, 40);
    let expected = buffer.check().and_then(|()| buffer.fits(32));
    call(draw, &expected, |error| {
        let (bytes, capacity) = (buffer.pointer(), buffer.capacity);
        c!(
            stopgap_enrolment_key_reveal,
            key.pointer,
            bytes,
            capacity,
            error
        )
    });
    let written = expected.map(|()| enrolment::revealed(key.pointer).to_vec());
    buffer.holds(&written.unwrap_or_default());
}

fn says(key: stopgap_master_key) -> [u8; 32] {
    key.bytes
}

pub(super) fn from_hex(draw: &mut Draw<'_>) {
    let hex = digits(draw);
    let master_key = || Ok(*MasterKey::from_hex(hex.text()?)?.reveal());
    output(draw, master_key, says, |key, error| {
        c!(stopgap_master_key_from_hex, [hex], key, error)
    });
    let enrolment_key = || Ok(*EnrolmentKey::from_hex(hex.text()?)?.reveal());
    let key = output(draw, enrolment_key, enrolment::revealed, |key, error| {
        c!(stopgap_enrolment_key_from_hex, [hex], key, error)
    });
    reveal(draw, key);
}

pub(super) fn from_bytes(draw: &mut Draw<'_>) {
    let bytes = draw.some(40);
    let bytes = if draw.coin() { &[7; 32] } else { bytes };
    let bytes = Lent::new(draw, bytes);
    let expected = || Ok(*EnrolmentKey::from_slice(bytes.bytes()?)?.reveal());
    let key = output(
        draw,
        expected,
        enrolment::revealed,
        |key, error| c!(stopgap_enrolment_key_from_bytes, [bytes;], key, error),
    );
    reveal(draw, key);
}

fn name(draw: &mut Draw<'_>) -> Lent {
    let name = match draw.number(0..=3_u8) {
        0 => draw.some(20).repeat(20),
        1 => b"n".repeat(draw.number(253..=257)),
        _ => draw.some(30).to_vec(),
    };
    Lent::new(draw, &name)
}

pub(super) fn names(draw: &mut Draw<'_>) {
    let bytes = draw.key();
    let (master, key) = (stopgap_master_key { bytes }, MasterKey::from_bytes(bytes));
    let tenant = name(draw);
    let key = || Ok(*key.tenant(&Name::new(tenant.name()?)?).reveal());
    let master = &raw const master;
    output(draw, key, says, |key, error| {
        c!(stopgap_master_key_tenant, master, [tenant], key, error)
    });

    let server = Server::new(bytes);
    let machine = name(draw);
    enrolment::new(draw, &server, &tenant, &machine);
    let is_name = || Ok(Name::new(tenant.name()?).map(|_| ())?);
    let says = |_: *mut stopgap_key_ring| ();
    let ring = server.ring.pointer;
    let ring = output(draw, is_name, says, |made, error| {
        c!(stopgap_key_ring_tenant, ring, [tenant], made, error)
    });
    let free = stopgap_key_ring_free;
    drop(ring.map(|pointer| Handle { pointer, free }));
}

/// Draws a state that was sealed, cut off, prolonged or changed, or other bytes.
fn state(draw: &mut Draw<'_>, key: &[u8; 32]) -> Lent {
    let fields = Fields {
        last_minute: draw.one_of(&[NEVER, 0, 30_000_000]),
        lock_end: any_seconds(draw),
        clock_floor: draw.one_of(&[NEVER, 0, 1_800_000_000]),
        locked_until: NEVER,
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

/// Returns an enrolment key as a handle.
pub(super) fn handle(bytes: [u8; 32]) -> Handle<stopgap_enrolment_key> {
    Handle::new(stopgap_enrolment_key_free, |key, error| {
        c!(
            stopgap_enrolment_key_from_bytes,
            bytes.as_ptr(),
            32,
            key,
            error
        )
    })
}

/// Returns the sealed state of an agent.
pub(super) fn sealed(agent: *const stopgap_agent) -> [u8; SealedState::LEN] {
    let mut slot = Slot::<stopgap_sealed_state>::new();
    succeed(|error| c!(stopgap_agent_seal, agent, slot.pointer(), error));
    slot.take(true).unwrap().bytes
}

pub(super) fn resume(draw: &mut Draw<'_>) {
    let key = draw.key();
    let (state, handle) = (state(draw, &key), handle(key));
    let resumed = || {
        let bytes = state.bytes()?;
        let sealed = SealedState::from_slice(bytes)?;
        let agent = Agent::resume(EnrolmentKey::from_bytes(key), &sealed)?;
        Ok(*agent.seal().as_bytes())
    };
    let says = |agent: *mut stopgap_agent| sealed(agent);
    let (key, policy) = (handle.pointer, ptr::null());
    let agent = output(
        draw,
        resumed,
        says,
        |agent, error| c!(stopgap_agent_resume, key, policy, [state;], agent, error),
    );
    let free = stopgap_agent_free;
    drop(agent.map(|pointer| Handle { pointer, free }));
}
