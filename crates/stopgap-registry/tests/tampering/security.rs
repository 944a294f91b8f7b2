//! Security codes.

use std::time::Duration;

use chrono::TimeDelta;
use stopgap_registry::{
    Error, SecurityRecord,
    stopgap::{Access, RecordId, Rotation, Scopes, SecurityRequest},
    store::{Row, Table, Value},
};

use crate::{
    attacker::{Attacker, each, root, said},
    edit::{Edit, cover},
    uncovered,
};

/// An edit of a security code: its access and scopes, and the answer afterwards.
struct Case(Access, Scopes, Edit, &'static str);

fn cases() -> Vec<Case> {
    let bob = || Access::SameAs("bob".parse().unwrap());
    let some = || Scopes::new(["read", "write"]).unwrap();
    let any = || Scopes::UNLIMITED;
    let tampered = |access, scopes, edit| Case(access, scopes, edit, "tampered");
    let scopes = |text: &str| Edit::set("scopes", text);
    vec![
        tampered(bob(), any(), Edit::Flip("id")),
        tampered(bob(), any(), Edit::set("key_id", 1_u32)),
        Case(bob(), any(), Edit::set("key_id", 9_u32), "key_missing"),
        Case(bob(), any(), Edit::Flip("digest"), "unknown"),
        Case(bob(), any(), Edit::Tenant, "unknown"),
        tampered(bob(), any(), Edit::set("same_as", Value::Null)),
        tampered(bob(), any(), Edit::set("same_as", "alice")),
        tampered(
            Access::SuperAdministrator,
            some(),
            Edit::set("same_as", "alice"),
        ),
        tampered(bob(), some(), scopes(r#""unlimited""#)),
        tampered(bob(), some(), scopes(r#"["read"]"#)),
        tampered(bob(), some(), scopes(r#"["read","write","x"]"#)),
        tampered(bob(), some(), scopes(r#"["readwrite"]"#)),
        tampered(bob(), any(), scopes(r#"["read"]"#)),
        tampered(bob(), any(), Edit::Append("description")),
        tampered(bob(), any(), Edit::set("expires_at", Value::Null)),
        tampered(bob(), any(), Edit::Shift("expires_at", 1)),
        tampered(bob(), any(), Edit::Flip("tag")),
    ]
}

/// A call that changes a security code.
type Change = fn(&Attacker, RecordId) -> Result<SecurityRecord, Error>;

const CHANGES: [Change; 6] = [
    |attacker, id| {
        let expires_at = attacker.now() + TimeDelta::hours(1);
        attacker
            .registry
            .edit_security_code(&root(), id, expires_at)
    },
    |attacker, id| attacker.registry.make_security_code_permanent(&root(), id),
    |attacker, id| {
        let rotation = Rotation::new(Duration::from_secs(60));
        let rotated = attacker
            .registry
            .rotate_security_code(&root(), id, rotation);
        rotated.map(|rotated| rotated.record)
    },
    |attacker, id| attacker.registry.reset_security_code(&root(), id),
    |attacker, id| attacker.registry.reactivate_security_code(&root(), id),
    |attacker, id| attacker.registry.describe_security_code(&root(), id, "x"),
];

/// Creates a security code. Returns it and its row.
fn create(attacker: &Attacker, access: &Access, scopes: &Scopes) -> (String, Row) {
    let request = SecurityRequest::new(access.clone(), scopes.clone());
    let created = attacker.registry.create_security_code(&root(), request);
    let created = created.unwrap();
    let code = created.code.to_string();
    assert_eq!(attacker.authenticate(&code), "granted");
    let row = attacker.row(Table::SecurityCodes, vec![created.record.id.into()]);
    (code, row)
}

fn id_of(row: &Row) -> RecordId {
    match row.value("id") {
        Value::Id(id) => *id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_edited_security_code_is_none() {
    let cases = cases();
    let edits = cases.iter().map(|Case(_, _, edit, _)| edit);
    let others = uncovered::columns(Table::SecurityCodes);
    cover(Table::SecurityCodes, edits, &others);
    each(|attacker| {
        for Case(access, scopes, edit, after) in &cases {
            let (code, row) = create(attacker, access, scopes);
            let edited = attacker.edit(&row, edit);
            assert_eq!(attacker.authenticate(&code), *after, "{edit:?}");
            // A change by an administrator does not seal the edit.
            let id = id_of(&edited);
            let refusal = match edit {
                Edit::Tenant => "not_found",
                _ if *after == "key_missing" => "key_missing",
                _ => "tampered",
            };
            for change in CHANGES {
                assert_eq!(said(change(attacker, id)), refusal, "{edit:?}");
            }
            assert_eq!(attacker.authenticate(&code), *after, "{edit:?}");
            if let Edit::Tenant = edit {
                continue;
            }
            // The code can still be deleted.
            let registry = &attacker.registry;
            let deletion = registry.request_deletion(&root(), id).unwrap();
            let deleted = registry.confirm_deletion(&root(), id, &deletion.confirmation);
            assert_eq!(said(deleted), "done", "{edit:?}");
            assert_eq!(attacker.authenticate(&code), "unknown");
        }
    });
}

/// An edit does not make an expired code valid again.
#[test]
fn an_expiry_cannot_be_moved() {
    each(|attacker| {
        let access = Access::SuperAdministrator;
        let (code, row) = create(attacker, &access, &Scopes::UNLIMITED);
        attacker.pass(TimeDelta::hours(25));
        assert_eq!(attacker.authenticate(&code), "expired");
        let row = attacker.row(Table::SecurityCodes, vec![id_of(&row).into()]);
        let days = 86_400_000_000 * 30;
        let edited = attacker.edit(&row, &Edit::Shift("expires_at", days));
        assert_eq!(attacker.authenticate(&code), "tampered");
        for change in CHANGES {
            assert_eq!(said(change(attacker, id_of(&edited))), "tampered");
        }
    });
}
