use std::sync::Arc;

use chrono::TimeDelta;
use stopgap_registry::{
    Registry,
    stopgap::{OnlinePolicy, Purpose, Refusal, Role, Throttle, ThrottlePolicy},
};

use crate::world::{World, desk, noon, ring, root, someone};

const WRONG: &str = "0123-4567-89AB";

pub(crate) fn guesses_close_the_door(world: &World) {
    let code = world.issue(&OnlinePolicy::default());
    for _ in 0..5 {
        assert_eq!(world.refusal(WRONG), Refusal::Unknown);
    }
    let Refusal::Throttled { until: Some(until) } = world.refusal(&code) else {
        panic!("not throttled");
    };
    assert!((until - noon()) < TimeDelta::seconds(61));
    let throttle = world.registry.throttle(&desk(), "alice").unwrap();
    assert_eq!((throttle.failures, throttle.closed_until), (5, Some(until)));
    // Nobody else's door.
    let bob = world
        .registry
        .verify_code("bob", WRONG, Purpose::Reset, None);
    assert_eq!(bob.unwrap_err().reason(), "unknown");

    world.set(until);
    let _ = world.verify(&code).unwrap();
    // At the hundredth an administrator must open it.
    for _ in 0..100 {
        world.pass(TimeDelta::hours(1));
        assert_eq!(world.refusal(WRONG), Refusal::Unknown);
    }
    world.pass(TimeDelta::days(1));
    assert_eq!(world.refusal(&code), Refusal::Throttled { until: None });
    let administrator = someone(Role::Administrator);
    world
        .registry
        .reset_throttle(&administrator, "alice")
        .unwrap();
    let throttle = world.registry.throttle(&root(), "alice").unwrap();
    assert_eq!(throttle, Throttle::default());
    assert_eq!(world.refusal(&code).reason(), "expired");
}

pub(crate) fn a_success_forgets_failures(world: &World) {
    let code = world.issue(&OnlinePolicy::default());
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(world.refusal(WRONG), Refusal::Unknown);
        }
        let _ = world.verify(&code).unwrap();
        let throttle = world.registry.throttle(&desk(), "alice").unwrap();
        assert_eq!(throttle, Throttle::default());
    }
}

pub(crate) fn its_figures_are_the_builders(world: &World) {
    let strict = ThrottlePolicy {
        free: 1,
        ..ThrottlePolicy::default()
    };
    let keys = ring(&[1]);
    let builder = Registry::builder(&keys).tenant("strict").throttle(strict);
    let registry = builder.over(Arc::clone(&world.store)).unwrap();
    let reason = || {
        let answer = registry.verify_code("alice", WRONG, Purpose::Reset, None);
        answer.unwrap_err().reason()
    };
    assert_eq!([reason(), reason()], ["unknown", "throttled"]);
}

pub(crate) fn only_unknown_is_a_failure(world: &World) {
    let expired = world.issue(&OnlinePolicy::default());
    world.pass(TimeDelta::days(2));
    let used = world.issue(&OnlinePolicy::default().max_uses(1).unwrap());
    let _ = world.verify(&used).unwrap();
    for _ in 0..10 {
        assert_eq!(world.refusal(&expired).reason(), "expired");
        assert_eq!(world.refusal(&used).reason(), "used_up");
        assert_eq!(world.refusal("typo").reason(), "malformed");
    }
}
