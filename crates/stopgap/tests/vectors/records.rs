//! The tags of records at rest.

use chrono::{DateTime, Utc};
use serde_json::Value;
use stopgap::{
    Access, Attempt, CodeDigest, CodeFormat, CodeLength, KeyId, KeyRing, Life, Name, OnlineGrant,
    Purpose, RecordTag, SecurityCode,
};

use super::{
    array, field, from_hex, hex,
    keys::{alphabet_of, ring},
    text,
};

pub(crate) fn tags(group: &Value, test: &Value) {
    assert_eq!(text(test, "result"), "valid");
    let (_, keys) = ring(test);
    let kept = from_hex(text(test, "tag")).try_into().unwrap();
    let tag = RecordTag::from_bytes(kept);
    let made = match text(group, "record") {
        "online" => {
            let grant = online(test);
            grant.check_tag(&keys, &tag).unwrap();
            grant.tag(&keys)
        }
        "security" => {
            let record = security(test);
            record.check_tag(&keys, &tag).unwrap();
            record.tag(&keys)
        }
        "attempt" => attempt(test, &keys, &tag),
        "check" => {
            let values: Vec<_> = keys.check_values().collect();
            assert_eq!(values, [(KeyId(1), kept)]);
            return;
        }
        kind => panic!("no such record: {kind}"),
    };
    assert_eq!(hex(made.unwrap().as_bytes()), text(test, "tag"));
}

fn digest(test: &Value) -> CodeDigest {
    CodeDigest::from_bytes(from_hex(text(test, "digest")).try_into().unwrap())
}

/// To the nanosecond.
fn instant(test: &Value, name: &str) -> Option<DateTime<Utc>> {
    let written: Option<String> = field(test, name);
    written.map(|written| written.parse().unwrap())
}

/// What no tag binds is as good as any.
fn online(test: &Value) -> OnlineGrant {
    let purposes = array(&test["purposes"]);
    OnlineGrant {
        key_id: KeyId(1),
        digest: digest(test),
        user: Name::new("alice").unwrap(),
        format: CodeFormat::ONLINE,
        purposes: purposes
            .map(|word| word.as_str().unwrap().parse::<Purpose>().unwrap())
            .collect(),
        issued_at: DateTime::UNIX_EPOCH,
        not_before: instant(test, "notBefore"),
        expires_at: instant(test, "expiresAt").unwrap(),
        max_uses: field(test, "maxUses"),
        uses: 0,
        revoked_at: instant(test, "revokedAt"),
    }
}

fn security(test: &Value) -> SecurityCode {
    let user: Option<String> = field(test, "sameAs");
    SecurityCode {
        key_id: KeyId(1),
        digest: digest(test),
        access: user.map_or(Access::SuperAdministrator, |user| {
            Access::SameAs(Name::new(user).unwrap())
        }),
        description: String::new(),
        created_at: DateTime::UNIX_EPOCH,
        life: match text(test, "life") {
            "permanent" => Life::Permanent,
            "deleted" => Life::Deleted,
            _ => Life::Until(instant(test, "life").unwrap()),
        },
    }
}

fn attempt(
    test: &Value,
    keys: &KeyRing,
    tag: &RecordTag,
) -> Result<RecordTag, stopgap::KeyMissing> {
    let typed = text(test, "code");
    let length = CodeLength::new(typed.len()).unwrap();
    let code = CodeFormat::new(alphabet_of(typed), length)
        .normalize(typed)
        .unwrap();
    let attempt = Attempt {
        key_id: KeyId(1),
        id: &field::<String>(test, "attempt").parse().unwrap(),
        user: &field::<String>(test, "user").parse().unwrap(),
        purpose: text(test, "purpose").parse().unwrap(),
        code: &code,
        answer: &from_hex(text(test, "answer")),
    };
    attempt.check_tag(keys, tag).unwrap();
    attempt.tag(keys)
}
