//! The edits that a check of all records finds, and those that it cannot find.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use stopgap_registry::{
    Checked, Registry,
    stopgap::{
        Access, EnrolmentKey, Name, OnlinePolicy, Rotation, Scopes, SecurityRequest, offline::Agent,
    },
    store::{Kind, Row, Table, Value},
};

use crate::{
    attacker::{Attacker, WRONG, each, root},
    edit::Edit,
    uncovered,
};

/// Fills all tables. Each nullable column of a sealed record has a value in one row, and none in
/// another.
fn fill(attacker: &Attacker) {
    let registry = &attacker.registry;
    let day = OnlinePolicy::default();
    let later = day.not_before(attacker.now() + TimeDelta::hours(1));
    attacker.issue("alice", &later.max_uses(2));
    attacker.issue("bob", &day);
    registry.revoke_last_code(&root(), "bob").unwrap();
    let (code, _) = attacker.issue("carol", &day);
    assert_eq!(attacker.verify_by("key", "carol", &code), "granted");
    for _ in 0..5 {
        attacker.verify("dave", WRONG);
    }
    registry.set_preset(&root(), "day", &day).unwrap();
    for machine in ["DESK", "LAPTOP"] {
        let enrolled = registry.enrol_machine(&root(), "alice", machine).unwrap();
        let agent = Agent::new(EnrolmentKey::from_bytes(*enrolled.key.reveal()));
        assert_eq!(attacker.answer("alice", &agent), "answered");
    }
    registry.retire_machine(&root(), "alice", "DESK").unwrap();
    let accesses = [
        Access::SuperAdministrator,
        Access::SameAs(Name::new("bob").unwrap()),
    ];
    for access in accesses {
        let request = SecurityRequest::new(access, Scopes::UNLIMITED);
        let created = registry.create_security_code(&root(), request).unwrap();
        let rotation = Rotation::new(Duration::from_secs(60));
        let rotated = registry.rotate_security_code(&root(), created.record.id, rotation);
        let id = rotated.unwrap().record.id;
        registry.make_security_code_permanent(&root(), id).unwrap();
    }
}

fn check(registry: &Registry) -> Checked {
    registry
        .check(&root(), DateTime::UNIX_EPOCH, |_| {})
        .unwrap()
}

/// Returns `true` if a row was found.
fn is_found(checked: &Checked, row: &Row) -> bool {
    let key = row.to_string();
    let mut found = checked.findings.iter();
    found.any(|found| found.table == row.table() && found.row == key)
}

/// Returns an edit of a column.
fn edit_of(row: &Row, name: &'static str, kind: Kind, now: DateTime<Utc>) -> Edit {
    match (row.value(name), kind) {
        (Value::Null, Kind::Integer) => Edit::set(name, 7_u32),
        (Value::Null, Kind::Instant) => Edit::set(name, now),
        (Value::Null, Kind::Text) => Edit::set(name, "eve"),
        (_, Kind::Integer | Kind::Instant) => Edit::Shift(name, 1),
        (_, Kind::Id | Kind::Bytes) => Edit::Flip(name),
        (_, Kind::Text) => Edit::Append(name),
    }
}

#[test]
fn each_edit_of_a_sealed_record_is_found() {
    each(|attacker| {
        fill(attacker);
        let checked = check(&attacker.registry);
        assert_eq!((checked.faults, checked.findings), (0, vec![]));
        let mut edits = 0;
        for table in Table::ALL {
            let declaration = table.declaration();
            let uncovered = uncovered::columns(table);
            let columns = declaration.columns.iter();
            let covered = columns.filter(|column| !uncovered.contains(&column.name));
            for column in covered {
                for row in attacker.rows(table) {
                    let before = row.value(column.name).clone();
                    let edit = edit_of(&row, column.name, column.kind, attacker.now());
                    let mut others = vec![edit];
                    if column.is_nullable && before != Value::Null {
                        others.push(Edit::set(column.name, Value::Null));
                    }
                    if column.kind == Kind::Bytes {
                        others.push(Edit::set(column.name, Value::Bytes(vec![1])));
                    }
                    for edit in others {
                        let edited = attacker.edit(&row, &edit);
                        let checked = check(&attacker.registry);
                        assert!(is_found(&checked, &edited), "{table} {edit:?}: {checked:?}");
                        attacker.replace(&edited, &row);
                        edits += 1;
                    }
                }
            }
        }
        assert!(edits > 150, "{edits}");
        assert_eq!(check(&attacker.registry).faults, 0);
    });
}

#[test]
fn a_row_that_no_registry_writes_is_found() {
    each(|attacker| {
        fill(attacker);
        let event = attacker.rows(Table::Events).remove(0);
        let edited = attacker.edit(&event, &Edit::set("kind", "no.kind"));
        let checked = check(&attacker.registry);
        assert_eq!(checked.faults, 1);
        assert!(is_found(&checked, &edited));
        let found = serde_json::to_string(&checked.findings[0]).unwrap();
        assert!(found.contains("\"table\":\"events\""), "{found}");
        assert!(
            found.contains("\"fault\":\"unreadable\",\"why\":\"kind: "),
            "{found}"
        );
    });
}

#[test]
fn a_record_of_another_tenant_is_found() {
    each(|attacker| {
        fill(attacker);
        let tables = [
            Table::Presets,
            Table::Heads,
            Table::Codes,
            Table::Verifications,
        ];
        for table in [&tables[..], &[Table::Machines, Table::SecurityCodes]].concat() {
            let row = attacker.rows(table).remove(0);
            attacker.edit(&row, &Edit::Tenant);
            let keys = crate::attacker::ring(&[1, 2]);
            let other = Registry::builder(&keys)
                .tenant("other")
                .clock_tolerance(None);
            let now = attacker.now();
            let other = other.clock(move || now);
            let other = other.over(std::sync::Arc::clone(&attacker.store)).unwrap();
            assert!(is_found(&check(&other), &row), "{table}");
            attacker.undo(&Edit::Tenant, &row, &row);
        }
    });
}

/// A record that is missing, or whole and older, fits its tag.
#[test]
fn deleted_and_older_records_are_not_found() {
    each(|attacker| {
        let once = OnlinePolicy::default().max_uses(1);
        let (code, _) = attacker.issue("alice", &once);
        let unused = attacker.rows(Table::Codes).remove(0);
        assert_eq!(attacker.verify("alice", &code), "granted");
        let used = attacker.rows(Table::Codes).remove(0);
        attacker.replace(&used, &unused);
        assert_eq!(check(&attacker.registry).faults, 0);
        attacker.delete(&unused);
        let event = attacker.rows(Table::Events).remove(0);
        attacker.delete(&event);
        assert_eq!(check(&attacker.registry).faults, 0);
    });
}

/// A machine that was tampered with and then retired is dealt with, and has no tag.
#[test]
fn a_record_that_was_ended_for_it_is_no_fault() {
    each(|attacker| {
        fill(attacker);
        let row = attacker.row(Table::Machines, vec!["alice".into(), "LAPTOP".into()]);
        attacker.edit(&row, &Edit::Shift("generation", 1));
        assert_eq!(check(&attacker.registry).faults, 1);
        let retired = attacker.registry.retire_machine(&root(), "alice", "LAPTOP");
        retired.unwrap();
        let checked = check(&attacker.registry);
        assert_eq!((checked.faults, checked.unchecked), (0, 1));
    });
}
