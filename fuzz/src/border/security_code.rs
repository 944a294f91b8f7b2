//! Records of security codes, and their members.

use super::{
    handle::read,
    prelude::*,
    record::{KEY, Server, issued, moment, scratch},
};

pub(super) type Code = stopgap_security_code;

fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

/// Draws a record with some changed members. Returns its handle, and its text.
pub(super) fn record(
    draw: &mut Draw<'_>,
    server: &Server,
) -> Option<(Handle<Code>, Sealed<SecurityCode>, String)> {
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
    for _ in 0..draw.number(0..=5_u8).saturating_sub(2) {
        sealed = edit(draw, sealed);
    }
    let (handle, sealed) = read::<Code>(draw, sealed.to_bytes())?;
    info(draw, &handle, &sealed);
    Some((handle, sealed, shown.as_str().to_owned()))
}

/// Changes a member of a record, which keeps its tag.
fn edit(draw: &mut Draw<'_>, sealed: Sealed<SecurityCode>) -> Sealed<SecurityCode> {
    let (mut code, mut tag) = sealed.into_parts();
    match draw.number(0..=9_u8) {
        0 => code.created_at = moment(draw),
        1 => code.lifetime = Lifetime::Until(moment(draw)),
        2 => code.lifetime = draw.one_of(&[Lifetime::Permanent, Lifetime::Deleted]),
        3 => code.key_id = KeyId(small(draw, KEY)),
        4 => {
            let mut bytes = *code.digest.as_bytes();
            scratch(draw, &mut bytes);
            code.digest = CodeDigest::from_bytes(bytes);
        }
        5 => {
            let user = draw.one_of(&["alice", "bob", "Zoë"]).parse().unwrap();
            code.access = Access::SameAs(user);
        }
        6 => code.description = draw.text(20),
        7 => {
            let mut bytes = *code.id.as_bytes();
            scratch(draw, &mut bytes);
            code.id = RecordId::from_bytes(bytes);
        }
        8 => code.scopes = Scopes::new(["*", "a/b", "users:read"]).unwrap(),
        _ => {
            let mut bytes = *tag.as_bytes();
            scratch(draw, &mut bytes);
            tag = RecordTag::from_bytes(bytes);
        }
    }
    Sealed::from_parts(code, tag)
}

/// Returns the scopes as the header writes them.
pub(super) fn listed(scopes: &Scopes) -> (String, u32) {
    let list: Vec<&str> = scopes.iter().collect();
    (list.join(" "), scopes.is_unlimited().into())
}

pub(super) fn lent_scopes(scopes: stopgap_scopes) -> (String, u32) {
    (lent(scopes.list), scopes.unlimited)
}

/// Compares the members with those of the core.
fn info(draw: &mut Draw<'_>, record: &Handle<Code>, sealed: &Sealed<SecurityCode>) {
    let code = sealed.unverified();
    let expected = || {
        let (access, same_as) = match &code.access {
            Access::SuperAdministrator => (1, ""),
            Access::SameAs(user) => (2, user.as_str()),
        };
        let lifetime = match code.lifetime {
            Lifetime::Until(end) => (end.timestamp(), 0, 0),
            Lifetime::Permanent => (STOPGAP_NEVER, 1, 0),
            Lifetime::Deleted => (STOPGAP_NEVER, 0, 1),
        };
        Ok((
            (access, same_as.to_owned(), listed(&code.scopes)),
            (code.description.clone(), code.key_id.0),
            (code.created_at.timestamp(), lifetime),
            (*code.id.as_bytes(), *code.digest.as_bytes()),
            *sealed.tag().as_bytes(),
        ))
    };
    let says = |info: stopgap_security_code_info| {
        (
            (info.access, lent(info.same_as), lent_scopes(info.scopes)),
            (lent(info.description), info.key_id),
            (
                info.created_at,
                (info.expires_at, info.permanent, info.deleted),
            ),
            (info.id.bytes, info.digest.bytes),
            info.tag.bytes,
        )
    };
    sized_output(draw, expected, says, |info, error| {
        c!(stopgap_security_code_info, record.pointer, info, error)
    });
}
