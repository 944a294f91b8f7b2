//! An attacker who can write to the database but has no key (SPEC, "Records at rest"): which
//! edits are noticed, and which are not.
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

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};
use stopgap::{
    Access, Actor, EnrolmentKey, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Role, Scopes,
    SecurityRequest, Validity, VerifyRequest, offline::Agent,
};
use stopgap_registry::Registry;
use tempfile::TempDir;

const WRONG: &str = "0123-4567-89AB";

struct Attacker {
    /// A registry that issues with key 2, and has key 1.
    registry: Registry,
    /// The same file, without a key.
    file: Connection,
    _folder: TempDir,
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

fn ring() -> KeyRing {
    let mut keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([6; 32]));
    keys.add(KeyId(2), &MasterKey::from_bytes([7; 32])).unwrap();
    keys
}

impl Attacker {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stopgap.db");
        let open = |tenant| {
            let keys = ring();
            let builder = Registry::builder(&keys).tenant(tenant).clock(now);
            builder.open(path.to_str().unwrap()).unwrap()
        };
        let registry = open("default");
        // A tenant to which rows can be moved.
        drop(open("other"));
        let file = Connection::open(&path).unwrap();
        Self {
            registry,
            file,
            _folder: folder,
        }
    }

    fn issue(&self, policy: &OnlinePolicy) -> String {
        self.issue_to("alice", policy)
    }

    fn issue_to(&self, user: &str, policy: &OnlinePolicy) -> String {
        let issued = self.registry.issue_code(&root(), user, policy, &Utc);
        issued.unwrap().code.reveal().to_string()
    }

    fn verify(&self, user: &str, typed: &str) -> &'static str {
        let request = VerifyRequest::new(user, typed, Purpose::Bypass);
        match self.registry.verify_code(&request) {
            Ok(_) => "granted",
            Err(error) => error.reason(),
        }
    }

    fn verify_by(&self, key: &str, typed: &str) -> &'static str {
        let request = VerifyRequest::new("alice", typed, Purpose::Bypass).idempotency_key(key);
        match self.registry.verify_code(&request) {
            Ok(granted) if granted.replayed => "replayed",
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

    fn answer(&self, user: &str, agent: &Agent) -> &'static str {
        let shown = agent.request_code(now()).to_string();
        let request = VerifyRequest::new(user, &shown, Purpose::Bypass);
        let answered = self
            .registry
            .answer_request(&root(), &request, Validity::DAY, &Utc);
        match answered {
            Ok(_) => "answered",
            Err(error) => error.reason(),
        }
    }

    /// Edits one row.
    fn edit(&self, sql: &str) {
        assert_eq!(self.file.execute(sql, []).unwrap(), 1, "{sql}");
    }

    fn columns(&self, table: &str) -> BTreeSet<String> {
        let sql = "SELECT name FROM pragma_table_info(?1)";
        let mut statement = self.file.prepare(sql).unwrap();
        let names = statement.query_map([table], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    }

    /// Checks that the edits touch every column of a table.
    fn covers<'e>(&self, table: &str, edits: impl Iterator<Item = &'e str>) {
        let edited = edits.map(|edit| edit.split([' ', '=']).next().unwrap().to_owned());
        let edited: BTreeSet<String> = edited.collect();
        assert_eq!(self.columns(table), edited);
    }
}

#[test]
fn an_edited_code_is_no_code() {
    let long_ago = micros(now() - TimeDelta::days(2));
    let for_years = micros(now() + TimeDelta::days(2_000));
    let later = OnlinePolicy::default().not_before(now() + TimeDelta::hours(1));
    let for_reset = OnlinePolicy::default().purposes(Purpose::Reset);
    let twice = OnlinePolicy::default().max_uses(2);
    let day = OnlinePolicy::default();
    let format = r#"format = replace(format, '"length":12', '"length":13')"#;
    let id = "id = x'019aa8c27d4e7c3a9f005b1f0c9d2e11'";
    let edits = [
        (day, "granted", id.to_owned(), "tampered"),
        (day, "granted", "key_id = 1".into(), "tampered"),
        (day, "granted", "digest = zeroblob(32)".into(), "unknown"),
        (day, "granted", "user_name = 'mallory'".into(), "unknown"),
        (day, "granted", "tenant = 'other'".into(), "unknown"),
        (day, "granted", format.into(), "tampered"),
        (
            day,
            "granted",
            format!("expires_at = {for_years}"),
            "tampered",
        ),
        (
            day,
            "granted",
            format!("expires_at = {long_ago}"),
            "tampered",
        ),
        (
            later,
            "not_yet_valid",
            "not_before = NULL".into(),
            "tampered",
        ),
        (
            later,
            "not_yet_valid",
            format!("not_before = {long_ago}"),
            "tampered",
        ),
        (
            day,
            "granted",
            format!("not_before = {long_ago}"),
            "tampered",
        ),
        (
            for_reset,
            "wrong_purpose",
            "purposes = 7".into(),
            "tampered",
        ),
        (
            for_reset,
            "wrong_purpose",
            "purposes = 4".into(),
            "tampered",
        ),
        (twice, "granted", "max_uses = 1000".into(), "tampered"),
        (twice, "granted", "max_uses = NULL".into(), "tampered"),
        (twice, "granted", "max_uses = 0".into(), "tampered"),
        (day, "granted", "max_uses = 1".into(), "tampered"),
        (twice, "granted", "uses = 0".into(), "tampered"),
        (twice, "granted", "uses = 2".into(), "tampered"),
        (
            day,
            "granted",
            format!("revoked_at = {}", micros(now())),
            "tampered",
        ),
        (day, "granted", "tag = zeroblob(32)".into(), "tampered"),
    ];
    let table = "online_codes";
    Attacker::new().covers(table, edits.iter().map(|(_, _, edit, _)| edit.as_str()));
    for (policy, before, edit, after) in edits {
        let attacker = Attacker::new();
        let code = attacker.issue(&policy);
        assert_eq!(attacker.verify("alice", &code), before, "{edit}");
        attacker.edit(&format!("UPDATE online_codes SET {edit}"));
        assert_eq!(attacker.verify("alice", &code), after, "{edit}");
        // The person at the screen does not learn of it.
        let request = VerifyRequest::new("alice", &code, Purpose::Bypass);
        let refused = attacker.registry.verify_code(&request);
        let Err(stopgap_registry::Error::Refused(refusal)) = refused else {
            panic!("{refused:?}");
        };
        let message = refusal.public_message().to_string();
        assert_eq!(message, "That code is not valid.");
    }
}

#[test]
fn a_revocation_cannot_be_undone() {
    let attacker = Attacker::new();
    let code = attacker.issue(&OnlinePolicy::default());
    let count = attacker.registry.revoke_all_codes(&root(), "alice");
    assert_eq!(count.unwrap(), 1);
    assert_eq!(attacker.verify("alice", &code), "revoked");
    attacker.edit("UPDATE online_codes SET revoked_at = NULL");
    assert_eq!(attacker.verify("alice", &code), "tampered");
}

/// A revocation by a server without the key, which cannot compute a tag, stays too.
#[test]
fn a_revocation_without_the_key_stays() {
    let attacker = Attacker::new();
    let code = attacker.issue(&OnlinePolicy::default());
    let other = KeyRing::new(KeyId(3), &MasterKey::from_bytes([8; 32]));
    let file = attacker.file.path().unwrap();
    let elsewhere = Registry::builder(&other).clock(now).open(file).unwrap();
    let count = elsewhere.revoke_all_codes(&root(), "alice").unwrap();
    assert_eq!(count, 1);
    assert_eq!(attacker.verify("alice", &code), "tampered");
    attacker.edit("UPDATE online_codes SET revoked_at = NULL");
    assert_eq!(attacker.verify("alice", &code), "tampered");
}

/// A record that was edited does not keep the other codes of the user from being revoked,
/// and is revoked itself: it stays refused if the edit is undone.
#[test]
fn an_edited_code_is_revoked_with_the_others() {
    let attacker = Attacker::new();
    let codes = [0; 3].map(|_| attacker.issue(&OnlinePolicy::default()));
    let edit = |change: &str| {
        attacker.edit(&format!(
            "UPDATE online_codes SET expires_at = expires_at {change}
             WHERE id = (SELECT id FROM online_codes ORDER BY id LIMIT 1 OFFSET 1)"
        ));
    };
    edit("+ 1");
    let count = attacker.registry.revoke_all_codes(&root(), "alice");
    assert_eq!(count.unwrap(), 3);
    edit("- 1");
    let mut said = codes.map(|code| attacker.verify("alice", &code));
    said.sort_unstable();
    assert_eq!(said, ["revoked", "revoked", "tampered"]);
}

#[test]
fn parts_of_two_codes_cannot_be_exchanged() {
    let month = OnlinePolicy::default().validity(Validity::MONTH);
    for columns in ["id", "tag", "expires_at, tag", "id, expires_at, tag"] {
        let attacker = Attacker::new();
        let code = attacker.issue(&OnlinePolicy::default());
        let other = attacker.issue_to("mallory", &month);
        // Both rows get what the other one had.
        let table = "online_codes";
        attacker
            .file
            .execute_batch(&format!(
                "CREATE TEMP TABLE before AS SELECT * FROM {table};
                 UPDATE {table} SET ({columns}) = (SELECT {columns} FROM before
                    WHERE before.user_name <> {table}.user_name);"
            ))
            .unwrap();
        assert_eq!(attacker.verify("alice", &code), "tampered", "{columns}");
        assert_eq!(attacker.verify("mallory", &other), "tampered", "{columns}");
    }
}

/// The tag of an earlier state belongs to that state only.
#[test]
fn the_tag_of_another_state_does_not_fit() {
    let attacker = Attacker::new();
    let code = attacker.issue(&OnlinePolicy::default().max_uses(3));
    let tag = |attacker: &Attacker| -> Vec<u8> {
        let sql = "SELECT tag FROM online_codes";
        attacker.file.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let first = tag(&attacker);
    assert_eq!(attacker.verify("alice", &code), "granted");
    assert_ne!(tag(&attacker), first);
    let set = "UPDATE online_codes SET tag = ?1";
    assert_eq!(attacker.file.execute(set, params![first]).unwrap(), 1);
    assert_eq!(attacker.verify("alice", &code), "tampered");
}

#[test]
fn an_edited_security_code_is_none() {
    let bob = || Access::SameAs("bob".parse().unwrap());
    let super_administrator = || Access::SuperAdministrator;
    let some = || Scopes::new(["read", "write"]).unwrap();
    let any = || Scopes::UNLIMITED;
    let id = "id = x'019aa8c27d4e7c3a9f005b1f0c9d2e11'";
    let edits = [
        (bob(), any(), id, "tampered"),
        (bob(), any(), "key_id = 1", "tampered"),
        (bob(), any(), "digest = zeroblob(32)", "unknown"),
        (bob(), any(), "tenant = 'other'", "unknown"),
        (bob(), any(), "same_as = NULL", "tampered"),
        (bob(), any(), "same_as = 'alice'", "tampered"),
        (
            super_administrator(),
            some(),
            "same_as = 'alice'",
            "tampered",
        ),
        (bob(), any(), "description = 'harmless'", "tampered"),
        (bob(), any(), "expires_at = NULL", "tampered"),
        (bob(), any(), "expires_at = expires_at + 1", "tampered"),
        (bob(), any(), "tag = zeroblob(32)", "tampered"),
    ];
    let attacker = Attacker::new();
    let covered = edits.iter().map(|(_, _, edit, _)| *edit);
    attacker.covers(
        "security_codes",
        covered.chain(["scopes = below", "last_used_at = not covered"]),
    );
    for (access, scopes, edit, after) in edits {
        edited_security_code(access, scopes, edit, after);
    }
}

#[test]
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
        edited_security_code(access, scopes, edit, "tampered");
    }
}

/// Creates a security code, edits its row, and finds that it is refused.
fn edited_security_code(access: Access, scopes: Scopes, edit: &str, after: &str) {
    let attacker = Attacker::new();
    let request = SecurityRequest::new(access, scopes);
    let created = attacker.registry.create_security_code(&root(), request);
    let created = created.unwrap();
    let code = created.code.to_string();
    assert_eq!(attacker.authenticate(&code), "granted");
    attacker.edit(&format!("UPDATE security_codes SET {edit}"));
    assert_eq!(attacker.authenticate(&code), after, "{edit}");
    if edit.starts_with("id") || edit.starts_with("tenant") {
        return;
    }
    // A change by an administrator does not seal the edit.
    let id = created.record.id;
    let reset = attacker.registry.reset_security_code(&root(), id);
    assert_eq!(reset.unwrap_err().reason(), "tampered", "{edit}");
    let described = attacker.registry.describe_security_code(&root(), id, "x");
    assert_eq!(described.unwrap_err().reason(), "tampered", "{edit}");
    // But it can be deleted.
    let deletion = attacker.registry.request_deletion(&root(), id).unwrap();
    let deleted = attacker
        .registry
        .confirm_deletion(&root(), id, &deletion.confirmation);
    deleted.unwrap();
}

#[test]
fn an_edited_machine_is_not_answered() {
    let edits = [
        ("tenant = 'other'", "not_enrolled"),
        ("user_name = 'mallory'", "not_enrolled"),
        ("machine = 'LAPTOP-18'", "tampered"),
        ("key_id = 1", "tampered"),
        ("generation = generation - 1", "tampered"),
        ("enrolled_at = enrolled_at + 1", "tampered"),
        ("retired_at = 0", "tampered"),
        ("tag = zeroblob(32)", "tampered"),
    ];
    let enrol = |attacker: &Attacker| {
        let enrolled = attacker.registry.enrol_machine(&root(), "alice", "LAPTOP");
        let key = *enrolled.unwrap().key.reveal();
        Agent::new(EnrolmentKey::from_bytes(key))
    };
    Attacker::new().covers("machines", edits.iter().map(|(edit, _)| *edit));
    for (edit, after) in edits {
        let attacker = Attacker::new();
        let agent = enrol(&attacker);
        assert_eq!(attacker.answer("alice", &agent), "answered");
        attacker.edit(&format!("UPDATE machines SET {edit}"));
        assert_eq!(attacker.answer("alice", &agent), after, "{edit}");
        if edit.starts_with("user_name") {
            assert_eq!(attacker.answer("mallory", &agent), "tampered");
        }
    }
    // A machine that was retired does not come back.
    let attacker = Attacker::new();
    let agent = enrol(&attacker);
    let retired = attacker.registry.retire_machine(&root(), "alice", "LAPTOP");
    assert!(retired.unwrap().retired_at.is_some());
    assert_eq!(attacker.answer("alice", &agent), "not_enrolled");
    attacker.edit("UPDATE machines SET retired_at = NULL");
    assert_eq!(attacker.answer("alice", &agent), "tampered");
}

#[test]
fn an_answer_cannot_be_invented() {
    let edits = [
        ("tenant = 'other'", "used_up"),
        ("user_name = 'mallory'", "used_up"),
        ("idempotency_key = 'another'", "used_up"),
        ("key_id = 1", "tampered"),
        ("purpose = 'reset'", "tampered"),
        ("digest = zeroblob(32)", "tampered"),
        ("answered_at = answered_at + 1", "tampered"),
        ("answer = '{}'", "tampered"),
        ("tag = zeroblob(32)", "tampered"),
    ];
    Attacker::new().covers("verifications", edits.iter().map(|(edit, _)| *edit));
    for (edit, after) in edits {
        let attacker = Attacker::new();
        let code = attacker.issue(&OnlinePolicy::default().max_uses(1));
        assert_eq!(attacker.verify_by("key", &code), "granted");
        assert_eq!(attacker.verify_by("key", &code), "replayed");
        let edit = edit.replace("'{}'", "CAST('{}' AS BLOB)");
        attacker.edit(&format!("UPDATE verifications SET {edit}"));
        assert_eq!(attacker.verify_by("key", &code), after, "{edit}");
        if edit.starts_with("idempotency_key") {
            assert_eq!(attacker.verify_by("another", &code), "tampered");
        }
    }
    // A refusal cannot be made a grant.
    let attacker = Attacker::new();
    let code = attacker.issue(&OnlinePolicy::default());
    assert_eq!(attacker.verify_by("real", &code), "granted");
    assert_eq!(attacker.verify_by("wrong", WRONG), "unknown");
    attacker.edit(
        "UPDATE verifications SET answer =
            (SELECT answer FROM verifications WHERE idempotency_key = 'real')
         WHERE idempotency_key = 'wrong'",
    );
    assert_eq!(attacker.verify_by("wrong", WRONG), "tampered");
    assert_eq!(attacker.verify_by("real", &code), "replayed");
    // A code that was replayed is revoked, and the revocation is undone.
    let revoked = attacker.registry.revoke_last_code(&root(), "alice");
    assert!(revoked.unwrap().revoked_at.is_some());
    assert_eq!(attacker.verify_by("real", &code), "revoked");
    attacker.edit("UPDATE online_codes SET revoked_at = NULL");
    assert_eq!(attacker.verify_by("real", &code), "tampered");
}

/// SPEC says what a tag cannot show; and throttles and presets have none yet.
#[test]
fn what_is_not_noticed() {
    let attacker = Attacker::new();
    let code = attacker.issue(&OnlinePolicy::default().max_uses(1));
    // A whole older record, with its tag.
    let copy = "CREATE TEMP TABLE before AS SELECT * FROM online_codes";
    attacker.file.execute_batch(copy).unwrap();
    assert_eq!(attacker.verify("alice", &code), "granted");
    assert_eq!(attacker.verify("alice", &code), "used_up");
    attacker.edit(
        "UPDATE online_codes SET (uses, revoked_at, tag) =
            (SELECT uses, revoked_at, tag FROM before)",
    );
    assert_eq!(attacker.verify("alice", &code), "granted");

    for _ in 0..5 {
        attacker.verify("alice", WRONG);
    }
    assert_eq!(attacker.verify("alice", &code), "throttled");
    attacker.edit("DELETE FROM throttles");
    assert_eq!(attacker.verify("alice", &code), "used_up");

    // A policy by which a help desk will issue.
    let registry = &attacker.registry;
    let once = OnlinePolicy::default().max_uses(1);
    registry.set_preset(&root(), "once", &once).unwrap();
    let month = OnlinePolicy::default().validity(Validity::MONTH);
    let edit = "UPDATE presets SET policy = ?1";
    let form = serde_json::to_string(&month).unwrap();
    attacker.file.execute(edit, [form]).unwrap();
    assert_eq!(registry.preset("once").unwrap(), month);

    // The last use of a security code.
    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
    let created = registry.create_security_code(&root(), request).unwrap();
    attacker.edit("UPDATE security_codes SET last_used_at = 0");
    assert_eq!(attacker.authenticate(created.code.as_str()), "granted");

    // A record that is gone.
    attacker.edit("DELETE FROM online_codes");
    assert_eq!(attacker.verify("alice", &code), "unknown");
}
