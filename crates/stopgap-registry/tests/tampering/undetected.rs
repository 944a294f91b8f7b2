//! Edits that a tag cannot show (SPEC, "Records at rest"): a record was deleted, or is
//! old.

use chrono::Utc;
use stopgap_registry::{
    stopgap::{Access, OnlinePolicy, Scopes, SecurityRequest},
    store::{Row, Table},
};

use crate::{
    attacker::{Attacker, WRONG, each, root, said},
    edit::Edit,
};

fn lock_out(attacker: &Attacker, user: &str, code: &str) {
    for _ in 0..5 {
        assert_eq!(attacker.verify(user, WRONG), "unknown");
    }
    assert_eq!(attacker.verify(user, code), "throttled");
}

#[test]
fn an_older_record_with_its_tag() {
    each(|attacker| {
        let (code, id) = attacker.issue("alice", &OnlinePolicy::default().max_uses(1));
        let row = || attacker.row(Table::Codes, vec![id.into()]);
        let head = || attacker.row(Table::Heads, vec!["alice".into()]);
        let (unused, calm) = (row(), head());
        assert_eq!(attacker.verify("alice", &code), "granted");
        assert_eq!(attacker.verify("alice", &code), "used_up");
        attacker.replace(&row(), &unused);
        assert_eq!(attacker.verify("alice", &code), "granted");

        lock_out(attacker, "alice", &code);
        attacker.replace(&head(), &calm);
        assert_eq!(attacker.verify("alice", &code), "used_up");
    });
}

#[test]
fn a_record_that_is_gone() {
    each(|attacker| {
        let (code, id) = attacker.issue("alice", &OnlinePolicy::default().max_uses(2));
        let head = || attacker.row(Table::Heads, vec!["alice".into()]);
        lock_out(attacker, "alice", &code);
        attacker.delete(&head());
        assert_eq!(attacker.verify_by("key", "alice", &code), "granted");
        assert_eq!(attacker.verify_by("key", "alice", &code), "replayed");
        // Without the answer, the verification counts another use.
        let answers = attacker.rows(Table::Verifications);
        attacker.delete(&answers[0]);
        assert_eq!(attacker.verify_by("key", "alice", &code), "granted");
        attacker.delete(&attacker.row(Table::Codes, vec![id.into()]));
        assert_eq!(attacker.verify("alice", &code), "unknown");
    });
}

/// A head under a key that the server does not have counts as missing.
#[test]
fn a_head_under_a_missing_key_counts_as_missing() {
    each(|attacker| {
        let (code, _) = attacker.issue("alice", &OnlinePolicy::default());
        lock_out(attacker, "alice", &code);
        let head = attacker.row(Table::Heads, vec!["alice".into()]);
        attacker.edit(&head, &Edit::set("key_id", 9_u32));
        assert_eq!(attacker.verify("alice", &code), "granted");
    });
}

#[test]
fn a_deleted_security_code_that_is_put_back_is_valid() {
    each(|attacker| {
        let registry = &attacker.registry;
        let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
        let created = registry.create_security_code(&root(), request).unwrap();
        let (id, code) = (created.record.id, created.code.to_string());
        let row: Row = attacker.row(Table::SecurityCodes, vec![id.into()]);
        let deletion = registry.request_deletion(&root(), id).unwrap();
        registry
            .confirm_deletion(&root(), id, &deletion.confirmation)
            .unwrap();
        assert_eq!(attacker.authenticate(&code), "unknown");
        attacker.insert(&row);
        assert_eq!(attacker.authenticate(&code), "granted");
    });
}

/// If the head was deleted, or an older one was put back, the next code of the user would have
/// the number of another code. Then no code is issued until the user is unlocked.
#[test]
fn unlocking_replaces_a_missing_or_older_head() {
    each(|attacker| {
        let day = OnlinePolicy::default();
        let registry = &attacker.registry;
        let issue = |user: &str| said(registry.issue_code(&root(), user, &day, &Utc));
        for is_deleted in [true, false] {
            let user = attacker.user();
            attacker.issue(&user, &day);
            let head = || attacker.row(Table::Heads, vec![user.as_str().into()]);
            let older = head();
            for _ in 0..2 {
                attacker.issue(&user, &day);
            }
            if is_deleted {
                attacker.delete(&head());
            } else {
                attacker.replace(&head(), &older);
            }
            assert_eq!(issue(&user), "store_conflict");
            registry.unlock(&root(), &user).unwrap();
            assert_eq!(issue(&user), "done");
            let batch = registry.issue_codes(&root(), [(user.as_str(), day)], &Utc);
            assert_eq!(said(batch), "done");
            let codes = registry.codes(&root(), &user).unwrap();
            assert_eq!(codes.len(), 5);
            assert!(codes.is_sorted_by(|one, next| one.number > next.number));
        }
    });
}

/// The head of a user with a code is normally kept. If an edit marks it as the head of a name
/// without codes, it is deleted after the failures of many such names.
#[test]
fn a_head_marked_as_a_strangers_may_be_deleted() {
    let attacker = Attacker::memory();
    let (code, _) = attacker.issue("alice", &OnlinePolicy::default());
    let many_strangers = |turn: u32| {
        for number in 0..1_100 {
            attacker.verify(&format!("stranger-{turn}-{number}"), WRONG);
        }
    };
    lock_out(&attacker, "alice", &code);
    many_strangers(0);
    assert_eq!(attacker.verify("alice", &code), "throttled");
    let head = attacker.row(Table::Heads, vec!["alice".into()]);
    let marked = attacker.edit(&head, &Edit::set("is_stranger", true));
    assert_eq!(attacker.verify("alice", &code), "throttled");
    attacker.edit(
        &marked,
        &Edit::set("failed_at", chrono::DateTime::UNIX_EPOCH),
    );
    many_strangers(1);
    assert_eq!(attacker.verify("alice", &code), "granted");
}
