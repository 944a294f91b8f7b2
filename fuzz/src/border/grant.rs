//! Grants of online codes.

use chrono::TimeDelta;

use super::{
    format,
    handle::{bytes_of, handle, read, taken},
    prelude::*,
    record::{KEY, Server, issued, never_or_seconds, seconds, stranger},
    request::{Asked, Issued},
};

/// Draws a policy by which codes can be issued.
fn policy(draw: &mut Draw<'_>) -> OnlinePolicy {
    let policy = OnlinePolicy::default().max_uses(draw.number(1..=3));
    match draw.number(0..=15_u8) {
        10 => OnlinePolicy {
            max_uses: None,
            ..policy
        },
        11 => policy.purposes(draw.one_of(&Purpose::ALL)),
        12 => {
            let first = issued().timestamp() + draw.number(0..=90_000);
            policy.not_before(stored(first).unwrap())
        }
        13 => policy.validity(validity(draw).1.unwrap_or(Validity::MONTH)),
        14 => OnlinePolicy {
            format: format::format_of(&format::format(draw)).unwrap_or(CodeFormat::ONLINE),
            ..policy
        },
        15 => policy.check_symbol(true),
        _ => policy,
    }
}

/// Issues a code to alice, and perhaps uses and revokes it. Returns its record, and the
/// code in groups.
fn fresh(draw: &mut Draw<'_>, keys: &KeyRing, random: u8) -> (Sealed<OnlineGrant>, String) {
    let issue = policy(draw).issue(keys, "alice", issued(), &mut Same(random));
    let (code, mut sealed) = issue.unwrap();
    let code = code.reveal().to_string();
    for _ in 0..draw.number(0..=7_u8).saturating_sub(4) {
        let request = VerifyRequest::new("alice", &code, Purpose::Reset);
        match sealed.verify(keys, &request, issued()) {
            Ok(granted) => sealed = granted.record,
            Err(_) => break,
        }
    }
    if draw.number(0..=7_u8) == 7 {
        sealed = sealed.revoke(keys, issued()).unwrap();
    }
    (sealed, code)
}

/// Changes a member of a record, which keeps its tag.
fn edit(draw: &mut Draw<'_>, sealed: Sealed<OnlineGrant>) -> Sealed<OnlineGrant> {
    let (mut grant, tag) = sealed.into_parts();
    // Every instant that has a form in bytes.
    let instant = |draw: &mut Draw<'_>| {
        let micros = TimeDelta::microseconds(draw.number(0..=1_000_000));
        issued() + micros
    };
    match draw.number(0..=9_u8) {
        0 => grant.not_before = draw.coin().then(|| instant(draw)),
        1 => grant.expires_at = instant(draw),
        2 => grant.revoked_at = draw.coin().then(|| instant(draw)),
        3 => grant.key_id = KeyId(small(draw, KEY)),
        4 => grant.purposes = draw.one_of(&Purpose::ALL).into(),
        5 => grant.max_uses = Some(draw.number(1..=4)).filter(|most| *most < 4),
        6 => grant.uses = small(draw, 3),
        7 => {
            let other = format::format_of(&format::format(draw));
            grant.format = other.unwrap_or(CodeFormat::ONLINE);
        }
        8 => grant.user = Name::new(draw.one_of(&["alice", "bob"])).unwrap(),
        _ => grant.issued_at = instant(draw),
    }
    Sealed::from_parts(grant, tag)
}

fn purposes_of(bits: u32) -> Outcome<Purposes> {
    let known = u8::try_from(bits).ok().and_then(Purposes::from_bits);
    known.ok_or_else(|| Failure::invalid(bits))
}

fn most_uses(number: u32) -> Option<u32> {
    (number != STOPGAP_UNLIMITED).then_some(number)
}

/// The members of `stopgap_granted`.
type Members = (usize, i64, i64, u32, u32);

fn expected(index: usize, granted: &Granted) -> Members {
    let lock = granted.password_only_lock();
    (
        index,
        granted.expires_at().timestamp(),
        lock.map_or(STOPGAP_NEVER, |lock| lock.until.timestamp()),
        granted.purpose.bit().into(),
        granted.uses_left.unwrap_or(STOPGAP_UNLIMITED),
    )
}

fn members(granted: stopgap_granted) -> Members {
    (
        granted.index,
        granted.expires_at,
        granted.password_only_until,
        granted.purpose,
        granted.uses_left,
    )
}

pub(super) fn one(draw: &mut Draw<'_>, server: &Server) {
    let (mut sealed, code) = match draw.number(0..=15_u8) {
        15 => fresh(draw, &stranger(), 0x5A),
        _ => fresh(draw, &server.keys, 0x5A),
    };
    for _ in 0..draw.number(0..=5_u8).saturating_sub(2) {
        sealed = edit(draw, sealed);
    }
    let Some((grant, sealed)) = read::<stopgap_online_grant>(draw, sealed.to_bytes()) else {
        return;
    };
    info(draw, &grant, &sealed);
    match draw.number(0..=5_u8) {
        0..=2 => verify(draw, server, &grant, &sealed, &code),
        3 => {
            let opened = sealed.open(&server.keys).map(|_| ());
            let (grant, ring) = (grant.pointer, server.ring.pointer);
            call(draw, &opened.map_err(Failure::from), |error| {
                c!(stopgap_online_open, grant, ring, error)
            });
        }
        4 => not_ended(draw, server, &grant, &sealed),
        _ => revoke(draw, server, &grant, &sealed),
    }
}

/// Compares the members with those of the core.
fn info(draw: &mut Draw<'_>, grant: &Handle<stopgap_online_grant>, sealed: &Sealed<OnlineGrant>) {
    let record = sealed.unverified();
    let seconds = |instant: Option<chrono::DateTime<chrono::Utc>>| {
        instant.map_or(STOPGAP_NEVER, |instant| instant.timestamp())
    };
    let expected = || {
        Ok((
            (record.user.as_str().to_owned(), record.key_id.0),
            [record.issued_at.timestamp(), record.expires_at.timestamp()],
            [seconds(record.not_before), seconds(record.revoked_at)],
            [record.max_uses.unwrap_or(STOPGAP_UNLIMITED), record.uses],
            [*record.digest.as_bytes(), *sealed.tag().as_bytes()],
            (*record.id.as_bytes(), u32::from(record.purposes.bits())),
            (
                u32::from(record.format.length),
                u32::from(record.format.check_symbol),
            ),
        ))
    };
    let says = |info: stopgap_online_grant_info| {
        // SAFETY: lent by the record.
        let user = unsafe { std::slice::from_raw_parts(info.user.ptr.cast::<u8>(), info.user.len) };
        (
            (String::from_utf8(user.to_vec()).unwrap(), info.key_id),
            [info.issued_at, info.expires_at],
            [info.not_before, info.revoked_at],
            [info.max_uses, info.uses],
            [info.digest.bytes, info.tag.bytes],
            (info.id.bytes, info.purposes),
            (info.format.length, info.format.check_symbol),
        )
    };
    sized_output(draw, expected, says, |info, error| {
        c!(stopgap_online_grant_info, grant.pointer, info, error)
    });
}

fn verify(
    draw: &mut Draw<'_>,
    server: &Server,
    grant: &Handle<stopgap_online_grant>,
    sealed: &Sealed<OnlineGrant>,
    code: &str,
) {
    let (asked, now) = (Asked::draw(draw, code), seconds(draw));
    let mut after = sealed.to_bytes();
    let verdict = || {
        asked.read(|request| {
            let granted = sealed.verify(&server.keys, request, instant(now)?)?;
            after = granted.record.to_bytes();
            Ok(expected(0, &granted))
        })
    };
    let (kept, ring, request) = (grant.pointer, server.ring.pointer, asked.pointer());
    sized_output(draw, verdict, members, |granted, error| {
        let function = stopgap_online_verify;
        c!(function, kept, ring, request, now, granted, error)
    });
    assert_eq!(bytes_of(grant.pointer), after, "only the use is counted");
}

fn not_ended(
    draw: &mut Draw<'_>,
    server: &Server,
    grant: &Handle<stopgap_online_grant>,
    sealed: &Sealed<OnlineGrant>,
) {
    let now = seconds(draw);
    let expected = || Ok(sealed.check_not_ended(&server.keys, instant(now)?)?);
    let (grant, ring) = (grant.pointer, server.ring.pointer);
    call(draw, &expected(), |error| {
        c!(stopgap_online_check_not_ended, grant, ring, now, error)
    });
}

fn revoke(
    draw: &mut Draw<'_>,
    server: &Server,
    grant: &Handle<stopgap_online_grant>,
    sealed: &Sealed<OnlineGrant>,
) {
    let now = seconds(draw);
    let revoked = || Ok(sealed.revoke(&server.keys, instant(now)?)?.to_bytes());
    let (expected, place) = (revoked(), grant.pointer);
    let ring = server.ring.pointer;
    call(draw, &expected, |error| {
        c!(stopgap_online_revoke, place, ring, now, error)
    });
    let after = expected.unwrap_or_else(|_| sealed.to_bytes());
    assert_eq!(bytes_of(grant.pointer), after);
}

/// All the codes of a user.
pub(super) fn several(draw: &mut Draw<'_>, server: &Server) {
    let mut records = Vec::new();
    let mut code = String::from("5A5A-5A5A-5A5A");
    for _ in 0..draw.number(0..=3_u8) {
        let random = draw.one_of(&[0x5A, 0x5A, 0x11]);
        let (mut sealed, shown) = fresh(draw, &server.keys, random);
        if random == 0x5A {
            code = shown;
        }
        for _ in 0..draw.number(0..=3_u8).saturating_sub(1) {
            sealed = edit(draw, sealed);
        }
        records.push(Sealed::from_bytes(&sealed.to_bytes()).unwrap());
    }
    let handles: Vec<_> = records.iter().map(handle::<stopgap_online_grant>).collect();
    let mut pointers: Vec<_> = handles.iter().map(|grant| grant.pointer).collect();
    let missing = draw.number(0..=15_usize);
    if let Some(pointer) = pointers.get_mut(missing) {
        *pointer = std::ptr::null_mut();
    }
    let (asked, now) = (Asked::draw(draw, &code), seconds(draw));
    let mut after: Vec<Vec<u8>> = records.iter().map(Sealed::to_bytes).collect();
    let verdict = || {
        asked.read(|request| {
            let now = instant(now)?;
            if missing < records.len() {
                return Err(Failure::from(STOPGAP_ERR_NULL_ARGUMENT).of_element(missing));
            }
            let (index, granted) = Sealed::verify_any(&records, &server.keys, request, now)?;
            after[index] = granted.record.to_bytes();
            Ok(expected(index, &granted))
        })
    };
    let grants = stopgap_online_grants {
        ptr: pointers.as_ptr(),
        count: pointers.len(),
    };
    let (ring, request) = (server.ring.pointer, asked.pointer());
    sized_output(draw, verdict, members, |granted, error| {
        let function = stopgap_online_verify_any;
        c!(function, grants, ring, request, now, granted, error)
    });
    for (grant, after) in handles.iter().zip(after) {
        assert_eq!(bytes_of(grant.pointer), after);
    }
}

/// Issues a code by a policy that the caller may have filled with anything.
pub(super) fn issue(draw: &mut Draw<'_>, server: &Server) {
    let (validity_number, validity) = validity(draw);
    let format = format::format(draw);
    let policy = stopgap_online_policy {
        not_before: never_or_seconds(draw),
        format: format.c,
        validity: validity_number,
        purposes: small(draw, 7),
        max_uses: small(draw, 3),
    };
    let mut byte = 0x5A;
    let (request, now) = (Issued::draw(draw, policy, same(&mut byte)), seconds(draw));
    let mut text = None;
    let sealed = || {
        // The texts of a request are read before its policy.
        let issue = request.read()?;
        let policy = OnlinePolicy {
            format: format::format_of(&format)?,
            validity: validity?,
            purposes: purposes_of(policy.purposes)?,
            not_before: never_or(policy.not_before)?,
            max_uses: most_uses(policy.max_uses),
        };
        let zone = zone_of(request.zone())?;
        let now = instant(now)?.with_timezone(&zone);
        let (code, sealed) = policy.issue(&server.keys, issue, now, &mut Same(0x5A))?;
        text = Some(code.reveal().to_string());
        Ok(sealed.to_bytes())
    };
    let mut code = Slot::<stopgap_code>::new();
    let (place, ring) = (code.pointer(), server.ring.pointer);
    let (function, request) = (stopgap_online_issue, request.pointer());
    output(
        draw,
        sealed,
        taken::<stopgap_online_grant>,
        |grant, error| c!(function, ring, request, now, place, grant, error),
    );
    let code = code.take(text.is_some());
    assert_eq!(
        code.map(|code| super::value::text(code.text).unwrap()),
        text
    );
}

/// Seals a policy as a preset, and opens it under this name or another.
pub(super) fn presets(draw: &mut Draw<'_>, server: &Server) {
    let policy = policy(draw);
    let sealed = Preset::seal(&server.keys, Name::new("alice").unwrap(), policy).unwrap();
    let Some((preset, sealed)) = read::<stopgap_preset>(draw, sealed.to_bytes()) else {
        return;
    };
    let asked = user(draw);
    let opened = || {
        let name = Name::new(asked.name()?)?;
        let policy = sealed.policy(&server.keys, name.as_str())?;
        let not_before = policy
            .not_before
            .map_or(STOPGAP_NEVER, |first| first.timestamp());
        Ok((
            not_before,
            policy.max_uses.unwrap_or(STOPGAP_UNLIMITED),
            u32::from(policy.purposes.bits()),
            u32::from(policy.format.length),
        ))
    };
    let says = |policy: stopgap_online_policy| {
        let members = (policy.not_before, policy.max_uses);
        (members.0, members.1, policy.purposes, policy.format.length)
    };
    let ring = server.ring.pointer;
    output(draw, opened, says, |policy, error| {
        c!(
            stopgap_preset_open,
            preset.pointer,
            ring,
            [asked],
            policy,
            error
        )
    });
}
