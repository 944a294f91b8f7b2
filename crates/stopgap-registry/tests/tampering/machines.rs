//! Machines.

use stopgap_registry::{
    stopgap::{EnrolmentKey, offline::Agent},
    store::{Row, Table, Value},
};

use crate::{
    attacker::{Attacker, each, root, said},
    edit::{Edit, cover},
    uncovered,
};

const MACHINE: &str = "LAPTOP";

fn edits() -> [(Edit, &'static str); 10] {
    [
        (Edit::Tenant, "not_enrolled"),
        (Edit::Append("user_name"), "not_enrolled"),
        (Edit::Append("machine"), "tampered"),
        (Edit::set("key_id", 1_u32), "tampered"),
        (Edit::set("key_id", 9_u32), "key_missing"),
        (Edit::Shift("generation", -1), "tampered"),
        (Edit::Shift("generation", 1), "tampered"),
        (Edit::Shift("enrolled_at", 1), "tampered"),
        (
            Edit::set("retired_at", chrono::DateTime::UNIX_EPOCH),
            "tampered",
        ),
        (Edit::Flip("tag"), "tampered"),
    ]
}

/// Enrols a user. Returns the machine's agent and the row.
fn enrol(attacker: &Attacker, user: &str) -> (Agent, Row) {
    let enrolled = attacker.registry.enrol_machine(&root(), user, MACHINE);
    let key = *enrolled.unwrap().key.reveal();
    let agent = Agent::new(EnrolmentKey::from_bytes(key));
    assert_eq!(attacker.answer(user, &agent), "answered");
    let row = attacker.row(Table::Machines, vec![user.into(), MACHINE.into()]);
    (agent, row)
}

fn text(row: &Row, column: &str) -> String {
    match row.value(column) {
        Value::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_edited_machine_is_not_answered() {
    let edits = edits();
    let others = uncovered::columns(Table::Machines);
    cover(Table::Machines, edits.iter().map(|(edit, _)| edit), &others);
    each(|attacker| {
        for (edit, after) in &edits {
            let user = attacker.user();
            let (agent, row) = enrol(attacker, &user);
            let edited = attacker.edit(&row, edit);
            assert_eq!(attacker.answer(&user, &agent), *after, "{edit:?}");
            if let Edit::Append("user_name") = edit {
                let owner = text(&edited, "user_name");
                assert_eq!(attacker.answer(&owner, &agent), "tampered");
            }
        }
    });
}

/// An enrolment that replaces an edited one does not continue its generations, which are
/// secret. It begins at a random one.
#[test]
fn an_edited_generation_is_not_continued() {
    each(|attacker| {
        for (edit, _) in edits() {
            let user = attacker.user();
            let (agent, row) = enrol(attacker, &user);
            let edited = attacker.edit(&row, &edit);
            let Value::Integer(generation) = *edited.value("generation") else {
                panic!("{edited:?}");
            };
            let (owner, machine) = match edit {
                Edit::Tenant => continue,
                _ => (text(&edited, "user_name"), text(&edited, "machine")),
            };
            let again = attacker.registry.enrol_machine(&root(), &owner, &machine);
            let new = i64::from(again.unwrap().enrolment.generation);
            assert!((new - generation).abs() > 1, "{edit:?}");
            assert_ne!(attacker.answer(&owner, &agent), "answered", "{edit:?}");
        }
    });
}

/// An edited machine can be retired, and is not answered after the edit is undone.
#[test]
fn a_retirement_does_not_seal_an_edit() {
    each(|attacker| {
        let mut retired = 0;
        for (edit, _) in edits() {
            let user = attacker.user();
            let (agent, before) = enrol(attacker, &user);
            let edited = attacker.edit(&before, &edit);
            let (owner, machine) = (text(&edited, "user_name"), text(&edited, "machine"));
            let outcome = attacker.registry.retire_machine(&root(), &owner, &machine);
            match said(outcome) {
                "done" => {
                    attacker.undo(&edit, &edited, &before);
                    assert_eq!(attacker.answer(&user, &agent), "tampered", "{edit:?}");
                    retired += 1;
                }
                // According to its row, the machine is retired or is not the tenant's.
                other => assert_eq!(other, "no_machine", "{edit:?}"),
            }
        }
        assert_eq!(retired, 8);
    });
}

#[test]
fn a_retired_machine_does_not_come_back() {
    each(|attacker| {
        let (agent, row) = enrol(attacker, "alice");
        let retired = attacker.registry.retire_machine(&root(), "alice", MACHINE);
        assert!(retired.unwrap().retired_at.is_some());
        assert_eq!(attacker.answer("alice", &agent), "not_enrolled");
        let row = attacker.row(Table::Machines, row.key().to_vec());
        attacker.edit(&row, &Edit::set("retired_at", Value::Null));
        assert_eq!(attacker.answer("alice", &agent), "tampered");
    });
}
