//! Records of machines.

use std::mem::offset_of;

use super::{
    handle::{bytes_of, read, taken},
    prelude::*,
    record::{KEY, Server, issued, moment, scratch, seconds},
    request::Memory,
    security_member::{RANDOM, Source},
};

/// The handle and the record of an enrolment.
pub(super) type Machine = (Handle<stopgap_enrolment>, Sealed<Enrolment>);

/// Draws the record of one of two machines, mostly alice's, retired now and then, or
/// changed outside Stopgap.
pub(super) fn machine(draw: &mut Draw<'_>, server: &Server) -> Option<Machine> {
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
    let made = Enrolment::migrate(&server.keys, user, machine, generation, issued());
    let mut sealed = made.unwrap();
    if draw.number(0..=7_u8) == 7 {
        sealed = sealed.retire(&server.keys, issued()).unwrap();
    }
    if draw.number(0..=3_u8) == 3 {
        sealed = edit(draw, sealed);
    }
    let (handle, sealed) = read::<stopgap_enrolment>(draw, sealed.to_bytes())?;
    info(draw, &handle, &sealed);
    Some((handle, sealed))
}

/// Changes a member of a record, which keeps its tag.
fn edit(draw: &mut Draw<'_>, sealed: Sealed<Enrolment>) -> Sealed<Enrolment> {
    const NAMES: [&str; 4] = ["alice", "bob", "DESK", "Zoë"];
    let (mut record, mut tag) = sealed.into_parts();
    match draw.number(0..=6_u8) {
        0 => record.key_id = KeyId(small(draw, KEY)),
        1 => record.generation = draw.number(0..=u32::MAX),
        2 => record.user = draw.one_of(&NAMES).parse().unwrap(),
        3 => record.machine = draw.one_of(&NAMES).parse().unwrap(),
        4 => record.enrolled_at = moment(draw),
        5 => record.retired_at = Some(moment(draw)),
        _ => {
            let mut bytes = *tag.as_bytes();
            scratch(draw, &mut bytes);
            tag = RecordTag::from_bytes(bytes);
        }
    }
    Sealed::from_parts(record, tag)
}

/// Compares the members with those of the core.
fn info(draw: &mut Draw<'_>, handle: &Handle<stopgap_enrolment>, sealed: &Sealed<Enrolment>) {
    let record = sealed.unverified();
    let end = |end: chrono::DateTime<chrono::Utc>| end.timestamp();
    let expected = || {
        Ok((
            (record.user.to_string(), record.machine.to_string()),
            (
                record.enrolled_at.timestamp(),
                record.retired_at.map_or(STOPGAP_NEVER, end),
            ),
            (record.key_id.0, record.generation),
            *sealed.tag().as_bytes(),
        ))
    };
    let says = |info: stopgap_enrolment_info| {
        (
            (lent(info.user), lent(info.machine)),
            (info.enrolled_at, info.retired_at),
            (info.key_id, info.generation),
            info.tag.bytes,
        )
    };
    sized_output(draw, expected, says, |info, error| {
        c!(stopgap_enrolment_info, handle.pointer, info, error)
    });
}

/// A request to enrol, with its names.
struct Names<'a> {
    user: &'a Lent,
    machine: &'a Lent,
    random: Source,
    memory: Memory,
}

impl<'a> Names<'a> {
    fn draw(draw: &mut Draw<'_>, user: &'a Lent, machine: &'a Lent) -> Self {
        let random = Source::draw(draw);
        let request = stopgap_enrolment_request {
            size: 0,
            user: user.argument(),
            machine: machine.argument(),
            random: random.pointer(),
        };
        let oldest = offset_of!(stopgap_enrolment_request, random);
        let memory = Memory::new(draw, &request, oldest, oldest);
        Self {
            user,
            machine,
            random,
            memory,
        }
    }

    fn pointer(&self) -> *const stopgap_enrolment_request {
        self.memory.pointer().cast()
    }

    fn read(&self) -> Outcome<(&str, &str)> {
        self.memory.check()?;
        Ok((self.user.name()?, self.machine.name()?))
    }

    /// Returns `true` if the numbers are those of the caller.
    fn random(&self) -> Outcome<bool> {
        if self
            .memory
            .covers(offset_of!(stopgap_enrolment_request, random))
        {
            self.random.read()
        } else {
            Ok(false)
        }
    }
}

/// The first enrolment of a user on a machine, and that of another server.
pub(super) fn new(draw: &mut Draw<'_>, server: &Server, user: &Lent, machine: &Lent) {
    let names = Names::draw(draw, user, machine);
    let (now, ring, request) = (seconds(draw), server.ring.pointer, names.pointer());
    // The generation, the tag and so the bytes are others if the numbers are the system's.
    let is_own = names.random() == Ok(true);
    let made = |sealed: Sealed<Enrolment>| {
        assert!(sealed.open(&server.keys).is_ok());
        let record = sealed.unverified().clone();
        let other = if is_own { record.generation } else { 0 };
        (
            Enrolment {
                generation: other,
                ..record
            },
            is_own.then(|| sealed.to_bytes()),
        )
    };
    let first = || {
        let (user, machine) = names.read()?;
        names.random()?;
        let sealed = Enrolment::new(
            &server.keys,
            user,
            machine,
            instant(now)?,
            &mut Same(RANDOM),
        )?;
        Ok(made(sealed))
    };
    let says = |pointer| made(Sealed::from_bytes(&taken::<stopgap_enrolment>(pointer)).unwrap());
    output(draw, first, says, |made, error| {
        c!(stopgap_enrolment_new, ring, request, now, made, error)
    });
    let generation = draw.number(0..=u32::MAX);
    let migrated = || {
        names.memory.check()?;
        let (user, machine) = (Name::new(user.name()?)?, Name::new(machine.name()?)?);
        let made = Enrolment::migrate(&server.keys, user, machine, generation, instant(now)?)?;
        Ok(made.to_bytes())
    };
    output(draw, migrated, taken::<stopgap_enrolment>, |made, error| {
        let function = stopgap_enrolment_migrate;
        c!(function, ring, request, generation, now, made, error)
    });
}

/// Changes of a record, its tag and its key.
pub(super) fn changes(draw: &mut Draw<'_>, server: &Server) {
    let Some((handle, sealed)) = machine(draw, server) else {
        return;
    };
    let (now, ring, record) = (seconds(draw), server.ring.pointer, handle.pointer);
    let changed = match draw.number(0..=3_u8) {
        0 => {
            let opened = sealed.open(&server.keys).map(|_| ()).map_err(Failure::from);
            call(draw, &opened, |error| {
                c!(stopgap_enrolment_open, record, ring, error)
            });
            None
        }
        1 => {
            let next = || Ok(sealed.next(&server.keys, instant(now)?)?);
            let next = next();
            call(draw, &next, |error| {
                c!(stopgap_enrolment_next, record, ring, now, error)
            });
            next.ok()
        }
        2 => {
            let retired = || Ok(sealed.retire(&server.keys, instant(now)?)?);
            let retired = retired();
            call(draw, &retired, |error| {
                c!(stopgap_enrolment_retire, record, ring, now, error)
            });
            retired.ok()
        }
        _ => {
            let key = || Ok(*sealed.key(&server.keys)?.reveal());
            let key = output(draw, key, revealed, |key, error| {
                c!(stopgap_enrolment_key_derive, record, ring, key, error)
            });
            let free = stopgap_enrolment_key_free;
            drop(key.map(|pointer| Handle { pointer, free }));
            None
        }
    };
    let after = changed.unwrap_or(sealed);
    assert_eq!(bytes_of(record), after.to_bytes());
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
