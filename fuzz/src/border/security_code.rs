//! Records of security codes.

use std::ffi::{c_char, c_void};

use super::{
    prelude::*,
    record::{KEY, Server, Tags, issued, seconds},
};

/// Draws a record with some changed members, and returns its code in groups.
fn record(draw: &mut Draw<'_>, server: &Server) -> (stopgap_security_code, String) {
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let access = if draw.coin() {
        Access::SameAs("alice".parse().unwrap())
    } else {
        Access::SuperAdministrator
    };
    let keys = &server.keys;
    let created = SecurityCode::create(keys, &root, access, "a script", issued(), &mut Same(0x5A));
    let (code, record) = created.unwrap();
    let mut record = (&record).into();
    for _ in 0..draw.number(0..=3_u8) {
        edit(draw, &mut record);
    }
    (record, code.reveal().to_string())
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

/// Reads a record as the header says, without its description.
fn read(record: &stopgap_security_code) -> Outcome<SecurityCode> {
    let same_as = text(record.same_as)?;
    let access = match record.access {
        1 => Access::SuperAdministrator,
        2 => Access::SameAs(Name::new(&same_as)?),
        other => return Err(Failure::invalid(other)),
    };
    Ok(SecurityCode {
        description: String::new(),
        key_id: KeyId(record.key_id),
        digest: CodeDigest::from_bytes(record.digest.bytes),
        access,
        created_at: stored(record.created_at)?,
        life: life_of(record.life)?,
    })
}

fn read_whole(record: &stopgap_security_code) -> Outcome<SecurityCode> {
    let description = text(record.description)?;
    Ok(SecurityCode {
        description,
        ..read(record)?
    })
}

/// The answer of a caller's function about a user.
#[derive(Clone, Copy)]
struct Known {
    role: u32,
    answer: i32,
}

unsafe extern "C" fn asked(
    context: *mut c_void,
    user: *const c_char,
    user_length: usize,
    role: *mut u32,
) -> i32 {
    assert!(!user.is_null() && (1..=255).contains(&user_length));
    // SAFETY: the context is ours, lent to the call, and the role the library's.
    unsafe {
        let known: Known = *context.cast();
        role.write(known.role);
        known.answer
    }
}

pub(super) fn authenticate(draw: &mut Draw<'_>, server: &Server) {
    let (record, code) = record(draw, server);
    if draw.number(0..=2_u8) == 0 {
        let tags = Tags {
            edit,
            make: stopgap_security_code_tag,
            check: stopgap_security_code_check_tag,
            core_make: &|record| Ok(read(record)?.tag(&server.keys)?),
            core_check: &|record, tag| Ok(read(record)?.check_tag(&server.keys, tag)?),
        };
        tags.check(draw, server, &record);
        return;
    }
    let (presented, now) = (typed(draw, &code), seconds(draw));
    let mut known = Known {
        role: small(draw, 5),
        answer: draw.one_of(&[0, 0, 0, 7]),
    };
    let asks = stopgap_role_of {
        role_of: Some(asked),
        context: context(&mut known),
    };
    let scope = || {
        let state = read(&record)?;
        let presented = presented.text()?;
        let now = instant(now)?;
        let mut role = Ok(Role::User);
        let asked = |_: &Name| {
            role = match known.answer {
                0 => role_of(known.role),
                callback => Err(Failure::callback(callback)),
            };
            role.unwrap_or(Role::User)
        };
        let scope = state.authenticate(&server.keys, presented, asked, now)?;
        role?;
        let user = scope.user.map_or(String::new(), ToString::to_string);
        Ok((role_number(scope.role), u32::from(scope.limited), user))
    };
    let (record, ring, asks) = (&raw const record, server.ring.pointer, &raw const asks);
    let says = |scope: stopgap_scope| (scope.role, scope.limited, text(scope.user).unwrap());
    let function = stopgap_security_code_authenticate;
    output(draw, scope, says, |scope, error| {
        c!(function, record, ring, [presented], asks, now, scope, error)
    });
}

/// Changes of a record, by any actor, and its state.
pub(super) fn changes(draw: &mut Draw<'_>, server: &Server) {
    let (record, _) = record(draw, server);
    let now = seconds(draw);
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
    let who = by.text();
    let who = who.and_then(|name| Ok(Actor::new(name, role_of(role)?)?));
    let actor = &raw const actor;
    if draw.coin() {
        let (number, expires_at) = (small(draw, 7), seconds(draw));
        let applied = || {
            let actor = who?;
            let mut state = read_whole(&record)?;
            let event = event_of(number, expires_at)?;
            state.apply(&actor, event, instant(now)?)?;
            Ok((&state).into())
        };
        change(draw, record, applied(), |record, error| {
            c!(
                stopgap_security_code_apply,
                record,
                actor,
                number,
                expires_at,
                now,
                error
            )
        });
    } else {
        let words = match draw.number(0..=3_u8) {
            0 => b"d".repeat(draw.number(1_022..=1_026)),
            _ => draw.some(30).to_vec(),
        };
        let words = Lent::new(draw, &words);
        let described = || {
            let actor = who?;
            let words = words.text()?;
            let mut state = read_whole(&record)?;
            state.describe(&actor, words, instant(now)?)?;
            Ok((&state).into())
        };
        change(draw, record, described(), |record, error| {
            c!(
                stopgap_security_code_describe,
                record,
                actor,
                [words],
                now,
                error
            )
        });
    }
}

fn state(draw: &mut Draw<'_>, record: &stopgap_security_code, now: i64) {
    let state = || Ok(life_state(read(record)?.state(instant(now)?)));
    output(draw, state, life_members, |state, error| {
        c!(stopgap_security_code_state, record, now, state, error)
    });
}
