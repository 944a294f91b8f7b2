//! Values as JSON, in the forms of the README. They are unchanged when they are read
//! again, and values that the crate never writes are refused.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use chrono::{DateTime, TimeZone, Utc};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, from_value, json, to_value};
use stopgap::{
    Access, Actor, Alphabet, CodeFormat, KeyId, KeyRing, Lifetime, LookAlike, Malformed, MasterKey,
    Name, NameError, OnlineGrant, OnlinePolicy, Preset, Purpose, Purposes, RecordId, RecordTag,
    Refusal, ReplayPolicy, Role, Scopes, Sealed, SecurityCode, SecurityFormat, SecurityPrefix,
    SecurityRequest, Throttle, ThrottlePolicy, UserHead, UserThrottle, Validity, Verification,
    VerifyRequest,
    offline::{AgentPolicy, Enrolment, LocatePolicy, OfflinePolicy, PasswordOnlyLock},
};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 0).unwrap()
}

fn keys() -> KeyRing {
    KeyRing::new(KeyId(7), &MasterKey::from_bytes([7; 32]))
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// Checks that a value is unchanged after it was written and read. Returns the value that
/// was read, and its JSON.
fn round_trip<T: Serialize + DeserializeOwned>(value: &T) -> (T, Value) {
    let written = to_value(value).unwrap();
    let read: T = from_value(written.clone()).unwrap();
    assert_eq!(to_value(&read).unwrap(), written);
    (read, written)
}

/// Returns a JSON block of the crate's README.
fn documented(index: usize) -> Value {
    let readme = include_str!("../README.md");
    let block = readme.split("```json\n").nth(index + 1).unwrap();
    serde_json::from_str(block.split("```").next().unwrap()).unwrap()
}

/// Returns a sealed record without its id and its tag.
fn without_id(mut sealed: Value) -> Value {
    assert!(sealed["record"]["id"].is_string() && sealed["tag"].is_string());
    sealed["record"]["id"] = Value::Null;
    sealed["tag"] = Value::Null;
    sealed
}

#[test]
fn a_sealed_online_code_is_as_documented_and_verifies() {
    let policy = OnlinePolicy::default()
        .validity(Validity::days(7).unwrap())
        .purposes([Purpose::Reset, Purpose::Bypass])
        .max_uses(2);
    let (code, sealed) = policy.issue(&keys(), "alice", now(), &mut rng(1)).unwrap();
    let (read, written) = round_trip(&sealed);
    assert_eq!(without_id(written), without_id(documented(0)));
    let shown = code.reveal();
    let request = VerifyRequest::new("alice", shown.as_str(), Purpose::Bypass);
    let granted = read.verify(&keys(), &request, now()).unwrap();
    assert_eq!(granted.uses_left, Some(1));
    let (read, written) = round_trip(&granted.record);
    assert_eq!(written["record"]["uses"], 1);
    assert!(read.open(&keys()).is_ok());
}

#[test]
fn a_record_that_is_never_written_is_refused() {
    let issued = OnlinePolicy::default().issue(&keys(), "alice", now(), &mut rng(2));
    let sound = to_value(issued.unwrap().1).unwrap();
    let edits: [(&str, Value); 13] = [
        ("/record/user", json!("")),
        ("/record/user", json!("al\u{0}ice")),
        ("/record/user", json!("al\u{200B}ice")),
        ("/record/id", json!("alice")),
        ("/record/digest", json!("00")),
        ("/record/digest", json!("zz".repeat(32))),
        ("/record/format/length", json!(256)),
        ("/record/format/alphabet/symbols", json!("0123456789ABCDEE")),
        (
            "/record/format/alphabet",
            json!({ "symbols": "01IOABCDEFGHJKMN", "look_alikes": ["O=0"] }),
        ),
        ("/record/purposes", json!(["everything"])),
        ("/record/max_uses", json!(-1)),
        ("/tag", json!("00".repeat(31))),
        ("/tag", json!(null)),
    ];
    for (place, value) in edits {
        let mut edited = sound.clone();
        *edited.pointer_mut(place).unwrap() = value;
        assert!(
            from_value::<Sealed<OnlineGrant>>(edited).is_err(),
            "{place}"
        );
    }
}

/// Fields that are `null` may be left out. A store may keep other fields beside them.
#[test]
fn a_record_may_leave_out_what_is_null() {
    let issued = OnlinePolicy::default().issue(&keys(), "alice", now(), &mut rng(2));
    let sound = to_value(issued.unwrap().1).unwrap();
    let mut short = sound.clone();
    let record = short["record"].as_object_mut().unwrap();
    record.retain(|field, value| !value.is_null() && field != "uses");
    assert_eq!(record.len(), 8);
    let read: Sealed<OnlineGrant> = from_value(short).unwrap();
    assert!(read.open(&keys()).is_ok());
    assert_eq!(to_value(&read).unwrap(), sound);
}

#[test]
fn a_sealed_security_code_is_as_documented_and_authenticates() {
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let access = Access::SameAs(Name::new("bob@example.com").unwrap());
    let scopes = Scopes::new(["reports:read"]).unwrap();
    let request = SecurityRequest::new(access, scopes).description("nightly");
    let format = SecurityFormat::default();
    let created = SecurityCode::create(&keys(), &format, &root, request, now(), &mut rng(3));
    let (text, sealed) = created.unwrap();
    let code = format.read(text.as_str()).unwrap();
    let (read, written) = round_trip(&sealed);
    assert_eq!(without_id(written), without_id(documented(1)));
    let caller = read.authenticate(&keys(), &code, |_| Role::HelpDesk, now());
    assert_eq!(caller.unwrap().role, Role::HelpDesk);

    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
    let created = SecurityCode::create(&keys(), &format, &root, request, now(), &mut rng(3));
    let (_, written) = round_trip(&created.unwrap().1);
    assert_eq!(written["record"]["access"], "super_administrator");
    assert_eq!(written["record"]["scopes"], "unlimited");
    for (lifetime, form) in [
        (Lifetime::Permanent, json!("permanent")),
        (Lifetime::Deleted, json!("deleted")),
        (
            Lifetime::Until(now()),
            json!({ "until": "2026-11-21T15:00:00Z" }),
        ),
    ] {
        assert_eq!(round_trip(&lifetime), (lifetime, form));
    }
}

#[test]
fn the_other_records_are_read_back() {
    let keys = keys();
    let enrolment = Enrolment::new(&keys, "alice", "LAPTOP-17", now(), &mut rng(3)).unwrap();
    let (read, written) = round_trip(&enrolment);
    assert_eq!(read.open(&keys).unwrap(), enrolment.unverified());
    let generation = enrolment.unverified().generation;
    assert_eq!(
        written["record"],
        json!({
            "key_id": 7,
            "user": "alice",
            "machine": "LAPTOP-17",
            "generation": generation,
            "enrolled_at": "2026-11-21T15:00:00Z",
            "retired_at": null,
        })
    );

    let throttle = Throttle {
        failures: 5,
        locked_until: Some(now()),
    };
    assert_eq!(round_trip(&throttle).0, throttle);
    let sealed = UserThrottle::seal(&keys, "alice".parse().unwrap(), throttle);
    let (read, written) = round_trip(&sealed);
    assert_eq!(read.open(&keys).unwrap().throttle, throttle);
    assert_eq!(
        written["record"],
        json!({
            "key_id": 7,
            "user": "alice",
            "throttle": { "failures": 5, "locked_until": "2026-11-21T15:00:00Z" },
        })
    );

    let sealed = UserHead::seal(&keys, "alice".parse().unwrap(), throttle, u64::MAX);
    let (read, written) = round_trip(&sealed);
    let head = read.head(&keys, "alice").unwrap();
    assert_eq!((head.throttle, head.changes), (throttle, u64::MAX));
    assert_eq!(
        written["record"],
        json!({
            "key_id": 7,
            "user": "alice",
            "throttle": { "failures": 5, "locked_until": "2026-11-21T15:00:00Z" },
            "changes": 18_446_744_073_709_551_615_u64,
        })
    );

    let policy = OnlinePolicy::default().max_uses(1);
    let sealed = Preset::seal(&keys, "visitor".parse().unwrap(), policy).unwrap();
    let (read, written) = round_trip(&sealed);
    assert_eq!(read.open(&keys).unwrap().policy, policy);
    assert_eq!(written["record"]["policy"], to_value(policy).unwrap());

    let code = CodeFormat::ONLINE.normalize("3F9A-77C2-01BE").unwrap();
    let request = VerifyRequest::new("alice", "", Purpose::Reset).idempotency_key("5f0c");
    let sealed = Verification::seal(&keys, &request, &code, b"ok", now()).unwrap();
    let (read, written) = round_trip(&sealed);
    assert_eq!(read.open(&keys).unwrap().answer, b"ok");
    let digest = written["record"]["digest"].as_str().unwrap();
    assert_eq!(
        written["record"],
        json!({
            "key_id": 7,
            "user": "alice",
            "idempotency_key": "5f0c",
            "purpose": "reset",
            "digest": digest,
            "answered_at": "2026-11-21T15:00:00Z",
            "answer": [111, 107],
        })
    );
}

#[test]
fn ids_and_tags_are_text() {
    let id: RecordId = "019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11".parse().unwrap();
    assert_eq!(round_trip(&id), (id, json!(id.to_string())));
    assert!(from_value::<RecordId>(json!("019aa8c2")).is_err());

    let tag = RecordTag::from_bytes([0x3F; 32]);
    assert_eq!(round_trip(&tag), (tag, json!("3f".repeat(32))));
    assert_eq!(
        from_value::<RecordTag>(json!("3F".repeat(32))).unwrap(),
        tag
    );
    for hex in ["3f".repeat(31), "3f".repeat(33), "zz".repeat(32)] {
        assert!(from_value::<RecordTag>(json!(hex)).is_err());
    }
}

#[test]
fn policies_and_values_are_read_back() {
    fn check<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: T, form: Value) {
        let (read, written) = round_trip(&value);
        assert_eq!(read, value);
        for (field, expected) in form.as_object().into_iter().flatten() {
            assert_eq!(&written[field], expected, "{field}");
        }
        if !form.is_object() {
            assert_eq!(written, form);
        }
    }

    check(
        ThrottlePolicy::default(),
        json!({ "free": 5, "hard_limit": 100 }),
    );
    check(
        LocatePolicy::default(),
        json!({ "past_minutes": 60, "window_minutes": 30 }),
    );
    check(OfflinePolicy::default(), json!({ "validity": "P1D" }));
    check(AgentPolicy::default(), json!({ "window_minutes": 30 }));
    check(ReplayPolicy::default(), json!({ "replay_seconds": 600 }));
    check(
        SecurityFormat::default(),
        json!({ "prefix": "stopgap", "accepted": [] }),
    );
    let actor = Actor::new("root", Role::SuperAdministrator).unwrap();
    check(
        actor,
        json!({ "name": "root", "role": "super_administrator" }),
    );
    check(
        PasswordOnlyLock { until: now() },
        json!({ "until": "2026-11-21T15:00:00Z" }),
    );
    check(Validity::MONTH, json!("P1M"));
    check(Validity::minutes(90).unwrap(), json!("PT90M"));
    check(Purposes::NONE, json!([]));
    check(Purpose::Register, json!("register"));
    check(Scopes::UNLIMITED, json!("unlimited"));
    check(Scopes::new(["b", "a"]).unwrap(), json!(["a", "b"]));

    let alphabet = Alphabet::HEX.fold(LookAlike::OAsZero).unwrap();
    let format = CodeFormat {
        alphabet,
        ..CodeFormat::ONLINE
    };
    let look_alikes = json!({ "symbols": "0123456789ABCDEF", "look_alikes": ["O=0"] });
    check(format, json!({ "alphabet": look_alikes }));

    // A missing field has its default, and an unknown field is refused.
    let read = from_value::<OfflinePolicy>(json!({ "locate": { "past_minutes": 1 } })).unwrap();
    assert_eq!(
        (read.locate.past_minutes, read.validity),
        (1, Validity::DAY)
    );
    assert!(from_value::<OfflinePolicy>(json!({ "valid_for": "P1D" })).is_err());
    assert!(from_value::<LocatePolicy>(json!({ "past": 1 })).is_err());
    assert!(from_value::<AgentPolicy>(json!({ "window": 1 })).is_err());
    assert!(from_value::<ThrottlePolicy>(json!({ "limit": 1 })).is_err());
    assert!(from_value::<ReplayPolicy>(json!({ "seconds": 1 })).is_err());
    assert!(from_value::<SecurityFormat>(json!({ "prefixes": [] })).is_err());
    assert!(from_value::<SecurityPrefix>(json!("ACME")).is_err());
    for scopes in [json!([]), json!(["A"]), json!("all"), json!(["a", ""])] {
        assert!(from_value::<Scopes>(scopes.clone()).is_err(), "{scopes}");
    }
}

#[test]
fn a_policy_has_a_documented_form_and_defaults() {
    let policy = OnlinePolicy::default();
    let week = policy.validity(Validity::days(7).unwrap());
    let preset = week.purposes(Purpose::Reset).max_uses(1);
    assert_eq!(round_trip(&preset), (preset, documented(2)));

    let folding = Alphabet::UNAMBIGUOUS.fold_look_alikes().unwrap();
    let every = preset.length(32).alphabet(folding);
    let every = every.check_symbol(true).not_before(now());
    let (read, written) = round_trip(&every);
    assert_eq!(read, every);
    assert_eq!(written["not_before"], "2026-11-21T15:00:00Z");

    let read = |form: Value| from_value::<OnlinePolicy>(form).unwrap();
    assert_eq!(read(json!({})), policy);
    assert_eq!(read(json!({ "validity": "7d" })), week);
    assert_eq!(read(json!({ "length": 8 })), policy.length(8));
    let hours = policy.validity(Validity::hours(8).unwrap());
    assert_eq!(read(json!({ "validity": "PT8H" })), hours);
}

#[test]
fn an_invalid_policy_is_refused_with_its_error() {
    for (form, error) in [
        (json!({ "purposes": [] }), "at least one purpose"),
        (json!({ "max_uses": 0 }), "at least one use"),
        (json!({ "max_uses": -1 }), "u32"),
        (json!({ "length": 7 }), "8 to 32 symbols, not 7"),
        (json!({ "length": 33 }), "8 to 32 symbols, not 33"),
        (
            json!({ "length": 8, "check_symbol": true }),
            "9 to 32 symbols, not 8",
        ),
        (json!({ "validity": "P32D" }), "1 to 31 days, not 32"),
        (json!({ "validity": "PT1441M" }), "not 1441"),
        (json!({ "validity": "P1Y" }), "P7D"),
        (json!({ "alphabet": { "symbols": "0" } }), "16 symbols"),
        (json!({ "purposes": ["unlock"] }), "`unlock`"),
        (json!({ "max_use": 1 }), "unknown field `max_use`"),
        (json!({ "valid_for": "P7D" }), "unknown field `valid_for`"),
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
    let names = [
        NameError::InvalidUnicode,
        NameError::Empty,
        NameError::TooLong { found: 256 },
        NameError::ControlCharacter { position: 1 },
        NameError::InvisibleCharacter { position: 2 },
        NameError::Blank,
    ];
    for kind in malformed {
        let (read, written) = round_trip(&kind);
        assert_eq!((read, &written["kind"]), (kind, &json!(kind.reason())));
        let written = round_trip(&Refusal::from(kind)).1;
        assert_eq!(written["kind"], kind.reason());
    }
    for kind in names {
        let (read, written) = round_trip(&kind);
        assert_eq!((read, &written["kind"]), (kind, &json!(kind.reason())));
        let written = round_trip(&Refusal::from(kind)).1;
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
        Refusal::InvalidIdempotencyKey { found: 256 },
        Refusal::IdempotencyKeyExpired,
        Refusal::IdempotencyKeyReused,
        Refusal::Tampered,
    ];
    let refusals = malformed
        .map(Refusal::from)
        .into_iter()
        .chain(names.map(Refusal::from))
        .chain(refusals);
    for refusal in refusals {
        let (read, written) = round_trip(&refusal);
        assert_eq!(read, refusal);
        assert_eq!(written["reason"], refusal.reason());
    }
    let invalid_name = json!({ "reason": "invalid_name", "kind": "blank" });
    assert_eq!(
        to_value(Refusal::InvalidName(NameError::Blank)).unwrap(),
        invalid_name
    );
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
    assert!(from_value::<Refusal>(json!({ "reason": "invalid_name" })).is_err());
}
