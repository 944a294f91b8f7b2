//! Records as a caller keeps them: JSON as the README shows it, that reads back as
//! it was, and whose fields are refused where none could have been written so.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

use chrono::{DateTime, TimeZone, Utc};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, from_value, json, to_value};
use stopgap::{
    Access, Actor, Alphabet, CodeFormat, KeyId, KeyRing, Life, LookAlike, Malformed, MasterKey,
    Name, OnlineGrant, OnlinePolicy, Purpose, Purposes, RecordTag, Refusal, Role, SecurityCode,
    Throttle, ThrottlePolicy, Validity,
    offline::{AgentPolicy, Enrolment, OfflinePolicy},
};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 0).unwrap()
}

fn keys() -> KeyRing {
    KeyRing::new(KeyId(7), &MasterKey::from_bytes([7; 32]))
}

/// What is written, read and written again is the same.
fn round_trip<T: Serialize + DeserializeOwned>(value: &T) -> (T, Value) {
    let written = to_value(value).unwrap();
    let read: T = from_value(written.clone()).unwrap();
    assert_eq!(to_value(&read).unwrap(), written);
    (read, written)
}

/// A JSON block of the crate's README.
fn documented(index: usize) -> Value {
    let readme = include_str!("../README.md");
    let block = readme.split("```json\n").nth(index + 1).unwrap();
    serde_json::from_str(block.split("```").next().unwrap()).unwrap()
}

#[test]
fn an_online_grant_has_a_documented_form_and_verifies_after_it() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let policy = OnlinePolicy::default()
        .valid_for(Validity::days(7).unwrap())
        .purposes([Purpose::Reset, Purpose::Bypass])
        .unwrap()
        .max_uses(2)
        .unwrap();
    let (code, grant) = policy.issue(&keys(), "alice", now(), &mut rng).unwrap();
    let (mut read, written) = round_trip(&grant);
    assert_eq!(written, documented(0));
    let borrowed = OnlineGrant {
        key_id: grant.key_id,
        digest: grant.digest,
        user: grant.user.as_borrowed(),
        format: grant.format,
        purposes: grant.purposes,
        issued_at: grant.issued_at,
        not_before: grant.not_before,
        expires_at: grant.expires_at,
        max_uses: grant.max_uses,
        uses: grant.uses,
        revoked_at: grant.revoked_at,
    };
    assert_eq!(to_value(borrowed).unwrap(), written);
    let shown = code.reveal();
    let granted = read.verify(&keys(), "alice", shown.as_str(), Purpose::Bypass, now());
    assert_eq!(granted.unwrap().uses_left, Some(1));
    let (kept, _) = round_trip(&read);
    assert_eq!(kept.uses, 1);
}

#[test]
fn a_record_that_could_not_have_been_written_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let (_, grant) = OnlinePolicy::default()
        .issue(&keys(), "alice", now(), &mut rng)
        .unwrap();
    let sound = to_value(&grant).unwrap();
    let edits: [(&str, Value); 8] = [
        ("/user", json!("")),
        ("/user", json!("al\u{0}ice")),
        ("/digest", json!("00")),
        ("/digest", json!("zz".repeat(32))),
        ("/format/length", json!(7)),
        ("/format/alphabet/symbols", json!("0123456789ABCDEE")),
        (
            "/format/alphabet",
            json!({ "symbols": "01IOABCDEFGHJKMN", "look_alikes": ["O=0"] }),
        ),
        ("/purposes", json!(["everything"])),
    ];
    for (place, value) in edits {
        let mut edited = sound.clone();
        *edited.pointer_mut(place).unwrap() = value;
        assert!(from_value::<OnlineGrant>(edited).is_err(), "{place}");
    }
}

#[test]
fn the_other_records_read_back() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let actor = Actor::new("root", Role::SuperAdministrator).unwrap();
    let access = Access::SameAs(Name::new("bob@example.com").unwrap());
    let (_, security) =
        SecurityCode::create(&keys(), &actor, access, "nightly", now(), &mut rng).unwrap();
    assert_eq!(round_trip(&security).1, documented(1));
    assert_eq!(round_trip(&Life::Permanent).1, json!("permanent"));

    let (read, written) = round_trip(&RecordTag::from_bytes([0x3F; 32]));
    assert_eq!(
        (read.as_bytes(), written),
        (&[0x3F; 32], json!("3f".repeat(32)))
    );
    for hex in ["3f".repeat(31), "3f".repeat(33), "zz".repeat(32)] {
        assert!(from_value::<RecordTag>(json!(hex)).is_err());
    }

    let (read, written) = round_trip(&Enrolment::new(&keys(), "alice", "LAPTOP-17").unwrap());
    assert_eq!(read.machine, "LAPTOP-17");
    assert_eq!(written["generation"], 0);

    let throttle = Throttle {
        failures: 5,
        closed_until: Some(now()),
    };
    assert_eq!(round_trip(&throttle).0, throttle);
    assert_eq!(
        round_trip(&ThrottlePolicy::default()).0,
        ThrottlePolicy::default()
    );
    assert_eq!(
        round_trip(&OfflinePolicy::default()).0,
        OfflinePolicy::default()
    );
    assert_eq!(
        round_trip(&AgentPolicy::default()).0,
        AgentPolicy::default()
    );
    assert_eq!(round_trip(&actor).0, actor);
    assert_eq!(round_trip(&Validity::MONTH).1, json!("P1M"));
    assert_eq!(round_trip(&Purposes::NONE).1, json!([]));

    let folding = Alphabet::HEX.fold(LookAlike::OAsZero).unwrap();
    let format = CodeFormat {
        alphabet: folding,
        ..CodeFormat::ONLINE
    };
    let (read, written) = round_trip(&format);
    assert_eq!(read, format);
    assert_eq!(written["alphabet"]["look_alikes"], json!(["O=0"]));
}

#[test]
fn a_policy_has_a_documented_form_and_defaults() {
    let policy = OnlinePolicy::default();
    let week = policy.valid_for(Validity::days(7).unwrap());
    let preset = week.purposes(Purpose::Reset).unwrap().max_uses(1).unwrap();
    let (read, written) = round_trip(&preset);
    assert_eq!((read, written), (preset, documented(2)));
    assert_eq!(read.validity().to_string(), "P7D");
    assert_eq!(read.allowed_purposes(), Purpose::Reset.into());
    assert_eq!((read.allowed_uses(), read.starts_at()), (Some(1), None));

    let folding = Alphabet::UNAMBIGUOUS.fold_look_alikes().unwrap();
    let every = preset.length(32).unwrap().alphabet(folding);
    let every = every.check_symbol(true).not_before(now());
    let (read, written) = round_trip(&every);
    assert_eq!(read, every);
    assert_eq!(written["not_before"], "2026-11-21T15:00:00Z");
    assert_eq!(read.format().length.symbols(), 32);
    assert_eq!(read.starts_at(), Some(now()));

    let read = |form: Value| from_value::<OnlinePolicy>(form).unwrap();
    assert_eq!(read(json!({})), policy);
    assert_eq!(read(json!({ "valid_for": "7d" })), week);
    assert_eq!(read(json!({ "length": 8 })), policy.length(8).unwrap());
}

#[test]
fn a_policy_that_could_not_be_is_refused_with_its_error() {
    for (form, error) in [
        (json!({ "purposes": [] }), "at least one purpose"),
        (json!({ "max_uses": 0 }), "at least one use"),
        (json!({ "max_uses": -1 }), "u32"),
        (json!({ "length": 7 }), "8 to 32 symbols, not 7"),
        (json!({ "length": 33 }), "8 to 32 symbols, not 33"),
        (json!({ "valid_for": "P32D" }), "not 32 days"),
        (json!({ "valid_for": "P1Y" }), "P7D"),
        (json!({ "alphabet": { "symbols": "0" } }), "16 symbols"),
        (json!({ "purposes": ["unlock"] }), "`unlock`"),
        (json!({ "max_use": 1 }), "unknown field `max_use`"),
        (
            json!({ "format": { "length": 12 } }),
            "unknown field `format`",
        ),
    ] {
        let refused = from_value::<OnlinePolicy>(form.clone()).unwrap_err();
        assert!(refused.to_string().contains(error), "{form}: {refused}");
    }
}

#[test]
fn every_refusal_has_its_reason_and_reads_back() {
    let malformed = [
        Malformed::TooLong,
        Malformed::UnexpectedSymbol { position: 4 },
        Malformed::WrongLength {
            expected: 12,
            found: 11,
        },
        Malformed::CheckFailed,
    ];
    for kind in malformed {
        let (read, written) = round_trip(&kind);
        assert_eq!(read, kind);
        assert_eq!(written["kind"], kind.reason());
    }
    let instant = now();
    let refusals = [
        Refusal::Unknown,
        Refusal::Revoked {
            revoked_at: instant,
        },
        Refusal::WrongPurpose,
        Refusal::NotYetValid {
            not_before: instant,
        },
        Refusal::Expired {
            expired_at: instant,
        },
        Refusal::UsedUp,
        Refusal::Throttled {
            until: Some(instant),
        },
        Refusal::Throttled { until: None },
        Refusal::ClockRolledBack { seen: instant },
        Refusal::TimeOutOfRange,
        Refusal::KeyMissing { id: KeyId(7) },
        Refusal::Tampered,
    ];
    for refusal in malformed.map(Refusal::from).into_iter().chain(refusals) {
        let (read, written) = round_trip(&refusal);
        assert_eq!(read, refusal);
        assert_eq!(written["reason"], refusal.reason());
    }
    let documented = documented(3);
    let week = Validity::days(7).unwrap().expires_at(now()).unwrap();
    let shown = [
        Refusal::from(Malformed::UnexpectedSymbol { position: 4 }),
        Refusal::Expired { expired_at: week },
        Refusal::Unknown,
    ];
    assert_eq!(to_value(shown).unwrap(), documented);
    assert!(from_value::<Refusal>(json!({ "reason": "tired" })).is_err());
    assert!(from_value::<Refusal>(json!({ "reason": "malformed" })).is_err());
}
