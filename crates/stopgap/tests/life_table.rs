//! Every state of a security code, every event, every role: against the table of
//! the protocol, copied as it stands.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

use chrono::{DateTime, TimeDelta, Utc};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Access, Actor, Code, KeyId, KeyRing, Life, LifeError, LifeEvent, LifeState, MasterKey, Name,
    Refusal, Role, SecurityCode,
};

const DAY: i64 = 86_400;
const NOW: i64 = 1_790_000_000;

/// The table: a row an event, a column a state.
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

/// Lives in each column, at their first and last instants.
fn columns() -> [(&'static str, Vec<Life>); 4] {
    let until = |seconds| Life::Until(at(seconds));
    [
        (
            "active",
            vec![until(NOW + 1), until(NOW + DAY), until(NOW + 1_000 * DAY)],
        ),
        ("permanent", vec![Life::Permanent]),
        (
            "expired",
            vec![until(NOW), until(NOW - 1), until(NOW - 7 * DAY + 1)],
        ),
        (
            "gone",
            vec![
                Life::Deleted,
                until(NOW - 7 * DAY),
                until(NOW - 1_000 * DAY),
            ],
        ),
    ]
}

/// The instants that an edit is tried with: only those to come are taken.
const EDITS: [i64; 5] = [NOW - DAY, NOW, NOW + 1, NOW + DAY, NOW + 400 * DAY];

fn actor(role: Role) -> Actor {
    Actor::new("dana", role).unwrap()
}

fn record(life: Life) -> (KeyRing, Code, SecurityCode) {
    let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let root = actor(Role::SuperAdministrator);
    let access = Access::SuperAdministrator;
    let (code, mut record) =
        SecurityCode::create(&keys, &root, access, "", at(NOW), &mut rng).unwrap();
    record.life = life;
    (keys, code, record)
}

/// What the cell says of a life: the life after it, or the reason why not.
fn by_the_table(cell: &str, life: Life, edit: i64) -> Result<Life, &'static str> {
    match cell {
        "t" if edit > NOW => Ok(Life::Until(at(edit))),
        "t" => Err("expiry_not_in_future"),
        "permanent" => Ok(Life::Permanent),
        "deleted" => Ok(Life::Deleted),
        "unchanged" => Ok(life),
        "now + 24 h" | "now+24 h" => Ok(Life::Until(at(NOW + DAY))),
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
        for (cell, (state, lives)) in cells[1..].iter().zip(columns()) {
            for life in lives {
                let (keys, code, record) = record(life);
                assert_eq!(record.state(at(NOW)).as_str(), state);
                if cells[0] == "authenticate" {
                    let shown = code.reveal();
                    let verdict =
                        record.authenticate(&keys, shown.as_str(), |_| Role::User, at(NOW));
                    if let (Err(Refusal::Expired { expired_at }), Life::Until(end)) =
                        (verdict, life)
                    {
                        assert_eq!(expired_at, end);
                    }
                    let reason = verdict.map_or_else(|refusal| refusal.reason(), |_| "yes");
                    assert_eq!(reason, *cell, "authenticate, {state}");
                } else {
                    check_event(cells[0], cell, &record, state);
                }
            }
            pairs += 1;
        }
    }
    assert_eq!(pairs, 7 * 4);
}

/// The event by a super administrator, and by everybody else.
fn check_event(event: &str, cell: &str, record: &SecurityCode, state: &str) {
    for edit in EDITS {
        let event = match event {
            "edit" => LifeEvent::Edit {
                expires_at: at(edit),
            },
            "make permanent" => LifeEvent::MakePermanent,
            "reset" => LifeEvent::Reset,
            "reactivate" => LifeEvent::Reactivate,
            "describe" => LifeEvent::Describe,
            "delete" => LifeEvent::Delete,
            event => panic!("{event}"),
        };
        let expected = by_the_table(cell, record.life, edit);

        let mut changed = record.clone();
        let root = actor(Role::SuperAdministrator);
        let outcome = match event {
            LifeEvent::Describe => changed.describe(&root, "anew", at(NOW)),
            _ => changed.apply(&root, event, at(NOW)),
        };
        if let (Err(LifeError::Expired { expired_at }), Life::Until(end)) = (outcome, record.life) {
            assert_eq!(expired_at, end);
        }
        let described = outcome.is_ok() && event == LifeEvent::Describe;
        assert_eq!(changed.description, if described { "anew" } else { "" });
        let outcome = outcome
            .map(|()| changed.life)
            .map_err(|error| error.reason());
        assert_eq!(outcome, expected, "{event:?}, {state}");
        if expected.is_err() {
            assert_eq!(changed.life, record.life, "{event:?}, {state}");
        }

        for role in [Role::User, Role::HelpDesk, Role::Administrator] {
            let mut same = record.clone();
            let refused = same.apply(&actor(role), event, at(NOW)).unwrap_err();
            assert!(
                matches!(refused, LifeError::Forbidden(_)),
                "{event:?}, {role}"
            );
            assert_eq!(same.life, record.life);
        }
    }
}

#[test]
fn only_super_administrators_create_and_describe() {
    let (keys, _, mut record) = record(Life::Permanent);
    for role in Role::ALL {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let access = Access::SuperAdministrator;
        let created = SecurityCode::create(&keys, &actor(role), access, "", at(NOW), &mut rng);
        assert_eq!(created.is_ok(), role == Role::SuperAdministrator);
        let described = record.describe(&actor(role), role.as_str(), at(NOW));
        assert_eq!(described.is_ok(), role == Role::SuperAdministrator);
    }
    assert_eq!(record.description, "super_administrator");
}

#[test]
fn a_code_begins_with_24_hours_and_is_gone_after_a_week() {
    let (_, _, mut record) = record(Life::begin(at(NOW)).unwrap());
    let state = |record: &SecurityCode, seconds| record.state(at(seconds)).as_str();
    assert_eq!(state(&record, NOW + DAY - 1), "active");
    assert_eq!(state(&record, NOW + DAY), "expired");
    assert_eq!(state(&record, NOW + 8 * DAY - 1), "expired");
    assert_eq!(state(&record, NOW + 8 * DAY), "gone");
    let nearly = at(NOW + DAY) - TimeDelta::try_milliseconds(1).unwrap();
    assert_eq!(
        record.state(nearly),
        LifeState::Active {
            expires_at: at(NOW + DAY)
        }
    );

    let root = actor(Role::SuperAdministrator);
    let last = at(NOW + 8 * DAY - 1);
    record.apply(&root, LifeEvent::Reactivate, last).unwrap();
    assert_eq!(record.life, Life::Until(at(NOW + 9 * DAY - 1)));
}

#[test]
fn scopes_never_give_a_super_administrator_by_the_way() {
    let bob = Name::new("bob@example.com").unwrap();
    let same = Access::SameAs(bob.clone());
    for role in Role::ALL {
        let scope = same.scope(|user| {
            assert_eq!(*user, bob);
            role
        });
        assert_eq!(scope.user, Some(&bob));
        let limited = role == Role::SuperAdministrator;
        assert_eq!(scope.limited, limited);
        assert_eq!(scope.role, if limited { Role::User } else { role });
    }
    let own = Access::SuperAdministrator.scope(|_| panic!("nobody to ask for"));
    assert_eq!(
        (own.role, own.user, own.limited),
        (Role::SuperAdministrator, None, false)
    );
}

#[test]
fn a_presented_code_is_read_like_any_other_and_never_half_right() {
    let (keys, code, record) = record(Life::Permanent);
    let authenticate = |presented: &str| {
        record
            .authenticate(&keys, presented, |_| Role::User, at(NOW))
            .map(|scope| scope.role)
    };
    let shown = code.reveal();
    assert_eq!(shown.canonical().len(), 32);
    assert_eq!(
        authenticate(&shown.as_str().to_lowercase()),
        Ok(Role::SuperAdministrator)
    );
    assert_eq!(authenticate(&"0".repeat(32)), Err(Refusal::Unknown));
    assert_eq!(
        authenticate(&"0".repeat(31)).unwrap_err().reason(),
        "malformed"
    );
    let stolen = KeyRing::new(KeyId(1), &MasterKey::from_bytes([8; 32]));
    let refused = record.authenticate(&stolen, shown.as_str(), |_| Role::User, at(NOW));
    assert_eq!(refused, Err(Refusal::Unknown));
    let empty = KeyRing::new(KeyId(2), &MasterKey::from_bytes([7; 32]));
    let refused = record.authenticate(&empty, shown.as_str(), |_| Role::User, at(NOW));
    assert_eq!(refused, Err(Refusal::KeyMissing { id: KeyId(1) }));
}

#[test]
fn descriptions_are_one_line_of_reasonable_length() {
    let (_, _, mut record) = record(Life::Permanent);
    let root = actor(Role::SuperAdministrator);
    let mut describe = |text: &str| {
        record
            .describe(&root, text, at(NOW))
            .map_err(|error| error.reason())
    };
    assert_eq!(describe("nightly backup of host ünïcødé"), Ok(()));
    assert_eq!(describe(""), Ok(()));
    assert_eq!(describe(&"x".repeat(1_024)), Ok(()));
    assert_eq!(describe(&"x".repeat(1_025)), Err("description"));
    assert_eq!(describe("two\nlines"), Err("description"));
    assert_eq!(record.description.len(), 1_024);
}

#[test]
fn lives_end_with_the_calendar() {
    let (min, max) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    for life in [Life::Until(at(NOW)), Life::Permanent, Life::Deleted] {
        for now in [min, max] {
            let refused = life.apply(LifeEvent::Delete, now).unwrap_err();
            assert_eq!(refused.reason(), "time_out_of_range");
        }
    }
    let last = DateTime::parse_from_rfc3339("9999-12-31T12:00:00Z").unwrap();
    let out_of_range = |event| {
        let refused = Life::Permanent.apply(event, last).unwrap_err();
        assert_eq!(refused.reason(), "time_out_of_range");
    };
    out_of_range(LifeEvent::Reset);
    out_of_range(LifeEvent::Edit { expires_at: max });
    assert!(Life::begin(last).is_err());
    assert_eq!(Life::Until(at(NOW)).state(max), LifeState::Gone);
    assert_eq!(
        Life::Until(max).state(max),
        LifeState::Expired { expired_at: max }
    );

    let (keys, code, record) = record(Life::Permanent);
    let shown = code.reveal();
    let refused = record.authenticate(&keys, shown.as_str(), |_| Role::User, max);
    assert_eq!(refused, Err(Refusal::TimeOutOfRange));
}

#[test]
fn a_description_is_checked_when_a_code_is_created() {
    let (keys, ..) = record(Life::Permanent);
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let root = actor(Role::SuperAdministrator);
    let access = Access::SuperAdministrator;
    let created = SecurityCode::create(&keys, &root, access, "two\nlines", at(NOW), &mut rng);
    assert!(created.is_err());
}

#[test]
fn a_digest_is_compared_to_its_last_byte() {
    let (keys, code, record) = record(Life::Permanent);
    let shown = code.reveal();
    for place in 0..32 {
        let mut digest = *record.digest.as_bytes();
        digest[place] ^= 0x10;
        let mut edited = record.clone();
        edited.digest = stopgap::CodeDigest::from_bytes(digest);
        let verdict = edited.authenticate(&keys, shown.as_str(), |_| Role::User, at(NOW));
        assert_eq!(verdict, Err(Refusal::Unknown), "byte {place}");
    }
}
