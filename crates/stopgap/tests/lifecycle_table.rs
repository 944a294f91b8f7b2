//! Each state of a security code with each event and each role, compared with a copy of
//! the protocol's table.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use chrono::{DateTime, TimeDelta, Utc};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Access, Action, Actor, Code, CodeDigest, ComputedDigest, Forbidden, InvalidValue, KeyId,
    KeyRing, LifecycleError, LifecycleEvent, LifecycleState, Lifetime, MasterKey, Name, Refusal,
    Role, Scopes, Sealed, SecurityCode, SecurityFormat, SecurityRequest,
};

const DAY: i64 = 86_400;
const NOW: i64 = 1_790_000_000;

/// The table: a row for each event, a column for each state.
const TABLE: &str = "
| authenticate       | yes            | yes            | expired  | unknown   |
| edit               | t              | t              | expired  | not_found |
| make permanent     | permanent      | permanent      | expired  | not_found |
| reset              | now + 24 h     | now + 24 h     | expired  | not_found |
| reactivate         | already_active | already_active | now+24 h | not_found |
| describe           | unchanged      | unchanged      | unchanged| not_found |
| delete             | deleted        | deleted        | deleted  | not_found |
";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// The lifetimes in each column, at their first and last instants.
fn columns() -> [(&'static str, Vec<Lifetime>); 4] {
    let until = |seconds| Lifetime::Until(at(seconds));
    [
        (
            "active",
            vec![until(NOW + 1), until(NOW + DAY), until(NOW + 1_000 * DAY)],
        ),
        ("permanent", vec![Lifetime::Permanent]),
        (
            "expired",
            vec![until(NOW), until(NOW - 1), until(NOW - 7 * DAY + 1)],
        ),
        (
            "gone",
            vec![
                Lifetime::Deleted,
                until(NOW - 7 * DAY),
                until(NOW - 1_000 * DAY),
            ],
        ),
    ]
}

/// The instants for which an edit is tried. Only those after now are taken.
const EDITS: [i64; 5] = [NOW - DAY, NOW, NOW + 1, NOW + DAY, NOW + 400 * DAY];

fn actor(role: Role) -> Actor {
    Actor::new("dana", role).unwrap()
}

fn root() -> Actor {
    actor(Role::SuperAdministrator)
}

fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

fn create(access: Access, now: i64) -> (Code, Sealed<SecurityCode>) {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let (format, request) = (
        SecurityFormat::default(),
        SecurityRequest::new(access, Scopes::UNLIMITED),
    );
    let created = SecurityCode::create(&keys(), &format, &root(), request, at(now), &mut rng);
    let (text, record) = created.unwrap();
    (format.read(text.as_str()).unwrap(), record)
}

/// Returns a code with this lifetime.
fn record(lifetime: Lifetime) -> (Code, Sealed<SecurityCode>) {
    let (event, now) = match lifetime {
        Lifetime::Until(end) => (None, end.timestamp() - DAY),
        Lifetime::Permanent => (Some(LifecycleEvent::MakePermanent), NOW),
        Lifetime::Deleted => (Some(LifecycleEvent::Delete), NOW),
    };
    let (code, mut record) = create(Access::SuperAdministrator, now);
    if let Some(event) = event {
        record = record.apply(&keys(), &root(), event, at(now)).unwrap();
    }
    assert_eq!(record.unverified().lifetime, lifetime);
    (code, record)
}

/// Returns the result in a cell of the table: the lifetime after an event, or the reason
/// for its refusal.
fn by_the_table(cell: &str, lifetime: Lifetime, edit: i64) -> Result<Lifetime, &'static str> {
    match cell {
        "t" if edit > NOW => Ok(Lifetime::Until(at(edit))),
        "t" => Err("expiry_not_in_future"),
        "permanent" => Ok(Lifetime::Permanent),
        "deleted" => Ok(Lifetime::Deleted),
        "unchanged" => Ok(lifetime),
        "now + 24 h" | "now+24 h" => Ok(Lifetime::Until(at(NOW + DAY))),
        "expired" => Err("expired"),
        "not_found" => Err("not_found"),
        "already_active" => Err("already_active"),
        cell => panic!("{cell}"),
    }
}

#[test]
fn every_state_and_event() {
    let mut pairs = 0;
    for row in TABLE.trim().lines() {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        for (cell, (state, lifetimes)) in cells[1..].iter().zip(columns()) {
            for lifetime in lifetimes {
                let (code, record) = record(lifetime);
                assert_eq!(record.unverified().state(at(NOW)).as_str(), state);
                if cells[0] == "authenticate" {
                    check_authentication(cell, &record, &code, state);
                } else {
                    check_event(cells[0], cell, &record, state);
                }
            }
            pairs += 1;
        }
    }
    assert_eq!(pairs, 7 * 4);
}

/// Checks both ways to authenticate, and that a wrong code is unknown in every state.
fn check_authentication(cell: &str, record: &Sealed<SecurityCode>, code: &Code, state: &str) {
    let (keys, role_of) = (keys(), |_: &_| Role::User);
    let digest = keys.security_digests(code).next().unwrap();
    for verdict in [
        record.authenticate(&keys, code, role_of, at(NOW)),
        record.authenticate_digest(&keys, &digest, role_of, at(NOW)),
    ] {
        if let (Err(Refusal::Expired { expired_at }), Lifetime::Until(end)) =
            (verdict, record.unverified().lifetime)
        {
            assert_eq!(expired_at, end);
        }
        let reason = verdict.map_or_else(|refusal| refusal.reason(), |_| "yes");
        assert_eq!(reason, cell, "authenticate, {state}");
    }
    let wrong = Code::from_canonical(&"0".repeat(32)).unwrap();
    let refused = record.authenticate(&keys, &wrong, role_of, at(NOW));
    assert_eq!(refused, Err(Refusal::Unknown));
}

/// Checks the event by a super administrator, and by each other role.
fn check_event(event: &str, cell: &str, record: &Sealed<SecurityCode>, state: &str) {
    let lifetime = record.unverified().lifetime;
    for edit in EDITS {
        let event = match event {
            "edit" => LifecycleEvent::Edit {
                expires_at: at(edit),
            },
            "make permanent" => LifecycleEvent::MakePermanent,
            "reset" => LifecycleEvent::Reset,
            "reactivate" => LifecycleEvent::Reactivate,
            "describe" => LifecycleEvent::Describe("new"),
            "delete" => LifecycleEvent::Delete,
            event => panic!("{event}"),
        };
        let outcome = record.apply(&keys(), &root(), event, at(NOW));
        if let (Err(LifecycleError::Expired { expired_at }), Lifetime::Until(end)) =
            (&outcome, lifetime)
        {
            assert_eq!(*expired_at, end);
        }
        if let Ok(changed) = &outcome {
            check_change(event, record, changed);
        }
        let outcome = outcome
            .map(|changed| changed.unverified().lifetime)
            .map_err(|error| error.reason());
        let expected = by_the_table(cell, lifetime, edit);
        assert_eq!(outcome, expected, "{event:?}, {state}");

        for role in [Role::User, Role::HelpDesk, Role::Administrator] {
            let refused = record.apply(&keys(), &actor(role), event, at(NOW));
            let action = Action::ManageSecurityCode;
            assert_eq!(
                refused.map(|_| ()).unwrap_err(),
                LifecycleError::Forbidden(Forbidden { role, action }),
                "{event:?}, {state}"
            );
        }
    }
}

/// Checks that a change is sealed, and that it does not change the other fields.
fn check_change(
    event: LifecycleEvent<'_>,
    before: &Sealed<SecurityCode>,
    after: &Sealed<SecurityCode>,
) {
    let (before, after) = (before.unverified(), after.open(&keys()).unwrap());
    let described = matches!(event, LifecycleEvent::Describe(_));
    assert_eq!(after.description, if described { "new" } else { "" });
    assert_eq!(
        (after.id, after.key_id, after.digest.as_bytes()),
        (before.id, before.key_id, before.digest.as_bytes())
    );
    assert_eq!(
        (&after.access, &after.scopes, after.created_at),
        (&before.access, &before.scopes, before.created_at)
    );
}

#[test]
fn a_lifetime_is_24_hours_and_a_week_exactly() {
    let (_, created) = create(Access::SuperAdministrator, NOW);
    let record = created.unverified();
    assert_eq!(record.lifetime, Lifetime::Until(at(NOW + DAY)));
    let state = |seconds| record.state(at(seconds)).as_str();
    assert_eq!(state(NOW + DAY - 1), "active");
    assert_eq!(state(NOW + DAY), "expired");
    assert_eq!(state(NOW + 8 * DAY - 1), "expired");
    assert_eq!(state(NOW + 8 * DAY), "gone");
    let millisecond = TimeDelta::try_milliseconds(1).unwrap();
    let expires_at = at(NOW + DAY);
    assert_eq!(
        record.state(expires_at - millisecond),
        LifecycleState::Active { expires_at }
    );
    let last = at(NOW + 8 * DAY) - millisecond;
    assert_eq!(record.state(last).as_str(), "expired");

    let last = at(NOW + 8 * DAY - 1);
    let reactivated = created.apply(&keys(), &root(), LifecycleEvent::Reactivate, last);
    let lifetime = reactivated.unwrap().unverified().lifetime;
    assert_eq!(lifetime, Lifetime::Until(at(NOW + 9 * DAY - 1)));
}

#[test]
fn same_as_never_gives_the_rights_of_a_super_administrator() {
    let bob = Name::new("bob@example.com").unwrap();
    let (code, same) = create(Access::SameAs(bob.clone()), NOW);
    for role in Role::ALL {
        let role_of = |user: &Name| {
            assert_eq!(*user, bob);
            role
        };
        let caller = same.authenticate(&keys(), &code, role_of, at(NOW)).unwrap();
        let limited = role == Role::SuperAdministrator;
        assert_eq!((caller.user, caller.limited), (Some(&bob), limited));
        assert_eq!(caller.role, if limited { Role::User } else { role });
        assert!(caller.scopes.is_unlimited());
    }
    let (code, own) = create(Access::SuperAdministrator, NOW);
    let role_of = |_: &_| panic!("there is no user");
    let caller = own.authenticate(&keys(), &code, role_of, at(NOW)).unwrap();
    assert_eq!(
        (caller.role, caller.user, caller.limited),
        (Role::SuperAdministrator, None, false)
    );
}

#[test]
fn another_key_does_not_authenticate() {
    let (code, record) = record(Lifetime::Permanent);
    let check = |id, byte| {
        let ring = KeyRing::new(KeyId(id), &MasterKey::from_bytes([byte; 32]));
        let verdict = record.authenticate(&ring, &code, |_| Role::User, at(NOW));
        verdict.map(|caller| caller.role)
    };
    assert_eq!(check(1, 7), Ok(Role::SuperAdministrator));
    assert_eq!(check(1, 8), Err(Refusal::Unknown));
    assert_eq!(check(2, 7), Err(Refusal::KeyMissing { id: KeyId(1) }));
}

#[test]
fn descriptions_are_one_line_of_at_most_1024_bytes() {
    use InvalidValue::{DescriptionControl, DescriptionTooLong};

    let (_, record) = record(Lifetime::Permanent);
    let long = "x".repeat(1_024);
    for (text, expected) in [
        ("nightly backup of host ünïcødé", Ok(())),
        ("", Ok(())),
        (&long, Ok(())),
        (&*"ü".repeat(512), Ok(())),
        (
            &*"x".repeat(1_025),
            Err(DescriptionTooLong { found: 1_025 }),
        ),
        (&*"ü".repeat(513), Err(DescriptionTooLong { found: 1_026 })),
        ("two\nlines", Err(DescriptionControl { position: 3 })),
        ("ü\u{2028}", Err(DescriptionControl { position: 1 })),
    ] {
        let event = LifecycleEvent::Describe(text);
        let described = record.apply(&keys(), &root(), event, at(NOW));
        if let Ok(described) = &described {
            assert_eq!(described.unverified().description, text);
        }
        let outcome = described.map(|_| ());
        assert_eq!(outcome, expected.map_err(LifecycleError::InvalidValue));

        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
        let (request, format) = (request.description(text), SecurityFormat::default());
        let created = SecurityCode::create(&keys(), &format, &root(), request, at(NOW), &mut rng);
        let outcome = created.map(|_| ()).map_err(|error| error.reason());
        assert_eq!(outcome, expected.map_err(|invalid| invalid.reason()));
    }
    // The state is checked before the description.
    let (_, deleted) = crate::record(Lifetime::Deleted);
    let event = LifecycleEvent::Describe("two\nlines");
    let refused = deleted.apply(&keys(), &root(), event, at(NOW));
    assert_eq!(refused.map(|_| ()), Err(LifecycleError::NotFound));
}

#[test]
fn lifetimes_end_with_the_calendar() {
    const OUT_OF_RANGE: LifecycleError = LifecycleError::InvalidValue(InvalidValue::TimeOutOfRange);
    let (min, max) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    let (code, permanent) = record(Lifetime::Permanent);
    let apply = |record: &Sealed<SecurityCode>, event, now: DateTime<Utc>| {
        let changed = record.apply(&keys(), &root(), event, now);
        changed.map(|changed| changed.unverified().lifetime)
    };
    let last = DateTime::parse_from_rfc3339("9999-12-31T12:00:00Z").unwrap();
    let last = last.to_utc();
    let lifetimes = [
        Lifetime::Until(at(NOW)),
        Lifetime::Permanent,
        Lifetime::Deleted,
    ];
    for lifetime in lifetimes {
        let (_, record) = record(lifetime);
        for now in [min, max] {
            let refused = apply(&record, LifecycleEvent::Delete, now);
            assert_eq!(refused, Err(OUT_OF_RANGE));
        }
    }
    let edit = LifecycleEvent::Edit { expires_at: max };
    for event in [LifecycleEvent::Reset, edit] {
        assert_eq!(apply(&permanent, event, last), Err(OUT_OF_RANGE));
    }
    let edit = LifecycleEvent::Edit { expires_at: last };
    assert_eq!(apply(&permanent, edit, at(NOW)), Ok(Lifetime::Until(last)));
    let ended = Lifetime::Until(at(NOW)).state(max);
    assert_eq!(ended, LifecycleState::Gone);
    let expired_at = max;
    let expired = Lifetime::Until(max).state(max);
    assert_eq!(expired, LifecycleState::Expired { expired_at });

    // The time is checked before the key.
    let other = KeyRing::new(KeyId(2), &MasterKey::from_bytes([7; 32]));
    let digest = keys().security_digests(&code).next().unwrap();
    for ring in [&keys(), &other] {
        for refused in [
            permanent.authenticate(ring, &code, |_| Role::User, max),
            permanent.authenticate_digest(ring, &digest, |_| Role::User, max),
        ] {
            assert_eq!(refused, Err(Refusal::TimeOutOfRange));
        }
    }
}

/// Each case also has the faults of all later cases.
#[test]
fn a_change_is_refused_for_the_first_reason_that_holds() {
    let bad = LifecycleEvent::Describe("two\nlines");
    let (_, active) = record(Lifetime::Until(at(NOW + DAY)));
    let (_, deleted) = record(Lifetime::Deleted);
    let (mut edited, tag) = deleted.clone().into_parts();
    edited.created_at += TimeDelta::try_seconds(1).unwrap();
    let tampered = Sealed::from_parts(edited, tag);
    let other = KeyRing::new(KeyId(2), &MasterKey::from_bytes([7; 32]));
    let max = DateTime::<Utc>::MAX_UTC;
    for (record, keys, actor, now, reason) in [
        (
            &tampered,
            &other,
            actor(Role::Administrator),
            max,
            "forbidden",
        ),
        (&tampered, &other, root(), max, "time_out_of_range"),
        (&tampered, &other, root(), at(NOW), "key_missing"),
        (&tampered, &keys(), root(), at(NOW), "tampered"),
        (&deleted, &keys(), root(), at(NOW), "not_found"),
        (&active, &keys(), root(), at(NOW), "description_control"),
    ] {
        let refused = record.apply(keys, &actor, bad, now);
        assert_eq!(refused.map(|_| ()).unwrap_err().reason(), reason);
    }
}

#[test]
fn a_digest_that_was_computed_for_something_else_is_unknown() {
    let (code, record) = record(Lifetime::Permanent);
    let mut ring = keys();
    ring.add(KeyId(2), &MasterKey::from_bytes([8; 32])).unwrap();
    let tenant = ring.tenant(&Name::new("acme").unwrap());
    let check = |digest: ComputedDigest| {
        let verdict = record.authenticate_digest(&ring, &digest, |_| Role::User, at(NOW));
        verdict.map(|caller| caller.role)
    };
    let own: Vec<_> = ring.security_digests(&code).collect();
    assert_eq!((own[0].key_id(), own[1].key_id()), (KeyId(2), KeyId(1)));
    assert_eq!(check(own[1]), Ok(Role::SuperAdministrator));
    let root = Name::new("root").unwrap();
    let others = tenant
        .security_digests(&code)
        .chain(ring.online_digests(&root, &code))
        .chain([own[0]]);
    let verdicts: Vec<_> = others.map(check).collect();
    assert_eq!(verdicts, [Err(Refusal::Unknown); 5]);
}

#[test]
fn a_digest_is_compared_to_its_last_byte() {
    let (code, record) = record(Lifetime::Permanent);
    for place in 0..32 {
        let (mut edited, tag) = record.clone().into_parts();
        let mut digest = *edited.digest.as_bytes();
        digest[place] ^= 0x10;
        edited.digest = CodeDigest::from_bytes(digest);
        let edited = Sealed::from_parts(edited, tag);
        let verdict = edited.authenticate(&keys(), &code, |_| Role::User, at(NOW));
        assert_eq!(verdict, Err(Refusal::Unknown), "byte {place}");
    }
}
