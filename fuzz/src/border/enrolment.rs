//! Records of machines.

use super::{
    prelude::*,
    record::{self, ISSUED, KEY, Server, scratch, seconds},
};

/// Draws the record of one of two machines, mostly alice's, retired now and then, or
/// changed outside Stopgap.
pub(super) fn draw(draw: &mut Draw<'_>, server: &Server) -> stopgap_enrolment {
    let machine = draw.one_of(&["LAPTOP", "DESK"]).parse().unwrap();
    let user = match draw.number(0..=7_u8) {
        7 => "bob",
        _ => "alice",
    };
    let user = user.parse().unwrap();
    let generation = match draw.number(0..=7_u8) {
        7 => u32::MAX,
        generation => u32::from(generation & 1),
    };
    let at = stored(ISSUED).unwrap();
    let made = Enrolment::migrate(&server.keys, user, machine, generation, at);
    let mut sealed = made.unwrap();
    if draw.number(0..=7_u8) == 7 {
        sealed = sealed.retire(&server.keys, at).unwrap();
    }
    let mut enrolment = sealed.into();
    if draw.number(0..=3_u8) == 3 {
        edit(draw, &mut enrolment);
    }
    enrolment
}

fn edit(draw: &mut Draw<'_>, enrolment: &mut stopgap_enrolment) {
    match draw.number(0..=6_u8) {
        0 => enrolment.key_id = small(draw, KEY),
        1 => enrolment.generation = draw.number(0..=u32::MAX),
        2 => enrolment.user = field(draw),
        3 => enrolment.machine = field(draw),
        4 => enrolment.enrolled_at = seconds(draw),
        5 => enrolment.retired_at = seconds(draw),
        _ => scratch(draw, &mut enrolment.tag.bytes),
    }
}

/// Reads an enrolment by the rules of the header.
pub(super) fn read(enrolment: &stopgap_enrolment) -> Outcome<Sealed<Enrolment>> {
    let record = Enrolment {
        key_id: KeyId(enrolment.key_id),
        user: name(enrolment.user)?,
        machine: name(enrolment.machine)?,
        generation: enrolment.generation,
        enrolled_at: stored(enrolment.enrolled_at)?,
        retired_at: never_or(enrolment.retired_at)?,
    };
    let tag = RecordTag::from_bytes(enrolment.tag.bytes);
    Ok(Sealed::from_parts(record, tag))
}

/// Returns the struct of a record. The tag must also be valid for the record that is read
/// from it.
fn written(server: &Server, sealed: Sealed<Enrolment>) -> stopgap_enrolment {
    let enrolment = sealed.into();
    assert!(read(&enrolment).unwrap().open(&server.keys).is_ok());
    enrolment
}

/// The first enrolment of a user on a machine.
pub(super) fn new(draw: &mut Draw<'_>, server: &Server, user: &Lent, machine: &Lent) {
    let now = seconds(draw);
    let made = || {
        let (user, machine) = (user.name()?, machine.name()?);
        let made = Enrolment::new(&server.keys, user, machine, instant(now)?, &mut Same(9))?;
        Ok(image(&written(server, made)).to_vec())
    };
    let says = |made: stopgap_enrolment| image(&made).to_vec();
    let mut byte = 9;
    let random = same(&mut byte);
    let (ring, random) = (server.ring.pointer, &raw const random);
    output(draw, made, says, |made, error| {
        let function = stopgap_enrolment_new;
        c!(function, ring, [user], [machine], now, random, made, error)
    });
}

/// Changes of a record, its tag and its key.
pub(super) fn changes(draw: &mut Draw<'_>, server: &Server) {
    let enrolment = self::draw(draw, server);
    let (now, ring) = (seconds(draw), server.ring.pointer);
    match draw.number(0..=3_u8) {
        0 => record::open(draw, server, &enrolment, read, stopgap_enrolment_open),
        1 => {
            let next = || {
                let sealed = read(&enrolment)?;
                let next = sealed.next(&server.keys, instant(now)?)?;
                Ok(written(server, next))
            };
            change(draw, enrolment, next(), |enrolment, error| {
                c!(stopgap_enrolment_next, enrolment, ring, now, error)
            });
        }
        2 => {
            let retired = || {
                let sealed = read(&enrolment)?;
                let retired = sealed.retire(&server.keys, instant(now)?)?;
                Ok(written(server, retired))
            };
            change(draw, enrolment, retired(), |enrolment, error| {
                c!(stopgap_enrolment_retire, enrolment, ring, now, error)
            });
        }
        _ => {
            let key = || Ok(*read(&enrolment)?.key(&server.keys)?.reveal());
            let enrolment = &raw const enrolment;
            let says = revealed;
            let key = output(draw, key, says, |key, error| {
                c!(stopgap_enrolment_key_derive, enrolment, ring, key, error)
            });
            let free = stopgap_enrolment_key_free;
            drop(key.map(|pointer| Handle { pointer, free }));
        }
    }
}

/// Returns the bytes of a key.
pub(super) fn revealed(key: *mut stopgap_enrolment_key) -> [u8; 32] {
    let mut slot = Slot::<[u8; 32]>::new();
    succeed(|error| {
        c!(
            stopgap_enrolment_key_reveal,
            key,
            slot.pointer().cast(),
            32,
            error
        )
    });
    slot.take(true).unwrap()
}
