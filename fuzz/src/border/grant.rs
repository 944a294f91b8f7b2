//! Grants of online codes.

use super::{
    format,
    prelude::*,
    record::{self, KEY, Server, issued, never_or_seconds, scratch, seconds, stranger},
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
fn fresh(draw: &mut Draw<'_>, keys: &KeyRing, random: u8) -> (stopgap_online_grant, String) {
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
    (sealed.into(), code)
}

fn edit(draw: &mut Draw<'_>, grant: &mut stopgap_online_grant) {
    match draw.number(0..=12_u8) {
        0 => grant.not_before = seconds(draw),
        1 => grant.expires_at = seconds(draw),
        2 => grant.revoked_at = seconds(draw),
        3 => grant.key_id = small(draw, KEY),
        4 => grant.purposes = small(draw, 9),
        5 => grant.max_uses = small(draw, 3),
        6 => grant.uses = small(draw, 3),
        7 => grant.format = format::format(draw),
        8 => scratch(draw, &mut grant.digest.bytes),
        9 => grant.user = field(draw),
        10 => grant.issued_at = seconds(draw),
        11 => scratch(draw, &mut grant.id.bytes),
        _ => scratch(draw, &mut grant.tag.bytes),
    }
}

fn purposes_of(bits: u32) -> Outcome<Purposes> {
    let known = u8::try_from(bits).ok().and_then(Purposes::from_bits);
    known.ok_or_else(|| Failure::invalid(bits))
}

fn most_uses(number: u32) -> Option<u32> {
    (number != STOPGAP_UNLIMITED).then_some(number)
}

/// Reads a grant by the rules of the header.
fn read(grant: &stopgap_online_grant) -> Outcome<Sealed<OnlineGrant>> {
    let record = OnlineGrant {
        id: RecordId::from_bytes(grant.id.bytes),
        key_id: KeyId(grant.key_id),
        digest: CodeDigest::from_bytes(grant.digest.bytes),
        user: name(grant.user)?,
        format: format::format_of(&grant.format)?,
        purposes: purposes_of(grant.purposes)?,
        issued_at: stored(grant.issued_at)?,
        not_before: never_or(grant.not_before)?,
        expires_at: stored(grant.expires_at)?,
        max_uses: most_uses(grant.max_uses),
        uses: grant.uses,
        revoked_at: never_or(grant.revoked_at)?,
    };
    let tag = RecordTag::from_bytes(grant.tag.bytes);
    Ok(Sealed::from_parts(record, tag))
}

/// Returns the struct of a record. The tag must also be valid for the record that is read
/// from it.
fn written(server: &Server, sealed: Sealed<OnlineGrant>) -> stopgap_online_grant {
    let grant = sealed.into();
    let again = read(&grant).unwrap().open(&server.keys).map(|_| ());
    assert_eq!(again, Ok(()));
    grant
}

/// The members of `stopgap_granted`.
type Members = (i64, i64, u32, u32);

fn expected(granted: &Granted) -> Members {
    let lock = granted.password_only_lock();
    (
        granted.expires_at().timestamp(),
        lock.map_or(STOPGAP_NEVER, |lock| lock.until.timestamp()),
        granted.purpose.bit().into(),
        granted.uses_left.unwrap_or(STOPGAP_UNLIMITED),
    )
}

fn members(granted: stopgap_granted) -> Members {
    (
        granted.expires_at,
        granted.password_only_until,
        granted.purpose,
        granted.uses_left,
    )
}

pub(super) fn one(draw: &mut Draw<'_>, server: &Server) {
    let (mut grant, code) = match draw.number(0..=15_u8) {
        15 => fresh(draw, &stranger(), 0x5A),
        _ => fresh(draw, &server.keys, 0x5A),
    };
    for _ in 0..draw.number(0..=5_u8).saturating_sub(2) {
        edit(draw, &mut grant);
    }
    match draw.number(0..=5_u8) {
        0..=2 => verify(draw, server, &grant, &code),
        3 => record::open(draw, server, &grant, read, stopgap_online_open),
        4 => not_ended(draw, server, &grant),
        _ => revoke(draw, server, &grant),
    }
}

fn verify(draw: &mut Draw<'_>, server: &Server, before: &stopgap_online_grant, code: &str) {
    let (asked, now) = (Asked::draw(draw, code), seconds(draw));
    let mut after = *before;
    let verdict = || {
        let sealed = read(before)?;
        asked.read(|request| {
            let granted = sealed.verify(&server.keys, request, instant(now)?)?;
            let members = expected(&granted);
            if granted.record.tag() != sealed.tag() {
                after = written(server, granted.record);
            }
            Ok(members)
        })
    };
    let mut grant = *before;
    let (kept, ring) = (&raw mut grant, server.ring.pointer);
    let request = asked.pointer();
    output(draw, verdict, members, |granted, error| {
        let function = stopgap_online_verify;
        c!(function, kept, ring, request, now, granted, error)
    });
    assert_eq!(image(&grant), image(&after), "only the use is counted");
}

fn not_ended(draw: &mut Draw<'_>, server: &Server, grant: &stopgap_online_grant) {
    let now = seconds(draw);
    let expected = || {
        let sealed = read(grant)?;
        Ok(sealed.check_not_ended(&server.keys, instant(now)?)?)
    };
    let ring = server.ring.pointer;
    call(draw, &expected(), |error| {
        c!(stopgap_online_check_not_ended, grant, ring, now, error)
    });
}

fn revoke(draw: &mut Draw<'_>, server: &Server, grant: &stopgap_online_grant) {
    let now = seconds(draw);
    let revoked = || {
        let sealed = read(grant)?;
        let revoked = sealed.revoke(&server.keys, instant(now)?)?;
        Ok(written(server, revoked))
    };
    let ring = server.ring.pointer;
    change(draw, *grant, revoked(), |grant, error| {
        c!(stopgap_online_revoke, grant, ring, now, error)
    });
}

/// All the codes of a user.
pub(super) fn several(draw: &mut Draw<'_>, server: &Server) {
    let mut grants = Vec::new();
    let mut code = String::from("5A5A-5A5A-5A5A");
    for _ in 0..draw.number(0..=3_u8) {
        let random = draw.one_of(&[0x5A, 0x5A, 0x11]);
        let (mut grant, shown) = fresh(draw, &server.keys, random);
        if random == 0x5A {
            code = shown;
        }
        for _ in 0..draw.number(0..=3_u8).saturating_sub(1) {
            edit(draw, &mut grant);
        }
        grants.push(grant);
    }
    let (asked, now) = (Asked::draw(draw, &code), seconds(draw));
    let before = grants.clone();
    let mut after = grants.clone();
    let mut index = Slot::<usize>::new();
    let mut found = None;
    let verdict = || {
        asked.read(|request| {
            let now = instant(now)?;
            let mut broken = None;
            let records = before.iter().enumerate().map_while(|(index, grant)| {
                let record = read(grant);
                broken = record
                    .as_ref()
                    .err()
                    .map(|failure| failure.of_element(index));
                record.ok()
            });
            let records: Vec<Sealed<OnlineGrant>> = records.collect();
            let verdict = Sealed::verify_any(&records, &server.keys, request, now);
            let (index, granted) = match (verdict, broken) {
                (Ok(found), _) => found,
                (Err(_), Some(broken)) => return Err(broken),
                (Err(refusal), None) => return Err(refusal.into()),
            };
            let members = expected(&granted);
            found = Some(index);
            if granted.record.tag() != records[index].tag() {
                after[index] = written(server, granted.record);
            }
            Ok(members)
        })
    };
    let (start, count, ring) = (grants.as_mut_ptr(), grants.len(), server.ring.pointer);
    let (request, place) = (asked.pointer(), index.pointer());
    output(draw, verdict, members, |granted, error| {
        let function = stopgap_online_verify_any;
        c!(
            function, start, count, ring, request, now, place, granted, error
        )
    });
    assert_eq!(index.take(found.is_some()), found);
    for (grant, after) in grants.iter().zip(&after) {
        assert_eq!(image(grant), image(after));
    }
}

/// Issues a code by a policy that the caller may have filled with anything.
pub(super) fn issue(draw: &mut Draw<'_>, server: &Server) {
    let (validity_number, validity) = validity(draw);
    let policy = stopgap_online_policy {
        not_before: never_or_seconds(draw),
        format: format::format(draw),
        validity: validity_number,
        purposes: small(draw, 7),
        max_uses: small(draw, 3),
    };
    let (request, zone, now) = (Issued::draw(draw), zone_name(draw), seconds(draw));
    let mut text = None;
    let sealed = || {
        let policy = OnlinePolicy {
            format: format::format_of(&policy.format)?,
            validity: validity?,
            purposes: purposes_of(policy.purposes)?,
            not_before: never_or(policy.not_before)?,
            max_uses: most_uses(policy.max_uses),
        };
        let request = request.read()?;
        let zone = zone_of(&zone)?;
        let now = instant(now)?.with_timezone(&zone);
        let (code, sealed) = policy.issue(&server.keys, request, now, &mut Same(0x5A))?;
        text = Some(code.reveal().to_string());
        Ok(image(&written(server, sealed)).to_vec())
    };
    let says = |grant: stopgap_online_grant| image(&grant).to_vec();
    let mut code = Slot::<stopgap_code>::new();
    let (place, mut byte) = (code.pointer(), 0x5A);
    let random = same(&mut byte);
    let (policy, ring, random) = (&raw const policy, server.ring.pointer, &raw const random);
    let (function, request) = (stopgap_online_issue, request.pointer());
    output(draw, sealed, says, |grant, error| {
        c!(
            function,
            policy,
            ring,
            request,
            now,
            [zone],
            random,
            place,
            grant,
            error
        )
    });
    let code = code.take(text.is_some());
    assert_eq!(
        code.map(|code| super::value::text(code.text).unwrap()),
        text
    );
}
