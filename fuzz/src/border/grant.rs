//! Grants of online codes.

use super::{
    format,
    prelude::*,
    record::{KEY, Server, Tags, issued, seconds},
};

/// Returns a grant for alice, and its code in groups.
fn fresh(server: &Server, uses: u32) -> (stopgap_online_grant, String) {
    let policy = OnlinePolicy::default().max_uses(uses).unwrap();
    let issued = policy.issue(&server.keys, "alice", issued(), &mut Same(0x5A));
    let (code, grant) = issued.unwrap();
    (grant.into(), code.reveal().to_string())
}

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

/// Reads a grant as the header says.
fn read(grant: &stopgap_online_grant) -> Outcome<OnlineGrant> {
    let user = name(grant.user)?;
    let purposes = u8::try_from(grant.purposes).ok();
    let purposes = purposes.and_then(Purposes::from_bits);
    Ok(OnlineGrant {
        key_id: KeyId(grant.key_id),
        digest: CodeDigest::from_bytes(grant.digest.bytes),
        user,
        purposes: purposes.ok_or_else(|| Failure::invalid(grant.purposes))?,
        not_before: never_or(grant.not_before)?,
        expires_at: stored(grant.expires_at)?,
        revoked_at: never_or(grant.revoked_at)?,
        format: format::format_of(&grant.format)?,
        issued_at: issued(),
        max_uses: (grant.max_uses != STOPGAP_UNLIMITED).then_some(grant.max_uses),
        uses: grant.uses,
    })
}

/// The members of `stopgap_granted`.
type Members = (i64, u32, u32);

fn expected(granted: Granted<'_>) -> Members {
    (
        granted.expires_at.timestamp(),
        granted.purpose.bit().into(),
        granted.uses_left.unwrap_or(STOPGAP_UNLIMITED),
    )
}

fn members(granted: stopgap_granted) -> Members {
    (granted.expires_at, granted.purpose, granted.uses_left)
}

/// The arguments of a verification.
struct Asked {
    user: Lent,
    typed: Lent,
    purpose: u32,
    now: i64,
}

impl Asked {
    fn draw(draw: &mut Draw<'_>, code: &str) -> Self {
        let purpose = match draw.number(0..=7_u8) {
            0 => small(draw, 8),
            _ => draw.one_of(&[1, 2, 4]),
        };
        Self {
            purpose,
            user: user(draw),
            typed: typed(draw, code),
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
        0 => verify(draw, server, &grant, &code, true),
        1 => verify(draw, server, &grant, &code, false),
        2 => {
            let tags = Tags {
                edit,
                make: stopgap_online_tag,
                check: stopgap_online_check_tag,
                core_make: &|grant| Ok(read(grant)?.tag(&server.keys)?),
                core_check: &|grant, tag| Ok(read(grant)?.check_tag(&server.keys, tag)?),
            };
            tags.check(draw, server, &grant);
        }
        _ => revoke(draw, &grant),
    }
}

fn verify(
    draw: &mut Draw<'_>,
    server: &Server,
    before: &stopgap_online_grant,
    code: &str,
    counts: bool,
) {
    let asked = Asked::draw(draw, code);
    let mut after = *before;
    let verdict = || {
        let (user, typed) = (asked.user.text()?, asked.typed.text()?);
        let (now, purpose) = (instant(asked.now)?, purpose_of(asked.purpose)?);
        let mut state = read(before)?;
        let verdict = if counts {
            state.verify(&server.keys, user, typed, purpose, now)?
        } else {
            state.check(&server.keys, user, typed, purpose, now)?
        };
        let expected = expected(verdict);
        after.uses = state.uses;
        Ok(expected)
    };
    let (mut grant, ring) = (*before, server.ring.pointer);
    let kept = &raw mut grant;
    let (user, typed) = (&asked.user, &asked.typed);
    let (purpose, now) = (asked.purpose, asked.now);
    output(draw, verdict, members, |granted, error| {
        if counts {
            c!(
                stopgap_online_verify,
                kept,
                ring,
                [user],
                [typed],
                purpose,
                now,
                granted,
                error
            )
        } else {
            c!(
                stopgap_online_check,
                kept,
                ring,
                [user],
                [typed],
                purpose,
                now,
                granted,
                error
            )
        }
    });
    assert_eq!(image(&grant), image(&after), "only the use is counted");
}

fn revoke(draw: &mut Draw<'_>, grant: &stopgap_online_grant) {
    let now = seconds(draw);
    let revoked = || {
        let mut state = read(grant)?;
        state.revoke(instant(now)?);
        let revoked_at = state.revoked_at.map_or(STOPGAP_NEVER, |at| at.timestamp());
        Ok(stopgap_online_grant {
            revoked_at,
            ..*grant
        })
    };
    let expected = revoked();
    change(draw, *grant, expected, |grant, error| {
        c!(stopgap_online_revoke, grant, now, error)
    });
}

/// All the codes of a user.
pub(super) fn several(draw: &mut Draw<'_>, server: &Server) {
    let (fresh, code) = fresh(server, 2);
    let mut grants = vec![fresh; draw.number(0..=3)];
    for grant in &mut grants {
        if draw.coin() {
            grant.digest = stopgap_digest { bytes: [1; 32] };
        }
        for _ in 0..draw.number(0..=2_u8) {
            edit(draw, grant);
        }
    }
    let asked = Asked::draw(draw, &code);
    let before = grants.clone();
    let mut after = grants.clone();
    let mut index = Slot::<usize>::new();
    let mut found = None;
    let verdict = || {
        let (user, typed) = (asked.user.text()?, asked.typed.text()?);
        let (purpose, now) = (purpose_of(asked.purpose)?, instant(asked.now)?);
        let mut broken = None;
        let states = before.iter().enumerate().map_while(|(index, grant)| {
            let state = read(grant);
            broken = state
                .as_ref()
                .err()
                .map(|failure| failure.of_element(index));
            state.ok()
        });
        let mut states: Vec<OnlineGrant> = states.collect();
        let verdict = OnlineGrant::verify_any(&mut states, &server.keys, user, typed, purpose, now);
        let (index, granted) = match (verdict, broken) {
            (Ok((index, granted)), _) => (index, expected(granted)),
            (Err(_), Some(broken)) => return Err(broken),
            (Err(refusal), None) => return Err(refusal.into()),
        };
        found = Some(index);
        after[index].uses = states[index].uses;
        Ok(granted)
    };
    let (grants_start, count, ring) = (grants.as_mut_ptr(), grants.len(), server.ring.pointer);
    let index_place = index.pointer();
    output(draw, verdict, members, |granted, error| {
        c!(
            stopgap_online_verify_any,
            grants_start,
            count,
            ring,
            [asked.user],
            [asked.typed],
            asked.purpose,
            asked.now,
            index_place,
            granted,
            error
        )
    });
    assert_eq!(index.take(found.is_some()), found);
    for (grant, after) in grants.iter().zip(&after) {
        assert_eq!(image(grant), image(after));
    }
}
