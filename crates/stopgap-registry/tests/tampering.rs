//! Somebody who can write to the database but has no key (SPEC, "Records at
//! rest"): what is noticed, and what is not.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use stopgap::{
    Access, Actor, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Role, Scopes, Validity,
};
use stopgap_registry::Registry;
use tempfile::TempDir;

struct Thief {
    registry: Registry,
    /// The same file, without the key.
    outside: Connection,
    _folder: TempDir,
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

impl Thief {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stopgap.db");
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
        let registry = Registry::builder(&keys)
            .clock(now)
            .open(path.to_str().unwrap())
            .unwrap();
        let outside = Connection::open(&path).unwrap();
        Self {
            registry,
            outside,
            _folder: folder,
        }
    }

    fn issue(&self, policy: &OnlinePolicy) -> String {
        let issued = self.registry.issue_code(&root(), "alice", policy, &Utc);
        issued.unwrap().code.reveal().to_string()
    }

    fn verify(&self, user: &str, typed: &str, attempt: Option<&str>) -> &'static str {
        match self
            .registry
            .verify_code(user, typed, Purpose::Bypass, attempt)
        {
            Ok(_) => "granted",
            Err(error) => error.reason(),
        }
    }

    fn authenticate(&self, presented: &str) -> &'static str {
        match self.registry.authenticate(presented, |_| Role::User) {
            Ok(_) => "granted",
            Err(error) => error.reason(),
        }
    }

    fn edit(&self, sql: &str) {
        assert_eq!(self.outside.execute(sql, []).unwrap(), 1, "{sql}");
    }
}

fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

#[test]
fn an_edited_code_is_no_code() {
    let long_ago = micros(now() - TimeDelta::days(2));
    let for_years = micros(now() + TimeDelta::days(2_000));
    let later = OnlinePolicy::default().not_before(now() + TimeDelta::hours(1));
    let for_reset = OnlinePolicy::default().purposes(Purpose::Reset);
    let once = OnlinePolicy::default().max_uses(1);
    let day = OnlinePolicy::default();
    for (policy, before, edit) in [
        (day, "granted", format!("expires_at = {for_years}")),
        (day, "granted", format!("expires_at = {long_ago}")),
        (later, "not_yet_valid", "not_before = NULL".into()),
        (later, "not_yet_valid", format!("not_before = {long_ago}")),
        (day, "granted", format!("not_before = {long_ago}")),
        (for_reset, "wrong_purpose", "purposes = 7".into()),
        (for_reset, "wrong_purpose", "purposes = 4".into()),
        (once, "granted", "max_uses = 1000".into()),
        (once, "granted", "max_uses = NULL".into()),
        (once, "granted", "max_uses = 0".into()),
        (day, "granted", "max_uses = 1".into()),
        (day, "granted", "tag = zeroblob(32)".into()),
    ] {
        let thief = Thief::new();
        let code = thief.issue(&policy);
        assert_eq!(thief.verify("alice", &code, None), before, "{edit}");
        thief.edit(&format!("UPDATE online_codes SET {edit}"));
        assert_eq!(thief.verify("alice", &code, None), "tampered", "{edit}");
        // The person at the screen learns nothing of that.
        let refused = thief
            .registry
            .verify_code("alice", &code, Purpose::Bypass, None);
        let Err(stopgap_registry::Error::Refused(refusal)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(
            refusal.public_message().to_string(),
            "That code is not valid."
        );
    }
}

#[test]
fn a_revocation_cannot_be_struck_out() {
    let thief = Thief::new();
    let code = thief.issue(&OnlinePolicy::default());
    let _ = thief.registry.revoke_all_codes(&root(), "alice").unwrap();
    assert_eq!(thief.verify("alice", &code, None), "revoked");
    thief.edit("UPDATE online_codes SET revoked_at = NULL");
    assert_eq!(thief.verify("alice", &code, None), "tampered");
    // And a revocation from outside is none of ours.
    thief.edit(&format!(
        "UPDATE online_codes SET revoked_at = {}",
        micros(now()) + 1
    ));
    assert_eq!(thief.verify("alice", &code, None), "tampered");
}

/// Nor where the key was not at hand, so that no new tag could be made.
#[test]
fn a_revocation_without_the_key_stands() {
    let thief = Thief::new();
    let code = thief.issue(&OnlinePolicy::default());
    let other = KeyRing::new(KeyId(2), &MasterKey::from_bytes([8; 32]));
    let file = thief.outside.path().unwrap();
    let elsewhere = Registry::builder(&other).clock(now).open(file).unwrap();
    let count = elsewhere.revoke_all_codes(&root(), "alice").unwrap();
    assert_eq!(count, 1);
    assert_eq!(thief.verify("alice", &code, None), "tampered");
    thief.edit("UPDATE online_codes SET revoked_at = NULL");
    assert_eq!(thief.verify("alice", &code, None), "tampered");
}

#[test]
fn a_code_cannot_be_moved() {
    let thief = Thief::new();
    let code = thief.issue(&OnlinePolicy::default());
    thief.edit("UPDATE online_codes SET user_name = 'mallory'");
    assert_eq!(thief.verify("mallory", &code, None), "unknown");
    assert_eq!(thief.verify("alice", &code, None), "unknown");
    thief.edit("UPDATE online_codes SET user_name = 'alice'");
    assert_eq!(thief.verify("alice", &code, None), "granted");

    // Mallory has a code that has expired, and takes the end of alice's.
    let other = thief
        .registry
        .issue_code(
            &root(),
            "mallory",
            &OnlinePolicy::default().validity(Validity::MONTH),
            &Utc,
        )
        .unwrap();
    thief.edit(
        "UPDATE online_codes SET (expires_at, tag) =
            (SELECT expires_at, tag FROM online_codes WHERE user_name = 'mallory')
         WHERE user_name = 'alice'",
    );
    assert_eq!(thief.verify("alice", &code, None), "tampered");
    let other = other.code.reveal().to_string();
    assert_eq!(thief.verify("mallory", &other, None), "granted");
}

#[test]
fn an_edited_security_code_is_none() {
    let bob = || Access::SameAs("bob".parse().unwrap());
    let root_access = Access::SuperAdministrator;
    let some = || Scopes::new(["read", "write"]).unwrap();
    for (access, scopes, edit) in [
        (bob(), Scopes::UNLIMITED, "same_as = NULL"),
        (bob(), Scopes::UNLIMITED, "same_as = 'alice'"),
        (root_access.clone(), some(), "same_as = 'alice'"),
        (root_access.clone(), some(), "expires_at = NULL"),
        (root_access.clone(), some(), "expires_at = expires_at + 1"),
        (root_access, some(), "tag = zeroblob(32)"),
    ] {
        edited_security_code(access, scopes, edit);
    }
}

#[test]
#[ignore = "the tag does not cover scopes yet"]
fn edited_scopes_are_noticed() {
    let bob = || Access::SameAs("bob".parse().unwrap());
    let some = || Scopes::new(["read", "write"]).unwrap();
    for (access, scopes, edit) in [
        (bob(), some(), "scopes = '\"unlimited\"'"),
        (bob(), some(), "scopes = '[\"read\"]'"),
        (bob(), some(), "scopes = '[\"read\",\"write\",\"x\"]'"),
        (bob(), some(), "scopes = '[\"readwrite\"]'"),
        (bob(), Scopes::UNLIMITED, "scopes = '[\"read\"]'"),
    ] {
        edited_security_code(access, scopes, edit);
    }
}

/// Creates a security code, edits its row, and finds that it is refused.
fn edited_security_code(access: Access, scopes: Scopes, edit: &str) {
    let thief = Thief::new();
    let created = thief
        .registry
        .create_security_code(&root(), access, scopes, "");
    let created = created.unwrap();
    let code = created.code.to_string();
    assert_eq!(thief.authenticate(&code), "granted");
    thief.edit(&format!("UPDATE security_codes SET {edit}"));
    assert_eq!(thief.authenticate(&code), "tampered", "{edit}");
    // A change by those who may does not make good what was edited.
    let id = created.record.id;
    let reset = thief.registry.reset_security_code(&root(), id);
    assert_eq!(reset.unwrap_err().reason(), "tampered", "{edit}");
    let described = thief.registry.describe_security_code(&root(), id, "x");
    assert_eq!(described.unwrap_err().reason(), "tampered", "{edit}");
}

#[test]
fn an_answer_cannot_be_invented() {
    let thief = Thief::new();
    let code = thief.issue(&OnlinePolicy::default().max_uses(2));
    assert_eq!(thief.verify("alice", &code, Some("real")), "granted");
    // The granted answer under another id, and for another code.
    thief.edit("INSERT INTO attempts SELECT tenant, 'mine', key_id, answer, tag, answered_at FROM attempts");
    assert_eq!(thief.verify("alice", &code, Some("mine")), "attempt_reused");
    assert_eq!(
        thief.verify("alice", "0123-4567-89AB", Some("real")),
        "attempt_reused"
    );
    // A refusal made into a grant.
    assert_eq!(
        thief.verify("alice", "0123-4567-89AB", Some("wrong")),
        "unknown"
    );
    thief.edit(
        "UPDATE attempts SET answer = (SELECT answer FROM attempts WHERE id = 'real')
         WHERE id = 'wrong'",
    );
    assert_eq!(
        thief.verify("alice", "0123-4567-89AB", Some("wrong")),
        "attempt_reused"
    );
}

/// SPEC says plainly what binding does not stop; this is that it does not.
#[test]
fn what_is_not_noticed() {
    let thief = Thief::new();
    let code = thief.issue(&OnlinePolicy::default().max_uses(1));
    assert_eq!(thief.verify("alice", &code, None), "granted");
    assert_eq!(thief.verify("alice", &code, None), "used_up");
    thief.edit("UPDATE online_codes SET uses = 0");
    assert_eq!(thief.verify("alice", &code, None), "granted");

    for _ in 0..5 {
        thief.verify("alice", "0123-4567-89AB", None);
    }
    assert_eq!(thief.verify("alice", &code, None), "throttled");
    thief.edit("DELETE FROM throttles");
    assert_eq!(thief.verify("alice", &code, None), "used_up");

    // A policy that a help desk will issue by.
    let once = OnlinePolicy::default().max_uses(1);
    thief.registry.set_preset(&root(), "once", &once).unwrap();
    let month = OnlinePolicy::default().validity(Validity::MONTH);
    let edit = "UPDATE presets SET policy = ?1";
    let form = serde_json::to_string(&month).unwrap();
    thief.outside.execute(edit, [form]).unwrap();
    assert_eq!(thief.registry.preset("once").unwrap(), month);

    thief.edit("DELETE FROM online_codes");
    assert_eq!(thief.verify("alice", &code, None), "unknown");
}
