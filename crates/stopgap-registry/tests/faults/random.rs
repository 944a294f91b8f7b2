//! Random calls and faults.

use proptest::{
    collection::vec,
    test_runner::{Config, TestRunner},
};
use stopgap_registry::Error;

use crate::{Met, READ_BACK, cases::CASES, fail_at, is_unchanged, world::World};

/// Random calls with random faults, one after another in one store.
#[test]
fn random_calls_with_faults_leave_nothing_in_part() {
    let (cases, calls) = match std::env::var_os("STOPGAP_DEEP") {
        Some(_) => (1_000, 40),
        None => (8, 30),
    };
    let (mut made, mut faults) = (0_usize, 0_usize);
    for new in [World::memory, World::sqlite] {
        let mut runner = TestRunner::new(Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        });
        let (made, faults) = (
            std::cell::Cell::from_mut(&mut made),
            std::cell::Cell::from_mut(&mut faults),
        );
        let some = vec((0..CASES.len(), 1_usize..14), calls / 2..calls);
        let run = runner.run(&some, |calls| {
            let world = new();
            for (case, k) in calls {
                let case = &CASES[case];
                let given = case.prepare(&world);
                // This call would store counts of earlier calls.
                world.registry.flush().unwrap();
                let before = world.dump();
                made.set(made.get() + 1);
                let outcome = match fail_at(&world, || (case.call)(&world, &given), k) {
                    Met::Answer(outcome) => outcome,
                    Met::Undone => {
                        is_unchanged(case, &before, &world.dump(), k);
                        faults.set(faults.get() + 1);
                        (case.call)(&world, &given)
                    }
                    Met::Unknown => {
                        assert!(READ_BACK.contains(&case.name), "{}", case.name);
                        faults.set(faults.get() + 1);
                        continue;
                    }
                };
                // Earlier calls may cause a refusal, but the store works again.
                assert!(!matches!(outcome, Err(Error::Store(_))), "{outcome:?}");
            }
            Ok(())
        });
        run.unwrap();
    }
    println!(
        "faults: {made} random calls, {faults} of them failed and made again, nothing in part"
    );
}
