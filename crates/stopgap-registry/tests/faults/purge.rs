//! A purge that fails.

use chrono::TimeDelta;
use stopgap_registry::store::Table;

use crate::{
    Met,
    cases::{CASES, purge},
    fail_at,
    world::{World, root},
};

/// A purge that fails may have deleted some of the old records, and nothing else.
#[test]
fn a_failed_purge_deletes_only_old_records() {
    for new in [World::memory, World::sqlite] {
        let world = filled(new());
        let all = lines(&world);
        for k in 1.. {
            let before = lines(&world);
            let done = fail_at(&world, || purge(&world), k);
            let after = lines(&world);
            // The event of the purge itself.
            let new = after.iter().filter(|line| !before.contains(line)).count();
            assert!(new <= 1, "step {k}: {new} new lines");
            let mut lost = before.iter().filter(|line| !after.contains(line));
            assert!(lost.all(|line| is_over(line)), "step {k}");
            if let Met::Answer(done) = done {
                done.unwrap();
                let mut left = all.iter().filter(|line| after.contains(line));
                assert!(left.all(|line| !is_over(line)));
                assert!(k > 10, "{k} steps");
                break;
            }
        }
    }
}

/// Returns `true` if a purge deletes the row: all codes, verifications and events are old,
/// except codes without an end.
fn is_over(line: &str) -> bool {
    let table = line.split(' ').next().unwrap();
    match Table::ALL.iter().find(|known| known.as_str() == table) {
        Some(Table::SecurityCodes) => {
            let place = Table::SecurityCodes.declaration().place("expires_at");
            // The tenant is before the columns.
            line.split('|').nth(place.unwrap() + 1) != Some("null")
        }
        Some(Table::Codes | Table::Verifications | Table::Events) => true,
        _ => false,
    }
}

/// Returns all rows except those of tenants, which every call may change because they contain
/// the time.
fn lines(world: &World) -> Vec<String> {
    let dump = world.dump();
    let lines = dump.lines().filter(|line| !line.starts_with("tenants "));
    lines.map(str::to_owned).collect()
}

/// Makes every call, and lets a month pass.
fn filled(world: World) -> World {
    for case in CASES {
        let given = case.prepare(&world);
        // The calls before it may change the answer.
        let _ = (case.call)(&world, &given);
    }
    world.registry.set_log_retention(&root(), 0).unwrap();
    world.registry.flush().unwrap();
    world.pass(TimeDelta::days(31));
    world
}
