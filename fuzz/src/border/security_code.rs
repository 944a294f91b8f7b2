//! What is kept of security codes.

use std::ffi::{c_char, c_void};

use stopgap::{Access, Actor, CodeDigest, KeyId, Name, RecordTag, Role, SecurityCode};
use stopgap_c::{
    digest::stopgap_tag,
    life::stopgap_life_state,
    role::stopgap_actor,
    scope::{stopgap_role_of, stopgap_scope},
    security_code::{
        stopgap_security_code, stopgap_security_code_apply, stopgap_security_code_authenticate,
        stopgap_security_code_check_tag, stopgap_security_code_describe,
        stopgap_security_code_state, stopgap_security_code_tag,
    },
    status::STOPGAP_CALLBACK_FAILED,
};

use super::{
    memory::{Failure, Lent, Outcome, Slot, call, image},
    reason::role_number,
    record::{KEY, Server, field, issued, seconds, small, text, typed, user},
    value,
};
use crate::draw::{Draw, Same};

/// A record, and its code in groups.
fn fresh(server: &Server, same_as: bool) -> (stopgap_security_code, String) {
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let access = if same_as {
        Access::SameAs("alice".parse().unwrap())
    } else {
        Access::SuperAdministrator
    };
    let keys = &server.keys;
    let created = SecurityCode::create(keys, &root, access, "a script", issued(), &mut Same(0x5A));
    let (code, record) = created.unwrap();
    ((&record).into(), code.reveal().to_string())
}

fn edit(draw: &mut Draw<'_>, record: &mut stopgap_security_code) {
    match draw.number(0..=6_u8) {
        0 => record.created_at = seconds(draw),
        1 => record.life = seconds(draw),
        2 => record.key_id = small(draw, KEY),
        3 => record.access = small(draw, 3),
        4 => record.digest.bytes[draw.number(0..=31)] ^= draw.number(0..=255),
        5 => record.same_as = field(draw),
        _ => record.description = field(draw),
    }
}

/// The core's record, as the header says what the members mean; the description only
/// where it is changed.
fn read(record: &stopgap_security_code, whole: bool) -> Outcome<SecurityCode> {
    let description = if whole {
        text(&record.description)?
    } else {
        String::new()
    };
    let same_as = text(&record.same_as)?;
    let access = match record.access {
        1 => Access::SuperAdministrator,
        2 => Access::SameAs(Name::new(&same_as)?),
        other => return Err(value::invalid(other)),
    };
    Ok(SecurityCode {
        description,
        key_id: KeyId(record.key_id),
        digest: CodeDigest::from_bytes(record.digest.bytes),
        access,
        created_at: value::stored(record.created_at)?,
        life: value::life_of(record.life)?,
    })
}

/// What a caller's function answers about a user.
#[derive(Clone, Copy)]
struct Known {
    role: u32,
    answer: i32,
}

unsafe extern "C" fn role_of(
    context: *mut c_void,
    user: *const c_char,
    user_length: usize,
    role: *mut u32,
) -> i32 {
    assert!(!user.is_null() && (1..=255).contains(&user_length));
    // SAFETY: what is known is ours, lent to the call, and the role the library's.
    unsafe {
        let known: Known = *context.cast();
        role.write(known.role);
        known.answer
    }
}

pub(super) fn authenticate(draw: &mut Draw<'_>, server: &Server) {
    let (mut record, code) = fresh(server, draw.coin());
    for _ in 0..draw.number(0..=3_u8) {
        edit(draw, &mut record);
    }
    if draw.number(0..=2_u8) == 0 {
        tag(draw, server, &record);
        return;
    }
    let presented = typed(draw, &code);
    let now = seconds(draw);
    let mut known = Known {
        role: small(draw, 5),
        answer: draw.one_of(&[0, 0, 0, 7]),
    };
    let asks = stopgap_role_of {
        role_of: Some(role_of),
        context: (&raw mut known).cast(),
    };
    let mut slot = Slot::<stopgap_scope>::new();
    let (place, is_place) = slot.perhaps(draw);
    let scope = || {
        let state = read(&record, false)?;
        let presented = presented.text()?;
        is_place?;
        let now = value::instant(now)?;
        let mut failed = None;
        let role_of = |_: &Name| {
            let role = match known.answer {
                0 => role_of_number(known.role),
                callback => Err(Failure {
                    callback,
                    ..STOPGAP_CALLBACK_FAILED.into()
                }),
            };
            failed = role.err();
            role.unwrap_or(Role::User)
        };
        let scope = state.authenticate(&server.keys, presented, role_of, now)?;
        let user = scope.user.map_or(String::new(), ToString::to_string);
        match failed {
            Some(failure) => Err(failure),
            None => Ok((role_number(scope.role), u32::from(scope.limited), user)),
        }
    };
    let expected: Outcome<(u32, u32, String)> = scope();
    call(draw, &expected, |error| {
        let (presented, length) = (presented.pointer(), presented.length());
        let (record, asks) = (&raw const record, &raw const asks);
        // SAFETY: the contract of the header.
        unsafe {
            stopgap_security_code_authenticate(
                record,
                server.ring,
                presented,
                length,
                asks,
                now,
                place,
                error,
            )
        }
    });
    let found = slot.take(expected.is_ok());
    let found = found.map(|scope| (scope.role, scope.limited, text(&scope.user).unwrap()));
    assert_eq!(found, expected.ok());
}

fn tag(draw: &mut Draw<'_>, server: &Server, record: &stopgap_security_code) {
    let mut slot = Slot::<stopgap_tag>::new();
    let (place, is_place) = slot.perhaps(draw);
    let tag = || {
        is_place?;
        Ok(*read(record, false)?.tag(&server.keys)?.as_bytes())
    };
    let expected: Outcome<[u8; 32]> = tag();
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe { stopgap_security_code_tag(record, server.ring, place, error) }
    });
    let found = slot.take(expected.is_ok()).map(|tag| tag.bytes);
    assert_eq!(found, expected.ok());

    let (mut other, mut bytes) = (*record, found.unwrap_or([9; 32]));
    match draw.number(0..=3_u8) {
        0 => bytes[draw.number(0..=31)] ^= draw.number(0..=255),
        1 => edit(draw, &mut other),
        _ => {}
    }
    let expected = read(&other, false).and_then(|other| {
        let tag = RecordTag::from_bytes(bytes);
        Ok(other.check_tag(&server.keys, &tag)?)
    });
    call(draw, &expected, |error| {
        let (tag, other) = (stopgap_tag { bytes }, &raw const other);
        // SAFETY: the contract of the header.
        unsafe { stopgap_security_code_check_tag(other, server.ring, &raw const tag, error) }
    });
}

fn role_of_number(number: u32) -> Outcome<Role> {
    let place = usize::try_from(number).unwrap().checked_sub(1);
    let role = place.and_then(|place| Role::ALL.get(place).copied());
    role.ok_or_else(|| value::invalid(number))
}

/// Everything that is done to a record, by anybody.
pub(super) fn change(draw: &mut Draw<'_>, server: &Server) {
    let (mut record, _) = fresh(server, draw.coin());
    for _ in 0..draw.number(0..=3_u8) {
        edit(draw, &mut record);
    }
    let (before, now) = (record, seconds(draw));
    if draw.number(0..=3_u8) == 0 {
        state(draw, &record, now);
        return;
    }
    let by = user(draw);
    let role = match draw.number(0..=3_u8) {
        0 => small(draw, 5),
        _ => 4,
    };
    let actor = stopgap_actor {
        name: by.pointer(),
        name_length: by.length(),
        role,
    };
    let who = || {
        let name = by.text()?;
        Ok(Actor::new(name, role_of_number(role)?)?)
    };
    let who: Outcome<Actor> = who();
    let expected = if draw.coin() {
        let (number, expires_at) = (small(draw, 7), seconds(draw));
        let changed = || {
            let actor = who?;
            let mut state = read(&before, true)?;
            let event = value::event_of(number, expires_at)?;
            state.apply(&actor, event, value::instant(now)?)?;
            Ok(state)
        };
        let expected: Outcome<SecurityCode> = changed();
        call(draw, &expected, |error| {
            let (record, actor) = (&raw mut record, &raw const actor);
            // SAFETY: the contract of the header.
            unsafe { stopgap_security_code_apply(record, actor, number, expires_at, now, error) }
        });
        expected
    } else {
        let words = match draw.number(0..=3_u8) {
            0 => b"d".repeat(draw.number(1_022..=1_026)),
            _ => draw.some(30).to_vec(),
        };
        let words = Lent::new(draw, &words);
        let changed = || {
            let actor = who?;
            let words = words.text()?;
            let mut state = read(&before, true)?;
            state.describe(&actor, words, value::instant(now)?)?;
            Ok(state)
        };
        let expected: Outcome<SecurityCode> = changed();
        call(draw, &expected, |error| {
            let (record, actor) = (&raw mut record, &raw const actor);
            let (words, length) = (words.pointer(), words.length());
            // SAFETY: the contract of the header.
            unsafe { stopgap_security_code_describe(record, actor, words, length, now, error) }
        });
        expected
    };
    match &expected {
        // Written anew: what stood behind a NUL is gone.
        Ok(state) => {
            let after: stopgap_security_code = state.into();
            assert_eq!(image(&record), image(&after));
        }
        Err(_) => assert_eq!(image(&record), image(&before)),
    }
}

fn state(draw: &mut Draw<'_>, record: &stopgap_security_code, now: i64) {
    let mut slot = Slot::<stopgap_life_state>::new();
    let (place, is_place) = slot.perhaps(draw);
    let state = || {
        is_place?;
        let record = read(record, false)?;
        Ok(value::members(record.state(value::instant(now)?)))
    };
    let expected: Outcome<(u32, i64)> = state();
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe { stopgap_security_code_state(record, now, place, error) }
    });
    let found = slot.take(expected.is_ok());
    assert_eq!(found.map(|state| (state.kind, state.time)), expected.ok());
}
