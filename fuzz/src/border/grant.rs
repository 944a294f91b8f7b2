//! What is kept of online codes.

use stopgap::{CodeDigest, KeyId, OnlineGrant, OnlinePolicy, Purpose, Purposes, RecordTag};
use stopgap_c::{
    digest::{stopgap_digest, stopgap_tag},
    grant::{
        STOPGAP_UNLIMITED, stopgap_online_check, stopgap_online_check_tag, stopgap_online_grant,
        stopgap_online_revoke, stopgap_online_tag, stopgap_online_verify,
        stopgap_online_verify_any,
    },
    granted::stopgap_granted,
    status::{STOPGAP_INVALID_LENGTH, STOPGAP_MISALIGNED, STOPGAP_NULL_ARGUMENT},
    time::STOPGAP_NEVER,
};

use super::{
    format,
    memory::{Failure, Lent, Outcome, Slot, call, image},
    record::{KEY, Server, field, issued, name, never_or, purpose_of, seconds, small, typed, user},
    value,
};
use crate::draw::{Draw, Same};

/// A grant of alice's, and its code in groups.
fn fresh(server: &Server, uses: u32) -> (stopgap_online_grant, String) {
    let policy = OnlinePolicy::default().max_uses(uses).unwrap();
    let issued = policy.issue(&server.keys, "alice", issued(), &mut Same(0x5A));
    let (code, grant) = issued.unwrap();
    (grant.into(), code.reveal().to_string())
}

/// Changes a member.
fn edit(draw: &mut Draw<'_>, grant: &mut stopgap_online_grant) {
    match draw.number(0..=10_u8) {
        0 => grant.not_before = seconds(draw),
        1 => grant.expires_at = seconds(draw),
        2 => grant.revoked_at = seconds(draw),
        3 => grant.key_id = small(draw, KEY),
        4 => grant.purposes = small(draw, 9),
        5 => grant.max_uses = small(draw, 3),
        6 => grant.uses = small(draw, 3),
        7 => grant.format = format::format(draw),
        8 => grant.digest.bytes[draw.number(0..=31)] ^= draw.number(0..=255),
        9 => grant.user = field(draw),
        _ => grant.issued_at = seconds(draw),
    }
}

/// The core's grant, as the header says what the members mean.
fn read(grant: &stopgap_online_grant) -> Outcome<OnlineGrant> {
    let user = name(&grant.user)?;
    let purposes = u8::try_from(grant.purposes).ok();
    let purposes = purposes.and_then(Purposes::from_bits);
    Ok(OnlineGrant {
        key_id: KeyId(grant.key_id),
        digest: CodeDigest::from_bytes(grant.digest.bytes),
        user,
        purposes: purposes.ok_or_else(|| value::invalid(grant.purposes))?,
        not_before: never_or(grant.not_before)?,
        expires_at: value::stored(grant.expires_at)?,
        revoked_at: never_or(grant.revoked_at)?,
        format: format::format_of(&grant.format)?,
        issued_at: issued(),
        max_uses: (grant.max_uses != STOPGAP_UNLIMITED).then_some(grant.max_uses),
        uses: grant.uses,
    })
}

fn purpose(draw: &mut Draw<'_>) -> (u32, Outcome<Purpose>) {
    let number = match draw.number(0..=7_u8) {
        0 => small(draw, 8),
        _ => draw.one_of(&[1, 2, 4]),
    };
    (number, purpose_of(number))
}

/// A verdict as the header counts it.
fn granted(granted: stopgap::Granted<'_>) -> (i64, u32, u32) {
    (
        granted.expires_at.timestamp(),
        granted.purpose.bit().into(),
        granted.uses_left.unwrap_or(STOPGAP_UNLIMITED),
    )
}

fn members(granted: stopgap_granted) -> (i64, u32, u32) {
    (granted.expires_at, granted.purpose, granted.uses_left)
}

/// What a person typed, where, when and for what.
struct Asked {
    user: Lent,
    typed: Lent,
    number: u32,
    purpose: Outcome<Purpose>,
    now: i64,
}

impl Asked {
    fn draw(draw: &mut Draw<'_>, code: &str) -> Self {
        let (number, purpose) = purpose(draw);
        Self {
            user: user(draw),
            typed: typed(draw, code),
            number,
            purpose,
            now: seconds(draw),
        }
    }
}

pub(super) fn one(draw: &mut Draw<'_>, server: &Server) {
    let (mut grant, code) = fresh(server, 3);
    for _ in 0..draw.number(0..=3_u8) {
        edit(draw, &mut grant);
    }
    match draw.number(0..=3_u8) {
        0 => verify(draw, server, grant, &code, true),
        1 => verify(draw, server, grant, &code, false),
        2 => tag(draw, server, &grant),
        _ => revoke(draw, grant),
    }
}

fn verify(
    draw: &mut Draw<'_>,
    server: &Server,
    mut grant: stopgap_online_grant,
    code: &str,
    counts: bool,
) {
    let asked = Asked::draw(draw, code);
    let before = grant;
    let mut slot = Slot::<stopgap_granted>::new();
    let (place, is_place) = slot.perhaps(draw);
    let verdict = || {
        let (user, typed) = (asked.user.text()?, asked.typed.text()?);
        is_place?;
        let now = value::instant(asked.now)?;
        let purpose = asked.purpose?;
        let mut state = read(&before)?;
        let keys = &server.keys;
        let verdict = if counts {
            state.verify(keys, user, typed, purpose, now)?
        } else {
            state.check(keys, user, typed, purpose, now)?
        };
        Ok((granted(verdict), state.uses))
    };
    let expected: Outcome<_> = verdict();
    call(draw, &expected, |error| {
        let (user, user_length) = (asked.user.pointer(), asked.user.length());
        let (typed, typed_length) = (asked.typed.pointer(), asked.typed.length());
        let (purpose, now) = (asked.number, asked.now);
        let (kept, ring) = (&raw mut grant, server.ring);
        macro_rules! ask {
            ($function:ident) => {
                // SAFETY: the contract of the header.
                unsafe {
                    $function(
                        kept,
                        ring,
                        user,
                        user_length,
                        typed,
                        typed_length,
                        purpose,
                        now,
                        place,
                        error,
                    )
                }
            };
        }
        if counts {
            ask!(stopgap_online_verify)
        } else {
            ask!(stopgap_online_check)
        }
    });
    let found = slot.take(expected.is_ok()).map(members);
    assert_eq!(found, expected.ok().map(|(granted, _)| granted));
    let uses = expected.map_or(before.uses, |(_, uses)| uses);
    let after = stopgap_online_grant { uses, ..before };
    assert_eq!(image(&grant), image(&after), "the use alone is counted");
}

fn tag(draw: &mut Draw<'_>, server: &Server, grant: &stopgap_online_grant) {
    let mut slot = Slot::<stopgap_tag>::new();
    let (place, is_place) = slot.perhaps(draw);
    let tag = || {
        is_place?;
        Ok(*read(grant)?.tag(&server.keys)?.as_bytes())
    };
    let expected: Outcome<[u8; 32]> = tag();
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe { stopgap_online_tag(grant, server.ring, place, error) }
    });
    let found = slot.take(expected.is_ok()).map(|tag| tag.bytes);
    assert_eq!(found, expected.ok());

    // The tag of one grant is that of another only where nothing it binds was changed.
    let (mut other, mut bytes) = (*grant, found.unwrap_or([9; 32]));
    match draw.number(0..=3_u8) {
        0 => bytes[draw.number(0..=31)] ^= draw.number(0..=255),
        1 => edit(draw, &mut other),
        _ => {}
    }
    let expected = read(&other).and_then(|other| {
        let tag = RecordTag::from_bytes(bytes);
        Ok(other.check_tag(&server.keys, &tag)?)
    });
    call(draw, &expected, |error| {
        let tag = stopgap_tag { bytes };
        // SAFETY: the contract of the header.
        unsafe { stopgap_online_check_tag(&raw const other, server.ring, &raw const tag, error) }
    });
}

fn revoke(draw: &mut Draw<'_>, mut grant: stopgap_online_grant) {
    let (before, now) = (grant, seconds(draw));
    let revoked = || {
        let mut state = read(&before)?;
        state.revoke(value::instant(now)?);
        Ok(state.revoked_at.map(|at| at.timestamp()))
    };
    let expected: Outcome<Option<i64>> = revoked();
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe { stopgap_online_revoke(&raw mut grant, now, error) }
    });
    let revoked_at = match expected {
        Ok(at) => at.unwrap_or(STOPGAP_NEVER),
        Err(_) => before.revoked_at,
    };
    let after = stopgap_online_grant {
        revoked_at,
        ..before
    };
    assert_eq!(image(&grant), image(&after), "it alone is written");
}

/// All the codes of a user.
pub(super) fn several(draw: &mut Draw<'_>, server: &Server) {
    let (fresh, code) = fresh(server, 2);
    let other = stopgap_digest { bytes: [1; 32] };
    let mut grants = Vec::new();
    for _ in 0..draw.number(0..=3_u8) {
        let mut grant = fresh;
        if draw.coin() {
            grant.digest = other;
        }
        for _ in 0..draw.number(0..=2_u8) {
            edit(draw, &mut grant);
        }
        grants.push(grant);
    }
    let asked = Asked::draw(draw, &code);
    let before = grants.clone();
    let (start, count, is_array): (_, _, Outcome) = match draw.number(0..=15_u8) {
        0 if grants.is_empty() => (std::ptr::null_mut(), 0, Ok(())),
        0 => (
            std::ptr::null_mut(),
            grants.len(),
            Err(STOPGAP_NULL_ARGUMENT.into()),
        ),
        1 if !grants.is_empty() => {
            let start = grants.as_mut_ptr().cast::<u8>().wrapping_add(1);
            (start.cast(), 1, Err(STOPGAP_MISALIGNED.into()))
        }
        2 if !grants.is_empty() => (
            grants.as_mut_ptr(),
            usize::MAX / 8,
            Err(STOPGAP_INVALID_LENGTH.into()),
        ),
        _ => (grants.as_mut_ptr(), grants.len(), Ok(())),
    };
    let mut index = Slot::<usize>::new();
    let (index_place, is_index) = index.perhaps(draw);
    let mut slot = Slot::<stopgap_granted>::new();
    let (place, is_place) = slot.perhaps(draw);
    let verdict = || {
        is_array?;
        let (user, typed) = (asked.user.text()?, asked.typed.text()?);
        is_index?;
        is_place?;
        let purpose = asked.purpose?;
        let now = value::instant(asked.now)?;
        let mut states = Vec::new();
        let mut broken = None;
        for (index, grant) in before.iter().enumerate() {
            match read(grant) {
                Ok(state) => states.push(state),
                Err(failure) => {
                    broken = Some(Failure { index, ..failure });
                    break;
                }
            }
        }
        let verdict = OnlineGrant::verify_any(&mut states, &server.keys, user, typed, purpose, now);
        match (verdict, broken) {
            (Ok((index, verdict)), _) => Ok((index, granted(verdict), states[index].uses)),
            (Err(_), Some(broken)) => Err(broken),
            (Err(refusal), None) => Err(refusal.into()),
        }
    };
    let expected: Outcome<_> = verdict();
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe {
            stopgap_online_verify_any(
                start,
                count,
                server.ring,
                asked.user.pointer(),
                asked.user.length(),
                asked.typed.pointer(),
                asked.typed.length(),
                asked.number,
                asked.now,
                index_place,
                place,
                error,
            )
        }
    });
    let found = index.take(expected.is_ok());
    assert_eq!(found, expected.ok().map(|(index, ..)| index));
    let found = slot.take(expected.is_ok()).map(members);
    assert_eq!(found, expected.ok().map(|(_, granted, _)| granted));
    let mut after = before;
    if let Ok((index, _, uses)) = expected {
        after[index].uses = uses;
    }
    for (grant, after) in grants.iter().zip(&after) {
        assert_eq!(image(grant), image(after));
    }
}
