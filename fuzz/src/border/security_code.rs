//! Records of security codes.

use std::ffi::c_void;
use stopgap_c::text::stopgap_text;

use super::{
    prelude::*,
    record::{self, KEY, Server, issued, scratch, seconds},
};

fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

/// Draws a record with some changed members, and returns its text.
fn record(draw: &mut Draw<'_>, server: &Server) -> (stopgap_security_code, String) {
    let access = if draw.coin() {
        Access::SameAs("alice".parse().unwrap())
    } else {
        Access::SuperAdministrator
    };
    let scopes = match draw.number(0..=3_u8) {
        3 => Scopes::new(["orders:read", "users:read"]).unwrap(),
        _ => Scopes::UNLIMITED,
    };
    let request = SecurityRequest::new(access, scopes).description("a script");
    let (keys, root, format) = (&server.keys, root(), SecurityFormat::default());
    let created = SecurityCode::create(keys, &format, &root, request, issued(), &mut Same(0x5A));
    let (shown, mut sealed) = created.unwrap();
    let event = match draw.number(0..=15_u8) {
        13 => Some(LifecycleEvent::MakePermanent),
        14 => Some(LifecycleEvent::Describe("another script")),
        15 => Some(LifecycleEvent::Delete),
        _ => None,
    };
    if let Some(event) = event {
        sealed = sealed.apply(keys, &root, event, issued()).unwrap();
    }
    let mut record = sealed.into();
    for _ in 0..draw.number(0..=5_u8).saturating_sub(2) {
        edit(draw, &mut record);
    }
    (record, shown.as_str().to_owned())
}

fn edit(draw: &mut Draw<'_>, record: &mut stopgap_security_code) {
    match draw.number(0..=11_u8) {
        0 => record.created_at = seconds(draw),
        1 => record.lifetime = seconds(draw),
        2 => record.key_id = small(draw, KEY),
        3 => record.access = small(draw, 3),
        4 => scratch(draw, &mut record.digest.bytes),
        5 => record.same_as = field(draw),
        6 => record.description = field(draw),
        7 => scratch(draw, &mut record.id.bytes),
        8 => record.scopes.unlimited = small(draw, 2),
        9 => record.scopes.count = small(draw, 33),
        10 => record.scopes.scopes[draw.number(0..=31)] = field(draw),
        _ => scratch(draw, &mut record.tag.bytes),
    }
}

fn scopes_of(scopes: &stopgap_scopes) -> Outcome<Scopes> {
    match (scopes.unlimited, scopes.count) {
        (1, 0) => return Ok(Scopes::UNLIMITED),
        (1, other) | (other @ 2.., _) => return Err(Failure::invalid(other)),
        (0, _) => {}
    }
    let count = usize::try_from(scopes.count).unwrap();
    let Some(fields) = scopes.scopes.get(..count) else {
        return Err(STOPGAP_ERR_SCOPES_TOO_MANY.into());
    };
    let mut texts = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        texts.push(text(*field).map_err(|failure| failure.of_element(index))?);
    }
    Ok(Scopes::new(texts.iter().map(String::as_str))?)
}

/// Reads a record by the rules of the header.
fn read(record: &stopgap_security_code) -> Outcome<Sealed<SecurityCode>> {
    let same_as = name_text(record.same_as)?;
    let access = match record.access {
        1 if same_as.is_empty() => Access::SuperAdministrator,
        1 => return Err(STOPGAP_ERR_TAMPERED.into()),
        2 => Access::SameAs(Name::new(&same_as)?),
        other => return Err(Failure::invalid(other)),
    };
    let code = SecurityCode {
        id: RecordId::from_bytes(record.id.bytes),
        key_id: KeyId(record.key_id),
        digest: CodeDigest::from_bytes(record.digest.bytes),
        access,
        scopes: scopes_of(&record.scopes)?,
        description: text(record.description)?,
        created_at: stored(record.created_at)?,
        lifetime: lifetime_of(record.lifetime)?,
    };
    let tag = RecordTag::from_bytes(record.tag.bytes);
    Ok(Sealed::from_parts(code, tag))
}

/// Returns the struct of a record. The tag must also be valid for the record that is read
/// from it.
fn written(server: &Server, sealed: Sealed<SecurityCode>) -> stopgap_security_code {
    let record = sealed.into();
    assert!(read(&record).unwrap().open(&server.keys).is_ok());
    record
}

/// Draws the accepted prefixes, sometimes with a text that is not a prefix.
fn prefixes(draw: &mut Draw<'_>) -> Vec<stopgap_prefix> {
    let count = draw.number(0..=5_u8).saturating_sub(3);
    let prefixes = (0..count).map(|_| match draw.number(0..=7_u8) {
        7 => field(draw),
        0..=4 => chars(b"stopgap"),
        _ => chars(b"acme"),
    });
    prefixes.map(|text| stopgap_prefix { text }).collect()
}

fn format_of(prefixes: &[stopgap_prefix]) -> Outcome<SecurityFormat> {
    let mut accepted: Vec<SecurityPrefix> = Vec::new();
    for (index, prefix) in prefixes.iter().enumerate() {
        let read = text(prefix.text).and_then(|text| Ok(text.parse::<SecurityPrefix>()?));
        accepted.push(read.map_err(|failure| failure.of_element(index))?);
    }
    let mut accepted = accepted.into_iter();
    Ok(SecurityFormat {
        prefix: accepted.next().unwrap_or_default(),
        accepted: accepted.collect(),
    })
}

/// The answer of a caller's function about a user.
#[derive(Clone, Copy)]
struct Known {
    role: u32,
    answer: i32,
}

unsafe extern "C" fn asked(context: *mut c_void, user: stopgap_text, role: *mut u32) -> i32 {
    assert!(!user.ptr.is_null() && (1..=255).contains(&user.len));
    // SAFETY: the context is ours and lives during the call; the role is the library's.
    unsafe {
        let known: Known = *context.cast();
        role.write(known.role);
        known.answer
    }
}

pub(super) fn authenticate(draw: &mut Draw<'_>, server: &Server) {
    let (record, code) = record(draw, server);
    if draw.number(0..=3_u8) == 3 {
        record::open(draw, server, &record, read, stopgap_security_code_open);
        return;
    }
    let (presented, now) = (typed(draw, &code), seconds(draw));
    let prefixes = prefixes(draw);
    let mut known = Known {
        role: small(draw, 5),
        answer: draw.one_of(&[0, 0, 0, 7]),
    };
    let asks = stopgap_role_of {
        role_of: Some(asked),
        context: context(&mut known),
    };
    let authenticated = || {
        let sealed = read(&record)?;
        let format = format_of(&prefixes)?;
        let presented = presented.typed()?;
        let now = instant(now)?;
        let code = format.read(&presented)?;
        let mut role = Ok(Role::User);
        let asked = |_: &Name| {
            role = match known.answer {
                0 => role_of(known.role),
                callback => Err(Failure::callback(callback)),
            };
            role.unwrap_or(Role::User)
        };
        let given = sealed.authenticate(&server.keys, &code, asked, now)?;
        role?;
        let user = given.user.map_or(String::new(), ToString::to_string);
        let rights = (role_number(given.role), u32::from(given.limited));
        Ok((rights, user, given.scopes.clone()))
    };
    let says = |given: stopgap_authenticated| {
        let scopes = scopes_of(&given.scopes).unwrap();
        let rights = (given.role, given.limited);
        (rights, text(given.user).unwrap(), scopes)
    };
    let (record, ring, asks) = (&raw const record, server.ring.pointer, &raw const asks);
    let (accepted, count) = (prefixes.as_ptr(), prefixes.len());
    let function = stopgap_security_code_authenticate;
    output(draw, authenticated, says, |given, error| {
        c!(
            function,
            record,
            ring,
            accepted,
            count,
            [presented],
            asks,
            now,
            given,
            error
        )
    });
}

/// Changes of a record, by any actor, and its state.
pub(super) fn changes(draw: &mut Draw<'_>, server: &Server) {
    let (record, _) = record(draw, server);
    let now = seconds(draw);
    if draw.number(0..=3_u8) == 0 {
        state(draw, server, &record, now);
        return;
    }
    let by = user(draw);
    let role = match draw.number(0..=3_u8) {
        0 => small(draw, 5),
        _ => 4,
    };
    let actor = stopgap_actor {
        name: by.argument(),
        role,
    };
    let who = || -> Outcome<Actor> { Ok(Actor::new(by.name()?, role_of(role)?)?) };
    let (ring, actor) = (server.ring.pointer, &raw const actor);
    let applied = |event: Outcome<LifecycleEvent<'_>>| {
        let (sealed, actor) = (read(&record)?, who()?);
        let changed = sealed.apply(&server.keys, &actor, event?, instant(now)?)?;
        Ok(written(server, changed))
    };
    if draw.coin() {
        let (number, expires_at) = (small(draw, 6), seconds(draw));
        let expected = applied(event_of(number, expires_at));
        let function = stopgap_security_code_apply;
        change(draw, record, expected, |record, error| {
            c!(
                function, record, ring, actor, number, expires_at, now, error
            )
        });
    } else {
        let words = match draw.number(0..=3_u8) {
            0 => b"d".repeat(draw.number(1_022..=1_026)),
            _ => draw.some(30).to_vec(),
        };
        let words = Lent::new(draw, &words);
        let expected = applied(words.text().map(LifecycleEvent::Describe));
        let function = stopgap_security_code_describe;
        change(draw, record, expected, |record, error| {
            c!(function, record, ring, actor, [words], now, error)
        });
    }
}

fn state(draw: &mut Draw<'_>, server: &Server, record: &stopgap_security_code, now: i64) {
    let state = || {
        let sealed = read(record)?;
        let state = sealed.open(&server.keys)?.state(instant(now)?);
        Ok(lifecycle_state(state))
    };
    let ring = server.ring.pointer;
    output(draw, state, lifecycle_members, |state, error| {
        c!(stopgap_security_code_state, record, ring, now, state, error)
    });
}
