//! The life of a security code, and of a throttle, step by step.

use serde_json::Value;
use stopgap::{Life, LifeError, LifeEvent, LifeState, Refusal, Throttle};

use super::{array, instant, text, throttle_policy};

pub(crate) fn security_code(_: &Value, test: &Value) {
    assert_eq!(text(test, "result"), "valid");
    let mut life = Life::begin(instant(&test["createdAt"])).unwrap();
    for step in array(&test["steps"]) {
        let now = instant(&step["at"]);
        let event = match text(step, "op") {
            "state" | "authenticate" => None,
            "edit" => Some(LifeEvent::Edit {
                expires_at: instant(&step["expiresAt"]),
            }),
            "make_permanent" => Some(LifeEvent::MakePermanent),
            "reset" => Some(LifeEvent::Reset),
            "reactivate" => Some(LifeEvent::Reactivate),
            "describe" => Some(LifeEvent::Describe),
            "delete" => Some(LifeEvent::Delete),
            op => panic!("no such step: {op}"),
        };
        if text(step, "op") == "authenticate" {
            let result = match life.state(now) {
                LifeState::Active { .. } | LifeState::Permanent => "ok",
                LifeState::Expired { .. } => "expired",
                LifeState::Gone => "unknown",
            };
            assert_eq!(result, text(step, "result"), "{step}");
        }
        if let Some(event) = event {
            let outcome = life.apply(event, now);
            let result = outcome.as_ref().map_or_else(LifeError::reason, |_| "ok");
            assert_eq!(result, text(step, "result"), "{step}");
            life = outcome.unwrap_or(life);
        }
        let state = life.state(now);
        assert_eq!(state.as_str(), text(step, "state"), "{step}");
        let expires_at = match state {
            LifeState::Active { expires_at: at } | LifeState::Expired { expired_at: at } => {
                Some(at.timestamp())
            }
            LifeState::Permanent | LifeState::Gone => None,
        };
        assert_eq!(step["stateExpiresAt"], Value::from(expires_at), "{step}");
    }
}

pub(crate) fn throttle(group: &Value, test: &Value) {
    assert_eq!(text(test, "result"), "valid");
    let policy = throttle_policy(group);
    let mut throttle = Throttle::default();
    for step in array(&test["steps"]) {
        let now = instant(&step["at"]);
        let result = match text(step, "op") {
            "fail" => match throttle.guard(&policy, now, || Err::<(), _>(Refusal::Unknown)) {
                Err(Refusal::Unknown) => "counted",
                Err(Refusal::Throttled { .. }) => "throttled",
                outcome => panic!("{outcome:?}"),
            },
            "succeed" => match throttle.guard(&policy, now, || Ok(())) {
                Ok(()) => "ok",
                Err(Refusal::Throttled { .. }) => "throttled",
                outcome => panic!("{outcome:?}"),
            },
            "check" => match throttle.check(&policy, now) {
                Ok(()) => "ok",
                Err(refusal) => refusal.reason(),
            },
            "reset" => {
                throttle.reset();
                "ok"
            }
            op => panic!("no such step: {op}"),
        };
        assert_eq!(result, text(step, "result"), "{step}");
        assert_eq!(step["failures"], throttle.failures, "{step}");
        let closed_until = throttle.closed_until.map(|until| until.timestamp());
        assert_eq!(step["lockedUntil"], Value::from(closed_until), "{step}");
        let without_end = throttle.failures >= policy.hard_limit;
        assert_eq!(step["untilReset"], without_end, "{step}");
    }
}
