use std::sync::Arc;

use chrono::TimeDelta;
use stopgap_registry::{
    Checked, EventKind, Registry,
    stopgap::{KeyId, OnlinePolicy},
    store::{Store as _, Table},
};

use crate::{
    filled, rows,
    world::{World, ring, root},
};

fn check(registry: &Registry) -> Checked {
    let end = chrono::DateTime::UNIX_EPOCH;
    registry.check(&root(), end, |_| {}).unwrap()
}

pub(crate) fn an_untouched_store_has_no_fault(world: &World) {
    filled::fill(&world.store, 1_200);
    for tenant in filled::TENANTS {
        let registry = filled::open(Arc::clone(&world.store), tenant);
        let before = rows::all(&*world.store, registry.tenant(), Table::Codes);
        let (mut seen, mut tables) = ((0, 0), Vec::new());
        let checked = registry.check(&root(), chrono::DateTime::UNIX_EPOCH, |progress| {
            assert_eq!(progress.tenant, registry.tenant());
            assert!(progress.rows > seen.0 || !tables.contains(&progress.table));
            seen = (progress.rows, progress.total);
            tables.push(progress.table);
        });
        let checked = checked.unwrap();
        assert_eq!((checked.faults, checked.findings), (0, vec![]), "{tenant}");
        tables.dedup();
        assert_eq!(tables, Table::ALL);
        assert_eq!(seen, (checked.rows, checked.rows));
        assert!(checked.rows > 1_200, "{}", checked.rows);
        // Nothing but the event was stored.
        let after = rows::all(&*world.store, registry.tenant(), Table::Codes);
        assert_eq!(before, after);
        let total = |table| world.store.count(registry.tenant(), table).unwrap();
        assert_eq!(Table::ALL.map(total).iter().sum::<u64>(), checked.rows);
        let newest = rows::all(&*world.store, registry.tenant(), Table::Events);
        let kinds = newest.iter().map(|row| row.value("kind").to_string());
        let of_kind = |kind: &String| kind == EventKind::CheckRecords.as_str();
        assert_eq!(kinds.filter(of_kind).count(), 1);
    }
}

pub(crate) fn a_missing_head_is_found(world: &World) {
    for number in 0..1_100 {
        if number % 100 == 0 {
            world.issue_to(&format!("user{number}"), &OnlinePolicy::default());
        }
    }
    let _ = world
        .registry
        .enrol_machine(&root(), "bob", "LAPTOP")
        .unwrap();
    let older = world.row(Table::Heads, vec!["user100".into()]);
    world.issue_to("user100", &OnlinePolicy::default());
    assert_eq!(check(&world.registry).faults, 0);
    for user in ["bob", "user0"] {
        let head = world.row(Table::Heads, vec![user.into()]);
        rows::apply(&*world.store, world.tenant(), &[rows::remove(&head)]);
    }
    let head = world.row(Table::Heads, vec!["user100".into()]);
    world.edit(&head, |head| head.clone_from(&older));
    let checked = check(&world.registry);
    let found = checked.findings.iter();
    let found = found.map(|found| (found.table, found.fault.as_str()));
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            (Table::Codes, "no_head"),
            (Table::Codes, "head_behind"),
            (Table::Machines, "no_head")
        ]
    );
    assert_eq!(
        (checked.faults, checked.findings[2].row.as_str()),
        (3, "bob LAPTOP")
    );
}

pub(crate) fn an_ended_record_needs_no_key(world: &World) {
    world.issue(&OnlinePolicy::default());
    let both = world.open("default", &ring(&[1, 2])).unwrap();
    let lacking = world.open("default", &ring(&[2])).unwrap();
    let checked = check(&lacking);
    let words: Vec<_> = checked
        .findings
        .iter()
        .map(|found| found.fault.as_str())
        .collect();
    // The code and its user's head.
    assert_eq!(words, ["key_missing", "key_missing"]);
    world.pass(TimeDelta::days(2));
    both.retire_key(&root(), KeyId(1)).unwrap();
    for registry in [&both, &lacking] {
        let checked = check(registry);
        assert_eq!((checked.faults, checked.unchecked), (0, 2));
    }
}
