use std::sync::Arc;

use chrono::TimeDelta;
use stopgap_registry::{
    Registry,
    stopgap::{
        OnlinePolicy, Purpose, Refusal, Role, Throttle, ThrottlePolicy, UserHead, VerifyRequest,
    },
    store::{Table, Value},
};

use crate::rows;
use crate::world::{World, desk, noon, ring, root, someone};

const WRONG: &str = "0123-4567-89AB";

pub(crate) fn guesses_lock_a_user_out(world: &World) {
    let code = world.issue(&OnlinePolicy::default());
    for _ in 0..5 {
        assert_eq!(world.refusal(WRONG), Refusal::Unknown);
    }
    let Refusal::Throttled { until: Some(until) } = world.refusal(&code) else {
        panic!("not throttled");
    };
    assert!((until - noon()) < TimeDelta::seconds(61));
    let throttle = world.registry.throttle(&desk(), "alice").unwrap();
    assert_eq!((throttle.failures, throttle.locked_until), (5, Some(until)));
    // Another user is not locked out.
    let bob = world
        .registry
        .verify_code(&VerifyRequest::new("bob", WRONG, Purpose::Reset));
    assert_eq!(bob.unwrap_err().reason(), "unknown");

    world.set(until);
    let _ = world.verify(&code).unwrap();
    // At the hundredth failure, an administrator must unlock.
    for _ in 0..100 {
        world.pass(TimeDelta::hours(1));
        assert_eq!(world.refusal(WRONG), Refusal::Unknown);
    }
    world.pass(TimeDelta::days(1));
    assert_eq!(world.refusal(&code), Refusal::Throttled { until: None });
    let administrator = someone(Role::Administrator);
    world.registry.unlock(&administrator, "alice").unwrap();
    let throttle = world.registry.throttle(&root(), "alice").unwrap();
    assert_eq!(throttle, Throttle::default());
    assert_eq!(world.refusal(&code).reason(), "expired");
}

pub(crate) fn a_success_clears_failures(world: &World) {
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

pub(crate) fn the_builder_sets_the_figures(world: &World) {
    let strict = ThrottlePolicy {
        free: 1,
        ..ThrottlePolicy::default()
    };
    let keys = ring(&[1]);
    let builder = Registry::builder(&keys)
        .tenant("strict")
        .clock_tolerance(None)
        .throttle(strict);
    let registry = builder.over(Arc::clone(&world.store)).unwrap();
    let reason = || {
        let answer = registry.verify_code(&VerifyRequest::new("alice", WRONG, Purpose::Reset));
        answer.unwrap_err().reason()
    };
    assert_eq!([reason(), reason()], ["unknown", "throttled"]);
}

pub(crate) fn only_unknown_counts_as_a_failure(world: &World) {
    let expired = world.issue(&OnlinePolicy::default());
    world.pass(TimeDelta::days(2));
    let used = world.issue(&OnlinePolicy::default().max_uses(1));
    let _ = world.verify(&used).unwrap();
    for _ in 0..10 {
        assert_eq!(world.refusal(&expired).reason(), "expired");
        assert_eq!(world.refusal(&used).reason(), "used_up");
        assert_eq!(world.refusal("typo").reason(), "malformed");
    }
}

/// A clock that was ahead does not leave a lockout that is longer than the longest delay.
pub(crate) fn a_lockout_is_shortened_and_stored(world: &World) {
    let code = world.issue(&OnlinePolicy::default());
    let far = Throttle {
        failures: 5,
        locked_until: Some(noon() + TimeDelta::days(400)),
    };
    let keys = ring(&[1]).tenant(world.tenant());
    let head = || world.row(Table::Heads, vec!["alice".into()]);
    let hour = TimeDelta::seconds(3_600);
    let check: [fn(&World, &str); 3] = [
        |world, code| {
            assert_eq!(world.refusal(code).reason(), "throttled");
        },
        |world, code| {
            let registry = &world.registry;
            let attempt = registry.verify_code(
                &VerifyRequest::new("alice", code, Purpose::Bypass).idempotency_key("again"),
            );
            assert_eq!(attempt.unwrap_err().reason(), "throttled");
        },
        |world, _| {
            let throttle = world.registry.throttle(&desk(), "alice").unwrap();
            assert!(throttle.locked_until.unwrap() <= world.now() + TimeDelta::seconds(3_600));
        },
    ];
    let registry = &world.registry;
    let answered = registry
        .verify_code(&VerifyRequest::new("alice", &code, Purpose::Bypass).idempotency_key("again"));
    let _ = answered.unwrap();
    for check in check {
        let changes = match head().value("changes") {
            Value::Integer(changes) => u64::try_from(*changes).unwrap(),
            other => panic!("{other:?}"),
        };
        let ahead = UserHead::seal(&keys, "alice".parse().unwrap(), far, changes + 1);
        world.edit(&head(), |row| rows::set_head(row, &ahead));
        check(world, &code);
        let stored = head();
        assert_eq!(stored.value("failures"), &Value::from(5_u32));
        let Value::Instant(end) = *stored.value("locked_until") else {
            panic!("{stored:?}");
        };
        assert!(end <= world.now() + hour, "{end}");
        assert!(end > world.now() + hour - TimeDelta::seconds(1), "{end}");
    }
}
