//! Answers under idempotency keys.

use stopgap_registry::{
    stopgap::OnlinePolicy,
    store::{Row, Table, Value},
};

use crate::{
    attacker::{Attacker, WRONG, each, root},
    edit::{Edit, cover},
    uncovered,
};

fn row(attacker: &Attacker, user: &str, key: &str) -> Row {
    let key = vec![user.into(), key.as_bytes().into()];
    attacker.row(Table::Verifications, key)
}

#[test]
fn an_answer_cannot_be_invented() {
    let edits = [
        (Edit::Tenant, "used_up"),
        (Edit::Append("user_name"), "used_up"),
        (Edit::Flip("idempotency_key"), "used_up"),
        (Edit::set("key_id", 1_u32), "tampered"),
        (Edit::set("key_id", 9_u32), "key_missing"),
        (Edit::set("purpose", "reset"), "tampered"),
        (Edit::Flip("digest"), "tampered"),
        (Edit::Shift("answered_at", 1), "tampered"),
        (Edit::set("answer", &b"{}"[..]), "tampered"),
        (Edit::Flip("tag"), "tampered"),
    ];
    let others = uncovered::columns(Table::Verifications);
    cover(
        Table::Verifications,
        edits.iter().map(|(edit, _)| edit),
        &others,
    );
    each(|attacker| {
        for (edit, after) in &edits {
            let user = attacker.user();
            let once = OnlinePolicy::default().max_uses(1);
            let (code, _) = attacker.issue(&user, &once);
            assert_eq!(attacker.verify_by("key", &user, &code), "granted");
            assert_eq!(attacker.verify_by("key", &user, &code), "replayed");
            let edited = attacker.edit(&row(attacker, &user, "key"), edit);
            assert_eq!(attacker.verify_by("key", &user, &code), *after, "{edit:?}");
            // The tag does not match the user or the key that the row has now.
            let (owner, key) = match edit {
                Edit::Append(_) => (format!("{user}x"), "key".to_owned()),
                Edit::Flip("idempotency_key") => (user, edited.key()[1].to_string()),
                _ => continue,
            };
            assert_eq!(attacker.verify_by(&key, &owner, &code), "tampered");
        }
    });
}

#[test]
fn a_refusal_cannot_be_made_a_grant() {
    each(|attacker| {
        let (code, id) = attacker.issue("alice", &OnlinePolicy::default());
        assert_eq!(attacker.verify_by("real", "alice", &code), "granted");
        assert_eq!(attacker.verify_by("wrong", "alice", WRONG), "unknown");
        let [real, wrong] = ["real", "wrong"].map(|key| row(attacker, "alice", key));
        let answer = Edit::set("answer", real.value("answer").clone());
        attacker.edit(&wrong, &answer);
        assert_eq!(attacker.verify_by("wrong", "alice", WRONG), "tampered");
        assert_eq!(attacker.verify_by("real", "alice", &code), "replayed");
        // A code that was replayed is revoked, and the revocation is undone.
        let revoked = attacker.registry.revoke_last_code(&root(), "alice");
        assert!(revoked.unwrap().revoked_at.is_some());
        assert_eq!(attacker.verify_by("real", "alice", &code), "revoked");
        let code_row = attacker.row(Table::Codes, vec![id.into()]);
        attacker.edit(&code_row, &Edit::set("revoked_at", Value::Null));
        assert_eq!(attacker.verify_by("real", "alice", &code), "tampered");
    });
}

/// The whole row is put in the place of another user's, or under another key.
#[test]
fn an_answer_belongs_to_its_request() {
    each(|attacker| {
        let once = OnlinePolicy::default().max_uses(1);
        for user in ["alice", "bob"] {
            let (code, _) = attacker.issue(user, &once);
            assert_eq!(attacker.verify_by("key", user, &code), "granted");
        }
        let (code, _) = attacker.issue("alice", &once);
        assert_eq!(attacker.verify_by("other", "alice", WRONG), "unknown");
        let theirs = [row(attacker, "bob", "key"), row(attacker, "alice", "key")];
        for from in theirs {
            let other = row(attacker, "alice", "other");
            let mut edited = from.clone();
            edited.set("user_name", "alice");
            edited.set("idempotency_key", &b"other"[..]);
            attacker.replace(&other, &edited);
            assert_eq!(attacker.verify_by("other", "alice", &code), "tampered");
        }
        assert_eq!(attacker.verify("alice", &code), "granted");
    });
}
